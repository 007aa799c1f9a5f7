// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <random>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <nebula/construct/memory_resource.hpp>
#include <nebula/verify/stray_write.hpp>
#include "ledger.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

static_assert(!std::is_constructible_v<resource<static_bump<64>>, static_bump<64>&>,
              "what a refusal does has no default");

/// Counts what it gives and takes back.
class counting_resource : public std::pmr::memory_resource {
public:
  [[nodiscard]] std::size_t given() const { return given_; }
  [[nodiscard]] std::size_t live() const { return given_ - taken_; }

private:
  void* do_allocate(std::size_t bytes, std::size_t align) override {
    ++given_;
    return std::pmr::new_delete_resource()->allocate(bytes, align);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t align) override {
    ++taken_;
    std::pmr::new_delete_resource()->deallocate(block, bytes, align);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::size_t given_ = 0;
  std::size_t taken_ = 0;
};

// SR-CONS-015
TEST(resource, serves_bytes_at_the_alignment_asked_for) {
  static static_bump<16384> memory;
  resource<decltype(memory)> blocks(memory, on_refusal::throw_bad_alloc);
  for (std::size_t align = 1; align <= 4096; align *= 2) {
    void* const block = blocks.allocate(3, align);
    EXPECT_TRUE(is_aligned(static_cast<std::byte*>(block), align));
    EXPECT_TRUE(memory.owns(static_cast<std::byte*>(block)));
  }
}

// SR-CONS-015
TEST(resource, throws_when_it_was_made_to_throw) {
  static_bump<64> memory;
  resource<static_bump<64>> blocks(memory, on_refusal::throw_bad_alloc);
  EXPECT_THROW(static_cast<void>(blocks.allocate(65, 1)), std::bad_alloc);
  EXPECT_EQ(memory.state().used_bytes, 0U);
}

void exhaust_a_resource_that_ends_the_program() {
  static_bump<64> memory;
  resource<static_bump<64>> blocks(memory, on_refusal::terminate);
  static_cast<void>(blocks.allocate(64, 1));
  static_cast<void>(blocks.allocate(1, 1));
}
// SR-CONS-015
TEST(resource_death_test, ends_the_program_when_it_was_made_to) {
  EXPECT_DEATH(exhaust_a_resource_that_ends_the_program(), "");
}

// SR-CONS-015
TEST(resource, asks_the_upstream_for_what_is_refused_and_gives_each_block_back_where_it_came_from) {
  fault_log log;
  counting_resource upstream;
  static_pool<block_of_48, 2> memory(log.hook());
  resource<decltype(memory)> blocks(memory, upstream);
  std::vector<void*> held;
  for (int each = 0; each < 5; ++each) {
    held.push_back(blocks.allocate(40, 8));
  }
  void* const wide = blocks.allocate(100, 64);
  EXPECT_EQ(memory.state().live_blocks, 2U);
  EXPECT_EQ(upstream.live(), 4U);
  for (void* const each : held) {
    blocks.deallocate(each, 40, 8);
  }
  blocks.deallocate(wide, 100, 64);
  EXPECT_EQ(memory.state().live_blocks, 0U);
  EXPECT_EQ(upstream.live(), 0U);
  EXPECT_EQ(log.count(), 0U);
}

// SR-CONS-015
TEST(resource, a_request_of_no_bytes_is_one_of_a_byte) {
  static_bump<64> memory;
  resource<static_bump<64>> blocks(memory, on_refusal::throw_bad_alloc);
  void* const block = blocks.allocate(0, 1);
  EXPECT_NE(block, nullptr);
  EXPECT_EQ(memory.state().used_bytes, 1U);
  blocks.deallocate(block, 0, 1);
  EXPECT_EQ(memory.state().used_bytes, 0U);
}

// SR-CONS-015
TEST(resource, a_wrong_deallocate_is_heard_of_and_changes_nothing) {
  fault_log log;
  static_pool<block_of_48, 2> memory(log.hook());
  resource<decltype(memory)> blocks(memory, on_refusal::throw_bad_alloc);
  void* const block = blocks.allocate(8, 8);
  blocks.deallocate(block, 8, 8);
  blocks.deallocate(block, 8, 8);
  ASSERT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().what.code, error_code::double_free);
  EXPECT_TRUE(succeeded(memory.check_invariants()));
}

// SR-CONS-015
TEST(resource, does_not_lose_a_block_to_a_stray_write) {
  fault_log log;
  paranoid<static_bump<256>> memory(log.hook());
  resource<paranoid<static_bump<256>>> blocks(memory, on_refusal::throw_bad_alloc);
  auto* const block = static_cast<std::byte*>(blocks.allocate(8, 8));
  nebula::verify::write_astray(block + 100);
  blocks.deallocate(block, 8, 8);
  EXPECT_EQ(memory.state().live_blocks, 0U);
  EXPECT_EQ(log.count(), 1U);
}

TEST(resource, is_equal_to_itself_only) {
  static_bump<64> memory;
  const resource<static_bump<64>> one(memory, on_refusal::throw_bad_alloc);
  const resource<static_bump<64>> other(memory, on_refusal::throw_bad_alloc);
  EXPECT_TRUE(one.is_equal(one));
  EXPECT_FALSE(one.is_equal(other));
}

// SR-CONS-015
TEST(resource, maps_and_vectors_live_under_churn) {
  constexpr size_class classes[] = {{32, 16, 64}, {128, 16, 32}, {1024, 16, 8}};
  static storage<65536> room;
  fault_log log;
  counting_resource upstream;
  segregated_allocator memory(segregated_config{room.span(), classes, 3, 2, log.hook()}.validate().value());
  resource<segregated_allocator> blocks(memory, upstream);
  std::mt19937 random(20261120);
  {
    std::pmr::unordered_map<int, std::pmr::vector<int>> held(&blocks);
    std::unordered_map<int, std::vector<int>> oracle;
    for (int step = 0; step < 20000; ++step) {
      const int key = static_cast<int>(random() % 100);
      if (random() % 3 == 0) {
        held.erase(key);
        oracle.erase(key);
      } else {
        held[key].push_back(step);
        oracle[key].push_back(step);
      }
    }
    ASSERT_EQ(held.size(), oracle.size());
    for (const auto& [key, values] : oracle) {
      const auto place = held.find(key);
      ASSERT_NE(place, held.end());
      EXPECT_EQ(place->second.get_allocator().resource(), &blocks);
      EXPECT_TRUE(std::equal(values.begin(), values.end(), place->second.begin(), place->second.end()));
    }
    EXPECT_GT(memory.state().live_blocks, 0U);
  }
  EXPECT_GT(upstream.given(), 0U) << "or the fallback was not needed";
  EXPECT_EQ(upstream.live(), 0U);
  EXPECT_EQ(memory.state().live_blocks, 0U);
  EXPECT_EQ(log.count(), 0U);
  EXPECT_TRUE(succeeded(memory.check_invariants()));
}

} // namespace
