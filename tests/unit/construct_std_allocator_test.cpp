// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nebula/construct/std_allocator.hpp>
#include <nebula/verify/stray_write.hpp>
#include "ledger.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

using classes_allocator = local_segregated_allocator;
constexpr size_class classes[] = {{32, 16, 256}, {64, 16, 512}, {256, 16, 128}, {1024, 16, 64}, {16384, 16, 8}};

/// Blocks of all the sizes that a container of some thousand bytes asks for.
class general {
public:
  [[nodiscard]] classes_allocator& allocator() { return allocator_; }
  [[nodiscard]] const fault_log& log() const { return log_; }

private:
  fault_log log_{};
  storage<524288> storage_{};
  classes_allocator allocator_{local_segregated_config{storage_.span(), classes, 5, 4, log_.hook()}.validate().value()};
};

template <class T>
using from_classes = std_allocator<T, classes_allocator>;
using traits = std::allocator_traits<from_classes<int>>;
static_assert(traits::propagate_on_container_move_assignment::value && traits::propagate_on_container_swap::value &&
              !traits::propagate_on_container_copy_assignment::value && !traits::is_always_equal::value);
static_assert(std::is_same_v<traits::rebind_alloc<double>, from_classes<double>>);
static_assert(std::is_nothrow_copy_constructible_v<from_classes<int>>);
static_assert(!std::is_convertible_v<classes_allocator&, from_classes<int>>);

// SR-CONS-014
TEST(std_allocator, is_equal_iff_it_names_the_same_allocator) {
  general one;
  general other;
  const from_classes<int> numbers(one.allocator());
  const from_classes<double> rebound(numbers);
  EXPECT_TRUE(numbers == rebound);
  EXPECT_FALSE(numbers != rebound);
  EXPECT_TRUE(numbers != from_classes<int>(other.allocator()));
  EXPECT_EQ(&rebound.target(), &one.allocator());
}

// SR-CONS-014
TEST(std_allocator, a_refusal_is_bad_alloc_and_the_allocator_is_as_before) {
  static_bump<256> memory;
  std_allocator<int, static_bump<256>> numbers(memory);
  EXPECT_THROW(static_cast<void>(numbers.allocate(1000)), std::bad_alloc);
  EXPECT_EQ(memory.state().used_bytes, 0U);
  int* const room = numbers.allocate(64);
  EXPECT_THROW(static_cast<void>(numbers.allocate(1)), std::bad_alloc);
  numbers.deallocate(room, 64);
  EXPECT_EQ(memory.state().used_bytes, 0U);
}

// SR-CONS-014
TEST(std_allocator, a_count_beyond_all_memory_is_bad_array_new_length) {
  static_bump<256> memory;
  std_allocator<int, static_bump<256>> numbers(memory);
  EXPECT_THROW(static_cast<void>(numbers.allocate(numbers.max_size() + 1)), std::bad_array_new_length);
  EXPECT_THROW(static_cast<void>(numbers.allocate(static_cast<std::size_t>(-1))), std::bad_array_new_length);
  try {
    static_cast<void>(numbers.allocate(numbers.max_size()));
    FAIL() << "it fits";
  } catch (const std::bad_array_new_length&) {
    FAIL() << "it can be expressed";
  } catch (const std::bad_alloc&) {
    EXPECT_EQ(memory.state().failures.of(error_code::layout_unsupported), 1U);
  }
  EXPECT_EQ(numbers.allocate(0), nullptr);
  numbers.deallocate(nullptr, 0);
  EXPECT_EQ(memory.state().failures.total(), 1U);
}

// SR-CONS-014
TEST(std_allocator, a_wrong_deallocate_is_heard_of_and_changes_nothing) {
  general memory;
  from_classes<int> numbers(memory.allocator());
  int* const room = numbers.allocate(4);
  numbers.deallocate(room, 4);
  numbers.deallocate(room, 4);
  EXPECT_EQ(memory.log().count(), 1U);
  EXPECT_EQ(memory.log().last().what.code, error_code::double_free);
  EXPECT_TRUE(succeeded(memory.allocator().check_invariants()));
}

// SR-CONS-014
TEST(std_allocator, vectors_maps_strings_and_sets_live_under_churn) {
  using text = std::basic_string<char, std::char_traits<char>, from_classes<char>>;
  using numbers = std::vector<int, from_classes<int>>;
  using table = std::map<int, numbers, std::less<>, from_classes<std::pair<const int, numbers>>>;
  general memory;
  std::mt19937 random(20261120);
  const auto below = [&](unsigned beyond) { return static_cast<int>(random() % beyond); };
  {
    table held{from_classes<std::pair<const int, numbers>>(memory.allocator())};
    std::map<int, std::vector<int>> oracle;
    text line{from_classes<char>(memory.allocator())};
    std::string line_oracle;
    for (int step = 0; step < 20000; ++step) {
      const int key = below(60);
      switch (below(4)) {
      case 0:
        held.erase(key);
        oracle.erase(key);
        break;
      case 1:
        line.append(static_cast<std::size_t>(below(40)), static_cast<char>('a' + key % 26));
        line_oracle.append(line.size() - line_oracle.size(), static_cast<char>('a' + key % 26));
        break;
      case 2:
        line.resize(line.size() / 4);
        line.shrink_to_fit();
        line_oracle.resize(line_oracle.size() / 4);
        break;
      default: {
        const auto place = held.try_emplace(key, from_classes<int>(memory.allocator())).first;
        if (place->second.size() < 60) {
          place->second.push_back(step);
          oracle[key].push_back(step);
        }
      }
      }
      if (line.size() > 3000) {
        line.clear();
        line.shrink_to_fit();
        line_oracle.clear();
      }
    }
    ASSERT_EQ(held.size(), oracle.size());
    for (const auto& [key, values] : oracle) {
      const auto place = held.find(key);
      ASSERT_NE(place, held.end());
      EXPECT_TRUE(std::equal(values.begin(), values.end(), place->second.begin(), place->second.end()));
    }
    EXPECT_EQ(std::string(line.begin(), line.end()), line_oracle);
    EXPECT_GT(memory.allocator().state().live_blocks, held.size());
  }
  EXPECT_EQ(memory.allocator().state().live_blocks, 0U);
  EXPECT_EQ(memory.log().count(), 0U);
  EXPECT_TRUE(succeeded(memory.allocator().check_invariants()));
}

// SR-CONS-014
TEST(std_allocator, a_list_lives_in_a_pool_of_its_nodes) {
  struct node_sized {
    void* links[2];
    long value;
  };
  static static_local_pool<node_sized, 64> pool;
  using list = std::list<long, std_allocator<long, decltype(pool)>>;
  std::mt19937 random(20261120);
  {
    list numbers{std_allocator<long, decltype(pool)>(pool)};
    std::list<long> oracle;
    for (long step = 0; step < 20000; ++step) {
      if (random() % 2 == 0 && numbers.size() < 64) {
        numbers.push_back(step);
        oracle.push_back(step);
      } else if (!numbers.empty()) {
        const auto skipped = static_cast<std::ptrdiff_t>(random() % numbers.size());
        numbers.erase(std::next(numbers.begin(), skipped));
        oracle.erase(std::next(oracle.begin(), skipped));
      }
      ASSERT_EQ(pool.state().live_blocks, numbers.size());
    }
    EXPECT_TRUE(std::equal(numbers.begin(), numbers.end(), oracle.begin(), oracle.end()));
    while (numbers.size() < 64) {
      numbers.push_back(0);
    }
    EXPECT_THROW(numbers.push_back(0), std::bad_alloc);
    EXPECT_EQ(numbers.size(), 64U);
  }
  EXPECT_EQ(pool.state().live_blocks, 0U);
  EXPECT_TRUE(succeeded(pool.check_invariants()));
}

// SR-CONS-014
TEST(std_allocator, moved_swapped_and_assigned_containers_free_where_they_took) {
  general one;
  general other;
  using numbers = std::vector<int, from_classes<int>>;
  {
    numbers first(10, 1, from_classes<int>(one.allocator()));
    numbers second(20, 2, from_classes<int>(other.allocator()));
    swap(first, second);
    EXPECT_EQ(&first.get_allocator().target(), &other.allocator());
    first = second;
    EXPECT_EQ(&first.get_allocator().target(), &other.allocator()) << "a copy leaves the memory where it was";
    EXPECT_EQ(first, second);
    const int* const place = second.data();
    first = std::move(second);
    EXPECT_EQ(first.data(), place) << "a move takes it along";
    EXPECT_EQ(&first.get_allocator().target(), &one.allocator());
  }
  EXPECT_EQ(one.allocator().state().live_blocks, 0U);
  EXPECT_EQ(other.allocator().state().live_blocks, 0U);
  EXPECT_EQ(one.log().count() + other.log().count(), 0U);
}

TEST(std_allocator, an_element_that_throws_leaves_no_memory_behind) {
  ledger book;
  general memory;
  using objects = std::list<tracked<>, from_classes<tracked<>>>;
  {
    objects held{from_classes<tracked<>>(memory.allocator())};
    held.emplace_back(1);
    book.fail_after(0);
    EXPECT_THROW(held.emplace_back(2), planned_failure);
    EXPECT_EQ(held.size(), 1U);
    EXPECT_EQ(memory.allocator().state().live_blocks, 1U);
  }
  EXPECT_EQ(memory.allocator().state().live_blocks, 0U);
  EXPECT_EQ(book.wrong(), 0U);
}

// SR-CONS-014
TEST(std_allocator, a_container_does_not_lose_a_block_to_a_stray_write) {
  fault_log log;
  static paranoid<static_local_pool<block_of_48, 4>> pool(log.hook());
  {
    std::list<int, std_allocator<int, decltype(pool)>> numbers{std_allocator<int, decltype(pool)>(pool)};
    numbers.push_back(1);
    nebula::verify::write_astray(pool.block_bytes().data + 3 * pool.stride_bytes() + 5);
    numbers.push_back(2);
    EXPECT_EQ(log.count(), 1U);
    nebula::verify::write_astray(pool.block_bytes().data + 3 * pool.stride_bytes() + 6);
    numbers.clear();
    EXPECT_EQ(log.count(), 2U);
  }
  EXPECT_EQ(pool.state().live_blocks, 0U);
}

TEST(std_allocator, a_bump_keeps_what_a_vector_outgrows_and_nobody_complains) {
  fault_log log;
  static_bump<8192> memory(log.hook());
  std::vector<int, std_allocator<int, static_bump<8192>>> numbers{std_allocator<int, static_bump<8192>>(memory)};
  for (int each = 0; each < 500; ++each) {
    numbers.push_back(each);
  }
  EXPECT_EQ(numbers[499], 499);
  EXPECT_EQ(log.count(), 0U);
  EXPECT_GT(memory.state().failures.of(error_code::not_last_block), 0U);
}

} // namespace
