// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "spaces.hpp"
#include "world.hpp"

/// Every program, up to a length, over a small alphabet of operations, on a tiny allocator. A program in which an
/// operation finds nothing to act on says no more than the same without it, and is not extended; so the count of
/// programs is a fact about the allocator and the alphabet, and is pinned: a drop says that the enumeration has become
/// blind.
///
/// Programs that end in the same state go on alike: one of them is extended for all. What is counted is programs
/// nevertheless: each state knows how many end in it. To some depth everything is also done without merging, and must
/// come to the same, each outcome of each operation as often: a state_key that leaves out what matters shows there.
namespace nebula::exhaustive {

/// What all programs up to a depth came to.
struct tally {
  std::uint64_t programs = 0;
  std::uint64_t operations = 0;
  std::vector<std::uint64_t> outcomes; ///< how many programs end so, by their last operation and its outcome

  friend bool operator==(const tally&, const tally&) = default;
};

/// Of one operation: success, a failure by its reason, or that there was nothing to act on.
inline constexpr std::size_t outcome_count = failure_reason_count + 2;
inline constexpr std::size_t succeeded = failure_reason_count;
inline constexpr std::size_t skipped = failure_reason_count + 1;
[[nodiscard]] inline std::string name_of_outcome(std::size_t which) {
  std::size_t code = 1;
  while (failure_reason_index(static_cast<error_code>(code)) != which && code < 256) {
    ++code;
  }
  return which == succeeded ? "success" : which == skipped ? "nothing to act on" : name(static_cast<error_code>(code));
}
[[nodiscard]] inline std::size_t outcome_between(const verify::coverage& before, const verify::coverage& after) {
  if (after.skipped != before.skipped) {
    return skipped;
  }
  const auto differs = std::mismatch(std::begin(before.failures.counts), std::end(before.failures.counts),
                                     std::begin(after.failures.counts));
  return static_cast<std::size_t>(differs.first - std::begin(before.failures.counts)); // the end: success
}

enum class merging : std::uint8_t { none, of_equal_states };

template <class Subject, class Configuration, class Operation>
class enumerator {
public:
  enumerator(const enumeration<Configuration, Operation>& space, merging merged)
      : space_(space), is_merging_(merged == merging::of_equal_states && world<Subject>::has_key) {}

  /// Up to this depth, the shorter programs first. False iff something is not as predicted, which has then been said.
  bool run(std::size_t depth) {
    states_.push_back({0, 0});
    first_of_level_ = {0, 1};
    for (std::size_t level = 0; level < depth; ++level) {
      for (std::size_t state = first_of_level_[level]; state < first_of_level_[level + 1]; ++state) {
        if (!extend(state, level + 1 == depth)) {
          return false;
        }
      }
      first_of_level_.push_back(states_.size());
    }
    return true;
  }

  [[nodiscard]] tally count(std::size_t depth) const {
    tally total;
    total.outcomes.resize(space_.alphabet.size() * outcome_count);
    std::vector<std::uint64_t> ending{1}; // how many programs end in the state
    ending.resize(states_.size());
    for (std::size_t level = 0; level < depth; ++level) {
      std::vector<std::uint64_t> longer(states_.size());
      for (std::size_t edge = 0; edge < first_of_level_[level + 1] * space_.alphabet.size(); ++edge) {
        const std::size_t what = edge % space_.alphabet.size();
        const std::uint64_t programs = ending[edge / space_.alphabet.size()];
        total.outcomes[what * outcome_count + edges_[edge].outcome] += programs;
        if (edges_[edge].outcome != skipped) {
          total.programs += programs;
          total.operations += programs * (level + 1);
          longer[edges_[edge].target] += programs;
        }
      }
      ending.swap(longer);
    }
    return total;
  }
  [[nodiscard]] std::size_t states() const { return states_.size(); }
  [[nodiscard]] std::size_t runs() const { return edges_.size(); }

private:
  /// A state is told by the first program that ended in it.
  struct state_type {
    std::uint32_t before;
    std::uint32_t operation;
  };
  struct edge_type {
    std::uint32_t target;
    std::uint32_t outcome;
  };
  struct by_digest {
    std::size_t operator()(const verify::state_digest& digest) const { return static_cast<std::size_t>(digest.low); }
  };

  [[nodiscard]] std::vector<Operation> program_of(std::size_t state) const {
    std::vector<Operation> steps;
    for (; state != 0; state = states_[state].before) {
      steps.push_back(space_.alphabet[states_[state].operation]);
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  bool extend(std::size_t state, bool is_last) {
    std::vector<Operation> steps = program_of(state);
    steps.push_back({});
    for (std::uint32_t what = 0; what < space_.alphabet.size(); ++what) {
      steps.back() = space_.alphabet[what];
      world<Subject> here(space_.made_of);
      for (std::size_t number = 0; number + 1 < steps.size(); ++number) {
        here.perform(steps[number]);
      }
      const verify::coverage before = here.covered();
      here.perform(steps.back());
      if (!here.wrong().empty()) {
        return report(steps.size() - 1, to_text(steps.back()) + ": " + here.wrong(), steps);
      }
      const std::size_t outcome = outcome_between(before, here.covered());
      std::uint32_t target = 0;
      if (outcome != skipped && !is_last) {
        target = state_of(here, {static_cast<std::uint32_t>(state), what});
      }
      edges_.push_back({target, static_cast<std::uint32_t>(outcome)});
      here.finish();
      if (!here.wrong().empty()) {
        return report(steps.size(), "at the end: " + here.wrong(), steps);
      }
    }
    return true;
  }
  std::uint32_t state_of(world<Subject>& here, state_type reached) {
    const auto next = static_cast<std::uint32_t>(states_.size());
    if constexpr (world<Subject>::has_key) {
      if (is_merging_) {
        const auto [found, is_new] = number_of_.try_emplace(here.key(space_.alphabet), next);
        if (!is_new) {
          return found->second;
        }
      }
    }
    states_.push_back(reached);
    return next;
  }
  bool report(std::size_t step, const std::string& what, const std::vector<Operation>& steps) const {
    std::printf("%s: step %zu: %s\n%s%s", Subject::name, step, what.c_str(), to_text(space_.made_of).c_str(),
                to_text(std::span<const Operation>(steps)).c_str());
    return false;
  }

  const enumeration<Configuration, Operation>& space_;
  bool is_merging_;
  std::vector<state_type> states_;
  std::vector<std::size_t> first_of_level_;
  std::vector<edge_type> edges_; ///< of each state that was extended, by operation
  std::unordered_map<verify::state_digest, std::uint32_t, by_digest> number_of_;
};

/// The number in an environment variable, or a default; a clear error and exit status 2 if it is not a number. Deeper
/// than 16 the counts of programs would not fit.
inline std::size_t depth_from_environment(const char* variable, std::size_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) {
    return otherwise;
  }
  char* end = nullptr;
  const unsigned long long number = std::strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0' || number == 0 || number > 16) {
    std::fprintf(stderr, "%s is '%s'; it must be a number from 1 to 16\n", variable, text);
    std::exit(2);
  }
  return static_cast<std::size_t>(number);
}

/// Prints where the two differ.
template <class Operation>
void print_differences(const tally& unmerged, const tally& merged, const std::vector<Operation>& alphabet) {
  for (std::size_t index = 0; index < unmerged.outcomes.size(); ++index) {
    if (unmerged.outcomes[index] != merged.outcomes[index]) {
      std::printf("  %s, %s: %llu programs, merged %llu\n", to_text(alphabet[index / outcome_count]).c_str(),
                  name_of_outcome(index % outcome_count).c_str(),
                  static_cast<unsigned long long>(unmerged.outcomes[index]),
                  static_cast<unsigned long long>(merged.outcomes[index]));
    }
  }
}

/// The whole main(): enumerates to the pinned depth, or deeper by NEBULA_EXHAUSTIVE_DEPTH; to depth 5, or
/// NEBULA_EXHAUSTIVE_COMPARED, without merging too. Fails on a finding, on a difference between the two, or on a count
/// other than the pinned one at the pinned depth.
template <class Subject, class Configuration = verify::configuration, class Operation = verify::operation>
int enumerate_main(const enumeration<Configuration, Operation>& space, std::uint64_t pinned_programs) {
  const std::size_t depth = depth_from_environment("NEBULA_EXHAUSTIVE_DEPTH", space.depth);
  const std::size_t compared = std::min(depth, depth_from_environment("NEBULA_EXHAUSTIVE_COMPARED", 5));
  enumerator<Subject, Configuration, Operation> unmerged(space, merging::none);
  const bool is_clean_unmerged = unmerged.run(compared);

  enumerator<Subject, Configuration, Operation> merged(space, merging::of_equal_states);
  const std::clock_t begun = std::clock();
  const bool is_clean = merged.run(is_clean_unmerged ? depth : compared);
  const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  if (!is_clean_unmerged || !is_clean) {
    if (is_clean) {
      std::printf("%s: merging equal states hides it\n", Subject::name);
    }
    return 1;
  }
  if (unmerged.count(compared) != merged.count(compared)) {
    std::printf("%s: merging equal states changes what programs come to, to depth %zu:\n", Subject::name, compared);
    print_differences(unmerged.count(compared), merged.count(compared), space.alphabet);
    return 1;
  }
  const tally got = merged.count(depth);
  std::printf(
      "%s: depth %zu, alphabet %zu: %llu programs, %llu operations, by %zu states and %zu runs, %.0f programs/s; "
      "to depth %zu as without merging; all as predicted\n",
      Subject::name, depth, space.alphabet.size(), static_cast<unsigned long long>(got.programs),
      static_cast<unsigned long long>(got.operations), merged.states(), merged.runs(),
      static_cast<double>(got.programs) / std::max(seconds, 1e-3), compared);
  // Elsewhere records have other sizes, and at the paranoid level canaries: storages are full after other programs.
  constexpr bool is_pinned_here = sizeof(std::size_t) == 8 && !verify::always_paranoid;
  if (is_pinned_here && depth == space.depth && got.programs != pinned_programs) {
    std::printf("the pinned count is %llu: the enumeration sees more or less than it did\n",
                static_cast<unsigned long long>(pinned_programs));
    return 1;
  }
  return 0;
}

} // namespace nebula::exhaustive
