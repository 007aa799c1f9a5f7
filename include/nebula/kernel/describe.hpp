// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

/// Writes a report for people of a failed call into `buffer`: what failed and where, what was requested, how full the
/// allocator is, the cause, and what would help. Composed on demand, without heap and without floating point.
/// [SR-ERR-004] Returns the bytes that the whole report has, its final zero byte not counted; writes at most `size`
/// bytes of it and always ends what it writes with a zero byte, unless size is 0. So a return of at least `size` says
/// that the report was cut.
[[nodiscard]] std::size_t describe(error failure, layout request, const allocator_state& state, char* buffer,
                                   std::size_t size) noexcept NEBULA_NONBLOCKING;

/// Writes a size in people's units, 1024 to the next, two decimals rounded down: "95 B", "3.80 MiB". As describe().
[[nodiscard]] std::size_t describe_size(std::size_t bytes, char* buffer, std::size_t size) noexcept NEBULA_NONBLOCKING;

} // namespace nebula
