// SPDX-License-Identifier: Apache-2.0 OR MIT
/// What the kernel's allocators offer to those who keep objects in their blocks: a free with something in the middle,
/// and the way to know whether a block is still there.
#include <cstddef>
#include <type_traits>

#include "ledger.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr layout block_layout{48, 16};
constexpr size_class two_classes[] = {{48, 16, 4}, {96, 16, 2}};

/// One of each kind, with a log.
template <class Allocator>
class object_support : public testing::Test {
private:
  storage<4096> storage_{};
  Allocator make() {
    if constexpr (std::is_constructible_v<Allocator, fault_hook>) {
      return Allocator(log_.hook());
    } else {
      return Allocator(
          typename Allocator::config_type{storage_.span(), two_classes, 2, 0, log_.hook()}.validate().value());
    }
  }

protected:
  fault_log log_{};
  Allocator allocator_ = make();

  std::byte* take() {
    const result<std::byte*> block = allocator_.allocate(block_layout);
    EXPECT_TRUE(succeeded(block));
    return block.value();
  }
};
/// Adaptors, each with what it adapts.
struct inner_cache {
  explicit inner_cache(fault_hook hook) noexcept : pool(hook) {}
  static_pool<block_of_48, 4, 1> pool;
};
struct cached : private inner_cache, public pool_cache<static_pool<block_of_48, 4, 1>, 2> {
  explicit cached(fault_hook hook) noexcept : inner_cache(hook), basic_pool_cache(pool, hook) {}
};
template <class Allocator>
struct inner_allocator {
  explicit inner_allocator(fault_hook hook) noexcept : inner(hook) {}
  Allocator inner;
  local_budget limit{local_budget_config{1024}.validate().value()};
};
template <class Allocator>
struct budgeted_one : private inner_allocator<Allocator>, public budgeted<Allocator, plain_atomics> {
  explicit budgeted_one(fault_hook hook) noexcept
      : inner_allocator<Allocator>(hook), budgeted<Allocator, plain_atomics>(this->inner, this->limit, hook) {}
  // after each test nothing may be left charged
  ~budgeted_one() { EXPECT_EQ(this->limit.state().used_bytes, this->inner.state().used_bytes); }
};
template <class Allocator>
struct observed_one : private inner_allocator<Allocator>, public observed<Allocator, plain_atomics> {
  explicit observed_one(fault_hook hook) noexcept
      : inner_allocator<Allocator>(hook),
        observed<Allocator, plain_atomics>(this->inner, local_observer_config{}.validate().value()) {}
};
struct inner_pair {
  explicit inner_pair(fault_hook hook) noexcept : first(hook), second(hook) {}
  static_stack<64> first; // too small for the block, its record and a second one
  static_pool<block_of_48, 4> second;
};
struct fallen_back : private inner_pair, public fallback<static_stack<64>, static_pool<block_of_48, 4>> {
  explicit fallen_back(fault_hook hook) noexcept : inner_pair(hook), fallback(first, second, hook) {}
};

using kinds = testing::Types<cached, budgeted_one<static_local_pool<block_of_48, 4>>, budgeted_one<static_stack<1024>>,
                             observed_one<static_stack<1024>>, fallen_back, static_pool<block_of_48, 4>,
                             static_local_pool<block_of_48, 4>, static_bump<1024>, static_stack<1024>,
                             segregated_allocator, local_segregated_allocator, paranoid<static_pool<block_of_48, 4>>,
                             paranoid<static_local_pool<block_of_48, 4>>, paranoid<static_bump<1024>>,
                             paranoid<static_stack<1024>>>;
class kind_names {
public:
  template <class Allocator>
  static std::string GetName(int index) { // GoogleTest's spelling
    constexpr const char* names[] = {"cached",
                                     "budgeted_pool",
                                     "budgeted_stack",
                                     "observed_stack",
                                     "fallback",
                                     "pool",
                                     "local_pool",
                                     "bump",
                                     "stack",
                                     "segregated",
                                     "local_segregated",
                                     "paranoid_pool",
                                     "paranoid_local_pool",
                                     "paranoid_bump",
                                     "paranoid_stack"};
    return names[index];
  }
};
TYPED_TEST_SUITE(object_support, kinds, kind_names);

// SR-LIFE-001
TYPED_TEST(object_support, runs_the_action_once_while_the_block_is_still_the_callers) {
  std::byte* const block = this->take();
  std::size_t runs = 0;
  std::size_t live = 0;
  const auto freed = this->allocator_.deallocate_after(block, block_layout, [&]() noexcept {
    ++runs;
    live = this->allocator_.state().live_blocks;
  });
  EXPECT_TRUE(succeeded(freed));
  EXPECT_EQ(runs, 1U);
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
  EXPECT_EQ(this->log_.count(), 0U);
  EXPECT_EQ(live, 1U);
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

// SR-LIFE-001
TYPED_TEST(object_support, does_not_run_the_action_when_the_free_is_wrong) {
  std::byte* const block = this->take();
  std::byte elsewhere[64]{};
  const auto with = [&](std::byte* address, layout allocated, error_code expected) {
    bool ran = false;
    const auto outcome = this->allocator_.deallocate_after(address, allocated, [&]() noexcept { ran = true; });
    EXPECT_FALSE(ran) << expected;
    return failed_with(outcome, expected);
  };
  EXPECT_TRUE(with(nullptr, block_layout, error_code::null_pointer));
  EXPECT_TRUE(with(elsewhere, block_layout, error_code::foreign_pointer));
  EXPECT_TRUE(with(block + 1, block_layout, error_code::misaligned_pointer));
  EXPECT_TRUE(with(block, {2000, 16}, error_code::layout_mismatch));
  EXPECT_EQ(this->log_.count(), 4U);
  EXPECT_TRUE(succeeded(this->allocator_.deallocate(block, block_layout)));
  EXPECT_TRUE(with(block, block_layout, error_code::double_free));
}

// SR-LIFE-002
TYPED_TEST(object_support, says_which_hook_it_was_given) {
  EXPECT_EQ(this->allocator_.hook().function, this->log_.hook().function);
  EXPECT_EQ(this->allocator_.hook().context, &this->log_);
}

// SR-LIFE-001
TEST(object_support_of_a_pool, a_stale_handle_does_not_run_the_action) {
  pool_rig<pool_allocator> rig;
  std::byte* const block = rig.pool.allocate(rig.block).value();
  const block_handle handle = rig.pool.handle_of(block).value();
  int runs = 0;
  const auto count = [&]() noexcept { ++runs; };
  EXPECT_TRUE(succeeded(rig.pool.deallocate_after(handle, count)));
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(failed_with(rig.pool.deallocate_after(handle, count), error_code::stale_handle));
  ASSERT_EQ(rig.pool.allocate(rig.block).value(), block) << "the same block, another allocation";
  EXPECT_TRUE(failed_with(rig.pool.deallocate_after(handle, count), error_code::stale_handle));
  EXPECT_TRUE(failed_with(rig.pool.deallocate_after(block_handle{}, count), error_code::foreign_pointer));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(rig.pool.state().live_blocks, 1U);
}

// SR-LIFE-001
TEST(object_support_of_a_pool, no_one_gets_the_block_before_the_action_has_run) {
  static_pool<block_of_48, 1> pool;
  std::byte* const block = pool.allocate(block_layout).value();
  error_code inside = error_code::none;
  ASSERT_TRUE(succeeded(
      pool.deallocate_after(block, block_layout, [&]() noexcept { inside = pool.allocate(block_layout).code(); })));
  EXPECT_EQ(inside, error_code::exhausted);
  EXPECT_TRUE(succeeded(pool.allocate(block_layout)));
}

// SR-LIFE-001
TEST(object_support_of_a_pool, a_free_from_within_the_action_is_a_double_free) {
  pool_rig<pool_allocator> rig;
  std::byte* const block = rig.pool.allocate(rig.block).value();
  error_code inside = error_code::none;
  EXPECT_TRUE(succeeded(
      rig.pool.deallocate_after(block, rig.block, [&]() noexcept { inside = rig.pool.deallocate(block).code(); })));
  EXPECT_EQ(inside, error_code::double_free);
  EXPECT_TRUE(succeeded(rig.pool.check_invariants()));
}

/// Bump and stack.
template <class Allocator>
class open_marks : public testing::Test {
protected:
  fault_log log_{};
  Allocator allocator_{log_.hook()};

  marker take_mark() {
    const result<marker> point = allocator_.mark();
    EXPECT_TRUE(succeeded(point));
    return point.value();
  }
  void take() { EXPECT_TRUE(succeeded(allocator_.allocate({8, 8}))); }
  [[nodiscard]] testing::AssertionResult holds(const marker& point, std::size_t blocks, std::size_t marks) {
    const held_above_mark held = allocator_.held_above(point);
    if (held.blocks == blocks && held.marks == marks) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << held.blocks << " blocks and " << held.marks << " marks";
  }
};
using marking_kinds =
    testing::Types<static_bump<1024>, static_stack<1024>, paranoid<static_bump<1024>>, paranoid<static_stack<1024>>>;
TYPED_TEST_SUITE(open_marks, marking_kinds);

// SR-MARK-009
TYPED_TEST(open_marks, are_open_until_they_are_restored_or_discarded) {
  const marker outer = this->take_mark();
  const marker inner = this->take_mark();
  EXPECT_TRUE(this->allocator_.is_open(outer));
  EXPECT_TRUE(this->allocator_.is_open(inner));
  ASSERT_TRUE(succeeded(this->allocator_.restore(inner)));
  EXPECT_TRUE(this->allocator_.is_open(outer));
  EXPECT_FALSE(this->allocator_.is_open(inner));
  const marker again = this->take_mark();
  EXPECT_TRUE(this->allocator_.is_open(again));
  EXPECT_FALSE(this->allocator_.is_open(inner)) << "of the same depth, and not the same";
  ASSERT_TRUE(succeeded(this->allocator_.restore(outer)));
  EXPECT_FALSE(this->allocator_.is_open(outer));
  EXPECT_FALSE(this->allocator_.is_open(again));
  EXPECT_EQ(this->log_.count(), 0U) << "asking is no misuse";
}

// SR-MARK-009
TYPED_TEST(open_marks, are_open_in_their_own_allocator_and_life_only) {
  static TypeParam other;
  EXPECT_FALSE(this->allocator_.is_open(marker{}));
  const marker point = this->take_mark();
  EXPECT_TRUE(succeeded(other.mark()));
  EXPECT_FALSE(other.is_open(point));
  ASSERT_TRUE(succeeded(this->allocator_.reset()));
  EXPECT_FALSE(this->allocator_.is_open(point));
  EXPECT_TRUE(this->allocator_.is_open(this->take_mark()));
  EXPECT_FALSE(this->allocator_.is_open(point));
}

// SR-MARK-009
TYPED_TEST(open_marks, say_exactly_what_their_restoring_would_discard) {
  this->take();
  const marker outer = this->take_mark();
  EXPECT_TRUE(this->holds(outer, 0, 0));
  this->take();
  this->take();
  const marker inner = this->take_mark();
  EXPECT_TRUE(this->holds(outer, 2, 1));
  EXPECT_TRUE(this->holds(inner, 0, 0));
  this->take();
  EXPECT_TRUE(this->holds(outer, 3, 1));
  EXPECT_TRUE(this->holds(inner, 1, 0));
  const std::size_t live = this->allocator_.state().live_blocks;
  const held_above_mark held = this->allocator_.held_above(outer);
  ASSERT_TRUE(succeeded(this->allocator_.restore(outer)));
  EXPECT_EQ(this->allocator_.state().live_blocks, live - held.blocks);
  EXPECT_TRUE(this->holds(outer, 0, 0)) << "not open";
  EXPECT_TRUE(this->holds(inner, 0, 0));
}

// SR-MARK-009
TYPED_TEST(open_marks, none_is_open_when_the_allocator_is_corrupted) {
  const marker point = this->take_mark();
  metadata_access::latch(this->allocator_).store(1, memory_order::relaxed);
  EXPECT_FALSE(this->allocator_.is_open(point));
  EXPECT_TRUE(this->holds(point, 0, 0));
}

TEST(object_support_of_a_stack, a_record_of_a_block_is_no_open_mark) {
  static_stack<1024> stack;
  marker point = stack.mark().value();
  ASSERT_TRUE(succeeded(stack.restore(point)));
  ASSERT_TRUE(succeeded(stack.allocate({8, 8})));
  point.serial += 1; // of the block that has taken the record's place
  EXPECT_FALSE(stack.is_open(point));
}

// SR-LIFE-001
TEST(object_support_of_a_stack, an_action_that_leaves_a_block_on_top_makes_the_free_fail_after_it) {
  fault_log log;
  static_stack<1024> stack(log.hook());
  std::byte* const block = stack.allocate({8, 8}).value();
  bool ran = false;
  const auto outcome = stack.deallocate_after(block, {8, 8}, [&]() noexcept {
    ran = true;
    static_cast<void>(stack.allocate({8, 8}));
  });
  EXPECT_TRUE(failed_with(outcome, error_code::lifo_violation));
  EXPECT_TRUE(ran);
  EXPECT_EQ(stack.state().live_blocks, 2U);
}

} // namespace
