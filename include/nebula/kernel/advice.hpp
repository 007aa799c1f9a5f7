// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

/// What a failure means, whether to try again, and what would help, in words for people: phrases without a capital and
/// without a full stop, true of the component that reports, of the request and of the state that it had. [SR-ERR-005]
/// Constant strings; safe from any thread and interrupt.

/// What the error means. Never null.
[[nodiscard]] const char* cause_of(error failure, layout request,
                                   const allocator_state& state) noexcept NEBULA_NONBLOCKING;

/// What must happen before the same call can succeed; null iff nothing failed. Says "can succeed" iff is_retryable().
[[nodiscard]] const char* retry_of(error failure) noexcept NEBULA_NONBLOCKING;

/// What would help. Null iff nothing failed, or nothing general can be said.
[[nodiscard]] const char* advice_for(error failure, const allocator_state& state) noexcept NEBULA_NONBLOCKING;

/// True iff more than 90 % of the capacity is used: exact, and nothing wraps.
[[nodiscard]] constexpr bool is_nearly_full(const allocator_state& state) noexcept {
  return state.used_bytes > percent_of(state.capacity_bytes, 90);
}

} // namespace nebula
