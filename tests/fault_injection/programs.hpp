// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <nebula/verify/program.hpp>

namespace nebula::fault_injection {

/// Between them every action of the language, each in a state in which it has something to act on.
[[nodiscard]] inline std::vector<verify::program> fixed_programs() {
  using verify::action;
  return {
      // fill until it is exhausted, drain in reverse, fill again
      {{.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::allocate, .align_log2 = 0, .size = 5},
       {.what = action::allocate, .align_log2 = 3, .size = 16},
       {.what = action::allocate, .align_log2 = 1, .size = 24},
       {.what = action::allocate, .align_log2 = 0, .size = 24},
       {.what = action::resize_newest, .size = 12},
       {.what = action::deallocate_newest},
       {.what = action::deallocate_newest},
       {.what = action::allocate, .align_log2 = 3, .size = 8},
       {.what = action::deallocate_newest},
       {.what = action::deallocate_newest},
       {.what = action::flush},
       {.what = action::deallocate_newest},
       {.what = action::reset},
       {.what = action::allocate, .align_log2 = 2, .size = 20}},
      // marks, restored in order and out of it
      {{.what = action::allocate, .align_log2 = 0, .size = 7},
       {.what = action::mark},
       {.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::mark},
       {.what = action::allocate, .align_log2 = 0, .size = 3},
       {.what = action::restore_newest},
       {.what = action::allocate, .align_log2 = 3, .size = 9},
       {.what = action::mark},
       {.what = action::restore_foreign, .variant = 1},
       {.what = action::restore, .target = 0},
       {.what = action::restore, .target = 1},
       {.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::audit, .variant = 3},
       {.what = action::reset},
       {.what = action::allocate, .align_log2 = 3, .size = 24}},
      // every kind of misuse between right calls
      {{.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::allocate, .align_log2 = 0, .size = 24},
       {.what = action::deallocate_inside, .target = 0, .variant = 0},
       {.what = action::deallocate_outside, .variant = 0},
       {.what = action::deallocate_null},
       {.what = action::deallocate_wrong_layout, .target = 1, .variant = 0},
       {.what = action::allocate_extreme, .variant = 0},
       {.what = action::deallocate_newest},
       {.what = action::deallocate_dead, .target = 0},
       {.what = action::write_dead, .target = 0, .variant = 3},
       {.what = action::deallocate_stale_handle, .target = 0},
       {.what = action::resolve_stale_handle, .target = 0},
       {.what = action::allocate, .align_log2 = 0, .size = 20},
       {.what = action::write_beyond, .target = 0, .variant = 0},
       {.what = action::deallocate_handle, .target = 0},
       {.what = action::deallocate, .target = 0}},
      // blocks that come and go in any order, by several fronts where there are
      {{.what = action::allocate, .align_log2 = 3, .size = 16},
       {.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::select, .variant = 1},
       {.what = action::allocate, .align_log2 = 0, .size = 1},
       {.what = action::deallocate, .target = 0},
       {.what = action::deallocate_without_layout, .target = 0},
       {.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::resize, .target = 0, .size = 10},
       {.what = action::select, .variant = 0},
       {.what = action::allocate, .align_log2 = 2, .size = 12},
       {.what = action::allocate, .align_log2 = 0, .size = 24},
       {.what = action::deallocate, .target = 1},
       {.what = action::flush},
       {.what = action::allocate, .align_log2 = 3, .size = 24},
       {.what = action::allocate, .align_log2 = 3, .size = 24}},
  };
}

/// `count` more, of 16 operations each, from a seed.
[[nodiscard]] inline std::vector<verify::program> random_programs(std::size_t count, std::uint64_t seed) {
  constexpr std::size_t length = 16;
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t beyond) { return static_cast<std::uint8_t>(random() % beyond); };
  std::vector<verify::program> programs(count);
  for (verify::program& steps : programs) {
    for (std::size_t number = 0; number < length; ++number) {
      verify::operation step;
      step.what = static_cast<verify::action>(below(verify::action_count));
      step.what = below(3) == 0 ? verify::action::allocate : step.what;
      step.target = below(8);
      step.variant = below(16);
      step.align_log2 = below(4);
      step.size = below(25);
      steps.push_back(step);
    }
  }
  return programs;
}

/// For a pool with caches, in place of the fixed programs: the same through a cache, and one that moves blocks between two
/// caches and the pool itself.
[[nodiscard]] inline std::vector<verify::program> fixed_programs_of_fronts() {
  using verify::action;
  std::vector<verify::program> programs;
  for (const verify::program& without : fixed_programs()) {
    verify::program steps{{.what = action::select, .variant = 2}};
    for (const verify::operation& step : without) {
      steps.push_back(step);
    }
    programs.push_back(steps);
  }
  programs.push_back({{.what = action::select, .variant = 2},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::deallocate_newest},
                      {.what = action::deallocate_newest},
                      {.what = action::select, .variant = 1},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::deallocate, .target = 0},
                      {.what = action::deallocate_dead, .target = 0},
                      {.what = action::flush},
                      {.what = action::select, .variant = 2},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::select, .variant = 13},
                      {.what = action::deallocate_newest},
                      {.what = action::allocate, .align_log2 = 3, .size = 24},
                      {.what = action::flush},
                      {.what = action::select, .variant = 0},
                      {.what = action::allocate, .align_log2 = 3, .size = 24}});
  return programs;
}

/// Right calls only: a wrong one leaves the state as it was, but for a count of failures.
[[nodiscard]] inline verify::program small_alphabet() {
  using verify::action;
  return {{.what = action::allocate, .align_log2 = 3, .size = 8},
          {.what = action::allocate, .align_log2 = 0, .size = 3},
          {.what = action::deallocate, .target = 0},
          {.what = action::deallocate_newest},
          {.what = action::mark},
          {.what = action::restore_newest},
          {.what = action::reset}};
}
inline void add_alphabet_of_fronts(verify::program& alphabet) {
  using verify::action;
  for (const std::uint8_t variant : std::array<std::uint8_t, 4>{0, 1, 2, 13}) {
    alphabet.push_back({.what = action::select, .variant = variant});
  }
  alphabet.push_back({.what = action::flush});
}

/// Whatever the state: one block more, all back in whatever order they can go, as many as there are and one more, all
/// back again, and two.
[[nodiscard]] inline verify::program free_all_and_take_all() {
  using verify::action;
  constexpr verify::operation take{.what = action::allocate, .align_log2 = 3, .size = 8};
  constexpr verify::operation give{.what = action::deallocate_newest};
  return {take,
          {.what = action::deallocate, .target = 0},
          {.what = action::restore_newest},
          give,
          give,
          give,
          give,
          take,
          take,
          take,
          take,
          take,
          give,
          give,
          give,
          {.what = action::reset},
          take,
          take};
}
/// The same, after each front has taken one and given all back.
[[nodiscard]] inline verify::program continuation_of_fronts() {
  using verify::action;
  verify::program steps;
  for (const std::uint8_t variant : std::array<std::uint8_t, 3>{1, 2, 0}) {
    steps.push_back({.what = action::select, .variant = variant});
    steps.push_back({.what = action::allocate, .align_log2 = 3, .size = 8});
    steps.push_back({.what = action::deallocate, .target = 0});
    steps.push_back({.what = action::flush});
  }
  const verify::program rest = free_all_and_take_all();
  steps.insert(steps.end(), rest.begin(), rest.end());
  return steps;
}

} // namespace nebula::fault_injection
