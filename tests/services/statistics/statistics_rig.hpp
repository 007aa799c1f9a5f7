// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/stats_collector.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {

inline std::ostream& operator<<(std::ostream& out, const statistics_failure& failure) {
  char text[256];
  describe(failure, text, sizeof text);
  return out << text;
}

namespace test {

template <class Outcome>
[[nodiscard]] testing::AssertionResult succeeded(const Outcome& outcome) {
  return outcome ? testing::AssertionSuccess() : testing::AssertionFailure() << outcome.failure();
}
template <class Outcome>
[[nodiscard]] testing::AssertionResult failed(const Outcome& outcome, const statistics_failure& expected) {
  return !outcome && outcome.failure() == expected
             ? testing::AssertionSuccess()
             : testing::AssertionFailure() << (outcome ? "succeeded" : "failed otherwise: ") << outcome.failure();
}

/// A source of numbers that the test sets.
struct numbers {
  std::uint64_t served = 0;
  std::uint64_t open = 0;
  histogram sizes{};

  static constexpr metric_description served_requests{"served_requests", "Requests answered."};
  static constexpr metric_description open_connections{"open_connections", "Connections now."};
  static constexpr metric_description size_bytes{"size_bytes", "Sizes of requests."};

  void report(source_report& report) const noexcept {
    report.counter(served_requests, served);
    report.gauge(open_connections, open);
    report.distribution(size_bytes, sizes);
  }
};

[[nodiscard]] inline stats_collector new_collector() { return stats_collector::make().value(); }

/// What names are made of to get through a careless exporter.
inline const std::string hostile_name("a,b\"c\"\r\nd\\n\\e{f=\"g\"} \xff\xc3\x28\xed\xa0\x80\0=1+1;\xe2\x82\xac# HELP",
                                      39);

} // namespace test
} // namespace nebula::services
