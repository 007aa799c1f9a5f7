// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "verdict.h"

/// Allocators for the programs in C, each made by its function, once, over static storage, with the program's hook.

static const nebula_layout record_layout = {24, 8};
enum { record_count = 4 };

/// Pools of record_count blocks for record_layout.
nebula_pool* make_pool(void);
nebula_pool* make_other_pool(void);
/// Two classes: record_count blocks of record_layout, one of 64 bytes.
nebula_segregated* make_segregated(void);
/// Over 512 bytes.
nebula_stack* make_stack(void);
nebula_stack* make_other_stack(void);
nebula_bump* make_bump(void);
nebula_bump* make_other_bump(void);

/// The bytes that make_pool() lends: the records of the blocks come first.
unsigned char* pool_storage(void);
/// `place` and so many bytes, as an address that is not computed as a pointer.
void* moved(void* place, ptrdiff_t bytes);
