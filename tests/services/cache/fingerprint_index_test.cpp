// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <nebula/services/cache/fingerprint_index.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

/// With some fingerprints that meet at the ends of the table.
std::uint32_t fingerprint_from(std::uint32_t lot) {
  return lot % 4 == 0 ? lot % 8 * 0x01000000U : lot % 4 == 1 ? 0xFFFFFF00U + lot % 8 : lot % 97 * 0x02345678U;
}

// [SR-CACHE-104]
TEST(fingerprints, count_all_bits_of_a_hash) {
  std::set<std::uint32_t> seen;
  for (std::uint64_t bit = 0; bit < 64; ++bit) {
    seen.insert(fingerprint_of(std::uint64_t{1} << bit));
  }
  EXPECT_EQ(seen.size(), 64U);
  seen.clear();
  for (std::uint64_t number = 0; number < 100'000; ++number) { // hashes of integers are these, mostly
    seen.insert(fingerprint_of(number));
  }
  EXPECT_GE(seen.size(), 99'990U);
}

// [SR-CACHE-104] Evenly spaced hashes, as integers and pointers have them, and such as differ in a few bits: neither a run
// of cells, nor one shard.
TEST(fingerprints, spread_hashes_that_are_evenly_spaced) {
  std::vector<std::uint64_t> strides{72, 96, 112, 144, 323, 46'368, 196'418, 832'040};
  for (unsigned bit = 0; bit < 54; ++bit) {
    strides.push_back(std::uint64_t{1} << bit);
  }
  constexpr std::uint32_t count = 1000;
  for (const std::uint64_t stride : strides) {
    std::vector<std::uint32_t> homes(2048);
    std::set<std::uint32_t> shards;
    for (std::uint64_t number = 0; number < count; ++number) {
      const std::uint32_t fingerprint = fingerprint_of(number * stride);
      homes[fingerprint >> 21U] += 1;
      shards.insert(fingerprint % 64);
    }
    EXPECT_LE(*std::max_element(homes.begin(), homes.end()), 9U) << "stride " << stride;
    EXPECT_EQ(shards.size(), 64U) << "stride " << stride;
  }
}

// [SR-CACHE-104] As a map of lists, through clusters, round the end, and erasures from their middles.
TEST(fingerprint_indices, agree_with_a_map) {
  constexpr std::uint32_t entry_count = 24;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 lots(seed);
    alignas(8) std::byte storage[fingerprint_index::storage_bytes(entry_count)];
    fingerprint_index index(storage, entry_count);
    std::map<std::uint32_t, std::uint32_t> model; // of an entry, its fingerprint
    for (int step = 0; step < 3000; ++step) {
      const std::uint32_t entry = static_cast<std::uint32_t>(lots()) % entry_count;
      if (const auto known = model.find(entry); known != model.end()) {
        index.erase(known->second, entry);
        model.erase(known);
      } else {
        model[entry] = fingerprint_from(static_cast<std::uint32_t>(lots()));
        index.insert(model[entry], entry);
      }
      ASSERT_EQ(index.count(), model.size());
      for (std::uint32_t each = 0; each < entry_count; ++each) {
        const auto is_it = [each](std::uint32_t found) { return found == each; };
        const auto known = model.find(each);
        const std::uint32_t fingerprint = known == model.end() ? fingerprint_from(each) : known->second;
        ASSERT_EQ(index.find(fingerprint, is_it), known == model.end() ? no_entry : each) << "step " << step;
      }
    }
  }
}

TEST(fingerprint_indices, compare_only_entries_of_the_same_fingerprint) {
  alignas(8) std::byte storage[fingerprint_index::storage_bytes(4)];
  fingerprint_index index(storage, 4);
  index.insert(1, 0);
  index.insert(2, 1);
  index.insert(1, 2);
  std::vector<std::uint32_t> asked;
  EXPECT_EQ(index.find(1,
                       [&](std::uint32_t entry) {
                         asked.push_back(entry);
                         return false;
                       }),
            no_entry);
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 2}));
}

TEST(fingerprint_indices, of_nothing_have_nothing) {
  const fingerprint_index index(nullptr, 0);
  EXPECT_EQ(index.find(7, [](std::uint32_t /*entry*/) { return true; }), no_entry);
  EXPECT_EQ(index.find(UINT32_MAX, [](std::uint32_t /*entry*/) { return true; }), no_entry);
  EXPECT_EQ(index.count(), 0U);
}

} // namespace
} // namespace nebula::services
