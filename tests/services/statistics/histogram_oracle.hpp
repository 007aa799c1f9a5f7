// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nebula/services/histogram.hpp>

namespace nebula::services::test {

/// What a histogram says of values, beside what sorting them says: empty iff nothing is wrong. Percentiles in thousandths,
/// so that ranks are whole numbers here.
inline std::string wrong_with_histogram(const histogram_layout& layout, std::vector<std::uint64_t> values,
                                        const std::vector<std::uint32_t>& per_hundred_thousand) {
  auto made = histogram::make(layout);
  if (made.has_value() != layout.validate().has_value()) {
    return "a layout that is not valid has a histogram, or the other way round";
  }
  if (!made) {
    return "";
  }
  histogram& recorded = made.value();
  std::uint64_t sum = 0;
  std::uint64_t overflow = 0;
  for (const std::uint64_t value : values) {
    recorded.record(value);
    sum = value > ~std::uint64_t{0} - sum ? ~std::uint64_t{0} : sum + value;
    overflow += layout.value_bits < 64 && value >= std::uint64_t{1} << layout.value_bits ? 1U : 0U;
  }
  if (recorded.count() != values.size() || recorded.overflow_count() != overflow || recorded.sum() != sum) {
    return "counts, overflow or sum";
  }
  if (values.empty()) {
    const bool is_defined =
        !recorded.percentile(50) && !(std::abs(recorded.mean()) > 0) && !(std::abs(recorded.standard_deviation()) > 0);
    return is_defined ? "" : "an empty histogram has values";
  }
  std::sort(values.begin(), values.end());
  for (const std::uint32_t share : per_hundred_thousand) {
    const std::uint64_t rank = (values.size() * std::uint64_t{share} + 99'999) / 100'000;
    const std::uint64_t exact = values.begin()[static_cast<std::ptrdiff_t>(rank == 0 ? 0 : rank - 1)];
    const auto found = recorded.percentile(static_cast<double>(share) / 1000);
    if (!found) {
      return "a percentile is refused";
    }
    const bool is_beyond = layout.value_bits < 64 && exact >= std::uint64_t{1} << layout.value_bits;
    const std::uint64_t value = found.value().value;
    const std::uint64_t distance = value > exact ? value - exact : exact - value;
    if (found.value().is_lower_bound != is_beyond ||
        (is_beyond ? value > exact : distance > exact >> (layout.precision_bits + 1))) {
      return "percentile " + std::to_string(share) + ": " + std::to_string(value) + ", exactly " +
             std::to_string(exact);
    }
  }
  if (!std::isfinite(recorded.mean()) || !std::isfinite(recorded.standard_deviation())) {
    return "no number";
  }
  histogram twice = recorded;
  if (!twice.merge(recorded) || twice.count() != 2 * recorded.count()) {
    return "merged";
  }
  const auto difference = twice.since(recorded);
  const bool has_sum = sum <= ~std::uint64_t{0} / 2; // else it stays at the most
  return !has_sum || (difference && difference.value() == recorded) ? "" : "difference";
}

} // namespace nebula::services::test
