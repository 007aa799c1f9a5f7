// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stdint.h>

#include <nebula/c/error.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// A misuse or a corruption, as the fault hook sees it.
typedef struct nebula_fault {
  nebula_error what;
  uint8_t broken;        ///< which invariant does not hold, by the number in docs/invariants.md; 0 iff misuse
  const void* allocator; ///< the object that reports; null iff there is none
  const void* address;   ///< the pointer that the caller gave, if any
} nebula_fault;

/// Called on each misuse, and once on corruption, in the context of the failing call: possibly an interrupt, possibly
/// several at a time. It may log, count, restart the system or not return. It must not call the allocator that reports,
/// nor throw. The fault is gone when it returns.
typedef void (*nebula_fault_function)(void* context, const nebula_fault* fault);

/// A hook is given to an allocator in its configuration, so that one component's reaction is not another's.
typedef struct nebula_fault_hook {
  nebula_fault_function function; ///< null: the program's hook
  void* context;                  ///< passed to the function unchanged
} nebula_fault_hook;

/// Installs the hook for all allocators, of C and of C++, that were given none; null brings back the built-in reaction,
/// which lets misuse return its error and traps on corruption. The hook must outlive its use. Safe from any thread; a
/// fault that is being reported at the time goes to the one or to the other. [SR-CAPI-005]
void nebula_set_program_fault_hook(const nebula_fault_hook* hook) NEBULA_C_NOEXCEPT;

/// The name of an invariant, as "link_in_range"; "unknown" iff the number is none. Never null.
const char* nebula_invariant_name(uint8_t broken) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
