// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of an allocator that is not ours: that it keeps what it promises, and what any allocator must. With
// NEBULA_VERIFY_ISOLATED=1 in the environment each program runs in a process of its own, so that one that crashes is
// shrunk like any other.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <nebula/verify/child_process.hpp>
#include <nebula/verify/foreign_allocator.hpp>

#include "property.hpp"

namespace nebula::verify {
namespace {

struct run_notes {
  coverage covered;
  bool has_finding = false;
  std::size_t step = 0;
  char words[160] = {};
};

std::optional<finding> run_isolated(const configuration& made_of, std::span<const operation> steps, coverage* covered) {
  shared_notes<run_notes> notes;
  const child_end end = run_in_child([&] {
    const auto found = allocator_under_test().run(made_of, steps, &notes->covered);
    if (found) {
      notes->step = found->step;
      found->what.copy(notes->words, std::min(found->what.size(), sizeof(notes->words) - 1));
      notes->has_finding = true;
    }
  });
  if (end != child_end::returned) {
    return finding{steps.size(), std::string("the process ") + name(end)};
  }
  covered->add(notes->covered);
  return notes->has_finding ? std::optional<finding>({notes->step, notes->words}) : std::nullopt;
}

bool is_isolated() {
  const char* const text = std::getenv("NEBULA_VERIFY_ISOLATED");
  if (text != nullptr && std::string(text) != "0" && std::string(text) != "1") {
    std::fprintf(stderr, "NEBULA_VERIFY_ISOLATED is '%s'; it must be 0 or 1\n", text);
    std::exit(2);
  }
  return text != nullptr && *text == '1';
}

} // namespace

allocator_property property_of_the_subject() {
  const foreign_allocator under_test = allocator_under_test();
  allocator_property property{is_isolated() ? &run_isolated : under_test.run, {error_code::exhausted}};
  for (const misuse what : {misuse::double_free, misuse::inside_pointer, misuse::foreign_pointer}) {
    if (under_test.promises.detects.has(what)) {
      property.outcomes.push_back(code_of(what));
    }
  }
  return property;
}

} // namespace nebula::verify
