// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <cstddef>

#include "support.hpp"

// As seed_bugs_test.cpp, for budgets and what stands in front of several allocators: each probe is shown a design that
// has the flaw, and sees it; and this kernel, and does not.
namespace {

using namespace nebula;
using namespace nebula::test;

namespace flawed {

/// Asks first and adds later; forgives a release of too much; divides before it multiplies; allows a tenth beyond.
class lenient_budget {
public:
  explicit lenient_budget(std::size_t limit, lenient_budget* parent = nullptr) : limit_(limit), parent_(parent) {}
  [[nodiscard]] bool can_reserve(std::size_t bytes) const { return used_ + bytes <= limit_ + limit_ / 10; }
  void add(std::size_t bytes) {
    used_ += bytes;
    if (parent_ != nullptr) {
      parent_->add(bytes);
    }
  }
  void release(std::size_t bytes) {
    used_ -= bytes < used_ ? bytes : used_;
    if (parent_ != nullptr) {
      parent_->release(bytes);
    }
  }
  [[nodiscard]] bool is_high() const { return used_ > limit_ / 100 * 70; }
  [[nodiscard]] std::size_t used() const { return used_; }

private:
  std::size_t limit_;
  lenient_budget* parent_;
  std::size_t used_ = 0;
};

/// Frees through whichever allocator serves at the moment.
template <class First, class Second>
class switched {
public:
  switched(First& first, Second& second) : first_(first), second_(second) {}
  void use_second() { serves_second_ = true; }
  result<std::byte*> allocate(layout request) {
    return serves_second_ ? second_.allocate(request) : first_.allocate(request);
  }
  result<void> deallocate(std::byte* block, layout allocated) {
    return serves_second_ ? second_.deallocate(block, allocated) : first_.deallocate(block, allocated);
  }

private:
  First& first_;
  Second& second_;
  bool serves_second_ = false;
};

} // namespace flawed

TEST(seed_bug, c12_two_that_were_both_told_there_is_room_do_not_both_get_it) {
  flawed::lenient_budget asked(100);
  const bool first = asked.can_reserve(60);
  const bool second = asked.can_reserve(60); // before the first has added
  asked.add(first ? 60 : 0);
  asked.add(second ? 60 : 0);
  EXPECT_GT(asked.used(), 100U);
  // here asking is taking; modelcheck/race plays all interleavings of it
  budget ours(budget_config{100}.validate().value());
  EXPECT_TRUE(succeeded(ours.reserve(60)));
  EXPECT_TRUE(failed_with(ours.reserve(60), error_code::over_budget));
  EXPECT_TRUE(succeeded(ours.release(60)));
}

TEST(seed_bug, c12_an_over_release_does_not_take_what_others_have_reserved_above) {
  flawed::lenient_budget root(100);
  flawed::lenient_budget one(100, &root);
  flawed::lenient_budget other(100, &root);
  one.add(10);
  other.add(50);
  one.release(60); // forgiven here, and taken from the other above
  EXPECT_EQ(root.used(), 0U);
  EXPECT_EQ(other.used(), 50U);

  fault_log log;
  budget our_root(budget_config{100}.validate().value());
  budget ours(budget_config{100, 0, &our_root, 70, 90, log.hook()}.validate().value());
  budget theirs(budget_config{100, 0, &our_root}.validate().value());
  EXPECT_TRUE(ours.reserve(10).has_value() && theirs.reserve(50).has_value());
  EXPECT_TRUE(failed_with(ours.release(60), error_code::over_release));
  EXPECT_EQ(log.count(), 1U);
  EXPECT_EQ(our_root.state().used_bytes, 60U) << "an over-release keeps the parent right";
  EXPECT_TRUE(ours.release(10).has_value() && theirs.release(50).has_value());
}

TEST(seed_bug, c12_a_limit_is_the_limit_and_small_ones_have_thresholds) {
  flawed::lenient_budget generous(100);
  EXPECT_TRUE(generous.can_reserve(110)) << "a tenth more than its limit";
  flawed::lenient_budget small(50);
  small.add(1);
  EXPECT_TRUE(small.is_high()) << "one of fifty";

  budget ours(budget_config{50}.validate().value());
  EXPECT_TRUE(failed_with(ours.reserve(51), error_code::over_block_limit));
  EXPECT_TRUE(succeeded(ours.reserve(35)));
  EXPECT_EQ(ours.state().level, budget_level::normal);
  EXPECT_TRUE(succeeded(ours.reserve(1)));
  EXPECT_EQ(ours.state().level, budget_level::high);
  EXPECT_TRUE(succeeded(ours.release(36)));
}

/// A block of the first allocator, freed when the second has come to serve.
template <class Both, class Change>
result<void> frees_after(Both& both, Change change) {
  std::byte* const block = both.allocate({48, 16}).value();
  change();
  return both.deallocate(block, {48, 16});
}
TEST(seed_bug, c13_a_block_goes_back_to_the_allocator_that_it_came_from) {
  fault_log log;
  static_pool<block_of_48, 1> pool(log.hook());
  static_bump<256> bump(log.hook());
  flawed::switched<static_pool<block_of_48, 1>, static_bump<256>> by_turn(pool, bump);
  EXPECT_TRUE(failed_with(frees_after(by_turn, [&] { by_turn.use_second(); }), error_code::foreign_pointer));

  static_pool<block_of_48, 1> our_pool(log.hook());
  fallback<static_pool<block_of_48, 1>, static_bump<256>> ours(our_pool, bump, log.hook());
  std::byte* later = nullptr;
  EXPECT_TRUE(succeeded(frees_after(ours, [&] { later = ours.allocate({48, 16}).value(); })));
  EXPECT_TRUE(bump.owns(later));
  EXPECT_TRUE(succeeded(ours.deallocate(later, {48, 16})));
}

TEST(seed_bug, c20_a_fallback_holds_what_the_first_does_not) {
  fault_log log;
  struct alignas(8) block_of_64 {
    std::byte bytes[64];
  };
  static_pool<block_of_64, 100> pool(log.hook());
  static_bump<64> bump(log.hook());
  const layout array = layout::array<int>(32).value();
  ASSERT_EQ(array.size, 128U);
  EXPECT_TRUE(failed_with(pool.allocate(array), error_code::layout_unsupported)) << "no block of 64 holds 128 bytes";
  fallback<static_bump<64>, static_pool<block_of_64, 100>> chain(bump, pool, log.hook());
  EXPECT_TRUE(failed_with(chain.allocate(array), error_code::layout_unsupported));
  // what does fit comes from the one, and then from the other, and each goes back to its own
  std::array<std::byte*, 3> blocks{};
  for (std::byte*& each : blocks) {
    each = chain.allocate({40, 8}).value();
    ASSERT_NE(each, nullptr);
  }
  EXPECT_TRUE(bump.owns(blocks[0]) && pool.owns(blocks[1]) && pool.owns(blocks[2]));
  for (std::byte* const each : blocks) {
    EXPECT_TRUE(succeeded(chain.deallocate(each, {40, 8})));
  }
  EXPECT_EQ(chain.state().live_blocks, 0U) << "nothing leaks on the way";
}

} // namespace
