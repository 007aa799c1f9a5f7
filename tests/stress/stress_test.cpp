// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <nebula/kernel.hpp>

#include "../unit/gtest.hpp"
#include "pool_worker.hpp"
#include "team.hpp"

// Threads of the machine on the shipped templates, with other threads let in before atomic operations, and with rules
// broken by several at a time. The race models search orders that this compiler and this processor may never bring
// about; here is what these do, under TSan too. What is checked is what every history must have: no block has two
// owners, of several frees of one allocation exactly one succeeds, and each refusal is told, counted and heard once.
namespace {

using namespace nebula;
using namespace nebula::stress;

constexpr unsigned thread_count = 4;
constexpr error_code refusals[] = {error_code::invalid_layout,     error_code::layout_unsupported,
                                   error_code::exhausted,          error_code::contended,
                                   error_code::null_pointer,       error_code::foreign_pointer,
                                   error_code::misaligned_pointer, error_code::double_free,
                                   error_code::layout_mismatch,    error_code::stale_handle};

template <class Atomics>
using inline_pool = basic_pool<Atomics, inline_block_storage<Atomics, 24, 8, 7, 3>>;

template <class Atomics>
class stressed_pool : public inline_pool<Atomics> {
public:
  explicit stressed_pool(fault_hook hook, check_level level = check_level::standard)
      : inline_pool<Atomics>(hook, level) {}
};

void expect_counted(const failure_counts& counted, const error_counts& told, const char* by) {
  for (const error_code code : refusals) {
    EXPECT_EQ(counted.of(code), told.of(code)) << by << ": " << name(code);
  }
}

/// The workers of all threads, through a cache each, through the pool, or both.
template <class Atomics>
void churn(check_level level, unsigned cached_threads, bool is_interrupted = true) {
  using pool_type = stressed_pool<Atomics>;
  using cache_type = basic_pool_cache<Atomics, typename pool_type::storage_type, 2>;
  error_counts told;
  for (std::uint64_t round = 0; round < rounds(10); ++round) {
    shared_log log;
    pool_type pool(log.hook(), level);
    board shared;
    std::vector<error_counts> told_by(thread_count);
    std::vector<std::uint64_t> allocated(thread_count);
    std::vector<std::uint64_t> freed(thread_count);
    std::vector<std::vector<block_handle>> off_the_board(thread_count);
    std::vector<const char*> wrong(thread_count);
    std::vector<char> is_counted(thread_count, 1);
    error_counts told_by_pool;
    const auto work = [&](auto& front, unsigned self) {
      pool_worker<std::remove_reference_t<decltype(front)>, inline_pool<Atomics>> worker(
          front, pool, shared, seed() * 1'000'003 + round * thread_count + self, self);
      worker.run(1500);
      told_by[self] = worker.told();
      allocated[self] = worker.allocated();
      freed[self] = worker.freed();
      off_the_board[self] = worker.freed_off_the_board();
      wrong[self] = worker.wrong();
    };
    run_together(thread_count, round, [&](unsigned self) {
      if (self < cached_threads) {
        cache_type cache(pool);
        work(cache, self);
        const failure_counts counted = cache.state().failures;
        for (const error_code code : refusals) {
          is_counted[self] = is_counted[self] != 0 && counted.of(code) == told_by[self].of(code) ? 1 : 0;
        }
        wrong[self] = cache.check_invariants().has_value() ? wrong[self] : "a cache's invariant is broken";
      } else {
        work(pool, self);
      }
    });
    std::uint64_t live = 0;
    std::set<std::pair<std::uint32_t, std::uint32_t>> once;
    error_counts told_by_all;
    for (unsigned self = 0; self < thread_count; ++self) {
      ASSERT_EQ(wrong[self], nullptr) << wrong[self] << ", thread " << self << ", round " << round;
      EXPECT_EQ(is_counted[self], 1) << "a cache has counted otherwise than its owner was told";
      live += allocated[self] - freed[self];
      for (const block_handle handle : off_the_board[self]) {
        ASSERT_TRUE(once.insert({handle.index, handle.generation}).second) << "an allocation was freed twice";
      }
      told_by_all.add(told_by[self]);
      if (self >= cached_threads) {
        told_by_pool.add(told_by[self]);
      }
    }
    ASSERT_EQ(pool.state().live_blocks, live);
    expect_counted(pool.state().failures, told_by_pool, "the pool");
    for (const error_code code : refusals) {
      EXPECT_EQ(log.of(code), is_misuse(code) ? told_by_all.of(code) : 0) << "the hook: " << name(code);
    }
    for (std::size_t place = 0; place < board::places; ++place) {
      const block_handle left = shared.look(place);
      live -= left.index < pool.block_count() && pool.deallocate(left).has_value() ? 1U : 0U;
    }
    ASSERT_EQ(live, 0U) << "a block that no one can name any more";
    const allocator_state rest = pool.state();
    EXPECT_EQ(rest.live_blocks, 0U);
    EXPECT_EQ(rest.cached_blocks, 0U);
    EXPECT_EQ(rest.used_bytes, 0U);
    ASSERT_TRUE(pool.check_invariants().has_value());
    ASSERT_FALSE(pool.is_corrupted());
    told.add(told_by_all);
  }
  for (const error_code code : refusals) { // what has not come up has not been tried
    const bool is_for_others_doing = code == error_code::exhausted || code == error_code::contended;
    if (code != error_code::double_free && (is_interrupted || !is_for_others_doing) &&
        !(code == error_code::contended && cached_threads == thread_count)) {
      EXPECT_GT(told.of(code), 0U) << name(code);
    }
  }
}

template <class Atomics>
class under : public testing::Test {};
using shipped = testing::Types<std_atomics, std_atomics_32>;
TYPED_TEST_SUITE(under, shipped);

// SR-POOL-003, SR-POOL-005, SR-POOL-009
TYPED_TEST(under, yields_a_pool_keeps_its_promises_to_right_and_wrong_callers) {
  churn<yielding<TypeParam>>(check_level::standard, 0);
}
TYPED_TEST(under, yields_a_paranoid_pool_keeps_them) { churn<yielding<TypeParam>>(check_level::paranoid, 0); }
// SR-CACHE-002
TYPED_TEST(under, yields_caches_keep_them) {
  churn<yielding<TypeParam>>(check_level::standard, 3);
  churn<yielding<TypeParam>>(check_level::paranoid, 2);
}
TYPED_TEST(under, no_yields_they_are_kept_too) {
  churn<TypeParam>(check_level::standard, 0, false);
  churn<TypeParam>(check_level::standard, 3, false);
}

// SR-POOL-005: all free the same blocks by address, some through caches; no one allocates meanwhile.
TYPED_TEST(under, yields_of_several_frees_by_address_one_succeeds) {
  using atomics = yielding<TypeParam>;
  using pool_type = stressed_pool<atomics>;
  using cache_type = basic_pool_cache<atomics, typename pool_type::storage_type, 2>;
  shared_log log;
  pool_type pool(log.hook());
  std::size_t refused = 0;
  for (std::uint64_t round = 0; round < rounds(100); ++round) {
    std::vector<std::byte*> blocks;
    for (std::uint32_t index = 0; index < pool.block_count(); ++index) {
      blocks.push_back(pool.allocate(pool.block_layout()).value());
    }
    ASSERT_EQ(pool.state().peak_bytes, pool.state().capacity_bytes);
    std::vector<error_counts> told(thread_count);
    run_together(thread_count, round, [&](unsigned self) {
      std::vector<std::byte*> mine = blocks;
      std::rotate(mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>((self + round) % mine.size()), mine.end());
      if (self % 2 == 0) {
        cache_type cache(pool);
        for (std::byte* const block : mine) {
          told[self].add(cache.deallocate(block).code());
        }
      } else {
        for (std::byte* const block : mine) {
          told[self].add(pool.deallocate(block, pool.block_layout()).code());
        }
      }
    });
    error_counts all;
    for (const error_counts& each : told) {
      all.add(each);
    }
    ASSERT_EQ(all.of(error_code::none), blocks.size()) << "round " << round;
    ASSERT_EQ(all.of(error_code::double_free), blocks.size() * (thread_count - 1)) << "round " << round;
    refused += all.of(error_code::double_free);
    ASSERT_EQ(log.of(error_code::double_free), refused);
    ASSERT_EQ(pool.state().live_blocks, 0U);
    ASSERT_TRUE(pool.check_invariants().has_value());
  }
}

// SR-POOL-003: to the last block, and the peak is what all had together.
TYPED_TEST(under, yields_all_blocks_are_had_and_the_peak_is_exact) {
  for (std::uint64_t round = 0; round < rounds(100); ++round) {
    stressed_pool<yielding<TypeParam>> pool(fault_hook{});
    std::vector<std::vector<std::byte*>> taken(thread_count);
    run_together(thread_count, round, [&](unsigned self) {
      for (;;) {
        const result<std::byte*> block = pool.allocate(pool.block_layout());
        if (!block.has_value()) {
          return;
        }
        taken[self].push_back(block.value());
      }
    });
    std::set<std::byte*> distinct;
    for (const std::vector<std::byte*>& each : taken) {
      distinct.insert(each.begin(), each.end());
    }
    ASSERT_EQ(distinct.size(), pool.block_count()) << "round " << round;
    ASSERT_EQ(pool.state().peak_bytes, pool.state().capacity_bytes) << "round " << round;
    ASSERT_EQ(pool.state().failures.of(error_code::exhausted), thread_count);
    ASSERT_TRUE(pool.check_invariants().has_value());
  }
}

// SR-SEG-002
TYPED_TEST(under, yields_a_segregated_allocator_shares_no_block) {
  constexpr size_class classes[] = {{16, 8, 3}, {40, 8, 2}, {96, 16, 2}};
  for (std::uint64_t round = 0; round < rounds(10); ++round) {
    shared_log log;
    alignas(64) static std::byte bytes[4096];
    basic_segregated<yielding<TypeParam>> allocator(
        basic_segregated_config<yielding<TypeParam>>{{bytes, sizeof bytes}, classes, 3, 2, log.hook()}
            .validate()
            .value());
    std::vector<error_counts> told(thread_count);
    std::vector<std::size_t> wrong(thread_count);
    run_together(thread_count, round, [&](unsigned self) {
      std::mt19937_64 random(seed() + round * thread_count + self);
      struct block {
        std::byte* bytes;
        layout size;
      };
      std::vector<block> held;
      const auto give_back = [&] {
        const block given = held.back();
        held.pop_back();
        for (std::size_t at = 0; at < given.size.size; ++at) {
          wrong[self] += given.bytes[at] == std::byte(self + 1) ? 0U : 1U;
        }
        wrong[self] +=
            allocator.deallocate(given.bytes + 1, given.size).code() == error_code::misaligned_pointer ? 0U : 1U;
        told[self].add(error_code::misaligned_pointer);
        wrong[self] += allocator.deallocate(given.bytes, given.size).has_value() ? 0U : 1U;
      };
      for (int step = 0; step < 1000; ++step) {
        if (held.size() == 2 || (!held.empty() && random() % 2 == 0)) {
          give_back();
          continue;
        }
        const layout wanted{1 + random() % 96, 8};
        const result<std::byte*> taken = allocator.allocate(wanted);
        if (!taken.has_value()) {
          told[self].add(taken.code());
          wrong[self] += taken.code() == error_code::exhausted ? 0U : 1U;
          continue;
        }
        for (std::size_t at = 0; at < wanted.size; ++at) {
          taken.value()[at] = std::byte(self + 1);
        }
        held.push_back({taken.value(), wanted});
      }
      while (!held.empty()) {
        give_back();
      }
    });
    error_counts all;
    for (unsigned self = 0; self < thread_count; ++self) {
      ASSERT_EQ(wrong[self], 0U) << "thread " << self << ", round " << round;
      all.add(told[self]);
    }
    const allocator_state rest = allocator.state();
    expect_counted(rest.failures, all, "the allocator");
    EXPECT_EQ(log.of(error_code::misaligned_pointer), all.of(error_code::misaligned_pointer));
    ASSERT_EQ(rest.used_bytes, 0U);
    ASSERT_LE(rest.peak_bytes, rest.capacity_bytes);
    ASSERT_TRUE(allocator.check_invariants().has_value());
  }
}

template <class Atomics, std::size_t Bytes>
class stressed_bump : public basic_shared_bump<Atomics, inline_byte_storage<Bytes>> {
public:
  explicit stressed_bump(fault_hook hook) : basic_shared_bump<Atomics, inline_byte_storage<Bytes>>(hook) {}
};

// SR-SBUMP-001, SR-SBUMP-003
TEST(under_yields, blocks_of_a_shared_bump_allocator_are_disjoint) {
  struct block {
    std::byte* first;
    std::size_t size;
  };
  for (std::uint64_t round = 0; round < rounds(50); ++round) {
    shared_log log;
    const auto bump = std::make_unique<stressed_bump<yielding<std_atomics>, 4096>>(log.hook());
    std::vector<std::vector<block>> blocks(thread_count);
    std::vector<error_counts> told(thread_count);
    std::vector<std::size_t> wrong(thread_count);
    run_together(thread_count, round, [&](unsigned self) {
      std::mt19937_64 random(seed() + round * thread_count + self);
      for (;;) {
        const layout wanted{1 + random() % 100, std::size_t{1} << (random() % 5)};
        const bool is_bounded = random() % 4 == 0;
        const result<std::byte*> taken = is_bounded ? bump->try_allocate(wanted, 0) : bump->allocate(wanted);
        if (taken.has_value()) {
          for (std::size_t at = 0; at < wanted.size; ++at) {
            taken.value()[at] = std::byte(self + 1); // a data race iff another has these bytes
          }
          blocks[self].push_back({taken.value(), wanted.size});
        } else {
          told[self].add(taken.code());
          wrong[self] +=
              taken.code() == error_code::exhausted || (is_bounded && taken.code() == error_code::contended) ? 0U : 1U;
          if (taken.code() == error_code::exhausted) {
            return;
          }
        }
        std::byte stranger{};
        const result<void> foreign = bump->deallocate(&stranger, {1, 1});
        told[self].add(foreign.code());
        wrong[self] += foreign.code() == error_code::foreign_pointer ? 0U : 1U;
      }
    });
    std::vector<block> all;
    error_counts told_by_all;
    for (unsigned self = 0; self < thread_count; ++self) {
      ASSERT_EQ(wrong[self], 0U);
      told_by_all.add(told[self]);
      all.insert(all.end(), blocks[self].begin(), blocks[self].end());
    }
    std::sort(all.begin(), all.end(), [](const block& left, const block& right) { return left.first < right.first; });
    for (std::size_t index = 1; index < all.size(); ++index) {
      ASSERT_LE(all[index - 1].first + all[index - 1].size, all[index].first) << "blocks overlap, round " << round;
    }
    ASSERT_EQ(bump->state().live_blocks, all.size());
    expect_counted(bump->state().failures, told_by_all, "the allocator");
    EXPECT_EQ(log.of(error_code::foreign_pointer), told_by_all.of(error_code::foreign_pointer));
    ASSERT_TRUE(bump->check_invariants().has_value());
  }
}

// SR-BUDGET-002, SR-BUDGET-004: two children with more than their parent has; everyone also asks for too much back.
TEST(under_yields, a_budget_is_over_its_limit_at_no_level_and_releases_once) {
  using budget_type = basic_budget<yielding<std_atomics>>;
  using config_type = basic_budget_config<yielding<std_atomics>>;
  constexpr std::size_t limits[] = {1000, 700, 600};
  for (std::uint64_t round = 0; round < rounds(10); ++round) {
    shared_log log;
    budget_type root(config_type{limits[0], 0, nullptr, 70, 90, log.hook()}.validate().value());
    budget_type left(config_type{limits[1], 0, &root, 70, 90, log.hook()}.validate().value());
    budget_type right(config_type{limits[2], 0, &root, 70, 90, log.hook()}.validate().value());
    budget_type* const levels[] = {&root, &left, &right};
    std::vector<std::array<std::size_t, 3>> refused(thread_count);
    std::vector<std::array<std::size_t, 3>> over_released(thread_count);
    std::vector<std::size_t> wrong(thread_count);
    run_together(thread_count, round, [&](unsigned self) {
      std::mt19937_64 random(seed() + round * thread_count + self);
      std::array<std::size_t, 3> mine{};
      for (int step = 0; step < 800; ++step) {
        const std::size_t at = random() % 3;
        const std::size_t bytes = 1 + random() % 300;
        switch (random() % 4) {
        case 0:
        case 1: {
          const result<void> outcome = levels[at]->reserve(bytes);
          mine[at] += outcome.has_value() ? bytes : 0;
          refused[self][at] += outcome.has_value() ? 0U : 1U;
          wrong[self] += outcome.has_value() || outcome.code() == error_code::over_budget ? 0U : 1U;
          break;
        }
        case 2: {
          const std::size_t some = mine[at] < bytes ? mine[at] : bytes;
          wrong[self] += some == 0 || levels[at]->release(some).has_value() ? 0U : 1U;
          mine[at] -= some;
          break;
        }
        default:
          wrong[self] += levels[at]->release(limits[at] + 1).code() == error_code::over_release ? 0U : 1U;
          over_released[self][at] += 1;
          break;
        }
        wrong[self] += levels[at]->state().used_bytes <= limits[at] ? 0U : 1U;
      }
      for (std::size_t at = 0; at < 3; ++at) {
        wrong[self] += mine[at] == 0 || levels[at]->release(mine[at]).has_value() ? 0U : 1U;
      }
    });
    std::size_t over_released_in_all = 0;
    for (std::size_t at = 0; at < 3; ++at) {
      std::size_t refused_here = 0;
      std::size_t over_released_here = 0;
      for (unsigned self = 0; self < thread_count; ++self) {
        refused_here += refused[self][at];
        over_released_here += over_released[self][at];
      }
      const budget_state rest = levels[at]->state();
      ASSERT_EQ(rest.used_bytes, 0U) << "level " << at << ", round " << round;
      ASSERT_EQ(rest.own_bytes, 0U);
      ASSERT_LE(rest.peak_bytes, limits[at]);
      ASSERT_GT(rest.peak_bytes, 0U);
      EXPECT_EQ(rest.failures.of(error_code::over_budget), refused_here);
      EXPECT_EQ(rest.failures.of(error_code::over_release), over_released_here);
      ASSERT_TRUE(levels[at]->check_invariants().has_value());
      over_released_in_all += over_released_here;
    }
    for (unsigned self = 0; self < thread_count; ++self) {
      ASSERT_EQ(wrong[self], 0U) << "thread " << self << ", round " << round;
    }
    EXPECT_EQ(log.of(error_code::over_release), over_released_in_all);
  }
}

// SR-BUDGET-004: what is reserved once is released once, however many try.
TEST(under_yields, of_several_releases_of_the_same_bytes_one_succeeds) {
  using config_type = basic_budget_config<yielding<std_atomics>>;
  for (std::uint64_t round = 0; round < rounds(100); ++round) {
    shared_log log;
    basic_budget<yielding<std_atomics>> root(config_type{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
    ASSERT_TRUE(root.reserve(60).has_value());
    std::vector<error_counts> told(thread_count);
    run_together(thread_count, round, [&](unsigned self) { told[self].add(root.release(60).code()); });
    error_counts all;
    for (const error_counts& each : told) {
      all.add(each);
    }
    ASSERT_EQ(all.of(error_code::none), 1U) << "round " << round;
    ASSERT_EQ(all.of(error_code::over_release), thread_count - 1);
    ASSERT_EQ(log.of(error_code::over_release), thread_count - 1);
    ASSERT_EQ(root.state().used_bytes, 0U);
  }
}

// SR-FAULT-002: lent bytes that a stray write has gone through, which several threads come upon at a time.
TEST(under_yields, corruption_is_reported_once_and_ends_every_call) {
  using atomics = yielding<std_atomics>;
  using pool_type = basic_pool<atomics, span_block_storage<atomics>>;
  class lent final : public pool_type {
  public:
    explicit lent(const basic_pool_plan<atomics>& plan) : pool_type(plan) {}
  };
  for (std::uint64_t round = 0; round < rounds(100); ++round) {
    shared_log log;
    alignas(64) std::byte bytes[1024] = {};
    lent pool(basic_pool_config<atomics>{{bytes, sizeof bytes}, 32, 16, 6, log.hook()}.validate().value());
    for (std::byte* at = bytes; at != pool.block_bytes().data; ++at) {
      *at = std::byte{0xFF};
    }
    std::vector<error_counts> told(thread_count);
    std::vector<std::size_t> after(thread_count);
    run_together(thread_count, round, [&](unsigned self) {
      bool is_told = false;
      for (int step = 0; step < 4; ++step) {
        const error_code code = pool.allocate({32, 16}).code();
        told[self].add(code);
        after[self] += is_told && code != error_code::corrupted ? 1U : 0U;
        is_told = is_told || code == error_code::corrupted;
      }
    });
    error_counts all;
    for (unsigned self = 0; self < thread_count; ++self) {
      ASSERT_EQ(after[self], 0U) << "a call went on after corruption";
      all.add(told[self]);
    }
    ASSERT_EQ(all.of(error_code::none), 0U) << "a block out of damaged records";
    ASSERT_EQ(all.of(error_code::corrupted), thread_count * 4U);
    ASSERT_EQ(log.of(error_code::corrupted), 1U) << "round " << round;
    ASSERT_EQ(pool.state().failures.of(error_code::corrupted), thread_count * 4U);
  }
}

} // namespace
