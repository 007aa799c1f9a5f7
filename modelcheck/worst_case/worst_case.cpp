// SPDX-License-Identifier: Apache-2.0 OR MIT
// The most instructions of each call, over all states that tiny allocators can be brought to, one line for each call and
// outcome:  allocator | call | outcome | least | most | calls counted
//   worst_case [ALLOCATOR…]     all of them, or only these
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../exhaustive/spaces.hpp"
#include "../exhaustive/world.hpp"
#include "counted.hpp"

namespace {

using namespace nebula;
using worst_case::cost_table;
using worst_case::counted;

/// A subject with the counter in front of its allocator.
template <class Subject>
class counted_subject : public Subject {
public:
  explicit counted_subject(const verify::configuration& made_of)
      : Subject(made_of), front_(Subject::allocator(), table()) {}

  using allocator_type = counted<typename Subject::allocator_type>;
  allocator_type& allocator() { return front_; }
  typename Subject::allocator_type& allocator_itself() { return Subject::allocator(); }

  static cost_table& table() {
    static cost_table of_all;
    return of_all;
  }

private:
  allocator_type front_;
};

struct by_digest {
  std::size_t operator()(const verify::state_digest& digest) const { return static_cast<std::size_t>(digest.low); }
};

/// Every operation in every state within the space's depth: one program for each state, as modelcheck/exhaustive has it.
/// False iff a call was not as predicted, which has then been said.
template <class Subject>
bool measure(const exhaustive::enumeration<>& space) {
  using world = exhaustive::world<counted_subject<Subject>>;
  cost_table& table = counted_subject<Subject>::table();
  std::unordered_set<verify::state_digest, by_digest> seen;
  std::vector<std::vector<verify::operation>> programs{{}};
  for (std::size_t depth = 0; depth < space.depth; ++depth) {
    std::vector<std::vector<verify::operation>> longer;
    for (const auto& program : programs) {
      for (const verify::operation& last : space.alphabet) {
        world here(space.made_of);
        for (const verify::operation& each : program) {
          here.perform(each);
        }
        const std::size_t skipped_before = here.covered().skipped;
        table.is_counting = true;
        here.perform(last);
        table.is_counting = false;
        if (!here.wrong().empty()) {
          std::printf("%s: %s: %s\n", Subject::name, to_text(last).c_str(), here.wrong().c_str());
          return false;
        }
        if (here.covered().skipped == skipped_before && seen.insert(here.key(space.alphabet)).second) {
          longer.push_back(program);
          longer.back().push_back(last);
        }
        here.finish();
      }
    }
    programs = std::move(longer);
  }
  return true;
}

template <class Subject>
bool report(const char* name, const exhaustive::enumeration<>& space) {
  if (!measure<Subject>(space)) {
    return false;
  }
  for (const auto& [call, row] : counted_subject<Subject>::table().rows()) {
    const char* const outcome = call.second == error_code::none ? "success" : nebula::name(call.second);
    std::printf("%s | %s | %s | %llu | %llu | %llu\n", name, call.first.c_str(), outcome,
                static_cast<unsigned long long>(row.least), static_cast<unsigned long long>(row.most),
                static_cast<unsigned long long>(row.calls));
  }
  std::fflush(stdout);
  return true;
}

} // namespace

static int run_all(const std::vector<std::string>& wanted) {
  namespace spaces = exhaustive::spaces;
  worst_case::begin_counting();
  const std::vector<std::pair<std::string, bool (*)(const char*)>> all{
      {"bump_allocator", [](const char* name) { return report<verify::bump_subject>(name, spaces::bump(5)); }},
      {"shared_bump_allocator",
       [](const char* name) { return report<verify::shared_bump_subject>(name, spaces::shared_bump(6)); }},
      {"stack_allocator", [](const char* name) { return report<verify::stack_subject>(name, spaces::stack(5)); }},
      {"local_pool_allocator",
       [](const char* name) { return report<verify::local_pool_subject>(name, spaces::pool(8)); }},
      {"pool_allocator", [](const char* name) { return report<verify::pool_subject>(name, spaces::pool(8)); }},
      {"pool_cache", [](const char* name) { return report<verify::pool_cache_subject>(name, spaces::pool_cache(5)); }},
      {"segregated_allocator",
       [](const char* name) { return report<verify::segregated_subject>(name, spaces::segregated(5)); }},
      {"arena", [](const char* name) { return report<verify::arena_subject>(name, spaces::arena(0, 4)); }},
  };
  for (const std::string& name : wanted) {
    if (std::none_of(all.begin(), all.end(), [&](const auto& each) { return each.first == name; })) {
      std::fprintf(stderr, "no allocator is called '%s'; there are:", name.c_str());
      for (const auto& each : all) {
        std::fprintf(stderr, " %s", each.first.c_str());
      }
      std::fprintf(stderr, "\n");
      return 2;
    }
  }
  for (const auto& [name, run] : all) {
    if ((wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) && !run(name.c_str())) {
      return 1;
    }
  }
  return 0;
}

#if defined(__arm__) // its start code has no arguments
int main() { return run_all({}); }
#else
int main(int argument_count, char** arguments) {
  return run_all(std::vector<std::string>(arguments + 1, arguments + argument_count));
}
#endif
