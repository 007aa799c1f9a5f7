// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <nebula/services/cache/fingerprint_index.hpp>
#include <nebula/services/cache/frequency_sketch.hpp>
#include "../../unit/gtest.hpp"
#include "workloads.hpp"

namespace nebula::services {
namespace {

// Beside exact counts, until they are halved: never less than the truth, and seldom more.
TEST(frequency_sketches, are_never_below_the_truth_and_seldom_above) {
  constexpr std::uint32_t entries = 500;
  std::vector<std::uint64_t> words(frequency_sketch::storage_bytes(entries) / sizeof(std::uint64_t));
  frequency_sketch sketch(reinterpret_cast<std::byte*>(words.data()), entries);
  std::map<std::uint64_t, std::uint32_t> truth;
  for (const std::uint64_t key : test::zipf_keys(4'999, 1000, 7).keys) {
    sketch.count(fingerprint_of(key));
    truth[key] += 1;
  }
  std::size_t above = 0;
  for (const auto& [key, count] : truth) {
    const std::uint32_t expected = std::min(count, frequency_sketch::frequency_max);
    ASSERT_GE(sketch.frequency(fingerprint_of(key)), expected);
    above += sketch.frequency(fingerprint_of(key)) != expected ? 1U : 0U;
  }
  EXPECT_LT(above, truth.size() / 4);
  const std::uint32_t before = sketch.frequency(fingerprint_of(0));
  EXPECT_EQ(before, frequency_sketch::frequency_max);
  sketch.count(fingerprint_of(0)); // the five thousandth
  EXPECT_EQ(sketch.frequency(fingerprint_of(0)), before / 2);
}

} // namespace
} // namespace nebula::services
