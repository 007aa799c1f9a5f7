// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include <nebula/services/stream/stream_allocator.hpp>
#include "stream_rig.hpp"

namespace nebula {

/// The way into the metadata that the allocator grants the tests.
struct metadata_access {
  static services::stream_block_record& record(services::stream_allocator& ring, std::size_t index) {
    return ring.record_at(index);
  }
  static std::size_t& used(services::stream_allocator& ring) { return ring.used_; }
  static std::size_t& head(services::stream_allocator& ring) { return ring.head_; }
  static std::size_t& tail(services::stream_allocator& ring) { return ring.tail_; }
  static std::size_t& peak(services::stream_allocator& ring) { return ring.peak_; }
  static std::size_t& count(services::stream_allocator& ring) { return ring.count_; }
  static std::size_t& first(services::stream_allocator& ring) { return ring.first_; }
};

namespace services {
namespace {

using access = metadata_access;

class stream_allocation : public ::testing::Test {
protected:
  static constexpr std::size_t capacity = 64;
  static constexpr std::size_t count = 8;

  [[nodiscard]] stream_allocator_plan plan() {
    stream_allocator_config config;
    config.storage = {bytes.data(), bytes.size()};
    config.capacity_bytes = capacity;
    config.block_count_max = count;
    config.hook = log.hook();
    return config.validate().value();
  }
  void expect_misuse(result<void> outcome, error_code code) {
    EXPECT_EQ(outcome.code(), code);
    ASSERT_FALSE(log.seen.empty());
    EXPECT_EQ(log.seen.back(), (error{code, operation::deallocate, component::none}));
    EXPECT_TRUE(ring.check_invariants());
  }

  test::misuse_log log;
  alignas(64) std::array<std::byte, capacity + count * sizeof(stream_block_record) + 64> bytes{};
  stream_allocator ring{plan()};
};

// [SR-STREAM-010]
TEST_F(stream_allocation, gives_memory_back_in_the_order_in_which_it_was_taken) {
  std::byte* const first = ring.allocate({40, 8}).value();
  std::byte* const second = ring.allocate({20, 4}).value();
  EXPECT_EQ(ring.oldest(), first);
  EXPECT_EQ(ring.allocate({8, 1}).code(), error_code::exhausted);
  ASSERT_TRUE(ring.deallocate(first, {40, 8}));
  EXPECT_EQ(ring.oldest(), second);
  const auto third = ring.allocate({36, 1}); // at the beginning, for the end has four bytes left
  ASSERT_TRUE(third);
  EXPECT_EQ(third.value(), first);
  EXPECT_EQ(ring.state().used_bytes, capacity - 40 + 36);
  EXPECT_EQ(ring.state().available_bytes, 4U);
  ASSERT_TRUE(ring.deallocate(second, {20, 4}));
  EXPECT_EQ(ring.state().used_bytes, 36U); // the four bytes that the third left out are free: nothing lies before them
  EXPECT_EQ(ring.state().available_bytes, 28U);
  ASSERT_TRUE(ring.deallocate(third.value(), {36, 1}));
  EXPECT_EQ(ring.oldest(), nullptr);
  EXPECT_EQ(ring.state().available_bytes, capacity); // and the whole is one piece again
  EXPECT_EQ(ring.state().peak_bytes, 60U);
  EXPECT_TRUE(ring.allocate({capacity, 1}));
}

// [SR-STREAM-010] Two frames of half the ring, the older of which is freed once the next one is there, after a small block has shifted them.
TEST_F(stream_allocation, serves_what_was_left_out_once_nothing_is_before_it) {
  std::byte* const first = ring.allocate({32, 1}).value();
  std::byte* const small = ring.allocate({1, 1}).value();
  ASSERT_TRUE(ring.deallocate(first, {32, 1}));
  std::byte* frame = ring.allocate({32, 1}).value(); // at the beginning: 31 bytes are left out at the end
  EXPECT_EQ(frame, first);
  EXPECT_EQ(ring.state().used_bytes, capacity);
  ASSERT_TRUE(ring.deallocate(small, {1, 1}));
  EXPECT_EQ(ring.state().used_bytes, 32U);
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(ring.state().available_bytes, 32U);
    const auto next = ring.allocate({32, 1});
    ASSERT_TRUE(next) << round;
    ASSERT_TRUE(ring.check_invariants());
    ASSERT_TRUE(ring.deallocate(frame, {32, 1}));
    ASSERT_TRUE(ring.check_invariants());
    frame = next.value();
  }
}

// [SR-STREAM-011]
TEST_F(stream_allocation, refuses_any_other_order_and_changes_nothing) {
  std::byte* const first = ring.allocate({10, 1}).value();
  std::byte* const second = ring.allocate({10, 1}).value();
  std::byte* const third = ring.allocate({10, 1}).value();
  expect_misuse(ring.deallocate(second, {10, 1}), error_code::lifo_violation);
  expect_misuse(ring.deallocate(third, {10, 1}), error_code::lifo_violation);
  EXPECT_EQ(ring.state().live_blocks, 3U);
  EXPECT_EQ(ring.state().used_bytes, 30U);
  EXPECT_EQ(ring.oldest(), first);
  EXPECT_EQ(ring.state().failures.of(error_code::lifo_violation), 2U);
  EXPECT_TRUE(ring.deallocate(first, {10, 1}));
  EXPECT_TRUE(ring.deallocate(second, {10, 1}));
  EXPECT_TRUE(ring.deallocate(third, {10, 1}));
}

// [SR-STREAM-011]
TEST_F(stream_allocation, tells_each_wrong_free_from_the_others) {
  std::byte* const first = ring.allocate({10, 1}).value();
  std::byte* const second = ring.allocate({10, 8}).value(); // behind six bytes of padding
  std::byte outside{};
  expect_misuse(ring.deallocate(nullptr, {10, 1}), error_code::null_pointer);
  expect_misuse(ring.deallocate(&outside, {10, 1}), error_code::foreign_pointer);
  expect_misuse(ring.deallocate(bytes.data(), {10, 1}), error_code::foreign_pointer); // its own records
  expect_misuse(ring.deallocate(first + 1, {10, 1}), error_code::misaligned_pointer);
  expect_misuse(ring.deallocate(first + 10, {10, 1}), error_code::misaligned_pointer); // padding
  expect_misuse(ring.deallocate(second + 10, {10, 1}), error_code::double_free);       // free
  expect_misuse(ring.deallocate(first, {9, 1}), error_code::layout_mismatch);
  expect_misuse(ring.deallocate(first, {10, 2}), error_code::layout_mismatch);
  ASSERT_TRUE(ring.deallocate(first, {10, 1}));
  expect_misuse(ring.deallocate(first, {10, 1}), error_code::double_free);
  ASSERT_TRUE(ring.deallocate(second, {10, 8}));
  expect_misuse(ring.deallocate(second, {10, 8}), error_code::double_free);
}

// [SR-STREAM-010]
TEST_F(stream_allocation, refuses_what_can_never_fit_as_such) {
  EXPECT_EQ(ring.allocate({0, 1}).code(), error_code::invalid_layout);
  EXPECT_EQ(ring.allocate({1, 3}).code(), error_code::invalid_layout);
  EXPECT_EQ(ring.allocate({1, 0}).code(), error_code::invalid_layout);
  EXPECT_EQ(ring.allocate({capacity + 1, 1}).code(), error_code::layout_unsupported);
  EXPECT_EQ(ring.allocate({SIZE_MAX, 8}).code(), error_code::layout_unsupported);
  EXPECT_TRUE(log.seen.empty());
  ASSERT_TRUE(ring.allocate({1, 1}));
  EXPECT_EQ(ring.allocate({capacity, 1}).code(), error_code::exhausted);
  EXPECT_EQ(ring.state().failures.total(), 6U);
}

// [SR-STREAM-010]
TEST_F(stream_allocation, has_as_many_blocks_as_records) {
  std::vector<std::byte*> blocks;
  for (std::size_t block = 0; block < count; ++block) {
    blocks.push_back(ring.allocate({1, 1}).value());
  }
  EXPECT_EQ(ring.allocate({1, 1}).code(), error_code::exhausted);
  for (int round = 0; round < 20; ++round) { // the records' own ring goes round
    ASSERT_TRUE(ring.deallocate(blocks[static_cast<std::size_t>(round) % count], {1, 1}));
    blocks[static_cast<std::size_t>(round) % count] = ring.allocate({1, 1}).value();
    ASSERT_TRUE(ring.check_invariants());
  }
}

// [SR-STREAM-011]
TEST_F(stream_allocation, begins_anew_after_a_reset) {
  std::byte* const first = ring.allocate({30, 1}).value();
  ASSERT_TRUE(ring.allocate({30, 1}));
  ASSERT_TRUE(ring.reset());
  EXPECT_EQ(ring.state().live_blocks, 0U);
  expect_misuse(ring.deallocate(first, {30, 1}), error_code::double_free);
  EXPECT_EQ(ring.allocate({capacity, 1}).value(), first);
  EXPECT_TRUE(ring.owns(first));
  EXPECT_FALSE(ring.owns(first + capacity));
}

// [SR-STREAM-012] Each invariant fires.
TEST_F(stream_allocation, latches_what_is_broken) {
  struct damage {
    invariant broken;
    void (*make)(stream_allocator&);
  };
  constexpr damage damages[] = {
      {invariant::stack_records_within_storage, [](stream_allocator& hurt) { access::count(hurt) = count + 1; }},
      {invariant::stack_records_within_storage, [](stream_allocator& hurt) { access::first(hurt) = count + 1; }},
      {invariant::stack_top_within_limit, [](stream_allocator& hurt) { access::head(hurt) = capacity + 1; }},
      {invariant::stack_top_within_limit, [](stream_allocator& hurt) { access::tail(hurt) = capacity + 1; }},
      {invariant::stack_top_within_limit, [](stream_allocator& hurt) { access::used(hurt) = capacity + 1; }},
      {invariant::stack_peak_covers_top, [](stream_allocator& hurt) { access::peak(hurt) = 1; }},
      {invariant::stack_peak_within_capacity, [](stream_allocator& hurt) { access::peak(hurt) = capacity + 1; }},
      {invariant::stack_empty_has_no_top, [](stream_allocator& hurt) { access::count(hurt) = 0; }},
      {invariant::stack_block_aligned, [](stream_allocator& hurt) { access::record(hurt, 1).align = 3; }},
      {invariant::stack_block_aligned, [](stream_allocator& hurt) { access::record(hurt, 1).size = 0; }},
      {invariant::stack_block_aligned, [](stream_allocator& hurt) { access::record(hurt, 1).size = SIZE_MAX; }},
      {invariant::stack_block_aligned, [](stream_allocator& hurt) { access::record(hurt, 1).begin = capacity; }},
      {invariant::stack_block_aligned, [](stream_allocator& hurt) { access::record(hurt, 1).begin += 1; }},
      {invariant::stack_record_begins_in_order, [](stream_allocator& hurt) { access::record(hurt, 1).taken += 1; }},
      {invariant::stack_record_begins_in_order, [](stream_allocator& hurt) { access::record(hurt, 0).begin += 1; }},
      {invariant::stack_live_matches_records,
       [](stream_allocator& hurt) {
         access::used(hurt) += 1;
         access::peak(hurt) += 1;
       }},
      {invariant::stack_record_ends_at_top, [](stream_allocator& hurt) { access::head(hurt) += 1; }},
  };
  for (const damage& each : damages) {
    alignas(64) std::array<std::byte, 600> own{};
    invariant seen = invariant::none;
    stream_allocator_config config;
    config.storage = {own.data(), own.size()};
    config.capacity_bytes = capacity;
    config.block_count_max = count;
    config.hook = {[](void* context, const fault& report) { *static_cast<invariant*>(context) = report.broken; },
                   &seen};
    stream_allocator hurt(config.validate().value());
    std::byte* const first = hurt.allocate({10, 1}).value();
    ASSERT_TRUE(hurt.allocate({8, 8}));
    ASSERT_TRUE(hurt.check_invariants());
    each.make(hurt);
    EXPECT_EQ(hurt.check_invariants().code(), error_code::corrupted) << name(each.broken);
    EXPECT_EQ(seen, each.broken) << name(each.broken) << ", not " << name(seen);
    EXPECT_TRUE(hurt.is_corrupted());
    EXPECT_EQ(hurt.allocate({1, 1}).code(), error_code::corrupted);
    EXPECT_EQ(hurt.deallocate(first, {10, 1}).code(), error_code::corrupted);
    EXPECT_EQ(hurt.reset().code(), error_code::corrupted);
    EXPECT_EQ(hurt.check_invariants().code(), error_code::corrupted);
  }
}
// [SR-STREAM-012] And those that each call relies on, in the call.
TEST_F(stream_allocation, looks_at_what_it_relies_on_in_each_call) {
  fault_hook quiet{[](void*, const fault&) {}, nullptr};
  for (const bool frees : {false, true}) {
    alignas(64) std::array<std::byte, 600> own{};
    stream_allocator_config config;
    config.storage = {own.data(), own.size()};
    config.capacity_bytes = capacity;
    config.block_count_max = count;
    config.hook = quiet;
    stream_allocator hurt(config.validate().value());
    std::byte* const first = hurt.allocate({10, 1}).value();
    if (frees) {
      access::record(hurt, 0).taken = capacity + 1;
      EXPECT_EQ(hurt.deallocate(first, {10, 1}).code(), error_code::corrupted);
    } else {
      access::head(hurt) = capacity + 1;
      EXPECT_EQ(hurt.allocate({1, 1}).code(), error_code::corrupted);
    }
  }
}

/// What the ring should do, worked out from the list of live blocks alone.
struct plain_ring {
  struct block {
    std::size_t begin;
    std::size_t size;
    std::size_t align;
    std::size_t from; ///< where its bytes begin, padding included
  };
  std::size_t capacity;
  std::size_t count_max;
  std::deque<block> live;

  [[nodiscard]] static std::size_t up(std::size_t value, std::size_t align) {
    return (value + align - 1) / align * align;
  }
  /// Where it comes to lie; the capacity iff nowhere.
  [[nodiscard]] std::size_t place(std::size_t size, std::size_t align) const {
    if (live.size() == count_max) {
      return capacity;
    }
    if (live.empty()) {
      return size <= capacity ? 0 : capacity;
    }
    const std::size_t head = live.back().begin + live.back().size;
    const std::size_t tail = live.front().from;
    const std::size_t behind = up(head, align);
    if (head > tail) {
      if (behind + size <= capacity) {
        return behind;
      }
      return size <= tail ? 0 : capacity;
    }
    return behind + size <= tail ? behind : capacity;
  }
};

// [SR-STREAM-010] Random programs against the model: places, failures, counters and invariants, at each step.
TEST_F(stream_allocation, is_what_the_model_is_through_many_changes) {
  constexpr unsigned seed = 20261130;
  std::mt19937 random(seed);
  std::byte* const base = ring.allocate({1, 64}).value();
  ASSERT_TRUE(ring.deallocate(base, {1, 64}));
  // the ring's first byte need not be aligned: the model counts from the address
  const std::size_t skew = reinterpret_cast<std::uintptr_t>(base) % 16;
  ASSERT_EQ(skew, 0U) << "the storage is laid out so that it is";
  plain_ring model{capacity, count, {}};
  for (int step = 0; step < 100'000; ++step) {
    if (random() % 2 == 0) {
      const std::size_t align = std::size_t{1} << random() % 4;
      const std::size_t size = 1 + random() % (random() % 8 == 0 ? capacity : 14);
      const std::size_t expected = model.place(size, align);
      const auto taken = ring.allocate({size, align});
      ASSERT_EQ(taken.has_value(), expected != capacity) << "seed " << seed << " step " << step;
      if (taken) {
        ASSERT_EQ(static_cast<std::size_t>(taken.value() - base), expected) << "seed " << seed << " step " << step;
        const std::size_t from = model.live.empty() ? 0 : model.live.back().begin + model.live.back().size;
        model.live.push_back({expected, size, align, from});
        std::fill_n(taken.value(), size, static_cast<std::byte>(step));
      } else {
        ASSERT_EQ(taken.code(), error_code::exhausted);
      }
    } else if (!model.live.empty()) {
      const std::size_t which = random() % 4 == 0 ? random() % model.live.size() : 0;
      const plain_ring::block block = model.live[which];
      const auto freed = ring.deallocate(base + block.begin, {block.size, block.align});
      ASSERT_EQ(freed.code(), which == 0 ? error_code::none : error_code::lifo_violation)
          << "seed " << seed << " step " << step;
      if (which == 0) {
        model.live.pop_front();
        if (!model.live.empty() && model.live.front().begin < model.live.front().from) {
          model.live.front().from = 0; // what was left out for it at the end is free again
        }
      }
    }
    ASSERT_EQ(ring.state().live_blocks, model.live.size());
    ASSERT_TRUE(ring.check_invariants()) << "seed " << seed << " step " << step;
  }
}

} // namespace
} // namespace services
} // namespace nebula
