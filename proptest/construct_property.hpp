// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nebula/kernel/check_level.hpp>

/// What construct_generators.cpp tests: apart from it, as in property.hpp.
namespace nebula::test {

struct step {
  std::uint8_t what;
  std::uint8_t target;
  std::uint8_t amount;
};

/// Each runs a program, and says what was not as predicted: nothing if all was. [SR-CONS-008 … SR-CONS-012]
[[nodiscard]] std::string run_in_bump(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps);
[[nodiscard]] std::string run_in_stack(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps);
[[nodiscard]] std::string run_in_arena(std::size_t capacity_bytes, check_level level, const std::vector<step>& steps);
[[nodiscard]] std::string run_in_arena_that_tracks(std::size_t capacity_bytes, check_level level,
                                                   const std::vector<step>& steps);
[[nodiscard]] std::string run_in_pool(check_level level, const std::vector<step>& steps);
[[nodiscard]] std::string run_in_local_pool(check_level level, const std::vector<step>& steps);

/// What the programs have come to so far.
struct reached {
  std::size_t steps = 0;
  std::size_t steps_in_a_stack = 0; ///< where alone an end can be out of order, and say so
  std::size_t stale_arenas = 0;
  std::size_t stale_handles = 0;
  std::size_t constructors_that_threw = 0;
  std::size_t refusals = 0;
  std::size_t ends_out_of_order = 0;
  std::size_t freed_by_address = 0;
};
[[nodiscard]] reached& totals();

} // namespace nebula::test
