// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "everywhere.hpp"

/// The states that a tiny subject can be brought to, and every bit in each of them.
namespace nebula::fault_injection {

/// One program for each state that programs of at most `depth` operations lead to, a shortest one.
template <class Subject>
[[nodiscard]] std::vector<std::vector<typename injector<Subject>::operation_type>> reachable_states(
    injector<Subject>& injecting, const std::vector<typename injector<Subject>::operation_type>& alphabet,
    std::size_t depth) {
  using program_type = std::vector<typename injector<Subject>::operation_type>;
  std::set<typename injector<Subject>::state_key> known;
  std::vector<program_type> found;
  const auto meet = [&](const program_type& steps) {
    const auto state = injecting.state_after(steps);
    if (state && known.insert(*state).second) {
      found.push_back(steps);
    }
  };
  meet({});
  std::size_t first_of_length = 0;
  for (std::size_t length = 0; length < depth; ++length) {
    const std::size_t beyond = found.size();
    for (; first_of_length < beyond; ++first_of_length) {
      program_type longer = found[first_of_length];
      longer.emplace_back();
      for (const auto& step : alphabet) {
        longer.back() = step;
        meet(longer);
      }
    }
  }
  return found;
}

/// Every bit in each state; then a program goes on that is long enough for the damage to show. The bit of bulk fields
/// is another one from state to state.
template <class Subject>
[[nodiscard]] tally inject_in_states(injector<Subject>& injecting,
                                     const std::vector<std::vector<typename injector<Subject>::operation_type>>& states,
                                     const std::vector<typename injector<Subject>::operation_type>& continuation) {
  tally counted;
  for (std::size_t number = 0; number < states.size(); ++number) {
    auto steps = states[number];
    steps.insert(steps.end(), continuation.begin(), continuation.end());
    if (!inject_at(injecting, typename injector<Subject>::steps_type(steps), states[number].size(),
                   static_cast<unsigned>(number % 8U), counted)) {
      break;
    }
  }
  return counted;
}

} // namespace nebula::fault_injection
