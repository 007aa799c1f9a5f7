// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of an allocator that is not ours: that it keeps what it promises, and what any allocator must. With
// NEBULA_VERIFY_ISOLATED=1 in the environment each program runs in a process of its own, so that one that crashes is
// shrunk like any other.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

constexpr walks walked = walks::after_each_operation;

std::optional<finding> run_here(const configuration& made_of, std::span<const operation> steps, coverage* covered) {
  return allocator_under_test().run(made_of, steps, covered, walked);
}

std::optional<finding> run_isolated(const configuration& made_of, std::span<const operation> steps, coverage* covered) {
  shared_notes<run_notes> notes;
  const child_end end = run_in_child([&] {
    const auto found = allocator_under_test().run(made_of, steps, &notes->covered, walked);
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

constexpr misuse all_misuse[] = {misuse::double_free,  misuse::inside_pointer, misuse::foreign_pointer,
                                 misuse::null_pointer, misuse::wrong_layout,   misuse::impossible_layout,
                                 misuse::out_of_order, misuse::stale_mark};

// Of what the allocator has, or promises something of; all else would be left out.
action_weights weights_of(const foreign_allocator& under_test) {
  const allocator_promises& promises = under_test.promises;
  const auto detects = [&promises](misuse what) { return promises.detects.has(what); };
  action_weights weights{};
  const auto set = [&weights](bool has, action what, std::uint8_t weight) {
    weights[static_cast<std::size_t>(what)] = has ? weight : std::uint8_t{0};
  };
  set(true, action::allocate, 30);
  set(true, action::allocate_extreme, 8);
  // of oldest ones, of which there is one, many are to be met
  set(!promises.frees_newest_first || detects(misuse::out_of_order), action::deallocate,
      promises.frees_oldest_first ? 20 : 8);
  set(true, action::deallocate_newest, 10);
  set(detects(misuse::double_free), action::deallocate_dead, 5);
  set(detects(misuse::inside_pointer), action::deallocate_inside, 7);
  set(detects(misuse::foreign_pointer), action::deallocate_outside, 4);
  set(detects(misuse::null_pointer), action::deallocate_null, 3);
  set(detects(misuse::wrong_layout) || detects(misuse::impossible_layout), action::deallocate_wrong_layout, 6);
  set(under_test.has_marks, action::mark, 6);
  set(under_test.has_marks, action::restore, 6);
  set(under_test.has_marks, action::restore_newest, 4);
  set(under_test.has_reset, action::reset, 4);
  return weights;
}

std::vector<error_code> outcomes_of(const allocator_promises& promises) {
  std::vector<error_code> outcomes{error_code::exhausted};
  if (promises.refuses_size_zero || promises.refuses_bad_alignment) {
    outcomes.push_back(error_code::invalid_layout);
  }
  for (const misuse what : all_misuse) {
    if (promises.detects.has(what)) {
      outcomes.push_back(code_of(what));
    }
  }
  return outcomes;
}

} // namespace

allocator_property property_of_the_subject() {
  const foreign_allocator under_test = allocator_under_test();
  return {is_isolated() ? &run_isolated : &run_here, under_test.storage_bytes, weights_of(under_test),
          outcomes_of(under_test.promises)};
}

} // namespace nebula::verify
