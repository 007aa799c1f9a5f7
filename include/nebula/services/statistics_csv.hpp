// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <string>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>

namespace nebula::services {

/// The header line, without its end: the columns of each row.
inline constexpr const char* statistics_csv_header =
    "id,source,kind,metric,metric_kind,label,label_value,statistic,value";

/// A snapshot, or a change, as comma-separated values by RFC 4180: UTF-8, lines end with CR LF, the first is the header. A
/// counter and a gauge are a row each, with the statistic `value`; a histogram is a row for each of count, sum, overflow,
/// mean, standard_deviation, p0, p50, p90, p99, p99.9 and p100, whose values are empty iff it has no values. A field is
/// quoted iff it contains a comma, a quote, a control character, or begins or ends with a space; quotes are doubled.
/// Numbers with a fraction have the fewest digits that read back as the same double. out_of_memory. [SR-STAT-010]
[[nodiscard]] statistics_outcome<std::string> to_csv(const statistics_snapshot& snapshot) noexcept;

} // namespace nebula::services
