// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "outcome.hpp"

/// Runs injections in child processes, so that nothing that one does outlives it, and counts what became of them.
namespace nebula::fault_injection {

/// How often each outcome came, of one field.
struct tally_row {
  static constexpr std::size_t calls_max = 31;

  std::string name;
  field_kind kind = field_kind::value;
  std::array<std::uint64_t, outcome_count> counts{};
  std::array<std::uint64_t, calls_max + 1> calls_later{};
  bool is_sum_only = false;
};
class tally {
public:
  static constexpr std::size_t calls_max = tally_row::calls_max;

  void add(const std::string& name, field_kind kind, verdict seen, std::uint64_t times = 1);
  [[nodiscard]] const std::vector<tally_row>& rows() const { return rows_; }
  [[nodiscard]] std::uint64_t injections() const;
  [[nodiscard]] std::uint64_t total(outcome what) const;
  /// Of the flips that a call found: how many the n-th call after the flip found. The last place has those beyond it.
  [[nodiscard]] std::array<std::uint64_t, calls_max + 1> calls_later() const;

  /// The same, but of the field only how many flips there were: what becomes of one depends on what the system has put into
  /// memory that is not ours. As it is, iff no field has that name.
  [[nodiscard]] tally with_sum_only_of(const std::string& name) const;

private:
  std::vector<tally_row> rows_;
};

/// The table, aligned; what the pinned files hold.
[[nodiscard]] std::string to_text(const tally& counted);
/// How many calls after the flip a call found it, in a line.
[[nodiscard]] std::string latency(const tally& counted);
/// What it comes to, in a line.
[[nodiscard]] std::string summary(const tally& counted);

/// What must never happen, one line each, whatever is pinned: empty iff all is well.
[[nodiscard]] std::vector<std::string> breaches(const tally& counted, bool is_sealed = false);

/// Calls inject(number) for each number below `count`, in children, and gives what each came to. A child that an
/// injection kills, or that does not come on for half a second of its own time, is followed by another for the rest.
struct batch {
  std::size_t count;
  std::function<verdict(std::size_t)> inject;
};
[[nodiscard]] std::vector<verdict> run_in_children(const batch& work);

/// A hanging call takes its time to be told: after so many of them, nothing is gained by more.
inline constexpr std::uint64_t hung_enough = 8;

} // namespace nebula::fault_injection
