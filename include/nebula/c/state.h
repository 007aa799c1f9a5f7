// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/layout.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// The error codes that an allocator counts, densely: refusals, misuses, corruption.
#define NEBULA_FAILURE_REASON_COUNT 28

/// What an allocator holds. Exact when no call is under way; with calls under way, each number is within its range, and
/// none wraps or is negative.
typedef struct nebula_state {
  size_t capacity_bytes;                        ///< what blocks can occupy when nothing is live
  size_t used_bytes;                            ///< what blocks occupy now, padding and rounding included
  size_t available_bytes;                       ///< what blocks can still occupy
  size_t peak_bytes;                            ///< the highest used_bytes since construction
  size_t live_blocks;                           ///< allocated and not yet freed
  size_t failures[NEBULA_FAILURE_REASON_COUNT]; ///< how many calls failed, by reason: nebula_failures_of()
  size_t cached_blocks;                         ///< of a pool: free, and kept by its caches; part of available_bytes
} nebula_state;

/// Calls that failed with this code; 0 iff there were none, the code is none of those counted, or `state` is null.
size_t nebula_failures_of(const nebula_state* state, uint8_t code) NEBULA_C_NOEXCEPT;
/// Calls that failed, in total; 0 if `state` is null.
size_t nebula_failures_total(const nebula_state* state) NEBULA_C_NOEXCEPT;

/// A point to go back to, in one allocator's life. A plain value: it may be copied, kept too long or given to the wrong
/// allocator, and restoring will say so. All zero is nobody's.
typedef struct nebula_marker {
  const void* owner;   ///< the allocator that made it
  uint64_t generation; ///< counts the owner's resets
  uint64_t serial;     ///< no two marks of one allocator have the same
  size_t depth;        ///< the place of the owner's record
} nebula_marker;

/// Where a bounded integrity walk of one allocator stands. Make it all zero to begin; hand it to that allocator's
/// _audit again and again. If what is walked has changed in between, the walk of it begins anew.
typedef struct nebula_audit_cursor {
  const void* owner;
  const void* whole;
  uint64_t version;
  size_t position;
  size_t visited;
  size_t part;
  uint8_t phase; ///< 0: not begun
} nebula_audit_cursor;

/// Writes a report for people of a failed call into `buffer`: what failed and where, what was requested, how full the
/// allocator is, the cause, and what would help. Returns the bytes that the whole report has, its final zero byte not
/// counted; writes at most `size` bytes of it and always ends what it writes with a zero byte, unless size is 0. So a
/// return of at least `size` says that the report was cut. A null state is one of zeros; a null buffer has size 0.
size_t nebula_describe(nebula_error failure, nebula_layout request, const nebula_state* state, char* buffer,
                       size_t size) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
