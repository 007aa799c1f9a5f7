// SPDX-License-Identifier: Apache-2.0 OR MIT
// The paranoid check level: stray writes are found, reported, mended, and change nothing else. The oracle drives it too;
// here are the places and the edges by name.
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/memory_tools.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/verify/stray_write.hpp>
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;
using nebula::verify::write_astray;

constexpr auto paranoid = check_level::paranoid;

/// A source that is there before the arena that it is a base beside.
template <std::size_t Bytes>
class lent_chunks {
protected:
  alignas(std::max_align_t) std::byte memory_[Bytes];
  span_chunk_source lent_{stack_config{{memory_, Bytes}}.validate().value()};
};

/// The same requests and frees for each allocator: three blocks of 24 bytes at most.
template <class Allocator>
class paranoid_allocators : public testing::Test {
protected:
  fault_log log_{};
  Allocator allocator_{log_.hook(), paranoid};

  [[nodiscard]] std::byte* allocate(std::size_t size = 24) {
    const auto block = allocator_.allocate({size, 8});
    EXPECT_TRUE(succeeded(block));
    return block.value();
  }
  void expect_fault(error_code code, const std::byte* address) {
    ASSERT_EQ(log_.count(), 1U);
    EXPECT_EQ(log_.last().what.code, code);
    EXPECT_EQ(log_.last().address, address);
    EXPECT_EQ(allocator_.state().failures.of(code), 1U);
  }
};
struct three_words {
  alignas(8) std::byte bytes[24];
};
struct odd {
  alignas(16) std::byte bytes[32];
};
/// An arena over storage of its own, with room for 800 bytes of blocks in each of two chunks.
template <bool Tracks>
class arena_over_storage : lent_chunks<2048>, public arena {
public:
  static constexpr std::size_t chunk_bytes = arena::header_bytes() + 800;

  explicit arena_over_storage(fault_hook hook = {}, check_level level = check_level::standard)
      : arena(make_config(hook, level).validate().value()) {}

private:
  [[nodiscard]] arena_config make_config(fault_hook hook, check_level level) {
    arena_config config;
    config.source = lent_.source();
    config.chunk_bytes = chunk_bytes;
    config.track_allocations = Tracks;
    config.hook = hook;
    config.level = level;
    return config;
  }
};
using tracked_arena = arena_over_storage<true>;
using plain_arena = arena_over_storage<false>;

using kinds = testing::Types<static_bump<1000>, static_stack<1000>, static_local_pool<three_words, 5>, tracked_arena,
                             plain_arena>;
TYPED_TEST_SUITE(paranoid_allocators, kinds);

// SR-CHK-002
TYPED_TEST(paranoid_allocators, say_their_level) {
  EXPECT_EQ(this->allocator_.level(), paranoid);
  TypeParam standard;
  EXPECT_EQ(standard.level(), check_level::standard);
  EXPECT_FALSE(this->allocator_.is_corrupted());
}

// SR-CHK-002
TYPED_TEST(paranoid_allocators, report_a_write_after_free_at_the_next_call_and_mend_it) {
  std::byte* const block = this->allocate();
  ASSERT_TRUE(succeeded(this->allocator_.deallocate(block, {24, 8})));
  write_astray(block + 5);
  EXPECT_EQ(this->allocator_.allocate({8, 8}).code(), error_code::written_after_free);
  this->expect_fault(error_code::written_after_free, block + 5);
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
  EXPECT_TRUE(succeeded(this->allocator_.allocate({8, 8})));
  EXPECT_EQ(this->log_.count(), 1U);
}

// SR-CHK-002
TYPED_TEST(paranoid_allocators, refuse_a_reset_that_would_hide_a_stray_write) {
  std::byte* const block = this->allocate();
  ASSERT_TRUE(succeeded(this->allocator_.deallocate(block, {24, 8})));
  write_astray(block);
  EXPECT_EQ(this->allocator_.reset().code(), error_code::written_after_free);
  EXPECT_TRUE(succeeded(this->allocator_.reset()));
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

// SR-CHK-002
TYPED_TEST(paranoid_allocators, find_stray_writes_one_by_one) {
  std::byte* const block = this->allocate();
  ASSERT_TRUE(succeeded(this->allocator_.deallocate(block, {24, 8})));
  std::byte* const end = reinterpret_cast<std::byte*>(&this->allocator_) + sizeof(this->allocator_);
  std::byte* last = block;
  for (std::byte* each = block; each < end; ++each) {
    last = this->allocator_.owns(each) ? each : last;
  }
  write_astray(block + 1);
  const bool two_places = last >= block + 600;
  if (two_places) {
    write_astray(block + 600);
  }
  EXPECT_EQ(this->allocator_.check_invariants().code(), error_code::written_after_free);
  EXPECT_EQ(this->allocator_.check_invariants().code(), two_places ? error_code::written_after_free : error_code::none);
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

TYPED_TEST(paranoid_allocators, let_every_byte_of_a_block_be_written) {
  for (std::size_t size = 1; size <= 24; ++size) {
    std::byte* const block = this->allocate(size);
    for (std::size_t offset = 0; offset < size; ++offset) {
      block[offset] = std::byte{0xFF};
    }
    ASSERT_TRUE(succeeded(this->allocator_.deallocate(block, {size, 8})));
  }
  EXPECT_EQ(this->log_.count(), 0U);
}

template <class Allocator>
class growing_paranoid_allocators : public paranoid_allocators<Allocator> {};
using growing = testing::Types<static_bump<1000>, static_stack<1000>, tracked_arena, plain_arena>;
TYPED_TEST_SUITE(growing_paranoid_allocators, growing);

// SR-CHK-002
TYPED_TEST(growing_paranoid_allocators, report_an_overrun_of_any_byte_of_the_canary) {
  for (std::size_t beyond = 0; beyond < canary_bytes; ++beyond) {
    fault_log log;
    TypeParam allocator(log.hook(), paranoid);
    std::byte* const block = allocator.allocate({13, 1}).value();
    write_astray(block + 13 + beyond);
    EXPECT_EQ(allocator.deallocate(block, {13, 1}).code(), error_code::overrun) << beyond;
    EXPECT_EQ(allocator.state().live_blocks, 1U);
    EXPECT_EQ(log.count(), 1U);
    EXPECT_TRUE(succeeded(allocator.deallocate(block, {13, 1}))) << "the canary has been mended";
    EXPECT_EQ(allocator.state().used_bytes, 0U);
  }
}

// SR-CHK-002
TYPED_TEST(growing_paranoid_allocators, find_the_overrun_of_a_block_that_is_not_the_last) {
  std::byte* const below = this->allocate();
  static_cast<void>(this->allocate());
  write_astray(below + 24);
  EXPECT_EQ(this->allocator_.mark().code(), error_code::overrun);
  this->expect_fault(error_code::overrun, below + 24);
  EXPECT_TRUE(succeeded(this->allocator_.mark()));
}

// SR-CHK-002 SR-MARK-004
TYPED_TEST(growing_paranoid_allocators, end_a_scope_in_spite_of_stray_writes) {
  {
    const scope<TypeParam> inside(this->allocator_);
    std::byte* const block = this->allocate();
    write_astray(block + 24);
    write_astray(block + 300);
  }
  EXPECT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->allocator_.state().used_bytes, 0U);
  EXPECT_EQ(this->allocator_.mark_count(), 0U);
}

// SR-CHK-002
TYPED_TEST(growing_paranoid_allocators, count_the_canary_among_the_bytes_used) {
  static_cast<void>(this->allocate());
  EXPECT_EQ(this->allocator_.state().used_bytes, 24 + canary_bytes);
}

// SR-CHK-002
TEST(paranoid_bump, does_not_trust_a_canary_that_leads_out_of_the_storage) {
  fault_log log;
  static_bump<1000> bump(log.hook(), paranoid);
  static_cast<void>(bump.allocate({8, 8}));
  std::byte* const above = bump.allocate({8, 8}).value();
  static_cast<void>(bump.allocate({8, 8}));
  for (std::size_t place = 0; place < canary_bytes; ++place) {
    write_astray(above + 8 + place, 0x41);
  }
  EXPECT_EQ(bump.check_invariants().code(), error_code::overrun);
  EXPECT_TRUE(succeeded(bump.check_invariants()));
  EXPECT_FALSE(bump.is_corrupted());
  EXPECT_EQ(log.count(), 1U);
}

// SR-CHK-002
TEST(paranoid_stack, moves_the_canary_when_the_top_is_resized) {
  fault_log log;
  static_stack<1000> stack(log.hook(), paranoid);
  std::byte* const block = stack.allocate({16, 8}).value();
  ASSERT_TRUE(succeeded(stack.resize_top(block, {16, 8}, 100)));
  block[16] = std::byte{1};
  block[99] = std::byte{1};
  ASSERT_TRUE(succeeded(stack.resize_top(block, {100, 8}, 4)));
  write_astray(block + 4);
  EXPECT_EQ(stack.resize_top(block, {4, 8}, 8).code(), error_code::overrun);
  write_astray(block + 40);
  EXPECT_EQ(stack.deallocate(block, {4, 8}).code(), error_code::written_after_free);
  EXPECT_TRUE(succeeded(stack.deallocate(block, {4, 8})));
}

template <class Arena>
class paranoid_arenas : public paranoid_allocators<Arena> {};
using both_arenas = testing::Types<tracked_arena, plain_arena>;
TYPED_TEST_SUITE(paranoid_arenas, both_arenas);

// SR-CHK-002
TYPED_TEST(paranoid_arenas, watch_the_chunks_that_are_not_the_newest) {
  std::byte* const old = this->allocate();
  static_cast<void>(this->allocate(780));
  ASSERT_EQ(this->allocator_.statistics().chunk_count, 2U);
  write_astray(old + 24 + canary_bytes - 1);
  EXPECT_EQ(this->allocator_.reset().code(), error_code::overrun);
  write_astray(old + 24 + canary_bytes);
  EXPECT_EQ(this->allocator_.reset().code(), error_code::written_after_free) << "what is left in the first chunk";
  EXPECT_EQ(this->log_.last().address, old + 24 + canary_bytes);
  EXPECT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->allocator_.state().live_blocks, 2U);
  EXPECT_TRUE(succeeded(this->allocator_.reset()));
}

// SR-CHK-002
TYPED_TEST(paranoid_arenas, watch_all_that_a_restore_or_a_reset_gave_back) {
  std::byte* const kept = this->allocate();
  const marker point = this->allocator_.mark().value();
  static_cast<void>(this->allocate());
  std::byte* const last = this->allocate(600);
  ASSERT_TRUE(succeeded(this->allocator_.restore(point)));
  for (std::byte* each : {kept + 24 + canary_bytes, last, last + 599, kept + 799 - arena::record_bytes()}) {
    write_astray(each);
    EXPECT_EQ(this->allocator_.mark().code(), error_code::written_after_free);
    EXPECT_EQ(this->log_.last().address, each);
  }
  ASSERT_TRUE(succeeded(this->allocator_.reset()));
  for (std::byte* each : {kept, kept + 24, kept + 799}) {
    write_astray(each);
    EXPECT_EQ(this->allocator_.allocate({1, 1}).code(), error_code::written_after_free);
    EXPECT_EQ(this->log_.last().address, each);
  }
  EXPECT_EQ(this->log_.count(), 7U);
}

// SR-CHK-002
TYPED_TEST(paranoid_arenas, take_a_chunk_that_has_room_for_the_canary) {
  const std::size_t available = (static_cast<void>(this->allocate()), this->allocator_.state().available_bytes);
  static_cast<void>(this->allocator_.allocate({available, 1}));
  EXPECT_EQ(this->allocator_.statistics().chunk_count, 1U) << "as much as state() said";
  EXPECT_EQ(this->allocator_.state().available_bytes, 0U);
  std::byte* const large = this->allocate(900);
  EXPECT_EQ(this->allocator_.statistics().chunk_count, 2U);
  write_astray(large + 900);
  EXPECT_EQ(this->allocator_.check_invariants().code(), error_code::overrun);
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

// SR-CHK-002 SR-LIFE-001
TYPED_TEST(paranoid_arenas, free_a_block_whose_last_use_was_an_overrun) {
  std::byte* const block = this->allocate();
  int actions = 0;
  EXPECT_TRUE(succeeded(this->allocator_.deallocate_after(block, {24, 8}, [&]() noexcept {
    ++actions;
    write_astray(block + 24);
    write_astray(block + 500);
  })));
  EXPECT_EQ(actions, 1);
  EXPECT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
}

// SR-CHK-002 SR-INV-002
TYPED_TEST(paranoid_arenas, are_walked_in_as_many_steps_as_they_say) {
  constexpr bool is_tracked = std::is_same_v<TypeParam, tracked_arena>;
  std::byte* const first = this->allocate();
  static_cast<void>(this->allocate());
  static_cast<void>(this->allocate(780));         // in the second chunk
  std::size_t free_runs = is_tracked ? 3 : 3 + 1; // of 256 bytes: in the first chunk, and in the second if it has any
  if (is_tracked) {
    ASSERT_TRUE(succeeded(this->allocator_.deallocate(first, {24, 8})));
    ++free_runs;
  }
  const std::size_t chunks = 2;
  const std::size_t records = is_tracked ? 3 : 0;
  const std::size_t most = chunks + records + 1 + 1 + 3 * chunks + 3 + free_runs;
  audit_cursor cursor;
  std::size_t taken = 0;
  result<bool> step = false;
  while (taken <= most && step.has_value() && !step.value()) {
    step = this->allocator_.audit(cursor, 1);
    ++taken;
  }
  EXPECT_TRUE(step.has_value() && step.value());
  EXPECT_LE(taken, most);
}

// SR-CHK-002
TEST(paranoid_arena, watches_a_dead_block_until_it_is_given_back) {
  fault_log log;
  tracked_arena arena(log.hook(), paranoid);
  const marker point = arena.mark().value();
  std::byte* const dead = arena.allocate({600, 8}).value();
  std::byte* const live = arena.allocate({8, 8}).value();
  ASSERT_TRUE(succeeded(arena.deallocate(dead, {600, 8})));
  ASSERT_EQ(arena.state().used_bytes, 600 + 8 + 2 * canary_bytes) << "not given back yet";
  for (const std::size_t place : {std::size_t{0}, std::size_t{255}, std::size_t{256}, std::size_t{599},
                                  std::size_t{600}, 600 + canary_bytes - 1}) {
    write_astray(dead + place);
    EXPECT_EQ(arena.deallocate(live, {8, 8}).code(), error_code::written_after_free) << place;
    EXPECT_EQ(log.last().address, dead + place);
    EXPECT_EQ(arena.state().live_blocks, 1U);
  }
  write_astray(live + 8);
  EXPECT_EQ(arena.restore(point).code(), error_code::overrun) << "the block above is watched as before";
  EXPECT_EQ(arena.deallocate(dead, {600, 8}).code(), error_code::double_free);
  EXPECT_TRUE(succeeded(arena.restore(point)));
  EXPECT_TRUE(succeeded(arena.check_invariants()));
}

// SR-CHK-002
TEST(paranoid_arena, mends_the_canary_of_the_last_block_as_it_was) {
  fault_log log;
  plain_arena arena(log.hook(), paranoid);
  std::byte* const first = arena.allocate({8, 8}).value();
  std::byte* const last = arena.allocate({8, 8}).value();
  write_astray(last + 8);
  EXPECT_EQ(arena.check_invariants().code(), error_code::overrun);
  write_astray(first + 8);
  EXPECT_EQ(arena.check_invariants().code(), error_code::overrun) << "the canary of the last block leads to it";
  EXPECT_EQ(log.last().address, first + 8);
  EXPECT_TRUE(succeeded(arena.deallocate(last, {8, 8})));
}

// SR-CHK-002
TEST(paranoid_arena, without_records_visits_no_canary_below_one_that_was_overwritten) {
  fault_log log;
  plain_arena arena(log.hook(), paranoid);
  std::byte* const lowest = arena.allocate({8, 8}).value();
  std::byte* const middle = arena.allocate({8, 8}).value();
  std::byte* const last = arena.allocate({8, 8}).value();
  for (std::size_t place = 0; place < canary_bytes; ++place) {
    write_astray(middle + 8 + place, 0x41); // leads out of the chunk
  }
  EXPECT_EQ(arena.check_invariants().code(), error_code::overrun);
  EXPECT_EQ(log.last().address, middle + 8);
  write_astray(lowest + 8);
  EXPECT_TRUE(succeeded(arena.check_invariants()));
  for (std::byte* each : {middle, last}) {
    write_astray(each + 8);
    EXPECT_EQ(arena.check_invariants().code(), error_code::overrun);
    EXPECT_EQ(log.last().address, each + 8);
  }
  EXPECT_FALSE(arena.is_corrupted());
}

// SR-CHK-002
TEST(paranoid_arena, with_records_finds_each_canary_whatever_happened_to_the_others) {
  fault_log log;
  tracked_arena arena(log.hook(), paranoid);
  std::byte* const first = arena.allocate({8, 8}).value();
  std::byte* const second = arena.allocate({8, 8}).value();
  write_astray(first + 8 + 3);
  write_astray(second + 8 + 5);
  EXPECT_EQ(arena.check_invariants().code(), error_code::overrun);
  EXPECT_EQ(log.last().address, first + 8 + 3);
  EXPECT_EQ(arena.check_invariants().code(), error_code::overrun);
  EXPECT_EQ(log.last().address, second + 8 + 5);
  EXPECT_TRUE(succeeded(arena.check_invariants()));
}

// SR-CHK-002
TEST(paranoid_arena, keeps_a_stricter_alignment_and_the_least_chunk) {
  fault_log log;
  alignas(std::max_align_t) std::byte memory[2000];
  span_chunk_source chunks(stack_config{{memory, sizeof(memory)}, {}}.validate().value());
  arena_config config;
  config.source = chunks.source();
  config.chunk_bytes = arena_config::chunk_bytes_min();
  config.hook = log.hook();
  config.level = paranoid;
  arena arena(config.validate().value());
  ASSERT_TRUE(succeeded(arena.allocate({1, 1}))) << "in a chunk that is larger than the least";
  EXPECT_EQ(arena.state().capacity_bytes, arena_config::chunk_bytes_min() + canary_bytes);
  const auto strict = arena.allocate({1, 256});
  ASSERT_TRUE(succeeded(strict));
  EXPECT_TRUE(is_aligned(strict.value(), 256));
  EXPECT_TRUE(succeeded(arena.check_invariants()));
  EXPECT_EQ(log.count(), 0U);
}

template <class Config>
struct pool_over {
  alignas(64) std::byte storage[2000];
  fault_log log{};
  typename Config::plan_type plan;

  explicit pool_over(std::size_t count) : plan(make(count)) {}
  [[nodiscard]] typename Config::plan_type make(std::size_t count) {
    Config config;
    config.storage = {storage, sizeof(storage)};
    config.block_size_bytes = 24;
    config.block_align_bytes = 8;
    config.block_count = count;
    config.hook = log.hook();
    config.level = paranoid;
    return config.validate().value();
  }
};

// SR-CHK-002
TEST(paranoid_pool, lays_blocks_out_with_room_for_a_canary) {
  EXPECT_EQ(pool_config::storage_bytes(24, 8, 3, paranoid).value(),
            pool_config::storage_bytes(24, 8, 3).value() + 3 * canary_bytes);
  pool_over<pool_config> over(3);
  const pool_allocator pool(over.plan);
  EXPECT_EQ(pool.stride_bytes(), 24 + canary_bytes);
  EXPECT_EQ(pool.block_layout(), (layout{24, 8}));
}

// SR-CHK-002
TEST(paranoid_pool, reports_an_overrun_when_the_block_is_freed_and_leaves_it_live) {
  pool_over<pool_config> over(3);
  pool_allocator pool(over.plan);
  std::byte* const block = pool.allocate({24, 8}).value();
  const block_handle handle = pool.handle_of(block).value();
  write_astray(block + 24 + canary_bytes - 1);
  EXPECT_EQ(pool.deallocate(block).code(), error_code::overrun);
  EXPECT_EQ(over.log.last().address, block + 24 + canary_bytes - 1);
  EXPECT_EQ(pool.state().live_blocks, 1U);
  EXPECT_EQ(pool.resolve(handle).value(), block) << "the same allocation as before";
  EXPECT_TRUE(succeeded(pool.deallocate(handle)));
  EXPECT_EQ(pool.deallocate(block).code(), error_code::double_free);
}

// SR-CHK-002
TEST(paranoid_pool, does_not_give_out_a_block_that_was_written_after_its_free) {
  pool_over<pool_config> over(1);
  pool_allocator pool(over.plan);
  std::byte* const block = pool.allocate({24, 8}).value();
  ASSERT_TRUE(succeeded(pool.deallocate(block)));
  write_astray(block + 23);
  EXPECT_EQ(pool.allocate({1, 1}).code(), error_code::written_after_free);
  EXPECT_EQ(over.log.last().address, block + 23);
  EXPECT_EQ(pool.state().live_blocks, 0U);
  EXPECT_EQ(pool.state().peak_bytes, pool.stride_bytes());
  EXPECT_EQ(pool.allocate({1, 1}).value(), block);
}

// SR-CHK-002
TEST(paranoid_pool, stays_usable_after_it_has_been_corrupted_only_to_say_so) {
  alignas(64) static std::byte memory[2000];
  fault_log log;
  local_pool_config config;
  config.storage = {memory, sizeof(memory)};
  config.block_size_bytes = 24;
  config.block_align_bytes = 8;
  config.hook = log.hook();
  config.level = paranoid;
  local_pool_allocator pool(config.validate().value());
  std::byte* const block = pool.allocate({24, 8}).value();
  for (std::size_t place = 0; place < 64; ++place) {
    memory[place] = std::byte{0xEE}; // the records stand at the front
  }
  EXPECT_EQ(pool.deallocate(block).code(), error_code::corrupted);
  EXPECT_TRUE(pool.is_corrupted());
  EXPECT_EQ(pool.level(), paranoid);
  EXPECT_EQ(pool.deallocate(block).code(), error_code::corrupted);
  EXPECT_EQ(log.count(), 1U) << "corruption is reported once";
}

TEST(check_level, of_a_configuration_must_be_one_of_the_two) {
  alignas(16) static std::byte memory[512];
  constexpr auto neither = static_cast<check_level>(2);
  const auto field_of = [](const auto& plan) {
    EXPECT_EQ(plan.code(), error_code::invalid_configuration);
    return plan.error().field;
  };
  EXPECT_EQ(field_of(bump_config{{memory, 512}, {}, neither}.validate()), configuration_field::check_level);
  EXPECT_EQ(field_of(stack_config{{memory, 512}, {}, neither}.validate()), configuration_field::check_level);
  EXPECT_EQ(field_of(pool_config{{memory, 512}, 8, 8, 1, {}, neither}.validate()), configuration_field::check_level);
  arena_config no_arena; // the level goes first: neither source nor chunk are right either
  no_arena.level = neither;
  EXPECT_EQ(field_of(no_arena.validate()), configuration_field::check_level);
  const size_class classes[] = {{8, 8, 2}};
  EXPECT_EQ(field_of(segregated_config{{memory, 512}, classes, 1, 0, {}, neither}.validate()),
            configuration_field::check_level);
}

#if NEBULA_MEMORY_TOOLS && defined(NEBULA_ADDRESS_SANITIZER)
// SR-CHK-003
TEST(memory_tools, know_what_is_free) {
  alignas(64) static std::byte memory[2000];
  {
    bump_allocator bump(bump_config{{memory, sizeof(memory)}, {}}.validate().value());
    EXPECT_TRUE(__asan_address_is_poisoned(memory));
    const std::byte* const block = bump.allocate({24, 8}).value();
    EXPECT_FALSE(__asan_address_is_poisoned(block + 23));
    EXPECT_TRUE(__asan_address_is_poisoned(block + 24));
    ASSERT_TRUE(succeeded(bump.reset()));
    EXPECT_TRUE(__asan_address_is_poisoned(block));
  }
  EXPECT_FALSE(__asan_address_is_poisoned(memory)) << "the storage is its lender's again";
  for (const check_level level : {check_level::standard, paranoid}) {
    tracked_arena arena({}, level);
    std::byte* const dead = arena.allocate({24, 8}).value();
    const std::byte* const live = arena.allocate({24, 8}).value();
    EXPECT_FALSE(__asan_address_is_poisoned(dead));
    EXPECT_TRUE(__asan_address_is_poisoned(live + 24));
    ASSERT_TRUE(succeeded(arena.deallocate(dead, {24, 8})));
    EXPECT_TRUE(__asan_address_is_poisoned(dead)) << "not given back yet, and nobody's";
    EXPECT_TRUE(__asan_address_is_poisoned(dead + 23));
    EXPECT_FALSE(__asan_address_is_poisoned(live));
  }
  pool_config config;
  config.storage = {memory, sizeof(memory)};
  config.block_size_bytes = 32;
  pool_allocator pool(config.validate().value());
  std::byte* const block = pool.allocate({20, 4}).value();
  EXPECT_FALSE(__asan_address_is_poisoned(block + 19));
  EXPECT_TRUE(__asan_address_is_poisoned(block + 24));
  ASSERT_TRUE(succeeded(pool.deallocate(block)));
  EXPECT_TRUE(__asan_address_is_poisoned(block));
}
#endif

} // namespace
