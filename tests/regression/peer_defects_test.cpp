// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>

#include "support.hpp"

// Defects that were measured in published allocators, asked of every allocator here.
namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();
constexpr size_class classes[] = {{16, 16, 4}, {64, 16, 4}};

/// One of each, with room for it all.
class every_allocator {
public:
  /// Calls the function with each of them.
  template <class Call>
  void each(Call call) {
    call(bump_, "bump");
    call(static_bump_, "static_bump");
    call(stack_, "stack");
    call(static_stack_, "static_stack");
    each_pool(call);
    call(segregated_, "segregated");
    call(local_segregated_, "local_segregated");
  }
  template <class Call>
  void each_pool(Call call) {
    call(pool_, "pool");
    call(local_pool_, "local_pool");
    call(static_pool_, "static_pool");
    call(static_local_pool_, "static_local_pool");
  }

private:
  storage<1024> bytes_[6];
  bump_allocator bump_{bump_config{bytes_[0].span(1), {}}.validate().value()};
  static_bump<512> static_bump_{};
  stack_allocator stack_{stack_config{bytes_[1].span(1), {}}.validate().value()};
  static_stack<512> static_stack_{};
  pool_allocator pool_{pool_config{bytes_[2].span(1), 48, 16, 4, {}}.validate().value()};
  local_pool_allocator local_pool_{local_pool_config{bytes_[3].span(1), 48, 16, 4, {}}.validate().value()};
  static_pool<block_of_48, 4> static_pool_{};
  static_local_pool<block_of_48, 4> static_local_pool_{};
  storage<4096> classes_bytes_[2];
  segregated_allocator segregated_{segregated_config{classes_bytes_[0].span(1), classes, 2, 1, {}}.validate().value()};
  local_segregated_allocator local_segregated_{
      local_segregated_config{classes_bytes_[1].span(1), classes, 2, 1, {}}.validate().value()};
};

// SR-MATH-001
TEST(peer_defect, a_size_near_the_largest_is_refused_and_not_wrapped) {
  every_allocator all;
  all.each([](auto& allocator, const char* which) {
    ASSERT_TRUE(succeeded(allocator.allocate({1, 1}))) << which;
    const allocator_state before = allocator.state();
    for (std::size_t k = 0; k <= 64; ++k) {
      for (std::size_t align = 1; align != 0; align *= 2) {
        ASSERT_TRUE(failed_with(allocator.allocate({size_max - k, align}), error_code::layout_unsupported))
            << which << ' ' << k;
      }
    }
    EXPECT_TRUE(same_but_failures(before, allocator.state())) << which;
    EXPECT_TRUE(succeeded(allocator.check_invariants())) << which;
  });
}

// SR-LAYOUT-001
TEST(peer_defect, an_alignment_that_is_no_power_of_two_is_refused_everywhere) {
  every_allocator all;
  all.each([](auto& allocator, const char* which) {
    for (const std::size_t align : {std::size_t{0}, std::size_t{3}, std::size_t{24}, std::size_t{48}, size_max}) {
      EXPECT_TRUE(failed_with(allocator.allocate({8, align}), error_code::invalid_layout)) << which << ' ' << align;
    }
  });
  storage<256> lent;
  EXPECT_EQ((pool_config{lent.span(), 8, 24, 1, {}}.validate().error().field), configuration_field::block_align_bytes);
  EXPECT_TRUE(failed_with(layout::make(8, 24), error_code::invalid_layout));
}

TEST(peer_defect, a_block_that_is_freed_twice_is_refused_and_not_handed_out_twice) {
  every_allocator all;
  all.each([](auto& allocator, const char* which) {
    std::byte* const block = allocator.allocate({8, 8}).value();
    ASSERT_TRUE(succeeded(allocator.deallocate(block, {8, 8}))) << which;
    EXPECT_TRUE(failed_with(allocator.deallocate(block, {8, 8}), error_code::double_free)) << which;
    EXPECT_TRUE(succeeded(allocator.check_invariants())) << which;
    EXPECT_NE(allocator.allocate({8, 8}).value(), allocator.allocate({8, 8}).value()) << which;
  });
}

TEST(peer_defect, an_address_on_the_callers_stack_is_refused_and_never_handed_out) {
  every_allocator all;
  all.each([](auto& allocator, const char* which) {
    std::byte foreign[64] = {};
    ASSERT_TRUE(succeeded(allocator.allocate({8, 8}))) << which;
    EXPECT_TRUE(failed_with(allocator.deallocate(foreign, {8, 8}), error_code::foreign_pointer)) << which;
    EXPECT_NE(allocator.allocate({8, 8}).value(), foreign) << which;
    EXPECT_FALSE(allocator.owns(foreign)) << which;
  });
}

template <class Allocator>
void refuses_a_stale_marker(Allocator& allocator) {
  ASSERT_TRUE(succeeded(allocator.allocate({8, 8})));
  const marker before_reset = allocator.mark().value();
  ASSERT_TRUE(succeeded(allocator.reset()));
  ASSERT_TRUE(succeeded(allocator.allocate({64, 8})));
  EXPECT_TRUE(failed_with(allocator.restore(before_reset), error_code::stale_marker));
  EXPECT_EQ(allocator.state().live_blocks, 1U);
  EXPECT_EQ(allocator.state().used_bytes, 64U);
}
TEST(peer_defect, a_stale_marker_is_refused_and_truncates_nothing) {
  static_bump<256> bump;
  refuses_a_stale_marker(bump);
  static_stack<256> stack;
  refuses_a_stale_marker(stack);
}

/// In each round two threads free the same block, started together. Exactly one free must succeed, in every round.
template <class Allocator>
void exactly_one_of_two_frees_succeeds(Allocator& allocator, layout request) {
  constexpr std::uint32_t rounds = 20000;
  std::atomic<std::byte*> block{nullptr};
  std::atomic<std::uint32_t> round{0}; // odd: both may free; even: the round is being prepared
  std::atomic<std::uint32_t> finished{0};
  std::atomic<std::uint32_t> succeeded_frees{0};
  std::atomic<std::uint32_t> refused_frees{0};
  std::atomic<std::uint32_t> other_errors{0};
  const auto frees_each_round = [&] {
    for (std::uint32_t mine = 1; mine < 2 * rounds; mine += 2) {
      while (round.load() != mine) {
        std::this_thread::yield();
      }
      const result<void> outcome = allocator.deallocate(block.load(), request);
      (outcome.has_value()                         ? succeeded_frees
       : outcome.code() == error_code::double_free ? refused_frees
                                                   : other_errors)
          .fetch_add(1);
      finished.fetch_add(1);
    }
  };
  std::thread first(frees_each_round);
  std::thread second(frees_each_round);
  std::uint32_t wrong_rounds = 0;
  for (std::uint32_t each = 0; each < rounds; ++each) {
    block.store(allocator.allocate(request).value());
    succeeded_frees.store(0);
    finished.store(0);
    round.store(2 * each + 1);
    while (finished.load() != 2) {
      std::this_thread::yield();
    }
    wrong_rounds += succeeded_frees.load() == 1 ? 0U : 1U;
    round.store(2 * each + 2);
  }
  first.join();
  second.join();
  EXPECT_EQ(wrong_rounds, 0U);
  EXPECT_EQ(refused_frees.load(), rounds);
  EXPECT_EQ(other_errors.load(), 0U);
  EXPECT_EQ(allocator.state().live_blocks, 0U);
  EXPECT_TRUE(succeeded(allocator.check_invariants()));
}
// SR-POOL-005
TEST(peer_defect, of_two_concurrent_frees_of_a_block_exactly_one_succeeds_in_a_pool) {
  static static_pool<block_of_48, 2> pool;
  exactly_one_of_two_frees_succeeds(pool, {48, 16});
}
// SR-SEG-003
TEST(peer_defect, of_two_concurrent_frees_of_a_block_exactly_one_succeeds_in_a_segregated_allocator) {
  static storage<4096> lent;
  segregated_allocator allocator(segregated_config{lent.span(), classes, 2, 0, {}}.validate().value());
  exactly_one_of_two_frees_succeeds(allocator, {64, 16});
}

} // namespace
