// SPDX-License-Identifier: Apache-2.0 OR MIT
// Single mistakes on an allocator that is not ours, each in a process of its own, since it may do any damage. Prints
// what became of each; fails iff one was not detected whose detection is promised, or none could be tried.
#include <cstdio>
#include <string>

#include <nebula/verify/child_process.hpp>
#include <nebula/verify/foreign_allocator.hpp>

namespace {

using nebula::verify::child_end;
using nebula::verify::trial_progress;

std::string outcome_of(const trial_progress& seen, child_end end) {
  if (!seen.is_prepared) {
    return "not tried";
  }
  if (!seen.is_done) {
    return name(end);
  }
  const std::string answer = seen.was_refused ? "detected" : "ignored";
  const std::string later = !seen.is_finished   ? std::string(name(end)) + " later"
                            : seen.found_damage ? "damage later"
                            : seen.found_other  ? "wrong later"
                                                : "";
  return later.empty() ? answer : seen.was_refused ? answer + ", " + later : later;
}

} // namespace

int main() {
  const nebula::verify::foreign_allocator under_test = nebula::verify::allocator_under_test();
  int broken = 0;
  int made = 0;
  std::printf("%s\n", under_test.name);
  for (const nebula::verify::misuse_trial& trial : nebula::verify::misuse_trials) {
    if (!under_test.applies(trial)) {
      continue;
    }
    nebula::verify::shared_notes<trial_progress> seen;
    const child_end end = nebula::verify::run_in_child([&] { under_test.run_misuse(trial, *seen); });
    const std::string outcome = outcome_of(*seen, end);
    const bool is_promised = under_test.promises.detects.has(trial.kind);
    const bool is_kept = !is_promised || outcome == "detected";
    made += outcome == "not tried" ? 0 : 1;
    broken += is_kept ? 0 : 1;
    std::printf("  %-36s%-15s%s%s%s\n", trial.what, outcome.c_str(),
                is_kept ? (is_promised ? "promised" : "not promised") : "PROMISED, AND NOT KEPT",
                seen->words[0] == '\0' ? "" : ": ", seen->words);
  }
  if (made == 0) {
    std::printf("  nothing could be tried\n");
  }
  return broken == 0 && made != 0 ? 0 : 1;
}
