// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

#include <nebula/services/statistics_snapshot.hpp>

namespace nebula::services::detail {

/// What statistics_prometheus.hpp says, in prometheus-cpp's types. May throw bad_alloc.
[[nodiscard]] std::vector<prometheus::MetricFamily> families_of(const statistics_snapshot& snapshot);

} // namespace nebula::services::detail
