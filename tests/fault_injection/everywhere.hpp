// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <vector>

#include "campaign.hpp"
#include "injection.hpp"

/// Bits of a subject, injected in children and counted.
namespace nebula::fault_injection {

/// Every bit, when a program has come to a step. False iff no more is to be injected.
template <class Subject>
[[nodiscard]] bool inject_at(injector<Subject>& injecting, typename injector<Subject>::steps_type steps,
                             std::size_t step, unsigned turn, tally& counted) {
  fields named;
  const std::vector<target> targets = injecting.targets_at(steps, step, named, turn);
  for (const field& each : named) {
    counted.add(each.name, each.kind, outcome::masked, 0);
  }
  struct injection {
    const target* where;
    unsigned bit;
  };
  std::vector<injection> all;
  for (const target& where : targets) {
    for (unsigned bit = where.first_bit; bit < where.first_bit + where.bit_count; ++bit) {
      all.push_back({&where, bit});
    }
  }
  const std::vector<verdict> verdicts =
      run_in_children({all.size(), [&](std::size_t number) {
                         return injecting.inject(steps, step, *all[number].where, all[number].bit);
                       }});
  for (std::size_t number = 0; number < all.size(); ++number) {
    const field& hit = named[all[number].where->field];
    counted.add(hit.name, hit.kind, verdicts[number]);
  }
  return counted.total(outcome::hung) < hung_enough;
}

/// Every bit at every step of every program.
template <class Subject>
[[nodiscard]] tally inject_everywhere(
    injector<Subject>& injecting,
    const std::vector<std::vector<typename injector<Subject>::operation_type>>& programs) {
  tally counted;
  for (const auto& steps : programs) {
    for (std::size_t step = 0; step < steps.size(); ++step) {
      if (!inject_at(injecting, typename injector<Subject>::steps_type(steps), step, 0, counted)) {
        return counted;
      }
    }
  }
  return counted;
}

} // namespace nebula::fault_injection
