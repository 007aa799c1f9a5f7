// SPDX-License-Identifier: Apache-2.0 OR MIT
// Flips every bit of one subject's metadata, at every step of a set of programs, and holds what becomes of it to what is
// pinned: fault_injection PINNED-FILE [--paranoid] [--sealed] [--write]. Sealed: no flip at all is to be
// silent, but where failures are counted and reported. With --write the file is written anew.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "campaign.hpp"
#include "programs.hpp"

#if !defined(NEBULA_SUBJECT)
#error "define NEBULA_SUBJECT, as in stack_subject"
#endif

namespace {

using namespace nebula;
using namespace nebula::fault_injection;
using subject = verify::NEBULA_SUBJECT;

constexpr std::uint64_t default_seed = 20261120;
constexpr std::size_t default_random_programs = 3;
// Small, so that most bytes matter, and blocks run out within a few operations; an arena has room for several chunks.
constexpr std::uint16_t capacity_bytes = std::string_view(subject::name) == "arena" ? 600 : 160;
constexpr verify::configuration small{
    .capacity_bytes = capacity_bytes, .block_size_bytes = 24, .block_align_log2 = 3, .block_count = 4};

std::uint64_t number_from_environment(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) {
    return otherwise;
  }
  char* end = nullptr;
  const std::uint64_t number = std::strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0') {
    std::fprintf(stderr, "%s is '%s'; it must be a number\n", variable, text);
    std::exit(2);
  }
  return number;
}

bool covers_every_action(const std::vector<verify::program>& programs) {
  std::set<verify::action> met;
  for (const verify::program& steps : programs) {
    for (const verify::operation& step : steps) {
      met.insert(step.what);
    }
  }
  return met.size() == verify::action_count;
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

} // namespace

int main(int argument_count, char** arguments) {
  const std::vector<std::string> options(arguments + std::min(argument_count, 2), arguments + argument_count);
  const auto is_given = [&](const char* option) { return std::count(options.begin(), options.end(), option); };
  const auto writes = is_given("--write");
  verify::configuration made_of = small;
  made_of.check_level = static_cast<std::uint8_t>(is_given("--paranoid"));
  const auto sealed = is_given("--sealed");
  if (argument_count < 2 || writes + sealed + made_of.check_level != argument_count - 2) {
    std::fprintf(stderr, "usage: %s PINNED-FILE [--paranoid] [--sealed] [--write]\n", arguments[0]);
    return 2;
  }
  const std::uint64_t seed = number_from_environment("NEBULA_FAULT_SEED", default_seed);
  const std::uint64_t random_count = number_from_environment("NEBULA_FAULT_PROGRAMS", default_random_programs);
  std::vector<verify::program> programs = fixed_programs();
  if (!covers_every_action(programs)) {
    std::printf("%s: the fixed programs leave an action out\n", subject::name);
    return 1;
  }
  const std::vector<verify::program> more = random_programs(static_cast<std::size_t>(random_count), seed);
  programs.insert(programs.end(), more.begin(), more.end());

  injector<subject> injecting(made_of);
  for (const verify::program& steps : programs) {
    const std::string wrong = injecting.run_unharmed(steps);
    if (!wrong.empty()) {
      std::printf("%s: without any flip: %s\n%s", subject::name, wrong.c_str(), verify::to_text(steps).c_str());
      return 1;
    }
  }
  std::printf("%s", to_text(made_of).c_str());
  const tally counted = inject_everywhere(injecting, programs);
  const std::string table = to_text(counted);
  std::printf("%s: seed %llu, %zu programs, %llu flips\n%s%s\n", subject::name, static_cast<unsigned long long>(seed),
              programs.size(), static_cast<unsigned long long>(counted.injections()), table.c_str(),
              summary(counted).c_str());
  int status = 0;
  for (const std::string& line : breaches(counted, sealed != 0)) {
    std::printf("%s: %s\n", subject::name, line.c_str());
    status = 1;
  }
  if (writes != 0) {
    std::ofstream(arguments[1]) << table;
    return status;
  }
  const bool is_pinned_run = seed == default_seed && random_count == default_random_programs;
#if defined(NEBULA_FAULTS_ARE_PINNED)
  return is_pinned_run ? status + compare_with_pinned(table, arguments[1]) : status;
#else
  static_cast<void>(is_pinned_run);
  std::printf("the counts are pinned for another kind of build, and not compared\n");
  return status;
#endif
}
