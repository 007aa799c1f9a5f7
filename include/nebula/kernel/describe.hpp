// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/budget_config.hpp>
#include <nebula/kernel/configuration_report.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

/// Writes a report for people of a failed call into `buffer`: what failed and where, its cause, what was requested, how
/// full the allocator is, whether the call can succeed when it is made again, and what would help. Composed on demand,
/// without heap and without floating point. [SR-ERR-004] Lines that do not apply are left out: the request iff its size
/// is 0 and that was not the error, the state iff no allocator stands behind the error (a layout, a configuration).
/// Returns the bytes that the whole report has, its final zero byte not counted; writes at most `size` bytes of it and
/// always ends what it writes with a zero byte, unless size is 0. So a return of at least `size` says that the report
/// was cut. Safe from any thread and interrupt.
[[nodiscard]] std::size_t describe(error failure, layout request, const allocator_state& state, char* buffer,
                                   std::size_t size) noexcept NEBULA_NONBLOCKING;

/// The same, and the largest layout that the allocator serves, where that is why it refused. For a pool or a cache:
/// pool.block_layout().
[[nodiscard]] std::size_t describe(error failure, layout request, layout largest, const allocator_state& state,
                                   char* buffer, std::size_t size) noexcept NEBULA_NONBLOCKING;

/// A report of a failed call of a budget for so many bytes, with its limit, what is reserved, and how full it is.
[[nodiscard]] std::size_t describe(error failure, std::size_t bytes, const budget_state& state, char* buffer,
                                   std::size_t size) noexcept NEBULA_NONBLOCKING;

/// Writes a report of a configuration that was refused: the field, its value, what it may be. `wrong` is what
/// range_of(configuration, failure) says. Returns and cuts as the others. [SR-CONF-003]
[[nodiscard]] std::size_t describe(error failure, const configuration_report& wrong, char* buffer,
                                   std::size_t size) noexcept NEBULA_NONBLOCKING;

/// Writes a size in people's units, 1024 to the next, two decimals rounded down: "95 B", "3.80 MiB". As describe().
[[nodiscard]] std::size_t describe_size(std::size_t bytes, char* buffer, std::size_t size) noexcept NEBULA_NONBLOCKING;

} // namespace nebula
