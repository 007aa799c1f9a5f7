// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <nebula/verify/subject.hpp>

#include "budget_programs.hpp"
#include "programs.hpp"

/// What is tried on each subject: its configuration, the programs at whose steps bits are flipped, and the space of
/// which every state is visited.
namespace nebula::fault_injection {

template <class Subject>
struct trials {
  using program = verify::program;
  using operation = verify::operation;
  static constexpr std::string_view name = Subject::name;
  static constexpr bool has_fronts = requires(Subject subject) { subject.flush(); };
  static constexpr bool has_budgets = name.starts_with("budgeted");

  /// Small, so that most bytes matter, and blocks run out within a few operations; an arena has room for several chunks.
  /// Caches find two slots; an observer is told of a threshold; a budget has room for less than the allocator.
  [[nodiscard]] static verify::configuration small(std::uint8_t level) {
    return {.capacity_bytes = name == "arena" ? std::uint16_t{600} : std::uint16_t{160},
            .block_size_bytes = 24,
            .block_align_log2 = 3,
            .block_count = 4,
            .check_level = level,
            .variety = variety()};
  }
  [[nodiscard]] static std::vector<program> fixed() {
    return has_fronts ? fixed_programs_of_fronts() : fixed_programs();
  }
  [[nodiscard]] static std::vector<program> random(std::size_t count, std::uint64_t seed) {
    return random_programs(count, seed);
  }
  static constexpr std::size_t action_count = verify::action_count;

  /// Smaller still: two blocks or three.
  [[nodiscard]] static verify::configuration tiny(std::uint8_t level) {
    constexpr std::uint16_t standard_bytes = name == "arena" ? 440 : 80;
    constexpr std::uint16_t paranoid_bytes = name == "arena" ? 480 : 120; // canaries take some
    return {.capacity_bytes = level == 0 ? standard_bytes : paranoid_bytes,
            .block_size_bytes = 8,
            .block_align_log2 = 3,
            .block_count = 2,
            .check_level = level,
            .variety = variety()};
  }
  [[nodiscard]] static program alphabet() {
    program all = small_alphabet();
    if constexpr (has_fronts) {
      add_alphabet_of_fronts(all);
    }
    return all;
  }
  [[nodiscard]] static program continuation() {
    return has_fronts ? continuation_of_fronts() : free_all_and_take_all();
  }

private:
  [[nodiscard]] static constexpr std::uint8_t variety() {
    return has_fronts ? 2 : has_budgets ? 7 : name == "observed_stack" ? 50 : 0;
  }
};

template <class Budget>
struct trials<verify::budget_subject<Budget>> {
  using program = verify::budget_program;
  using operation = verify::budget_operation;

  /// Budgets have no check level.
  [[nodiscard]] static verify::budget_tree small(std::uint8_t) { return budget_chain(20); }
  [[nodiscard]] static std::vector<program> fixed() { return fixed_budget_programs(); }
  [[nodiscard]] static std::vector<program> random(std::size_t count, std::uint64_t seed) {
    return random_budget_programs(count, seed);
  }
  static constexpr std::size_t action_count = verify::budget_action_count;

  [[nodiscard]] static verify::budget_tree tiny(std::uint8_t) { return budget_chain(4); }
  [[nodiscard]] static program alphabet() { return budget_alphabet(); }
  [[nodiscard]] static program continuation() { return release_all_and_reserve_all(); }
};

} // namespace nebula::fault_injection
