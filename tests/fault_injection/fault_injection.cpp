// SPDX-License-Identifier: Apache-2.0 OR MIT
// Flips every bit of one subject's metadata and holds what becomes of it to what is pinned:
//   fault_injection PINNED-FILE [--states=DEPTH] [--paranoid] [--sealed] [--sum-only=FIELD] [--write]
// at every step of a set of programs or, with --states, in every state that the tiny subject can be brought to within
// that number of operations. Sealed: no flip at all is to be silent, but where failures are counted and reported. With --write
// the file is written anew. Of a field of --sum-only only the number of flips is pinned.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "campaign.hpp"
#include "everywhere.hpp"
#include "states.hpp"
#include "trials.hpp"

#if !defined(NEBULA_SUBJECT)
#error "define NEBULA_SUBJECT, as in stack_subject"
#endif

namespace {

using namespace nebula;
using namespace nebula::fault_injection;
using subject = verify::NEBULA_SUBJECT;
using trials_type = trials<subject>;
using program_type = trials_type::program;

constexpr std::uint64_t default_seed = 20261120;
constexpr std::size_t default_random_programs = 3;
constexpr std::size_t depth_max = 64;

[[noreturn]] void refuse(const char* what, const char* given, const char* wanted) {
  std::fprintf(stderr, "%s is '%s'; it must be %s\n", what, given, wanted);
  std::exit(2);
}
std::uint64_t number_in(const char* what, const char* text) {
  char* end = nullptr;
  const std::uint64_t number = std::strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0') {
    refuse(what, text, "a number");
  }
  return number;
}
std::uint64_t number_from_environment(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : number_in(variable, text);
}
std::size_t depth_in(const char* what, const char* text) {
  const std::uint64_t depth = number_in(what, text);
  if (depth == 0 || depth > depth_max) {
    refuse(what, text, "from 1 to 64");
  }
  return static_cast<std::size_t>(depth);
}

bool covers_every_action(const std::vector<program_type>& programs) {
  std::set<decltype(trials_type::operation::what)> met;
  for (const program_type& steps : programs) {
    for (const auto& step : steps) {
      met.insert(step.what);
    }
  }
  return met.size() == trials_type::action_count;
}

bool all_run_unharmed(injector<subject>& injecting, const std::vector<program_type>& programs) {
  for (const program_type& steps : programs) {
    const std::string wrong = injecting.run_unharmed(steps);
    if (!wrong.empty()) {
      std::printf("%s: without any flip: %s\n%s", subject::name, wrong.c_str(),
                  to_text(injector<subject>::steps_type(steps)).c_str());
      return false;
    }
  }
  return true;
}

// The first line in which they differ, as "is … was …"; empty iff they are the same.
[[maybe_unused]] std::string first_difference(const std::string& is, const std::string& was) {
  if (is == was) {
    return {};
  }
  const auto [here, there] = std::mismatch(is.begin(), is.end(), was.begin(), was.end());
  const auto line_at = [](const std::string& text, std::string::const_iterator place) {
    const auto at = static_cast<std::size_t>(place - text.begin());
    const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  };
  return "  is     " + line_at(is, here) + "\n  pinned " + line_at(was, there) + "\n";
}

[[maybe_unused]] int compare_with_pinned(const std::string& table, const char* path) {
  std::ostringstream pinned;
  pinned << std::ifstream(path).rdbuf();
  const std::string difference = first_difference(table, pinned.str());
  if (difference.empty()) {
    return 0;
  }
  std::printf("%s: not as pinned in %s\n%s", subject::name, path, difference.c_str());
  std::printf("if fewer flips are silent now, pin the new table: run this with --write\n");
  return 1;
}

// What a run came to, what of it is to be as pinned, and whether it was as long as the pinned one.
struct report {
  tally counted;
  std::string pinned_part;
  bool is_pinned_run;
};

report inject_in_programs(std::uint8_t level, const std::string& sum_only) {
  const std::uint64_t seed = number_from_environment("NEBULA_FAULT_SEED", default_seed);
  const std::uint64_t random_count = number_from_environment("NEBULA_FAULT_PROGRAMS", default_random_programs);
  std::vector<program_type> programs = trials_type::fixed();
  if (!covers_every_action(programs)) {
    std::printf("%s: the fixed programs leave an action out\n", subject::name);
    std::exit(1);
  }
  const std::vector<program_type> more = trials_type::random(static_cast<std::size_t>(random_count), seed);
  programs.insert(programs.end(), more.begin(), more.end());
  const auto made_of = trials_type::small(level);
  injector<subject> injecting(made_of);
  if (!all_run_unharmed(injecting, programs)) {
    std::exit(1);
  }
  std::printf("%s", to_text(made_of).c_str());
  tally counted = inject_everywhere(injecting, programs);
  std::printf("%s: seed %llu, %zu programs, %llu flips\n%s", subject::name, static_cast<unsigned long long>(seed),
              programs.size(), static_cast<unsigned long long>(counted.injections()), latency(counted).c_str());
  const std::string table = to_text(counted.with_sum_only_of(sum_only));
  return {std::move(counted), table, seed == default_seed && random_count == default_random_programs};
}

report inject_in_all_states(std::uint8_t level, std::size_t pinned_depth, const std::string& sum_only) {
  const char* const deeper = std::getenv("NEBULA_FAULT_DEPTH");
  const std::size_t depth = deeper == nullptr ? pinned_depth : depth_in("NEBULA_FAULT_DEPTH", deeper);
  const auto made_of = trials_type::tiny(level);
  injector<subject> injecting(made_of);
  const std::vector<program_type> states = reachable_states(injecting, trials_type::alphabet(), depth);
  std::vector<program_type> programs = states;
  const program_type continuation = trials_type::continuation();
  for (program_type& steps : programs) {
    steps.insert(steps.end(), continuation.begin(), continuation.end());
  }
  if (!all_run_unharmed(injecting, programs)) {
    std::exit(1);
  }
  std::printf("%s", to_text(made_of).c_str());
  std::fflush(stdout);
  tally counted = inject_in_states(injecting, states, continuation);
  const std::string head = std::to_string(states.size()) + " states, " + std::to_string(counted.injections()) +
                           " flips, depth " + std::to_string(depth) + "\n";
  std::printf("%s: %s%s", subject::name, head.c_str(), latency(counted).c_str());
  const tally pinned = counted.with_sum_only_of(sum_only);
  return {std::move(counted), head + latency(pinned) + to_text(pinned), depth == pinned_depth};
}

} // namespace

int main(int argument_count, char** arguments) {
  static constexpr std::string_view states_option = "--states=";
  static constexpr std::string_view sum_only_option = "--sum-only=";
  std::string sum_only;
  bool writes = false;
  bool sealed = false;
  bool paranoid = false;
  std::size_t depth = 0; // of the states; 0: programs
  bool is_usage_right = argument_count >= 2;
  for (int number = 2; number < argument_count; ++number) {
    const std::string_view option = arguments[number];
    if (option.starts_with(states_option)) {
      depth = depth_in("--states", arguments[number] + states_option.size());
    } else if (option.starts_with(sum_only_option)) {
      sum_only = option.substr(sum_only_option.size());
    } else if (option == "--write") {
      writes = true;
    } else if (option == "--sealed") {
      sealed = true;
    } else if (option == "--paranoid") {
      paranoid = true;
    } else {
      is_usage_right = false;
    }
  }
  if (!is_usage_right) {
    std::fprintf(stderr,
                 "usage: %s PINNED-FILE [--states=DEPTH] [--paranoid] [--sealed] [--sum-only=FIELD] [--write]\n",
                 arguments[0]);
    return 2;
  }
  // An object of C whose seal is damaged is nobody's: the program's hook hears of that.
  static constexpr fault_hook unheard{[](void*, const fault&) {}, nullptr};
  set_program_fault_hook(&unheard);
  const auto level = static_cast<std::uint8_t>(paranoid);
  const report seen = depth != 0 ? inject_in_all_states(level, depth, sum_only) : inject_in_programs(level, sum_only);
  std::printf("%s%s\n", to_text(seen.counted).c_str(), summary(seen.counted).c_str());
  int status = 0;
  for (const std::string& line : breaches(seen.counted, sealed)) {
    std::printf("%s: %s\n", subject::name, line.c_str());
    status = 1;
  }
  if (writes) {
    std::ofstream(arguments[1]) << seen.pinned_part;
    return status;
  }
#if defined(NEBULA_FAULTS_ARE_PINNED)
  return seen.is_pinned_run ? status + compare_with_pinned(seen.pinned_part, arguments[1]) : status;
#else
  std::printf("the counts are pinned for another kind of build, and not compared\n");
  return status;
#endif
}
