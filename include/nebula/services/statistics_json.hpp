// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <string>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>

namespace nebula::services {

/// A snapshot, or a change, as JSON (RFC 8259), in UTF-8: docs/services/statistics.schema.json says its form. Whole
/// numbers are exact, of 64 bits: a reader that keeps numbers as doubles rounds those above 2⁵³. What is not there is null:
/// percentiles of a histogram that has recorded nothing. In target nebula::statistics_json. out_of_memory. [SR-STAT-010]
[[nodiscard]] statistics_outcome<std::string> to_json(const statistics_snapshot& snapshot) noexcept;

} // namespace nebula::services
