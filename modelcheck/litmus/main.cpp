// SPDX-License-Identifier: Apache-2.0 OR MIT
// litmus: what the C++ memory model allows, of tests whose verdict is known and of the shipped free list.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "free_list_world.hpp"
#include "litmus_table.hpp"
#include "text_program.hpp"

namespace {

using namespace nebula::litmus;

constexpr int exit_right = 0;
constexpr int exit_wrong = 1;
constexpr int exit_usage = 2;

const char* name(known verdict) {
  return verdict == known::forbidden ? "forbidden" : verdict == known::allowed ? "allowed" : "race";
}

/// Compares each test's verdict with what is known of it.
int check_table(axioms rules) {
  unsigned wrong = 0;
  unsigned verdicts = 0;
  std::uint64_t executions = 0;
  std::uint64_t states = 0;
  for (const litmus_test& test : litmus_tests) {
    const litmus_code code = parse_litmus(test.code);
    const program what = program_of(code);
    for (const bool buffering : {false, true}) {
      rules.load_buffering = buffering;
      const search_outcome found = enumerator(what, rules).search();
      known verdict = known::forbidden;
      for (const std::string& outcome : found.outcomes) {
        if (outcome == enumerator::data_race) {
          verdict = test.condition == enumerator::data_race ? known::race : verdict;
        } else if (test.condition != enumerator::data_race && answers(outcome, test.condition)) {
          verdict = known::allowed;
        }
      }
      ++verdicts;
      executions += found.executions;
      states += found.states;
      const known expected = buffering ? test.buffering : test.strict;
      if (verdict != expected || found.cut != 0) {
        ++wrong;
        std::printf("WRONG: %.*s%s: %s; it is known to be %s (%.*s)\n", static_cast<int>(test.name.size()),
                    test.name.data(), buffering ? ", load buffering" : "", name(verdict), name(expected),
                    static_cast<int>(test.source.size()), test.source.data());
      }
    }
  }
  std::printf("%u verdicts of %zu tests, %u of them wrong; %llu executions, %llu graphs\n", verdicts,
              std::size(litmus_tests), wrong, static_cast<unsigned long long>(executions),
              static_cast<unsigned long long>(states));
  return wrong == 0 ? exit_right : exit_wrong;
}

/// The shipped free list shows exactly what a list whose calls are atomic shows, with and without load buffering.
int check_free_list(const axioms& given, unsigned spurious_failures) {
  unsigned wrong = 0;
  for (const free_list_program& calls : free_list_programs) {
    const std::set<std::string> right = atomic_outcomes(calls);
    for (const bool buffering : {false, true}) {
      axioms rules = given;
      rules.load_buffering = buffering;
      const search_outcome found = search_free_list(calls, rules, shipped_orders, spurious_failures);
      const bool is_right = found.outcomes == right && found.cut == 0;
      std::printf("%-20s  %-14s  %6llu executions  %8llu graphs  %zu outcomes%s\n", calls.name,
                  buffering ? "load buffering" : "strict", static_cast<unsigned long long>(found.executions),
                  static_cast<unsigned long long>(found.states), found.outcomes.size(), is_right ? "" : "  WRONG");
      std::fflush(stdout);
      for (const std::string& outcome : found.outcomes) {
        if (!right.contains(outcome)) {
          std::printf("    no list with atomic calls shows: %s\n", outcome.c_str());
        }
      }
      wrong += is_right ? 0U : 1U;
    }
  }
  return wrong == 0 ? exit_right : exit_wrong;
}

/// Each order made weaker by itself: the first program that then shows something wrong is the pinned one.
int check_necessity() {
  unsigned wrong = 0;
  for (const weakening& weaker : weakenings) {
    std::string shown_by;
    std::string shown;
    for (const free_list_program& calls : free_list_programs) {
      const std::set<std::string> right = atomic_outcomes(calls);
      for (const std::string& outcome : search_free_list(calls, axioms{}, weaker, 0).outcomes) {
        if (shown_by.empty() && !right.contains(outcome)) {
          shown_by = calls.name;
          shown = outcome;
        }
      }
    }
    const std::string pinned = weaker.shown_by == nullptr ? "" : weaker.shown_by;
    wrong += shown_by == pinned ? 0U : 1U;
    std::printf("%-28s  %s%s\n", weaker.name, shown_by.empty() ? "is not seen" : (shown_by + ": " + shown).c_str(),
                shown_by == pinned ? "" : ("  WRONG: pinned is '" + pinned + "'").c_str());
  }
  return wrong == 0 ? exit_right : exit_wrong;
}

/// The whole number that the environment gives, or the one otherwise; `most` + 1 iff it is none, or above `most`.
unsigned number_from_environment(const char* variable, unsigned otherwise, unsigned most) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) {
    return otherwise;
  }
  const std::string digits = text;
  const bool is_number = digits.size() == 1 && digits[0] >= '0' && digits[0] <= '9';
  const auto number = is_number ? static_cast<unsigned>(digits[0] - '0') : most + 1;
  if (number > most) {
    std::fprintf(stderr, "litmus: %s=%s: must be a whole number up to %u\n", variable, text, most);
  }
  return number > most ? most + 1 : number;
}

int usage() {
  std::fputs(
      "usage: litmus table [without coherence|atomicity|release_sequences]   the tests whose verdict is known\n"
      "       litmus free_list    the shipped free list; NEBULA_LITMUS_EARLY_READS and\n"
      "                           NEBULA_LITMUS_SPURIOUS_FAILURES say how many of each (1 and 0)\n"
      "       litmus necessity    each order of the free list made weaker\n",
      stderr);
  return exit_usage;
}

} // namespace

int main(int argument_count, char** arguments) {
  const std::string_view command = argument_count > 1 ? arguments[1] : "";
  axioms rules;
  if (command == "table" && argument_count == 4 && std::string_view(arguments[2]) == "without") {
    const std::string_view dropped = arguments[3];
    rules.coherence = dropped != "coherence";
    rules.atomicity = dropped != "atomicity";
    rules.release_sequences = dropped != "release_sequences";
    return rules.coherence && rules.atomicity && rules.release_sequences ? usage() : check_table(rules);
  }
  if (argument_count != 2) {
    return usage();
  }
  if (command == "table") {
    return check_table(rules);
  }
  if (command == "free_list") {
    constexpr unsigned most = 3;
    rules.early_reads = number_from_environment("NEBULA_LITMUS_EARLY_READS", 1, most);
    const unsigned spurious = number_from_environment("NEBULA_LITMUS_SPURIOUS_FAILURES", 0, most);
    return rules.early_reads > most || spurious > most ? exit_usage : check_free_list(rules, spurious);
  }
  return command == "necessity" ? check_necessity() : usage();
}
