// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "seed_ideas.hpp"
#include "support.hpp"

// Flaws of allocator designs that this kernel's were weighed against. Each probe is shown a design that has the flaw,
// and sees it; and this kernel, and does not. Interleavings are played step by step; modelcheck/race explores all of
// them.
namespace {

using namespace nebula;
using namespace nebula::test;
using access = metadata_access;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

/// This kernel's pool as a list of indices, with a pop that stops before its compare-exchange.
class our_list {
public:
  using head_word = shared_atomics::head_word;
  struct token {
    head_word seen;
    std::uint32_t index;
    std::uint32_t next;
  };
  [[nodiscard]] token begin_pop() {
    const head_word seen = access::head(pool()).load(memory_order::acquire);
    const std::uint32_t index = access::head_index(pool());
    return {seen, index, access::successor(pool(), index)};
  }
  [[nodiscard]] bool finish_pop(const token& begun) {
    head_word expected = begun.seen;
    return access::head(pool()).compare_exchange_strong(expected, access::advanced(pool(), begun.seen, begun.next),
                                                        memory_order::acquire, memory_order::acquire);
  }
  std::uint32_t pop() {
    std::byte* const block = pool().allocate(rig_.block).value();
    return static_cast<std::uint32_t>(static_cast<std::size_t>(block - pool().block_bytes().data) /
                                      pool().stride_bytes());
  }
  void push(std::uint32_t index) { ASSERT_TRUE(succeeded(pool().deallocate(block(index)))); }
  pool_allocator& pool() { return rig_.pool; }
  std::byte* block(std::uint32_t index) { return pool().block_bytes().data + index * pool().stride_bytes(); }

private:
  pool_rig<pool_allocator> rig_{};
};

// --- A: the lock-free pool -------------------------------------------------------------------------------------------

/// A pop that is stalled while two blocks are taken and the first given back: does its exchange install the block that
/// is taken?
template <class List>
bool exhibits_aba(List& list) {
  const auto stalled = list.begin_pop();
  const std::uint32_t first = list.pop();
  static_cast<void>(list.pop()); // stalled.next, now someone's
  list.push(first);
  return list.finish_pop(stalled);
}
TEST(seed_bug, a1_a_head_without_a_tag_hands_a_block_out_twice) {
  flawed::tagged_list<0> untagged(5);
  EXPECT_TRUE(exhibits_aba(untagged));
  our_list ours;
  EXPECT_FALSE(exhibits_aba(ours));
}

TEST(seed_bug, a2_the_link_of_a_stalled_pop_is_not_in_memory_that_another_thread_owns) {
  // the stalled pop has read the head; another thread takes that block and writes to it; now the link is read
  flawed::in_band_pool flawed_pool(4);
  std::byte* const taken = flawed_pool.allocate();
  const std::byte* const link_before = flawed::in_band_pool::link_of(taken);
  paint(taken, 48, 0xEE);
  EXPECT_NE(flawed::in_band_pool::link_of(taken), link_before) << "read in the owner's data: a race";

  our_list ours;
  const auto stalled = ours.begin_pop();
  const std::uint32_t index = ours.pop();
  ASSERT_EQ(index, stalled.index);
  paint(ours.block(index), 48, 0xEE);
  EXPECT_EQ(access::successor(ours.pool(), index), stalled.next);
  const std::byte* const record =
      static_cast<const std::byte*>(static_cast<const void*>(&access::record(ours.pool(), index)));
  EXPECT_FALSE(ours.pool().owns(record)) << "no record lies in the blocks";
}

/// A pop that is stalled for exactly so many changes of the head, an even number: does its exchange install a block
/// that is taken?
template <class List>
bool exhibits_tag_wrap(List& list, std::uint32_t changes) {
  const auto stalled = list.begin_pop();
  const std::uint32_t first = list.pop();
  static_cast<void>(list.pop()); // stalled.next, now someone's
  static_cast<void>(list.pop());
  list.push(first); // four changes, and the stalled pop's index again
  for (std::uint32_t change = 4; change < changes; change += 2) {
    static_cast<void>(list.pop());
    list.push(first);
  }
  return list.finish_pop(stalled);
}
TEST(seed_bug, a3_a_narrow_tag_wraps_within_one_stalled_call) {
  flawed::tagged_list<8> eight_bits(5);
  EXPECT_TRUE(exhibits_tag_wrap(eight_bits, 1U << 8U));
  flawed::tagged_list<16> sixteen_bits(5);
  EXPECT_TRUE(exhibits_tag_wrap(sixteen_bits, 1U << 16U));
  our_list ours;
  EXPECT_FALSE(exhibits_tag_wrap(ours, 1U << 8U));
  our_list for_long;
  EXPECT_FALSE(exhibits_tag_wrap(for_long, 1U << 16U));
  EXPECT_GE(ours.pool().tag_wrap_operations(), std::uint64_t{1} << (NEBULA_HEAD_BITS - 4U));
}

TEST(seed_bug, a4_a_count_beside_the_list_wraps_below_zero) {
  flawed::late_counter late(0);
  late.begin_push();
  late.pop(); // another thread takes the block that was just published
  EXPECT_EQ(late.free_blocks(), size_max);
  late.finish_push();

  // ours: the count is the depth that the head's record has; the exchange that publishes the block publishes it
  our_list ours;
  for (int index = 0; index < 5; ++index) {
    static_cast<void>(ours.pop());
  }
  EXPECT_EQ(ours.pool().state().live_blocks, 5U);
  // a free that has marked the block and not yet pushed it, while another thread frees and allocates
  access::record(ours.pool(), 0).state.store(2, memory_order::relaxed);
  EXPECT_EQ(ours.pool().state().available_bytes, 0U);
  ours.push(1);
  EXPECT_EQ(ours.pool().state().available_bytes, ours.pool().stride_bytes());
  EXPECT_EQ(ours.pop(), 1U);
  EXPECT_EQ(ours.pool().state().available_bytes, 0U);
}

struct order_tag;
using ordered = interposed_atomics<order_tag>;
/// A list that publishes with no order at all.
class relaxed_list {
public:
  void push() {
    std::uint64_t seen = head_.load(memory_order::relaxed);
    static_cast<void>(head_.compare_exchange_weak(seen, seen + 1, memory_order::relaxed, memory_order::relaxed));
  }
  void pop() { push(); }

private:
  ordered::atomic<std::uint64_t> head_;
};
/// Whether a push releases and a pop acquires, in what they do to the head word.
template <class Push, class Pop>
bool exhibits_unordered_publication(Push push, Pop pop) {
  using kind = interposition::event::kind;
  const auto head_orders = [](kind what) {
    std::vector<memory_order> orders;
    for (const interposition::event& each : ordered::control().events) {
      if (each.what == what && each.word_bytes == 8) {
        orders.push_back(each.order);
      }
    }
    return orders;
  };
  ordered::control() = {};
  ordered::control().keeps_events = true;
  push();
  const std::vector<memory_order> published = head_orders(kind::exchanged);
  ordered::control().events.clear();
  pop();
  const std::vector<memory_order> read = head_orders(kind::load);
  ordered::control() = {};
  bool is_ordered = !published.empty() && !read.empty();
  for (const memory_order order : published) {
    is_ordered = is_ordered && (order == memory_order::release || order == memory_order::acquire_release);
  }
  for (const memory_order order : read) {
    is_ordered = is_ordered && order == memory_order::acquire;
  }
  return !is_ordered;
}
TEST(seed_bug, a5_a_push_releases_and_a_pop_acquires) {
  relaxed_list relaxed;
  EXPECT_TRUE(exhibits_unordered_publication([&] { relaxed.push(); }, [&] { relaxed.pop(); }));
  std::vector<block_record<ordered>> records(3);
  const free_list<ordered>::records list{records.data(), 3, 2};
  free_list<ordered> ours;
  const std::uint32_t index = ours.pop(list, 0).index;
  EXPECT_FALSE(exhibits_unordered_publication([&] { static_cast<void>(ours.push(list, index)); },
                                              [&] { static_cast<void>(ours.pop(list, 0)); }));
}

TEST(seed_bug, a6_a_damaged_link_is_found_and_the_pool_refuses_from_then_on) {
  flawed::in_band_pool flawed_pool(4);
  std::byte* const first = flawed_pool.allocate();
  std::byte elsewhere[flawed::in_band_pool::block_bytes] = {};
  ASSERT_TRUE(flawed_pool.deallocate(first));
  const std::byte* wild = elsewhere;
  std::memcpy(first, &wild, sizeof wild); // a use after free
  EXPECT_EQ(flawed_pool.allocate(), first);
  EXPECT_EQ(flawed_pool.allocate(), elsewhere) << "memory that was never the pool's";
  EXPECT_TRUE(flawed_pool.is_usable());

  pool_rig<pool_allocator> rig;
  std::byte* const block = rig.pool.allocate(rig.block).value();
  ASSERT_TRUE(succeeded(rig.pool.deallocate(block)));
  paint(block, rig.block.size, 0xEE); // a use after free damages nothing
  EXPECT_EQ(rig.pool.allocate(rig.block).value(), block);
  EXPECT_TRUE(succeeded(rig.pool.check_invariants()));
  access::set_record(rig.pool, 1, 0xDEAD, 4); // only hardware can
  EXPECT_TRUE(failed_with(rig.pool.allocate(rig.block), error_code::corrupted));
  EXPECT_EQ(rig.log.last().broken, invariant::link_in_range);
  EXPECT_TRUE(failed_with(rig.pool.deallocate(block), error_code::corrupted)) << "latched";
}

TEST(seed_bug, a7_a_second_free_and_a_foreign_pointer_are_refused) {
  flawed::in_band_pool flawed_pool(4);
  std::byte* const taken = flawed_pool.allocate();
  EXPECT_TRUE(flawed_pool.deallocate(taken));
  EXPECT_TRUE(flawed_pool.deallocate(taken));
  EXPECT_EQ(flawed_pool.allocate(), flawed_pool.allocate()) << "one block for two";
  std::byte foreign[flawed::in_band_pool::block_bytes] = {};
  EXPECT_TRUE(flawed_pool.deallocate(foreign));

  pool_rig<pool_allocator> rig;
  std::byte* const block = rig.pool.allocate(rig.block).value();
  EXPECT_TRUE(succeeded(rig.pool.deallocate(block)));
  EXPECT_TRUE(failed_with(rig.pool.deallocate(block), error_code::double_free));
  EXPECT_NE(rig.pool.allocate(rig.block).value(), rig.pool.allocate(rig.block).value());
  EXPECT_TRUE(failed_with(rig.pool.deallocate(foreign), error_code::foreign_pointer));
}

/// This kernel's pool with the signatures of the flawed one.
class our_pool {
public:
  explicit our_pool(byte_span span) : pool_(pool_config{span, 64, 8, 0, {}}.validate().value()) {}
  std::byte* allocate(std::size_t size, std::size_t align) { return pool_.allocate({size, align}).value(); }
  void deallocate(std::byte* block) { EXPECT_TRUE(succeeded(pool_.deallocate(block))); }

private:
  pool_allocator pool_;
};

template <class Pool>
bool exhibits_exact_match(Pool& pool) {
  return pool.allocate(64, 1) == nullptr || pool.allocate(63, 8) == nullptr;
}
TEST(seed_bug, a8_a_block_serves_every_layout_that_fits_in_it) {
  storage<1024> lent;
  flawed::over_exact_pool exact(lent.span().data);
  EXPECT_TRUE(exhibits_exact_match(exact));
  our_pool ours(lent.span());
  EXPECT_FALSE(exhibits_exact_match(ours));
}

template <class Pool>
bool exhibits_misaligned_blocks(Pool& pool) {
  return !is_aligned(pool.allocate(64, 8), 8) || !is_aligned(pool.allocate(64, 8), 8);
}
TEST(seed_bug, a9_blocks_are_aligned_though_the_storage_is_not) {
  for (std::size_t offset = 1; offset < 8; ++offset) {
    storage<1024> lent;
    flawed::over_exact_pool unaligned(lent.span(offset).data);
    EXPECT_TRUE(exhibits_misaligned_blocks(unaligned));
    our_pool ours(lent.span(offset));
    EXPECT_FALSE(exhibits_misaligned_blocks(ours));
  }
}

/// A block that comes back with other contents than it left with: a read of what its new owner never wrote then looks
/// right.
template <class Pool>
bool exhibits_filling(Pool& pool) {
  std::byte* const block = pool.allocate(64, 8);
  paint(block, 64, 0x99);
  pool.deallocate(block);
  const std::byte* const again = pool.allocate(64, 8);
  return again == block && !is_painted(again, 64, 0x99);
}
TEST(seed_bug, a10_what_a_program_left_in_a_block_is_not_covered_up) {
  storage<1024> lent;
  flawed::over_exact_pool filling(lent.span().data);
  EXPECT_TRUE(exhibits_filling(filling));
  our_pool ours(lent.span());
  EXPECT_FALSE(exhibits_filling(ours));
}

struct contention_tag;
using contended = interposed_atomics<contention_tag>;
/// A retry limit whose end is called exhaustion.
class capped_pool {
public:
  error_code try_allocate(std::size_t max_retries) {
    std::uint64_t seen = free_.load(memory_order::acquire);
    for (std::size_t retries = 0; seen != 0 && retries <= max_retries; ++retries) {
      if (free_.compare_exchange_weak(seen, seen - 1, memory_order::acquire, memory_order::acquire)) {
        return error_code::none;
      }
    }
    return error_code::exhausted;
  }

private:
  contended::atomic<std::uint64_t> free_{5};
};
class our_capped_pool {
public:
  error_code try_allocate(std::size_t max_retries) { return pool_.try_allocate({48, 16}, max_retries).code(); }

private:
  basic_pool<contended, inline_block_storage<contended, 48, 16, 5>> pool_{};
};
/// Memory is free, and others are faster more often than the call may retry.
template <class Pool>
bool exhibits_false_exhaustion(Pool& pool) {
  contended::control() = {};
  contended::control().failures_to_come = 100;
  const error_code outcome = pool.try_allocate(50);
  contended::control() = {};
  EXPECT_EQ(pool.try_allocate(50), error_code::none) << "there was memory";
  return outcome == error_code::exhausted;
}
TEST(seed_bug, a11_contention_is_not_called_exhaustion) {
  capped_pool capped;
  EXPECT_TRUE(exhibits_false_exhaustion(capped));
  our_capped_pool ours;
  EXPECT_FALSE(exhibits_false_exhaustion(ours));
}

TEST(seed_bug, a12_a_record_that_a_stalled_pop_reads_lives_as_long_as_the_pool) {
  flawed::freeing_list flawed_list(4);
  const std::size_t stalled_at = flawed_list.begin_pop();
  flawed_list.pop();
  EXPECT_FALSE(flawed_list.may_read(stalled_at)) << "a use after free";

  our_list ours;
  const auto stalled = ours.begin_pop();
  const void* const record = &access::record(ours.pool(), stalled.index);
  for (int index = 0; index < 5; ++index) {
    static_cast<void>(ours.pop());
  }
  EXPECT_EQ(&access::record(ours.pool(), stalled.index), record);
  EXPECT_EQ(access::successor(ours.pool(), stalled.index), stalled.next) << "still there to be read, taken or not";
  EXPECT_FALSE(ours.finish_pop(stalled));
}

TEST(seed_bug, a13_no_size_is_refused_by_every_allocator_and_a_reset_with_live_blocks_too) {
  flawed::recomputing_stack flawed_stack;
  EXPECT_EQ(flawed_stack.allocate(0, 8), nullptr) << "an answer that is no address";
  static_bump<128> bump;
  static_stack<128> stack;
  pool_rig<pool_allocator> shared;
  pool_rig<local_pool_allocator> local;
  for (const std::size_t align : {1U, 8U, 16U}) {
    EXPECT_TRUE(failed_with(bump.allocate({0, align}), error_code::invalid_layout));
    EXPECT_TRUE(failed_with(stack.allocate({0, align}), error_code::invalid_layout));
    EXPECT_TRUE(failed_with(shared.pool.allocate({0, align}), error_code::invalid_layout));
    EXPECT_TRUE(failed_with(local.pool.allocate({0, align}), error_code::invalid_layout));
    EXPECT_TRUE(failed_with(layout::make(0, align), error_code::invalid_layout));
  }
  ASSERT_TRUE(succeeded(shared.pool.allocate(shared.block)));
  EXPECT_TRUE(failed_with(shared.pool.reset(), error_code::blocks_live));
}

// --- B: stack, bump and checkpoints ----------------------------------------------------------------------------------

/// The kernel's stack with the signatures of the flawed one.
class our_stack {
public:
  std::byte* allocate(std::size_t size, std::size_t align) { return stack_.allocate({size, align}).value(); }
  bool deallocate(std::byte* block, std::size_t size, std::size_t align) {
    return stack_.deallocate(block, {size, align}).has_value();
  }
  [[nodiscard]] std::size_t used() const { return stack_.state().used_bytes; }

private:
  static_stack<512> stack_{};
};

template <class Stack>
bool exhibits_lost_padding(Stack& stack) {
  std::byte* const first = stack.allocate(1, 1);
  std::byte* const second = stack.allocate(8, 8);
  return !stack.deallocate(second, 8, 8) || !stack.deallocate(first, 1, 1);
}
TEST(seed_bug, b1_freeing_a_block_gives_back_its_padding) {
  flawed::recomputing_stack flawed_stack;
  EXPECT_TRUE(exhibits_lost_padding(flawed_stack));
  our_stack ours;
  EXPECT_FALSE(exhibits_lost_padding(ours));
  EXPECT_EQ(ours.used(), 0U);
}

/// Frees the end of a live block; then a whole block under a wrong size.
template <class Stack>
bool exhibits_partial_free(Stack& stack) {
  std::byte* const block = stack.allocate(32, 8);
  return stack.deallocate(block + 24, 8, 8) && stack.used() == 24;
}
TEST(seed_bug, b2_a_block_is_freed_whole_and_with_its_own_layout_or_not_at_all) {
  flawed::recomputing_stack flawed_stack;
  EXPECT_TRUE(exhibits_partial_free(flawed_stack));
  our_stack ours;
  EXPECT_FALSE(exhibits_partial_free(ours));
  static_stack<256> stack;
  std::byte* const block = stack.allocate({4, 4}).value();
  EXPECT_TRUE(failed_with(stack.deallocate(block, {1, 4}), error_code::layout_mismatch));
  EXPECT_TRUE(failed_with(stack.deallocate(block, {4, 1}), error_code::layout_mismatch));
}

TEST(seed_bug, b3_there_is_no_block_without_size_whose_free_could_be_refused) {
  flawed::recomputing_stack flawed_stack;
  static_cast<void>(flawed_stack.allocate(8, 8));
  EXPECT_FALSE(flawed_stack.deallocate(flawed_stack.allocate(0, 1), 0, 1)) << "given, and then not taken back";
  static_stack<256> stack;
  EXPECT_TRUE(failed_with(stack.allocate({0, 1}), error_code::invalid_layout));
  EXPECT_EQ(stack.state().live_blocks, 0U);
}

/// Two threads that have both read the top: do both store theirs?
template <class List>
bool exhibits_lost_update(List& list) {
  const auto first = list.begin_pop();
  const auto second = list.begin_pop();
  const bool first_done = list.finish_pop(first);
  return list.finish_pop(second) && first_done;
}
class load_then_store {
public:
  [[nodiscard]] std::size_t begin_pop() const { return top_; }
  bool finish_pop(std::size_t seen) {
    top_ = seen + 1;
    return true;
  }

private:
  std::size_t top_ = 0;
};
TEST(seed_bug, b4_a_shared_top_is_exchanged_and_not_loaded_and_stored) {
  load_then_store flawed_cursor;
  EXPECT_TRUE(exhibits_lost_update(flawed_cursor));
  our_list ours;
  EXPECT_FALSE(exhibits_lost_update(ours));
  static_assert(pool_allocator::atomics_type::is_shared && !local_pool_allocator::atomics_type::is_shared,
                "which allocators threads may share is part of their type");
}

class our_told_stack {
public:
  std::byte* allocate(std::size_t size) { return stack_.allocate({size, 1}).value(); }
  void deallocate(std::byte* block, std::size_t size) {
    errors_ += stack_.deallocate(block, {size, 1}).has_value() ? 0U : 1U;
  }
  [[nodiscard]] std::size_t times_told() const { return std::min(errors_, log_.count()); }

private:
  fault_log log_{};
  static_stack<256> stack_{log_.hook()};
  std::size_t errors_ = 0;
};
/// A free in the wrong order that nobody hears of; this file is compiled as the kernel is, whatever the build type.
template <class Stack>
bool exhibits_silent_violation(Stack& stack) {
  std::byte* const first = stack.allocate(8);
  static_cast<void>(stack.allocate(8));
  stack.deallocate(first, 8);
  return stack.times_told() == 0;
}
TEST(seed_bug, b5_a_violation_is_an_error_and_a_fault_in_every_build) {
  flawed::asserting_stack asserting;
  EXPECT_TRUE(exhibits_silent_violation(asserting));
  our_told_stack ours;
  EXPECT_FALSE(exhibits_silent_violation(ours));
}

/// An inner checkpoint, after the outer one was restored and something else allocated.
template <class Bump, class Allocate>
bool exhibits_spent_checkpoint(Bump& bump, Allocate allocate) {
  const auto outer = bump.mark();
  allocate(64U);
  const auto inner = bump.mark();
  static_cast<void>(bump.restore(outer));
  allocate(128U);
  return static_cast<bool>(bump.restore(inner));
}
template <class Allocator>
class restoring {
public:
  marker mark() { return allocator.mark().value(); }
  bool restore(const marker& point) { return allocator.restore(point).has_value(); }
  Allocator allocator{};
};
template <class Allocator>
void markers_are_checked() {
  restoring<Allocator> ours;
  EXPECT_FALSE(exhibits_spent_checkpoint(
      ours, [&](std::size_t size) { static_cast<void>(ours.allocator.allocate({size, 1})); }));
  EXPECT_EQ(ours.allocator.state().used_bytes, 128U) << "nothing live was truncated";
  Allocator other;
  const marker foreign = other.mark().value();
  EXPECT_TRUE(failed_with(ours.allocator.restore(foreign), error_code::foreign_marker));
  const marker stale = ours.mark();
  ASSERT_TRUE(succeeded(ours.allocator.reset()));
  EXPECT_TRUE(failed_with(ours.allocator.restore(stale), error_code::stale_marker));
}
TEST(seed_bug, b6_a_marker_that_is_spent_foreign_or_stale_truncates_nothing) {
  flawed::positional_bump<std::uint32_t> flawed_bump;
  EXPECT_TRUE(exhibits_spent_checkpoint(flawed_bump, [&](std::size_t size) { flawed_bump.allocate(size); }));
  EXPECT_EQ(flawed_bump.used(), 64U) << "a live block was truncated";
  markers_are_checked<static_bump<512>>();
  markers_are_checked<static_stack<512>>();
}

TEST(seed_bug, b7_a_generation_does_not_begin_again_within_a_programs_life) {
  flawed::positional_bump<std::uint8_t> narrow;
  const auto old = narrow.mark();
  for (int reset = 0; reset < 256; ++reset) {
    narrow.reset();
  }
  EXPECT_TRUE(narrow.restore(old)) << "stale by 256 resets, and accepted";

  static_bump<256> bump;
  const marker first = bump.mark().value();
  for (const std::uint64_t resets :
       {std::uint64_t{1} << 8U, std::uint64_t{1} << 16U, std::uint64_t{1} << 32U, std::uint64_t{1} << 63U}) {
    access::generation(bump) = first.generation + resets;
    EXPECT_TRUE(failed_with(bump.restore(first), error_code::stale_marker)) << resets;
  }
  static_assert(sizeof(marker::generation) == 8);
}

template <class Allocator, class = void>
struct resets_through_const : std::false_type {};
template <class Allocator>
struct resets_through_const<Allocator, std::void_t<decltype(std::declval<const Allocator&>().reset())>>
    : std::true_type {};
template <class Allocator, class Point, class = void>
struct restores_through_const : std::false_type {};
template <class Allocator, class Point>
struct restores_through_const<Allocator, Point,
                              std::void_t<decltype(std::declval<const Allocator&>().restore(std::declval<Point>()))>>
    : std::true_type {};
TEST(seed_bug, b8_what_needs_the_allocator_alone_cannot_be_called_through_const) {
  EXPECT_TRUE(resets_through_const<flawed::shared_cursor_bump>::value);
  EXPECT_TRUE((restores_through_const<flawed::shared_cursor_bump, std::size_t>::value));
  EXPECT_FALSE(resets_through_const<bump_allocator>::value);
  EXPECT_FALSE((restores_through_const<bump_allocator, marker>::value));
  EXPECT_FALSE(resets_through_const<stack_allocator>::value);
  EXPECT_FALSE((restores_through_const<stack_allocator, marker>::value));
  EXPECT_FALSE(resets_through_const<pool_allocator>::value);
  EXPECT_FALSE(resets_through_const<segregated_allocator>::value);
}

template <class Allocator>
constexpr bool exhibits_virtual_or_copyable_cursor =
    std::is_polymorphic_v<Allocator> || std::is_copy_constructible_v<Allocator> ||
    std::is_copy_assignable_v<Allocator> || std::is_move_constructible_v<Allocator>;
TEST(seed_bug, b9_no_allocator_dispatches_at_run_time_or_can_be_copied) {
  EXPECT_TRUE(exhibits_virtual_or_copyable_cursor<flawed::shared_cursor_bump>);
  EXPECT_FALSE(exhibits_virtual_or_copyable_cursor<bump_allocator>);
  EXPECT_FALSE(exhibits_virtual_or_copyable_cursor<stack_allocator>);
  EXPECT_FALSE(exhibits_virtual_or_copyable_cursor<pool_allocator>);
  EXPECT_FALSE(exhibits_virtual_or_copyable_cursor<local_pool_allocator>);
  EXPECT_FALSE(exhibits_virtual_or_copyable_cursor<segregated_allocator>);
  EXPECT_FALSE((exhibits_virtual_or_copyable_cursor<static_pool<int, 4>>));
  EXPECT_FALSE(exhibits_virtual_or_copyable_cursor<static_bump<64>>);
}

TEST(seed_bug, b10_no_size_and_no_alignment_can_make_the_arithmetic_wrap) {
  flawed::wrapping_bump flawed_bump(128);
  EXPECT_TRUE(flawed_bump.allocate(size_max - 3, 8));
  static_bump<128> bump;
  static_stack<128> stack;
  for (std::size_t k = 0; k <= 64; ++k) {
    for (std::size_t align = 1; align != 0; align *= 2) {
      ASSERT_FALSE(bump.allocate({size_max - k, align}).has_value());
      ASSERT_FALSE(stack.allocate({size_max - k, align}).has_value());
    }
  }
  EXPECT_TRUE(failed_with(bump.allocate({8, 0}), error_code::invalid_layout));
  EXPECT_TRUE(failed_with(bump.allocate({8, 12}), error_code::invalid_layout));
  EXPECT_EQ(bump.state().used_bytes + stack.state().used_bytes, 0U);
}

TEST(seed_bug, b11_a_handle_that_outlives_its_allocation_names_nothing) {
  std::vector<int> slots(4, 7);
  const std::size_t bare_index = 2; // the idea of a handle: it names the place, not the allocation
  slots[bare_index] = 8;            // freed, and someone else's
  EXPECT_EQ(slots[bare_index], 8) << "another's object, reached through an old handle";

  pool_rig<pool_allocator> rig;
  std::byte* const block = rig.pool.allocate(rig.block).value();
  const block_handle handle = rig.pool.handle_of(block).value();
  ASSERT_TRUE(succeeded(rig.pool.deallocate(handle)));
  ASSERT_TRUE(succeeded(rig.pool.reset()));
  ASSERT_EQ(rig.pool.allocate(rig.block).value(), block);
  EXPECT_TRUE(failed_with(rig.pool.resolve(handle), error_code::stale_handle));
  EXPECT_TRUE(failed_with(rig.pool.deallocate(handle), error_code::stale_handle));
}

template <class Stack, class = void>
struct shrinks : std::false_type {};
template <class Stack>
struct shrinks<Stack, std::void_t<decltype(Stack::shrink(nullptr, std::size_t{}))>> : std::true_type {};
/// A block that was shrunk without a word to the allocator can be freed neither with the old layout, by contract, nor
/// with the new one.
template <class Stack>
bool exhibits_untold_shrink(Stack& stack) {
  if constexpr (shrinks<Stack>::value) {
    std::byte* const shrunk = Stack::shrink(stack.allocate(32, 8), 8);
    return !stack.deallocate(shrunk, 8, 8) && stack.used() == 32;
  } else {
    std::byte* const block = stack.allocate(32, 8);
    return !stack.deallocate(block, 32, 8) || stack.used() != 0;
  }
}
TEST(seed_bug, b12_a_block_has_the_layout_that_it_was_allocated_with) {
  flawed::recomputing_stack flawed_stack;
  EXPECT_TRUE(exhibits_untold_shrink(flawed_stack));
  our_stack ours;
  EXPECT_FALSE(exhibits_untold_shrink(ours));
  static_assert(!shrinks<static_stack<256>>::value, "a shrink must tell the allocator: extend the probe");
  static_stack<256> stack;
  std::byte* const block = stack.allocate({32, 8}).value();
  EXPECT_TRUE(failed_with(stack.deallocate(block, {8, 8}), error_code::layout_mismatch));
  EXPECT_TRUE(succeeded(stack.deallocate(block, {32, 8})));
  EXPECT_EQ(stack.state().used_bytes, 0U);
}

void leaves_early_from_hand_written_marks(static_bump<256>& bump, bool leave) {
  const marker point = bump.mark().value();
  static_cast<void>(bump.allocate({100, 1}));
  if (leave) {
    return;
  }
  static_cast<void>(bump.restore(point));
}
void leaves_early_from_a_scope(static_bump<256>& bump, bool leave) {
  const scope<static_bump<256>> inside(bump);
  static_cast<void>(bump.allocate({100, 1}));
  if (leave) {
    return;
  }
  static_cast<void>(bump.allocate({1, 1}));
}
TEST(seed_bug, b13_a_scope_gives_back_on_every_path_out_of_it) {
  static_bump<256> by_hand;
  leaves_early_from_hand_written_marks(by_hand, true);
  EXPECT_EQ(by_hand.state().used_bytes, 100U);
  static_bump<256> bump;
  leaves_early_from_a_scope(bump, true);
  EXPECT_EQ(bump.state().used_bytes, 0U);
  leaves_early_from_a_scope(bump, false);
  EXPECT_EQ(bump.state().used_bytes, 0U);
  EXPECT_EQ(bump.mark_count(), 0U);
}

TEST(seed_bug, b14_what_a_reset_gave_back_is_not_forgotten) {
  flawed::late_statistics late;
  late.allocate(100);
  late.reset();
  EXPECT_EQ(late.remembered_bytes(), 0U);
  static_bump<256> bump;
  static_stack<256> stack;
  ASSERT_TRUE(succeeded(bump.allocate({100, 1})));
  ASSERT_TRUE(succeeded(stack.allocate({100, 1})));
  ASSERT_TRUE(succeeded(bump.reset()));
  ASSERT_TRUE(succeeded(stack.reset()));
  EXPECT_EQ(bump.state().peak_bytes, 100U);
  EXPECT_EQ(stack.state().peak_bytes, 100U);
}

} // namespace
