// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <nebula/services/histogram.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>

namespace nebula::services {

/// What a source writes its numbers into while it is asked. What is not allowed is left out and counted, and the first
/// such thing kept: the rest of the report holds. One owner. [SR-STAT-006]
class source_report {
public:
  source_report() noexcept = default;

  /// Left out, in this order: iff the description is not valid (name_not_allowed, out_of_range); iff the label's value
  /// is longer than text_bytes_max, or given without a label (out_of_range); iff this report has the metric with this
  /// label value already (reported_twice; an empty value is none), or by another kind (kind_changed); iff there is no memory (out_of_memory).
  /// O(metrics so far).
  void counter(const metric_description& what, std::uint64_t value, std::string_view label_value = {}) noexcept;
  void gauge(const metric_description& what, std::uint64_t value, std::string_view label_value = {}) noexcept;
  void distribution(const metric_description& what, const histogram& values,
                    std::string_view label_value = {}) noexcept;
  /// For a source that cannot make a number of its own for want of memory, or otherwise: counted like the above.
  void refuse(const statistics_failure& failure) noexcept;

  [[nodiscard]] const std::vector<metric>& metrics() const noexcept { return metrics_; }
  [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_count_; }
  /// Code none iff nothing was left out.
  [[nodiscard]] const statistics_failure& first_refusal() const noexcept { return first_refusal_; }
  /// True iff something was left out for want of memory: what is there is not the whole.
  [[nodiscard]] bool ran_out_of_memory() const noexcept { return ran_out_of_memory_; }

private:
  metric* add(const metric_description& what, metric_kind kind, std::string_view label_value) noexcept;
  [[nodiscard]] statistics_failure judge(const metric_description& what, metric_kind kind,
                                         std::string_view label_value) const noexcept;

  std::vector<metric> metrics_{};
  std::uint64_t refused_count_ = 0;
  statistics_failure first_refusal_{};
  bool ran_out_of_memory_ = false;
};

/// Something that has numbers: a function, and what it is called for. The function is called under the collector's lock,
/// by whichever thread asks the collector: it must be allowed to read what it reads from there, must not wait, and must
/// not call the collector (called_by_source). [SR-STAT-006]
struct statistics_source {
  using report_function = void (*)(const void* context, source_report& report) noexcept;

  report_function report = nullptr; ///< null: has no numbers
  const void* context = nullptr;    ///< passed to the function unchanged
};

/// A source of an object that has `void report(source_report&) const noexcept`. The object outlives its registration.
template <class Reporter>
[[nodiscard]] constexpr statistics_source source_of_reporter(const Reporter& reporter) noexcept {
  return {[](const void* context, source_report& report) noexcept {
            static_cast<const Reporter*>(context)->report(report);
          },
          &reporter};
}

} // namespace nebula::services
