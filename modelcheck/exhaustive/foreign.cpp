// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every short program on an allocator that is not ours, on as little storage as it takes. The one argument, if any, is
// the pinned number of programs at the depth that is in force where the environment sets none.
#include "enumerate.hpp"
#include "world.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <nebula/verify/foreign_allocator.hpp>

namespace nebula::exhaustive {

/// What decides how a foreign allocator goes on lies where nobody but it knows, so that its states have no key: each
/// program is run, and none stands for another.
template <>
class world<verify::subject_under_test> {
public:
  using operation_type = verify::operation;

  explicit world(const verify::configuration& made_of) : run_(verify::allocator_under_test().begin(made_of)) {}

  void perform(const operation_type& step) { run_->perform(step); }
  void finish() { run_->finish(); }
  [[nodiscard]] const std::string& wrong() const { return run_->wrong(); }
  [[nodiscard]] const verify::coverage& covered() const { return run_->covered(); }

  static constexpr bool has_key = false;

private:
  std::unique_ptr<verify::foreign_steps> run_;
};

} // namespace nebula::exhaustive

namespace {

using nebula::verify::action;
using nebula::verify::misuse;
using nebula::verify::operation;

// As deep as takes less than a second: alphabets are of some four to fifteen operations, as an allocator promises little
// or much.
std::size_t usual_depth_of(std::size_t alphabet_size) {
  constexpr std::size_t words_max = 1'000'000;
  constexpr std::size_t depth_max = 10;
  std::size_t depth = 1;
  for (std::size_t words = alphabet_size; depth < depth_max && words <= words_max / alphabet_size; ++depth) {
    words *= alphabet_size;
  }
  return depth;
}

// Blocks of two sizes, frees, and of all else what the allocator has or promises something of.
std::vector<operation> alphabet_of(const nebula::verify::foreign_allocator& under_test) {
  const auto& promises = under_test.promises;
  const std::size_t most = std::min<std::size_t>(promises.size_max_bytes, promises.storage_min_bytes / 3);
  const auto size_of = [&](std::size_t wished) { return static_cast<std::uint16_t>(std::min(wished, most)); };
  std::vector<operation> alphabet{{.what = action::allocate, .size = size_of(1)},
                                  {.what = action::allocate,
                                   .align_log2 = static_cast<std::uint8_t>(promises.align_max_bytes < 8 ? 0 : 3),
                                   .size = size_of(most)},
                                  {.what = action::deallocate_newest}};
  const auto add_if = [&](bool is_wanted, const operation& step) {
    if (is_wanted) {
      alphabet.push_back(step);
    }
  };
  add_if(!promises.frees_newest_first || promises.detects.has(misuse::out_of_order), {.what = action::deallocate});
  add_if(promises.refuses_beyond_limits || promises.size_max_bytes == SIZE_MAX,
         {.what = action::allocate_extreme, .variant = 16}); // SIZE_MAX bytes
  add_if(promises.refuses_size_zero, {.what = action::allocate, .size = 0});
  add_if(promises.refuses_bad_alignment, {.what = action::allocate_extreme, .variant = 77}); // 1 byte, aligned to 3
  add_if(promises.detects.has(misuse::double_free), {.what = action::deallocate_dead});
  add_if(promises.detects.has(misuse::inside_pointer), {.what = action::deallocate_inside, .variant = 3});
  add_if(promises.detects.has(misuse::foreign_pointer), {.what = action::deallocate_outside, .variant = 3});
  add_if(promises.detects.has(misuse::null_pointer), {.what = action::deallocate_null});
  add_if(promises.detects.has(misuse::impossible_layout), {.what = action::deallocate_wrong_layout, .variant = 5});
  add_if(under_test.has_reset, {.what = action::reset});
  add_if(under_test.has_marks, {.what = action::mark});
  add_if(under_test.has_marks, {.what = action::restore_newest});
  return alphabet;
}

} // namespace

int main(int argument_count, char** arguments) {
  const nebula::verify::foreign_allocator under_test = nebula::verify::allocator_under_test();
  std::uint64_t pinned = 0;
  if (argument_count > 2 || (argument_count == 2 && std::sscanf(arguments[1], "%" SCNu64, &pinned) != 1)) {
    std::fprintf(stderr, "usage: %s [PROGRAMS]\nPROGRAMS is the number of programs that there are to be\n",
                 arguments[0]);
    return 2;
  }
  namespace exhaustive = nebula::exhaustive;
  const std::vector<operation> alphabet = alphabet_of(under_test);
  const std::size_t usual_depth = usual_depth_of(alphabet.size());
  const std::size_t depth = exhaustive::depth_from_environment("NEBULA_EXHAUSTIVE_DEPTH", usual_depth);
  const exhaustive::enumeration<> space{{.capacity_bytes = 0}, alphabet, depth};
  exhaustive::enumerator<nebula::verify::subject_under_test, nebula::verify::configuration, operation> enumerated(
      space, exhaustive::merging::none);
  if (!enumerated.run(depth)) {
    return 1;
  }
  const exhaustive::tally got = enumerated.count(depth);
  std::printf("%s: depth %zu, alphabet %zu: %" PRIu64 " programs, %" PRIu64 " operations, all as promised\n",
              under_test.name, depth, alphabet.size(), got.programs, got.operations);
  if (pinned != 0 && depth == usual_depth && got.programs != pinned) {
    std::printf("the pinned count is %" PRIu64 ": the enumeration sees more or less than it did\n", pinned);
    return 1;
  }
  return 0;
}
