// SPDX-License-Identifier: Apache-2.0 OR MIT
// The histogram beside exact sorting, on the sizes that real programs asked for.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <nebula/services/histogram.hpp>
#include "statistics_rig.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::services {
namespace {

std::vector<std::uint64_t> recorded_sizes(const std::string& name) {
  std::ifstream file(NEBULA_TEST_TRACES "/" + name, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const trace::trace_image image(bytes);
  trace::event_reader events(image);
  trace::event each{};
  std::size_t thread = 0;
  std::vector<std::uint64_t> sizes;
  while (events.next(each, thread)) {
    const bool is_release = each.kind == trace::event_kind::free || each.kind == trace::event_kind::realloc_begin ||
                            each.kind == trace::event_kind::realloc_release;
    if (!is_release) {
      const bool is_array = each.kind == trace::event_kind::calloc || each.kind == trace::event_kind::reallocarray_end;
      sizes.push_back(each.size * (is_array ? each.count : 1));
    }
  }
  return sizes;
}

/// Sorted once, asked often: by whole numbers only.
class exact_values {
public:
  explicit exact_values(std::vector<std::uint64_t> values) : values_(std::move(values)) {
    std::sort(values_.begin(), values_.end());
  }
  /// Of ⌈per_mille · count / 1000⌉, and at least 1.
  [[nodiscard]] std::uint64_t at(std::uint64_t per_mille) const {
    const std::uint64_t rank = (per_mille * values_.size() + 999) / 1000;
    return values_[rank == 0 ? 0 : rank - 1];
  }
  [[nodiscard]] double mean() const {
    long double sum = 0;
    for (const std::uint64_t each : values_) {
      sum += static_cast<long double>(each);
    }
    return static_cast<double>(sum / static_cast<long double>(values_.size()));
  }
  /// The root mean square of the distances from a value.
  [[nodiscard]] double distance_from(double middle) const {
    long double sum = 0;
    for (const std::uint64_t each : values_) {
      const long double distance = static_cast<long double>(each) - static_cast<long double>(middle);
      sum += distance * distance;
    }
    return static_cast<double>(std::sqrt(sum / static_cast<long double>(values_.size())));
  }
  [[nodiscard]] std::size_t count() const { return values_.size(); }

private:
  std::vector<std::uint64_t> values_;
};

void expect_bounded_errors(const std::vector<std::uint64_t>& sizes, unsigned precision_bits) {
  histogram values = histogram::make({precision_bits, 40}).value();
  for (const std::uint64_t size : sizes) {
    values.record(size);
  }
  const exact_values exact(sizes);
  EXPECT_EQ(values.count(), exact.count());
  EXPECT_EQ(values.overflow_count(), 0U);
  const double error = std::ldexp(1.0, -static_cast<int>(precision_bits) - 1);
  for (std::uint64_t per_mille = 0; per_mille <= 1000; ++per_mille) {
    const auto found = values.percentile(static_cast<double>(per_mille) / 10);
    const auto expected = static_cast<double>(exact.at(per_mille));
    ASSERT_LE(std::abs(static_cast<double>(found.value().value) - expected), error * expected)
        << per_mille << " per mille of " << exact.count() << " with " << precision_bits << " bits";
  }
  EXPECT_DOUBLE_EQ(values.mean(), exact.mean());
  EXPECT_NEAR(values.standard_deviation(), exact.distance_from(exact.mean()), error * exact.distance_from(0));
}

// [SR-STAT-005]
TEST(recorded_sizes, have_percentiles_within_the_bound) {
  for (const char* trace : {"sqlite3.ntrace", "python3_threads.ntrace"}) {
    const std::vector<std::uint64_t> sizes = recorded_sizes(trace);
    ASSERT_GT(sizes.size(), 1000U) << trace;
    for (const unsigned precision_bits : {1U, 3U, 5U, 8U, 14U}) {
      expect_bounded_errors(sizes, precision_bits);
    }
  }
}

} // namespace
} // namespace nebula::services
