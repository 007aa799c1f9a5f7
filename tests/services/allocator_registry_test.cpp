// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/allocator_registry.hpp>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "heap_watch.hpp"
#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

constexpr layout request{64, 16};

allocator_registry made(std::size_t allocator_count_max = 8) {
  return allocator_registry::make({allocator_count_max}).value();
}
allocator_registration added(const allocator_registry& registry, std::string_view name, allocator_reference reference,
                             allocator_traits traits = {}) {
  auto registration = registry.add(name, reference, traits);
  EXPECT_TRUE(registration.has_value()) << registration.failure();
  return std::move(registration).value();
}
template <class Allocator>
allocator_reference shared(Allocator& allocator) {
  return {allocator, allocator_threads::any};
}
template <class Allocator>
allocator_reference owned(Allocator& allocator) {
  return {allocator, allocator_threads::owner_only};
}

TEST(registry_config_of, refuses_no_allocators_and_too_many) {
  EXPECT_EQ(allocator_registry::make({0}).failure(),
            out_of_range(lifecycle_field::allocator_count_max, 0, 1, registry_config::allocator_count_highest));
  EXPECT_EQ(allocator_registry::make({65537}).failure(),
            out_of_range(lifecycle_field::allocator_count_max, 65537, 1, registry_config::allocator_count_highest));
}

// [SR-LC-001]
TEST(registry, says_that_there_is_no_memory_and_needs_none_later) {
  if (!heap_is_watched()) {
    GTEST_SKIP() << "a checker has replaced the heap";
  }
  test::shared_pool pool;
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  const allocator_registry registry = made();
  const heap_refusal refusing;
  EXPECT_EQ(allocator_registry::make({}).failure().code, lifecycle_failure_code::out_of_memory);
  auto one = registry.add("pool", shared(pool.pool));
  EXPECT_TRUE(one.has_value());
  const auto block = registry.allocate(one.value().id(), request);
  EXPECT_TRUE(block.has_value());
  EXPECT_TRUE(registry.deallocate(block.value(), request).has_value());
  EXPECT_EQ(registry.leaks().failure().code, lifecycle_failure_code::out_of_memory);
  one.value().end();
}

// [SR-LC-003]
TEST(registry, finds_allocators_by_name_and_by_block) {
  test::shared_pool first;
  test::shared_pool second;
  const allocator_registry registry = made();
  const auto one = added(registry, "first", shared(first.pool));
  const auto other = added(registry, "second", shared(second.pool));
  EXPECT_EQ(registry.find("first"), one.id());
  EXPECT_EQ(registry.find("second"), other.id());
  EXPECT_EQ(registry.find("third"), allocator_id::none);
  std::byte* const block = second.pool.allocate(request).value();
  EXPECT_EQ(registry.owner_of(block), other.id());
  EXPECT_EQ(registry.owner_of(nullptr), allocator_id::none);
  EXPECT_EQ(registry.allocator_count(), 2U);
  EXPECT_EQ(registry.allocator_count_max(), 8U);
}

TEST(registry, frees_through_the_owner) {
  test::shared_pool first;
  test::shared_pool second;
  const allocator_registry registry = made();
  const auto one = added(registry, "first", shared(first.pool));
  const auto other = added(registry, "second", shared(second.pool));
  std::byte* const of_second = registry.allocate(other.id(), request).value();
  std::byte* const of_first = registry.allocate(one.id(), request).value();
  ASSERT_TRUE(registry.deallocate(of_second, request).has_value());
  EXPECT_EQ(second.pool.state().live_blocks, 0U);
  EXPECT_EQ(first.pool.state().live_blocks, 1U);
  ASSERT_TRUE(registry.deallocate(of_first, request).has_value());
  EXPECT_EQ(first.pool.state().live_blocks, 0U);
}

TEST(registry, frees_through_the_one_on_top_where_storage_is_anothers_block) {
  alignas(64) static std::byte storage[16384];
  pool_allocator chunks(
      pool_builder{}.storage(storage).block_size_bytes(4096).block_align_bytes(64).block_count(3).build().value());
  arena frames(arena_builder{}.source(pool_chunk_source(chunks)).chunk_bytes(4096).build().value());
  const allocator_registry registry = made();
  const auto below = added(registry, "chunks", shared(chunks), {blocks_at_end::are_dropped, false});
  const auto above = added(registry, "frames", owned(frames), {blocks_at_end::are_dropped, true});
  std::byte* const block = registry.allocate(above.id(), request).value();
  EXPECT_EQ(registry.owner_of(block), above.id());
  const auto freed = registry.deallocate(block, request);
  EXPECT_TRUE(freed.has_value()) << freed.failure();
  EXPECT_EQ(chunks.state().failures.total(), 0U);
}

TEST(registry, returns_the_owners_refusal) {
  test::shared_pool pool(1);
  const allocator_registry registry = made();
  const auto one = added(registry, "pool", shared(pool.pool));
  std::byte* const block = registry.allocate(one.id(), request).value();
  const auto exhausted = registry.allocate(one.id(), request);
  EXPECT_EQ(exhausted.failure().code, lifecycle_failure_code::refused);
  EXPECT_EQ(exhausted.failure().what.code, error_code::exhausted);
  EXPECT_EQ(exhausted.failure().allocator.view(), "pool");
  ASSERT_TRUE(registry.deallocate(block, request).has_value());
  EXPECT_EQ(registry.deallocate(block, request).failure().what.code, error_code::double_free);
}

TEST(registry, refuses_blocks_of_nobody_and_allocators_that_are_not_there) {
  const allocator_registry registry = made();
  std::byte foreign{};
  EXPECT_EQ(registry.deallocate(&foreign, request).failure().code, lifecycle_failure_code::no_owner);
  EXPECT_EQ(registry.deallocate(nullptr, request).failure().code, lifecycle_failure_code::no_owner);
  EXPECT_EQ(registry.allocate(allocator_id::none, request).failure().code, lifecycle_failure_code::no_such_allocator);
  EXPECT_EQ(registry.allocate(static_cast<allocator_id>(7), request).failure().code,
            lifecycle_failure_code::no_such_allocator);
}

TEST(registry, refuses_names_that_are_taken_empty_or_too_long) {
  test::shared_pool pool;
  const allocator_registry registry = made();
  const auto one = added(registry, "pool", shared(pool.pool));
  EXPECT_EQ(registry.add("pool", shared(pool.pool)).failure().code, lifecycle_failure_code::name_taken);
  EXPECT_EQ(registry.add("", shared(pool.pool)).failure(), out_of_range(lifecycle_field::name_bytes, 0, 1, 46));
  EXPECT_EQ(registry.add(std::string(47, 'x'), shared(pool.pool)).failure(),
            out_of_range(lifecycle_field::name_bytes, 47, 1, 46));
  EXPECT_TRUE(registry.add(std::string(46, 'x'), shared(pool.pool)).has_value());
  EXPECT_EQ(registry.add("none", allocator_reference{}).failure(), out_of_range(lifecycle_field::reference, 0, 1, 1));
}

TEST(registry, takes_up_as_many_as_it_was_made_for) {
  test::shared_pool pool;
  const allocator_registry registry = made(2);
  const auto one = added(registry, "1", shared(pool.pool));
  auto two = added(registry, "2", shared(pool.pool));
  const auto full = registry.add("3", shared(pool.pool));
  EXPECT_EQ(full.failure().code, lifecycle_failure_code::registry_full);
  EXPECT_EQ(full.failure().highest, 2U);
  two.end();
  EXPECT_TRUE(registry.add("3", shared(pool.pool)).has_value());
}

TEST(registry, never_gives_an_id_again) {
  test::shared_pool pool;
  const allocator_registry registry = made(1);
  std::set<allocator_id> ids;
  for (int round = 0; round < 10; ++round) {
    ids.insert(added(registry, "pool", shared(pool.pool)).id());
  }
  EXPECT_EQ(ids.size(), 10U);
  EXPECT_EQ(ids.count(allocator_id::none), 0U);
}

TEST(registration, ends_once_and_can_be_moved) {
  test::shared_pool pool;
  const allocator_registry registry = made();
  allocator_registration first = added(registry, "pool", shared(pool.pool));
  const allocator_id id = first.id();
  allocator_registration second(std::move(first));
  EXPECT_EQ(second.id(), id);
  EXPECT_EQ(first.id(), allocator_id::none); // NOLINT(bugprone-use-after-move): says that it is of nothing
  first.end();
  EXPECT_EQ(registry.allocator_count(), 1U);
  first = std::move(second);
  first.end();
  first.end();
  EXPECT_EQ(registry.allocator_count(), 0U);
  EXPECT_EQ(registry.allocate(id, request).failure().code, lifecycle_failure_code::no_such_allocator);
}

TEST(registration, may_outlive_the_registry) {
  test::shared_pool pool;
  allocator_registration left;
  {
    const allocator_registry registry = made();
    left = added(registry, "pool", shared(pool.pool));
  }
  left.end();
  EXPECT_EQ(left.id(), allocator_id::none);
}

TEST(no_registry, fails_each_call) {
  test::shared_pool pool;
  const allocator_registry none;
  std::byte byte{};
  EXPECT_EQ(none.add("pool", shared(pool.pool)).failure().code, lifecycle_failure_code::out_of_memory);
  EXPECT_EQ(none.find("pool"), allocator_id::none);
  EXPECT_EQ(none.owner_of(&byte), allocator_id::none);
  EXPECT_EQ(none.allocator_count(), 0U);
  EXPECT_EQ(none.allocator_count_max(), 0U);
  EXPECT_EQ(none.allocate(allocator_id::none, request).failure().code, lifecycle_failure_code::no_such_allocator);
  EXPECT_EQ(none.deallocate(&byte, request).failure().code, lifecycle_failure_code::no_owner);
  EXPECT_TRUE(none.leaks().value().empty());
  none.visit({});
}

// An allocator with one owner is not touched by another thread.
TEST(registry, asks_an_allocator_of_one_owner_in_its_thread_only) {
  test::local_pool pool;
  const allocator_registry registry = made();
  const auto one = added(registry, "local", owned(pool.pool));
  std::byte* const block = registry.allocate(one.id(), request).value();
  std::thread([&] {
    EXPECT_EQ(registry.allocate(one.id(), request).failure().code, lifecycle_failure_code::other_thread);
    EXPECT_EQ(registry.deallocate(block, request).failure().code, lifecycle_failure_code::no_owner);
    EXPECT_EQ(registry.owner_of(block), allocator_id::none);
    EXPECT_EQ(registry.find("local"), one.id());
    const leak_report report = registry.leaks().value();
    EXPECT_TRUE(report.empty());
    ASSERT_EQ(report.not_asked.size(), 1U);
    EXPECT_EQ(report.not_asked[0].view(), "local");
    bool may_ask = true;
    registry.visit(
        {[](void* context, const registered_allocator& each) noexcept { *static_cast<bool*>(context) = each.may_ask; },
         &may_ask});
    EXPECT_FALSE(may_ask);
  }).join();
  EXPECT_TRUE(registry.deallocate(block, request).has_value());
}

TEST(registry, shows_its_allocators_in_the_order_of_their_registration) {
  test::shared_pool pool;
  const allocator_registry registry = made();
  auto first = added(registry, "first", shared(pool.pool));
  const auto second = added(registry, "second", shared(pool.pool), {blocks_at_end::are_dropped, true});
  first.end();
  const auto third = added(registry, "third", shared(pool.pool));
  std::vector<registered_allocator> shown;
  registry.visit({[](void* context, const registered_allocator& each) noexcept {
                    static_cast<std::vector<registered_allocator>*>(context)->push_back(each);
                  },
                  &shown});
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].name.view(), "second");
  EXPECT_EQ(shown[0].id, second.id());
  EXPECT_EQ(shown[0].traits.at_end, blocks_at_end::are_dropped);
  EXPECT_TRUE(shown[0].traits.capacity_grows);
  EXPECT_EQ(shown[1].name.view(), "third");
  EXPECT_EQ(shown[1].id, third.id());
}

// [SR-LC-007]
TEST(leaks_of_a_registry, are_live_blocks_and_those_that_were_live_when_their_allocator_left) {
  test::shared_pool pool;
  test::shared_pool departing;
  test::owned_bump bump;
  const allocator_registry registry = made();
  const auto stays = added(registry, "stays", shared(pool.pool));
  const auto dropped = added(registry, "dropped", owned(bump.bump), {blocks_at_end::are_dropped, false});
  auto leaves = added(registry, "leaves", shared(departing.pool));
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  ASSERT_TRUE(bump.bump.allocate(request).has_value());
  ASSERT_TRUE(departing.pool.allocate(request).has_value());
  ASSERT_TRUE(departing.pool.allocate(request).has_value());
  leaves.end();
  const leak_report report = registry.leaks().value();
  ASSERT_EQ(report.leaks.size(), 2U);
  EXPECT_EQ(report.leaks[0].allocator.view(), "stays");
  EXPECT_FALSE(report.leaks[0].has_left);
  EXPECT_EQ(report.leaks[0].blocks, 1U);
  EXPECT_EQ(report.leaks[0].bytes, pool.pool.state().used_bytes);
  EXPECT_EQ(report.leaks[1].allocator.view(), "leaves");
  EXPECT_TRUE(report.leaks[1].has_left);
  EXPECT_EQ(report.leaks[1].blocks, 2U);
  EXPECT_EQ(report.blocks(), 3U);
}

TEST(leaks_of_a_registry, need_no_memory_for_blocks_that_nobody_tracks) {
  test::shared_pool pool;
  const allocator_registry registry = made();
  const auto registration = added(registry, "pool", shared(pool.pool));
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  const std::size_t before = heap_calls();
  const auto without = registry.leaks(0);
  const std::size_t needed = heap_calls() - before;
  const auto with = registry.leaks(SIZE_MAX);
  EXPECT_EQ(heap_calls() - before, 2 * needed);
  EXPECT_TRUE(without.has_value() && with.has_value());
  EXPECT_EQ(with.value().blocks(), 1U);
  EXPECT_TRUE(with.value().leaks[0].first.empty());
}

TEST(leaks_of_a_registry, are_counted_where_there_is_no_more_room_to_name_them) {
  test::shared_pool pool;
  const allocator_registry registry = made(2);
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  for (int round = 0; round < 5; ++round) {
    added(registry, "pool", shared(pool.pool)).end();
  }
  const leak_report report = registry.leaks().value();
  EXPECT_EQ(report.leaks.size(), 2U);
  EXPECT_EQ(report.left_off, 3U);
}

// Seen by ThreadSanitizer: many threads allocate and free, while others come and go.
TEST(registry, serves_many_threads_while_allocators_come_and_go) {
  test::shared_pool pool(32);
  test::shared_pool passing;
  const allocator_registry registry = made();
  const auto one = added(registry, "pool", shared(pool.pool));
  std::atomic<bool> is_over{false};
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 2; ++worker) {
    workers.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        const auto block = registry.allocate(one.id(), request);
        if (!block || !registry.deallocate(block.value(), request)) {
          ++refused;
        }
      }
    });
  }
  std::thread passer([&] {
    while (!is_over) {
      const auto passes = added(registry, "passing", shared(passing.pool));
      EXPECT_EQ(registry.find("passing"), passes.id());
    }
  });
  for (std::thread& worker : workers) {
    worker.join();
  }
  is_over = true;
  passer.join();
  EXPECT_EQ(refused, 0U);
  EXPECT_EQ(pool.pool.state().live_blocks, 0U);
}

} // namespace
} // namespace nebula::services
