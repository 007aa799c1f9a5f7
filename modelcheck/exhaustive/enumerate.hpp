// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/subject.hpp>

/// Runs every program, up to a length, over a small alphabet of operations, on a tiny allocator. A program in which an
/// operation finds nothing to act on says no more than the same without it, and is not extended; so the count of
/// programs is a fact about the allocator and the alphabet, and is pinned: a drop says that the enumeration has become
/// blind.
namespace nebula::exhaustive {

template <class Configuration = verify::configuration, class Operation = verify::operation>
struct enumeration {
  Configuration made_of;
  std::vector<Operation> alphabet;
  std::size_t depth;
};

struct outcome {
  std::uint64_t programs = 0;
  std::uint64_t steps = 0;
  bool clean = true;
};

template <class Subject, class Configuration, class Operation>
class enumerator {
public:
  explicit enumerator(const enumeration<Configuration, Operation>& space) : space_(space) {}

  outcome run() {
    extend();
    return outcome_;
  }

private:
  void extend() {
    for (const Operation& next : space_.alphabet) {
      program_.push_back(next);
      verify::coverage covered;
      const auto found = verify::run_program<Subject>(space_.made_of, program_, &covered);
      if (found) {
        outcome_.clean = false;
        std::printf("%s: step %zu: %s\n%s%s", Subject::name, found->step, found->what.c_str(),
                    to_text(space_.made_of).c_str(), to_text(std::span<const Operation>(program_)).c_str());
        return;
      }
      if (covered.skipped == 0) {
        ++outcome_.programs;
        outcome_.steps += covered.steps;
        if (program_.size() < space_.depth) {
          extend();
        }
      }
      program_.pop_back();
      if (!outcome_.clean) {
        return;
      }
    }
  }

  const enumeration<Configuration, Operation>& space_;
  std::vector<Operation> program_;
  outcome outcome_;
};

/// The number in an environment variable, or a default; a clear error and exit status 2 if it is not a number.
inline std::size_t number_from_environment(const char* variable, std::size_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) {
    return otherwise;
  }
  char* end = nullptr;
  const unsigned long long number = std::strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0' || number == 0 || number > 64) {
    std::fprintf(stderr, "%s is '%s'; it must be a number from 1 to 64\n", variable, text);
    std::exit(2);
  }
  return static_cast<std::size_t>(number);
}

/// The whole main(): enumerates to the pinned depth, or deeper by NEBULA_EXHAUSTIVE_DEPTH; fails on a finding, or on a
/// count other than the pinned one at the pinned depth.
template <class Subject, class Configuration = verify::configuration, class Operation = verify::operation>
int enumerate_main(enumeration<Configuration, Operation> space, std::uint64_t pinned_programs) {
  const std::size_t pinned_depth = space.depth;
  space.depth = number_from_environment("NEBULA_EXHAUSTIVE_DEPTH", space.depth);
  const outcome got = enumerator<Subject, Configuration, Operation>(space).run();
  std::printf("%s: depth %zu, alphabet %zu: %llu programs, %llu operations, %s\n", Subject::name, space.depth,
              space.alphabet.size(), static_cast<unsigned long long>(got.programs),
              static_cast<unsigned long long>(got.steps), got.clean ? "all as predicted" : "FINDING");
  // Elsewhere records have other sizes, and at the paranoid level canaries: storages are full after other programs.
  constexpr bool is_pinned_here = sizeof(std::size_t) == 8 && !verify::always_paranoid;
  if (is_pinned_here && got.clean && space.depth == pinned_depth && got.programs != pinned_programs) {
    std::printf("the pinned count is %llu: the enumeration sees more or less than it did\n",
                static_cast<unsigned long long>(pinned_programs));
    return 1;
  }
  return got.clean ? 0 : 1;
}

} // namespace nebula::exhaustive
