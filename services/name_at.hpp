// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

namespace nebula::services {

/// The name of an enumerator, from a table in the order of the values; "unknown" iff the value is none of them. Never null.
template <std::size_t Count, class Enumeration>
[[nodiscard]] constexpr const char* name_at(const char* const (&names)[Count], Enumeration value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  return index < Count ? names[index] : "unknown";
}

} // namespace nebula::services
