// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <map>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include <nebula/services/compression/compressed_store.hpp>
#include "../../unit/gtest.hpp"
#include "compression_rig.hpp"

namespace nebula {

/// The way into the kernel's pools that they grant the tests.
struct metadata_access {
  static void latch(local_pool_allocator& pool) { pool.latch_.store(0xF0, memory_order::relaxed); }
};

} // namespace nebula

namespace nebula::services {
namespace {

using access = compressed_store_access;
using code = compression_failure_code;
using test::bytes;
using test::compression_rig;
using test::random_bytes;
using test::repeated;

// [SR-COMPRESS-002]
TEST(compressed_store_values, come_back_as_they_were_put) {
  compression_rig store;
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U, 4096U}) {
    for (const bytes& value : {repeated(size), random_bytes(size), bytes(size)}) {
      const auto handle = store->put(value);
      ASSERT_TRUE(handle) << size;
      EXPECT_EQ(store.get(handle.value()), value);
      EXPECT_EQ(store->size_of(handle.value()).value(), size);
      ASSERT_TRUE(store->erase(handle.value()));
      EXPECT_EQ(store->statistics().blocks_used, 0U);
    }
  }
  EXPECT_TRUE(store->check_invariants());
  EXPECT_TRUE(store.guards_are_whole());
}

// [SR-COMPRESS-002]
TEST(compressed_store_values, are_compressed_iff_that_saves_a_block) {
  compression_rig store;
  const auto is_compressed = [&](const bytes& value) {
    const compressed_handle handle = store->put(value).value();
    const bool answer = access::is_compressed(*store, handle);
    EXPECT_TRUE(store->erase(handle));
    return answer;
  };
  EXPECT_FALSE(is_compressed(repeated(127))); // below the threshold
  EXPECT_TRUE(is_compressed(repeated(128)));
  EXPECT_FALSE(is_compressed(random_bytes(4096)));
  bytes nearly = random_bytes(640); // compresses by less than a block
  for (std::size_t index = 0; index < 40; ++index) {
    nearly[600 + index] = std::byte{0};
  }
  EXPECT_FALSE(is_compressed(nearly));
  const compression_statistics seen = store->statistics();
  EXPECT_EQ(seen.puts, 4U);
  EXPECT_EQ(seen.kept_below_threshold, 1U);
  EXPECT_EQ(seen.kept_incompressible, 2U);
  EXPECT_EQ(seen.compressed_bytes, 128U + 4096U + 640U);
}

// [SR-COMPRESS-001] Whatever was put and erased before, a value is taken iff there are as many free blocks as it takes.
TEST(compressed_store_that_is_full, refuses_and_loses_nothing) {
  compression_rig store;
  std::vector<compressed_handle> kept;
  for (int value = 0; value < 7; ++value) {
    kept.push_back(store->put(random_bytes(576, static_cast<std::uint64_t>(value))).value()); // nine blocks each
  }
  const auto refused = store->put(random_bytes(65));
  EXPECT_EQ(refused.failure().code, code::full);
  EXPECT_EQ(refused.failure().value, 2U);
  EXPECT_EQ(refused.failure().highest, 1U);
  EXPECT_TRUE(store->put(random_bytes(64)));
  EXPECT_EQ(store->put(bytes(1)).failure().code, code::too_many_values);
  EXPECT_EQ(store->put(bytes(1)).failure().highest, 8U);
  const auto large = store->put(bytes(4097));
  EXPECT_EQ(large.failure().code, code::too_large);
  EXPECT_EQ(large.failure().value, 4097U);
  EXPECT_EQ(large.failure().highest, 4096U);
  for (int value = 0; value < 7; ++value) {
    EXPECT_EQ(store.get(kept[static_cast<std::size_t>(value)]), random_bytes(576, static_cast<std::uint64_t>(value)));
  }
  ASSERT_TRUE(store->erase(kept[1]));
  ASSERT_TRUE(store->erase(kept[5]));
  EXPECT_TRUE(store->put(random_bytes(1152))); // the eighteen blocks lie in two places
  EXPECT_EQ(store->statistics().refusals, 4U);
  EXPECT_TRUE(store.misuses.empty());
}

// [SR-COMPRESS-002]
TEST(compressed_store_handles, that_are_stale_or_foreign_are_told) {
  compression_rig store;
  const compressed_handle old = store->put(repeated(500)).value();
  ASSERT_TRUE(store->erase(old));
  const compressed_handle present = store->put(repeated(300)).value();
  EXPECT_EQ(present.index, old.index); // in the same place
  bytes buffer(4096);
  for (const auto& outcome : {store->get(old, buffer).failure(), store->pin(old).failure(),
                              store->size_of(old).failure(), store->erase(old).failure()}) {
    EXPECT_EQ(outcome.code, code::unknown_handle);
    EXPECT_EQ(outcome.kernel.code, error_code::stale_handle);
    EXPECT_EQ(outcome.handle, old);
  }
  EXPECT_EQ(store->get(compressed_handle{}, buffer).failure().kernel.code, error_code::foreign_pointer);
  EXPECT_EQ(store->get({7, 0}, buffer).failure().code, code::unknown_handle); // never put
  EXPECT_EQ(store.misuses.size(), 6U);
  EXPECT_EQ(store.get(present), repeated(300));
}

// [SR-COMPRESS-003]
TEST(compressed_store_get, needs_a_buffer_that_is_large_enough) {
  compression_rig store;
  for (const bytes& value : {repeated(500), random_bytes(500)}) {
    const compressed_handle handle = store->put(value).value();
    bytes buffer(501, std::byte{0x5A});
    const auto small = store->get(handle, std::span(buffer).first(499));
    EXPECT_EQ(small.failure().code, code::buffer_too_small);
    EXPECT_EQ(small.failure().value, 499U);
    EXPECT_EQ(small.failure().lowest, 500U);
    EXPECT_EQ(buffer.front(), std::byte{0x5A});
    EXPECT_EQ(store->get(handle, buffer).value(), 500U);
    EXPECT_EQ(buffer.back(), std::byte{0x5A}); // nothing beyond the value
  }
}

// [SR-COMPRESS-004] Each bit of what is stored, compressed or not: the damage is told with the handle, nothing is written beyond the
// value's size, and the store goes on.
TEST(compressed_store_damage, of_any_bit_is_found) {
  compression_rig store;
  for (const bytes& value : {repeated(600), random_bytes(200), repeated(40)}) {
    const compressed_handle handle = store->put(value).value();
    const std::size_t stored = access::stored(*store, handle);
    for (std::size_t place = 0; place < stored; ++place) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        std::byte& hurt = access::stored_byte(*store, handle, place);
        const std::byte kept = hurt;
        hurt ^= static_cast<std::byte>(1U << bit);
        bytes buffer(value.size() + 64, std::byte{0x5A});
        const auto outcome = store->get(handle, buffer);
        if (outcome) { // a flipped bit may lie in an offset, and the match there say the same: then nothing is damaged
          buffer.resize(value.size());
          ASSERT_EQ(buffer, value) << "damage passed for content: byte " << place << " bit " << bit;
        } else {
          ASSERT_EQ(outcome.failure().code, code::damaged);
          ASSERT_EQ(outcome.failure().handle, handle);
          for (std::size_t beyond = value.size(); beyond < buffer.size(); ++beyond) {
            ASSERT_EQ(buffer[beyond], std::byte{0x5A}) << "written beyond the value";
          }
          EXPECT_EQ(store->pin(handle).failure().code, code::damaged);
          EXPECT_EQ(store->statistics().pins, 0U); // its place is given back
        }
        hurt = kept;
      }
    }
    EXPECT_EQ(store.get(handle), value);
    ASSERT_TRUE(store->erase(handle));
  }
  EXPECT_GT(store->statistics().damages, 100U);
  EXPECT_TRUE(store.guards_are_whole());
}

// [SR-COMPRESS-004] Bytes that decompress to another text of the same size: only the checksum knows.
TEST(compressed_store_damage, that_decompresses_is_found) {
  compression_rig store;
  bytes mine = repeated(600, "abcdefgh");
  bytes other = repeated(600, "abcdefgX");
  const compressed_handle first = store->put(mine).value();
  const compressed_handle second = store->put(other).value();
  ASSERT_EQ(access::stored(*store, first), access::stored(*store, second));
  for (std::size_t place = 0; place < access::stored(*store, first); ++place) {
    access::stored_byte(*store, first, place) = access::stored_byte(*store, second, place);
  }
  code failure{};
  EXPECT_TRUE(store.get(first, &failure).empty());
  EXPECT_EQ(failure, code::damaged);
  EXPECT_EQ(store.get(second), other);
}

/// Three values of ten blocks each: what is done to the first must not be heard of by the others.
class three_values {
public:
  compression_rig store;
  compressed_handle first = store->put(random_bytes(600, 1)).value();
  compressed_handle second = store->put(random_bytes(600, 2)).value();
  compressed_handle third = store->put(random_bytes(600, 3)).value();

  auto& entry() { return access::entry_of(*store, first); }
  void seal() { access::seal(*store, first); }
  [[nodiscard]] std::uint32_t block_of(compressed_handle handle, std::size_t place = 0) {
    std::uint32_t index = access::entry_of(*store, handle).first;
    for (; place != 0; --place) {
      index = access::link(*store, index);
    }
    return index;
  }
  void expect_damaged() {
    bytes buffer(4096);
    EXPECT_EQ(store->get(first, buffer).failure().code, code::damaged);
    EXPECT_EQ(store->get(first, buffer).failure().handle, first);
    EXPECT_EQ(store->pin(first).failure().code, code::damaged);
    EXPECT_FALSE(store->check_invariants());
  }
  /// The first one's blocks are free again, all of them, and what is put into them and beside them stays whole, whatever
  /// goes and comes.
  void expect_others_whole() {
    EXPECT_EQ(store->statistics().blocks_used, 20U);
    EXPECT_EQ(store->statistics().original_bytes, 1200U);
    EXPECT_EQ(store->statistics().stored_bytes, 1200U);
    EXPECT_TRUE(store->check_invariants());
    const compressed_handle fourth = store->put(random_bytes(600, 4)).value();
    EXPECT_EQ(store.get(second), random_bytes(600, 2));
    EXPECT_TRUE(store->erase(second));
    const compressed_handle fifth = store->put(random_bytes(600, 5)).value();
    EXPECT_EQ(store.get(third), random_bytes(600, 3));
    EXPECT_EQ(store.get(fourth), random_bytes(600, 4));
    EXPECT_EQ(store.get(fifth), random_bytes(600, 5));
    EXPECT_TRUE(store->check_invariants());
    EXPECT_TRUE(store.misuses.empty());
    EXPECT_TRUE(store.guards_are_whole());
  }
  /// Damaged, before and when it is erased.
  void expect_damage_of_one() {
    expect_damaged();
    EXPECT_EQ(store->erase(first).failure().code, code::damaged);
    EXPECT_EQ(store->statistics().damages, 4U);
    EXPECT_EQ(store->statistics().values, 2U);
    expect_others_whole();
  }
};

// [SR-COMPRESS-004] [SR-COMPRESS-007] Each field of the store's own record of a value: too large, too small, another one's, and what no such type has.
TEST(compressed_store_damage, of_a_record_is_told_and_stays_with_its_value) {
  using entry_type = decltype(std::declval<three_values>().entry());
  const auto hurt = [](auto damage) {
    for (const bool is_sealed : {false, true}) {
      three_values values;
      damage(values, values.entry());
      if (is_sealed) {
        values.seal();
        bytes buffer(4096);
        EXPECT_EQ(values.store->get(values.first, buffer).failure().code, code::damaged);
        EXPECT_EQ(values.store->pin(values.first).failure().code, code::damaged);
        static_cast<void>(
            values.store->erase(values.first)); // what is known of the value may be wrong; the others must be whole
        EXPECT_EQ(values.store.get(values.second), random_bytes(600, 2));
        EXPECT_EQ(values.store.get(values.third), random_bytes(600, 3));
        EXPECT_TRUE(values.store.guards_are_whole());
        continue;
      }
      EXPECT_EQ(values.store->size_of(values.first).failure().code, code::damaged);
      bytes exact(600);
      EXPECT_EQ(values.store->get(values.first, exact).failure().code, code::damaged); // and no larger buffer asked for
      three_values others;
      damage(others, others.entry());
      others.expect_damage_of_one();
    }
  };
  hurt([](three_values&, entry_type entry) { entry.size = SIZE_MAX; });
  hurt([](three_values&, entry_type entry) { entry.size += 1; });
  hurt([](three_values&, entry_type entry) { entry.size -= 1; });
  hurt([](three_values&, entry_type entry) { entry.stored = SIZE_MAX; });
  hurt([](three_values&, entry_type entry) { entry.stored = 601; });
  hurt([](three_values&, entry_type entry) { entry.stored = 64; });
  hurt([](three_values&, entry_type entry) { entry.stored = 0; });
  hurt([](three_values&, entry_type entry) { entry.is_compressed = 1; });
  hurt([](three_values&, entry_type entry) { entry.is_compressed = 0x80; });
  hurt([](three_values&, entry_type entry) { entry.checksum ^= 1; });
  hurt([](three_values&, entry_type entry) { entry.first = 64; });
  hurt([](three_values& values, entry_type entry) { entry.first = values.block_of(values.second); });
  hurt([](three_values& values, entry_type entry) { entry = access::entry_of(*values.store, values.second); });
}
// [SR-COMPRESS-004] [SR-COMPRESS-007] A link that leads out of the store, to itself, past blocks of its own, beyond the end, and to another
// value's block, at each place of the chain: what is freed is the value's own, and all of it.
TEST(compressed_store_damage, of_a_chain_is_told_and_stays_with_its_value) {
  for (std::size_t place = 0; place < 10; ++place) {
    const auto hurt = [place](auto target) {
      three_values values;
      const std::uint32_t block = values.block_of(values.first, place);
      access::link(*values.store, block) = target(values, block);
      values.expect_damage_of_one();
    };
    hurt([](three_values&, std::uint32_t) { return 64U; });
    hurt([](three_values&, std::uint32_t) { return 1000U; });
    hurt([](three_values&, std::uint32_t block) { return block; });
    hurt([](three_values& values, std::uint32_t) { return values.block_of(values.first); });
    hurt([](three_values& values, std::uint32_t) { return values.block_of(values.second); });
    hurt([](three_values& values, std::uint32_t) { return values.block_of(values.third, 9); });
    hurt([](three_values&, std::uint32_t) { return 50U; }); // a free one
    if (place != 9) {
      hurt([](three_values&, std::uint32_t) { return UINT32_MAX; });
    }
    if (place < 8) {
      hurt([place](three_values& values, std::uint32_t) { return values.block_of(values.first, place + 2); });
    }
  }
}
// [SR-COMPRESS-007] A block of which it is not known any more whose it is stays used, and check_invariants() says so; one that says that it
// is another value's becomes free with that one.
TEST(compressed_store_damage, of_an_owner_costs_the_block_and_no_other_value) {
  three_values lost;
  access::owner(*lost.store, lost.block_of(lost.first, 4)) = 63;
  lost.expect_damaged();
  EXPECT_EQ(lost.store->erase(lost.first).failure().code, code::damaged);
  EXPECT_EQ(lost.store->statistics().blocks_used, 21U);
  EXPECT_EQ(lost.store->check_invariants().code(), error_code::corrupted);
  EXPECT_EQ(lost.store->put(random_bytes(64 * 44)).failure().highest, 43U);
  EXPECT_EQ(lost.store.get(lost.second), random_bytes(600, 2));

  three_values other;
  access::owner(*other.store, other.block_of(other.first, 4)) = other.second.index;
  other.expect_damaged();
  EXPECT_EQ(other.store->erase(other.first).failure().code, code::damaged);
  EXPECT_EQ(other.store.get(other.second), random_bytes(600, 2));
  EXPECT_TRUE(other.store->erase(other.second)); // by its chain, which is right
  EXPECT_EQ(other.store->statistics().blocks_used, 11U);
  EXPECT_EQ(other.store.get(other.third), random_bytes(600, 3));
}
// [SR-COMPRESS-007] Random bytes of the record and of the links of one value, which is then erased: no other value is ever lost.
TEST(compressed_store_damage, of_random_bytes_of_one_value_leaves_the_others) {
  constexpr unsigned seed = 20261130;
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    three_values values;
    std::byte* const record = reinterpret_cast<std::byte*>(&values.entry());
    const std::uint32_t block = values.block_of(values.first, random() % 10);
    if (random() % 2 == 0) {
      record[random() % sizeof(std::remove_reference_t<decltype(values.entry())>)] ^=
          static_cast<std::byte>(1 + random() % 255);
    } else {
      access::link(*values.store, block) = static_cast<std::uint32_t>(random() % 70);
    }
    static_cast<void>(values.store->erase(values.first));
    const compressed_handle fourth = values.store->put(random_bytes(600, 4)).value();
    ASSERT_EQ(values.store.get(values.second), random_bytes(600, 2)) << "seed " << seed << " round " << round;
    ASSERT_TRUE(values.store->erase(values.second)) << "seed " << seed << " round " << round;
    const compressed_handle fifth = values.store->put(random_bytes(600, 5)).value();
    ASSERT_EQ(values.store.get(values.third), random_bytes(600, 3)) << "seed " << seed << " round " << round;
    ASSERT_EQ(values.store.get(fourth), random_bytes(600, 4)) << "seed " << seed << " round " << round;
    ASSERT_EQ(values.store.get(fifth), random_bytes(600, 5)) << "seed " << seed << " round " << round;
    ASSERT_TRUE(values.store->check_invariants()) << "seed " << seed << " round " << round;
    ASSERT_TRUE(values.store.misuses.empty());
  }
}
// [SR-COMPRESS-007] What is counted, and what the pools have.
TEST(compressed_store_invariants, are_of_chains_counts_and_pools) {
  const auto verdict = [](auto damage) {
    three_values values;
    EXPECT_TRUE(values.store->check_invariants());
    damage(values);
    return values.store->check_invariants().code();
  };
  constexpr error_code corrupted = error_code::corrupted;
  EXPECT_EQ(verdict([](three_values& values) { access::link(*values.store, values.block_of(values.third)) = 1000; }),
            corrupted);
  EXPECT_EQ(verdict([](three_values& values) { access::link(*values.store, values.block_of(values.third, 9)) = 50; }),
            corrupted);
  EXPECT_EQ(verdict([](three_values& values) { access::owner(*values.store, 50) = 0; }), corrupted); // of a free block
  EXPECT_EQ(verdict([](three_values& values) {
              values.entry().stored = SIZE_MAX;
              values.seal();
            }),
            corrupted);
  EXPECT_EQ(verdict([](three_values& values) { access::entry_of(*values.store, values.third).seal ^= 1; }), corrupted);
  EXPECT_EQ(verdict([](three_values& values) { access::generation(*values.store, 1) = UINT32_MAX; }), corrupted);
  EXPECT_EQ(verdict([](three_values& values) { access::generation(*values.store, 5) = 0; }), corrupted);
  EXPECT_EQ(verdict([](three_values& values) { ++access::blocks_used(*values.store); }), corrupted);
  EXPECT_EQ(verdict([](three_values& values) { static_cast<void>(access::blocks(*values.store).allocate({64, 1})); }),
            corrupted);
  EXPECT_EQ(verdict([](three_values& values) {
              static_cast<void>(access::slabs(*values.store).allocate({4096, alignof(std::max_align_t)}));
            }),
            corrupted);
}

// [SR-COMPRESS-005]
TEST(pinned_values, are_there_until_they_end) {
  compression_rig store;
  const bytes value = repeated(3000);
  const compressed_handle handle = store->put(value).value();
  {
    pinned_value first = store->pin(handle).value();
    pinned_value second = store->pin(handle).value();
    EXPECT_EQ(bytes(first.bytes().begin(), first.bytes().end()), value);
    EXPECT_EQ(store->pin(handle).failure().code, code::no_pin_free);
    EXPECT_EQ(store->pin(handle).failure().highest, 2U);
    ASSERT_TRUE(store->erase(handle)); // the views are their own
    EXPECT_EQ(bytes(second.bytes().begin(), second.bytes().end()), value);
    EXPECT_EQ(store->statistics().pins, 2U);
    pinned_value moved = std::move(first);
    EXPECT_TRUE(first.bytes().empty()); // NOLINT(bugprone-use-after-move): it is the point
    EXPECT_EQ(store->statistics().pins, 2U);
    second = std::move(moved); // ends what it had
    EXPECT_EQ(store->statistics().pins, 1U);
    EXPECT_EQ(bytes(second.bytes().begin(), second.bytes().end()), value);
    pinned_value& same = second;
    second = std::move(same);
    EXPECT_EQ(second.bytes().size(), value.size());
    second.unpin();
    second.unpin();
    EXPECT_EQ(store->statistics().pins, 0U);
  }
  EXPECT_EQ(store->statistics().pins, 0U);
  EXPECT_TRUE(store.misuses.empty());
}
// [SR-COMPRESS-005]
TEST(pinned_values, that_outlive_their_store_are_told) {
  std::vector<error_code> seen;
  compressed_store_config config = test::small_config();
  config.hook = {[](void* context, const fault& report) {
                   static_cast<std::vector<error_code>*>(context)->push_back(report.what.code);
                 },
                 &seen};
  alignas(pinned_value) std::byte place[sizeof(pinned_value)]; // it must not end after its store
  {
    compression_rig store(config);
    ::new (static_cast<void*>(place)) pinned_value(store->pin(store->put(repeated(10)).value()).value());
  }
  EXPECT_EQ(seen, std::vector<error_code>{error_code::blocks_live});
}

// [SR-COMPRESS-006]
TEST(compression_statistics_of_a_store, are_exact) {
  test::ticking_clock clock;
  compressed_store_config config = test::small_config();
  config.clock = clock.clock();
  compression_rig store(config);
  EXPECT_EQ(store->statistics().ratio(), 0.0);
  const compressed_handle handle = store->put(repeated(1000)).value();
  const compressed_handle small = store->put(repeated(10)).value();
  static_cast<void>(store.get(handle));
  static_cast<void>(store.get(small));
  compression_statistics seen = store->statistics();
  EXPECT_EQ(seen.values, 2U);
  EXPECT_EQ(seen.original_bytes, 1010U);
  EXPECT_EQ(seen.stored_bytes, access::stored(*store, handle) + 10);
  EXPECT_GT(seen.ratio(), 5.0);
  EXPECT_EQ(seen.blocks_used, (access::stored(*store, handle) + 63) / 64 + 1);
  EXPECT_EQ(seen.compress_nanoseconds, 1'000'000U); // two looks, a tick apart
  EXPECT_EQ(seen.decompress_nanoseconds, 1'000'000U);
  EXPECT_EQ(seen.compressed_bytes, 1000U);
  EXPECT_EQ(seen.decompressed_bytes, 1000U);
  EXPECT_EQ(seen.gets, 2U);
  ASSERT_TRUE(store->erase(handle));
  ASSERT_TRUE(store->erase(small));
  seen = store->statistics();
  EXPECT_EQ(seen.original_bytes, 0U);
  EXPECT_EQ(seen.stored_bytes, 0U);
  EXPECT_EQ(seen.values, 0U);
  EXPECT_EQ(seen.erased, 2U);
}
TEST(compression_statistics_of_a_store, are_by_the_system_clock_without_another) {
  compression_rig store;
  const compressed_handle handle = store->put(repeated(4096)).value();
  static_cast<void>(store.get(handle));
  EXPECT_EQ(store->statistics().decompressed_bytes, 4096U);
  EXPECT_LT(store->statistics().decompress_nanoseconds, 3'600'000'000'000U); // an hour: it went on, and not back
}

// [SR-COMPRESS-002] Random programs beside a map: contents, counts and blocks, at each step.
TEST(compressed_store_values, are_what_a_map_has_through_many_changes) {
  constexpr unsigned seed = 20261130;
  std::mt19937 random(seed);
  compression_rig store;
  std::vector<std::pair<compressed_handle, bytes>> model;
  for (int step = 0; step < 20'000; ++step) {
    const unsigned what = static_cast<unsigned>(random() % 4);
    if (what < 2) {
      const std::size_t size = random() % (random() % 4 == 0 ? 4097 : 700);
      const bytes value = random() % 2 == 0 ? repeated(size) : random_bytes(size, random());
      const auto handle = store->put(value);
      if (handle) {
        model.emplace_back(handle.value(), value);
      } else if (model.size() == 8) {
        ASSERT_EQ(handle.failure().code, code::too_many_values) << "seed " << seed << " step " << step;
      } else {
        ASSERT_EQ(handle.failure().code, code::full) << "seed " << seed << " step " << step;
        ASSERT_GT(handle.failure().value, 64 - store->statistics().blocks_used);
      }
    } else if (!model.empty()) {
      const std::size_t which = random() % model.size();
      ASSERT_EQ(store.get(model[which].first), model[which].second) << "seed " << seed << " step " << step;
      if (what == 3) {
        ASSERT_TRUE(store->erase(model[which].first));
        model.erase(model.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    std::size_t original = 0;
    for (const auto& each : model) {
      original += each.second.size();
    }
    ASSERT_EQ(store->statistics().values, model.size());
    ASSERT_EQ(store->statistics().original_bytes, original);
    if (model.empty()) {
      ASSERT_EQ(store->statistics().blocks_used, 0U);
    }
  }
  EXPECT_TRUE(store->check_invariants());
  EXPECT_TRUE(store.guards_are_whole());
  EXPECT_TRUE(store.misuses.empty());
}

// [SR-COMPRESS-001] A pool of the kernel breaks: refused, and nothing is done by halves.
TEST(compressed_store_on_a_broken_pool, refuses) {
  using pool_of = local_pool_allocator& (*)(compressed_store&);
  bytes buffer(4096);
  for (const pool_of broken : {&access::entries, &access::blocks, &access::slabs}) {
    compression_rig store;
    const compressed_handle handle = store->put(random_bytes(300)).value();
    metadata_access::latch(broken(*store));
    if (broken != &access::slabs) {
      EXPECT_EQ(store->put(random_bytes(300)).failure().code, code::refused_by_kernel);
      EXPECT_EQ(store->statistics().values, 1U);
      EXPECT_EQ(store->statistics().blocks_used, 5U);
      EXPECT_EQ(access::entries(*store).state().live_blocks, 1U); // the place in which it would have been is free
    }
    if (broken == &access::slabs) {
      EXPECT_EQ(store->pin(handle).failure().code, code::refused_by_kernel);
      EXPECT_EQ(store->statistics().pins, 0U);
    }
    EXPECT_EQ(store->get(handle, buffer).has_value(), broken != &access::entries);
    EXPECT_EQ(store->size_of(handle).failure().code, broken == &access::entries ? code::refused_by_kernel : code::none);
    EXPECT_EQ(store->check_invariants().code(), error_code::corrupted);
  }
}

} // namespace
} // namespace nebula::services
