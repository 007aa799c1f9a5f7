// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "injection.hpp"

/// Runs injections in child processes, so that nothing that one does outlives it, and counts what became of them.
namespace nebula::fault_injection {

/// How often each outcome came, of one field.
struct tally_row {
  std::string name;
  field_kind kind = field_kind::value;
  std::array<std::uint64_t, outcome_count> counts{};
};
class tally {
public:
  void add(const std::string& name, field_kind kind, outcome what, std::uint64_t times = 1);
  [[nodiscard]] const std::vector<tally_row>& rows() const { return rows_; }
  [[nodiscard]] std::uint64_t injections() const;
  [[nodiscard]] std::uint64_t total(outcome what) const;

private:
  std::vector<tally_row> rows_;
};

/// The table, aligned; what the pinned files hold.
[[nodiscard]] std::string to_text(const tally& counted);
/// What it comes to, in a line.
[[nodiscard]] std::string summary(const tally& counted);

/// What must never happen, one line each, whatever is pinned: empty iff all is well.
[[nodiscard]] std::vector<std::string> breaches(const tally& counted, bool is_sealed = false);

/// Calls inject(number) for each number below `count`, in children, and gives what each came to. A child that an
/// injection kills, or that does not come on for half a second of its own time, is followed by another for the rest.
struct batch {
  std::size_t count;
  std::function<outcome(std::size_t)> inject;
};
[[nodiscard]] std::vector<outcome> run_in_children(const batch& work);

/// A hanging call takes its time to be told: after so many of them, nothing is gained by more.
inline constexpr std::uint64_t hung_enough = 8;

/// Every bit at every step of every program.
template <class Subject>
[[nodiscard]] tally inject_everywhere(injector<Subject>& injecting, const std::vector<verify::program>& programs) {
  tally counted;
  for (const verify::program& steps : programs) {
    for (std::size_t step = 0; step < steps.size(); ++step) {
      fields named;
      const std::vector<target> targets = injecting.targets_at(steps, step, named);
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
      const std::vector<outcome> outcomes =
          run_in_children({all.size(), [&](std::size_t number) {
                             return injecting.inject(steps, step, *all[number].where, all[number].bit);
                           }});
      for (std::size_t number = 0; number < all.size(); ++number) {
        const field& hit = named[all[number].where->field];
        counted.add(hit.name, hit.kind, outcomes[number]);
      }
      if (counted.total(outcome::hung) >= hung_enough) {
        return counted;
      }
    }
  }
  return counted;
}

} // namespace nebula::fault_injection
