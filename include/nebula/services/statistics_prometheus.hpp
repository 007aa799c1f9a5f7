// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <string>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>

namespace nebula::services {

/// A snapshot in Prometheus' text format, version 0.0.4, by prometheus-cpp: what metrics_endpoint serves. A metric is called
/// nebula_NAME, a counter nebula_NAME_total; each has the labels id, source and kind, and its own. Buckets of histograms
/// are told at powers of two, `le` being the highest value below; what overflowed is in +Inf. Numbers are doubles, as
/// everything is there: those above 2⁵³ are rounded. In target nebula::statistics_prometheus. out_of_memory. [SR-STAT-010]
[[nodiscard]] statistics_outcome<std::string> to_prometheus(const statistics_snapshot& snapshot) noexcept;

} // namespace nebula::services
