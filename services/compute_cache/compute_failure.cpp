// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/compute_cache/compute_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>

#include "../name_at.hpp"
#include "../number_text.hpp"
#include "../range_text.hpp"

namespace nebula::services {

const char* name(compute_failure_code code) noexcept {
  constexpr const char* names[] = {"none",
                                   "invalid_configuration",
                                   "computation_failed",
                                   "circuit_open",
                                   "flights_full",
                                   "cancelled",
                                   "shut_down",
                                   "no_frame",
                                   "recursive"};
  return name_at(names, code);
}

const char* name(compute_field field) noexcept {
  constexpr const char* names[] = {"none", "flight_count", "storage", "failure_limit", "open_time"};
  return name_at(names, field);
}

std::size_t describe(const compute_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case compute_failure_code::none: text.add("no failure"); break;
  case compute_failure_code::invalid_configuration: add_range(text, failure); break;
  case compute_failure_code::computation_failed:
    text.add("the computation failed, with the program's code ");
    add_number(text, failure.value);
    break;
  case compute_failure_code::circuit_open: text.add("too many computations have failed; none is tried now"); break;
  case compute_failure_code::flights_full:
    add_number(text, failure.value);
    text.add(" computations are under way, as many as were configured for");
    break;
  case compute_failure_code::cancelled: text.add("cancelled: a stop was requested"); break;
  case compute_failure_code::shut_down: text.add("the cache has been shut down"); break;
  case compute_failure_code::no_frame: text.add("the frame pool has no block for the computation's coroutine"); break;
  case compute_failure_code::recursive:
    text.add("the function asks, in its own thread, for the key that it is to compute");
    break;
  }
  return text.finish();
}

} // namespace nebula::services
