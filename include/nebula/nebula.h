// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// The kernel for C11, whole: the same allocators, checks and errors, without a heap, a lock or start-up code. C++ may
/// include it too. docs/c_api.md shows how to embed it. [SR-CAPI-001]
///
/// An allocator is an object in memory of the caller's, nebula_…_object, over storage of the caller's; _create makes it
/// and _destroy ends it. Both memories are lent for that time, and neither is moved or copied.
///
/// Argument errors. Every function that takes an object checks these first, in this order; the lists at the functions
/// say what follows. All are misuse: nothing else is done, and a fault is reported. [SR-CAPI-002]
///   null_pointer     iff the pointer to the object is null. The program's hook hears of it: there is no other.
///   foreign_pointer  iff the memory holds no object of this type: none was created there, or it has been destroyed, or
///                    it is a copy. The program's hook hears of it; fault.address is the object, fault.allocator null.
///   null_pointer     iff a parameter that results are written through is null. Counted, and the object's hook hears.
/// Functions that return no error return 0, false or an empty value instead. Of a null_pointer of a function that takes
/// no object, _create among them, the program's hook hears. A pointer that is neither null nor to readable memory of an
/// object's size cannot be recognised.
///
/// Stray writes. At the paranoid level, a field of the configuration, a call can also come upon a byte where the program
/// must not write: written_after_free iff a free one was overwritten, overrun iff one of the canary behind a block was.
/// Both are misuse. The byte has been mended, nothing else has changed, and the same call then goes ahead: once for each
/// such write. [SR-CHK-002] They come
///   with one owner    of every function that takes, gives back, resizes, marks or restores, _reset included: next to
///                     corrupted, before all that follows it in the lists; wherever in the allocator the byte is. These
///                     calls are O(capacity).
///   otherwise         after all that is in the lists, and of one block only: written_after_free of _allocate and
///                     _try_allocate, overrun of every _deallocate. These calls are O(stride) more.
///   in both cases     of _check_invariants and _audit of what has a level, which are O(capacity) then.
/// Functions that hand over a handle, resolve one, or only tell, look for none, nor do _create, _destroy and _flush.
///
/// Results. What a parameter points to is written iff the function returns NEBULA_ERROR_NONE. Declare a block as
/// `void* block` and pass `&block`: the address of a pointer of another type is not that of a void*.
///
/// Threads and interrupts. Functions on nebula_pool, nebula_segregated, nebula_shared_bump and nebula_budget may be called
/// by any number of threads and interrupts at once, unless they say that they need the object at rest, or to themselves.
/// All other objects have one owner: no two calls on one of them overlap. _create and _destroy have the object to themselves. Functions without an object may be
/// called anywhere. No function blocks, allocates or throws.

#include <nebula/c/arena.h>
#include <nebula/c/budget.h>
#include <nebula/c/bump.h>
#include <nebula/c/check_level.h>
#include <nebula/c/error.h>
#include <nebula/c/fault.h>
#include <nebula/c/layout.h>
#include <nebula/c/local_pool.h>
#include <nebula/c/local_segregated.h>
#include <nebula/c/pool.h>
#include <nebula/c/pool_cache.h>
#include <nebula/c/segregated.h>
#include <nebula/c/shared_bump.h>
#include <nebula/c/stack.h>
#include <nebula/c/state.h>
