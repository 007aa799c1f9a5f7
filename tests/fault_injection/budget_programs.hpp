// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <nebula/verify/budget_subject.hpp>

/// As programs.hpp, for budgets.
namespace nebula::fault_injection {

/// A root, its child with a limit for one block, and a child of that: three quarters of the limit from level to level.
[[nodiscard]] inline verify::budget_tree budget_chain(std::uint16_t limit) {
  const auto less = static_cast<std::uint16_t>(limit - limit / 4U);
  const auto half = static_cast<std::uint16_t>(limit / 2U);
  return {
      {{.parent = 0, .limit = limit}, {.parent = 0, .limit = less, .block_limit = half}, {.parent = 1, .limit = less}},
      false};
}

/// Between them every action, each where it has something to act on.
[[nodiscard]] inline std::vector<verify::budget_program> fixed_budget_programs() {
  using verify::budget_action;
  return {// up to the limits, at each level, and back
          {{budget_action::reserve, 2, 10},
           {budget_action::reserve, 1, 5},
           {budget_action::reserve, 1, 1},
           {budget_action::reserve, 0, 5},
           {budget_action::reserve, 0, 1},
           {budget_action::release, 2, 4},
           {budget_action::reserve, 1, 4},
           {budget_action::release_own, 1, 0},
           {budget_action::release_own, 2, 0},
           {budget_action::release_own, 0, 0},
           {budget_action::reserve, 2, 8}},
          // what is refused, and what is wrong
          {{budget_action::reserve, 2, 6},
           {budget_action::reserve_extreme, 1, 1},
           {budget_action::reserve, 2, 11},
           {budget_action::release, 1, 1},
           {budget_action::release_more, 2, 1},
           {budget_action::reserve, 0, 0},
           {budget_action::release, 2, 6},
           {budget_action::release, 2, 1},
           {budget_action::reserve, 1, 9}},
          // limits that move, and budgets that end in use
          {{budget_action::reserve, 2, 7},
           {budget_action::set_limit, 2, 5},
           {budget_action::reserve, 2, 1},
           {budget_action::set_limit, 1, 6},
           {budget_action::release, 2, 3},
           {budget_action::renew, 2, 0},
           {budget_action::reserve, 2, 2},
           {budget_action::release_own, 1, 0},
           {budget_action::renew, 2, 0},
           {budget_action::set_limit, 0, 20},
           {budget_action::reserve, 0, 12}}};
}

/// `count` more, of 12 operations each, from a seed.
[[nodiscard]] inline std::vector<verify::budget_program> random_budget_programs(std::size_t count, std::uint64_t seed) {
  constexpr std::size_t length = 12;
  std::mt19937_64 random(seed);
  std::vector<verify::budget_program> programs(count);
  for (verify::budget_program& steps : programs) {
    for (std::size_t number = 0; number < length; ++number) {
      const auto what = random() % 2 == 0 ? verify::budget_action::reserve
                                          : static_cast<verify::budget_action>(random() % verify::budget_action_count);
      const auto target = static_cast<std::uint8_t>(random() % 3U);
      steps.push_back({what, target, static_cast<std::uint16_t>(random() % 12U)});
    }
  }
  return programs;
}

[[nodiscard]] inline verify::budget_program budget_alphabet() {
  using verify::budget_action;
  return {{budget_action::reserve, 0, 1}, {budget_action::reserve, 1, 2},   {budget_action::reserve, 2, 1},
          {budget_action::reserve, 2, 2}, {budget_action::release, 0, 1},   {budget_action::release, 1, 2},
          {budget_action::release, 2, 1}, {budget_action::set_limit, 1, 1}, {budget_action::set_limit, 1, 3},
          {budget_action::renew, 2, 0}};
}

/// Of a tree of 4 bytes.
[[nodiscard]] inline verify::budget_program release_all_and_reserve_all() {
  using verify::budget_action;
  return {{budget_action::reserve, 2, 1},     {budget_action::release_own, 2, 0}, {budget_action::release_own, 1, 0},
          {budget_action::release_own, 0, 0}, {budget_action::reserve, 2, 2},     {budget_action::reserve, 1, 1},
          {budget_action::reserve, 0, 1},     {budget_action::reserve, 0, 1},     {budget_action::release_own, 2, 0},
          {budget_action::set_limit, 1, 3},   {budget_action::renew, 2, 0},       {budget_action::reserve, 2, 2},
          {budget_action::release_own, 1, 0}, {budget_action::release_own, 0, 0}};
}

} // namespace nebula::fault_injection
