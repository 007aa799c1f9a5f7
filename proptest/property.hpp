// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <nebula/verify/configuration.hpp>
#include <nebula/verify/driver.hpp>

namespace nebula::verify {

/// How often programs do what, by action: allocations and right frees more often than each of the wrong calls, so that
/// programs get somewhere; of an action that a subject has not, never.
using action_weights = std::array<std::uint8_t, action_count>;

/// What allocator_property.cpp tests: compiled apart from it, so that RapidCheck's many templates are compiled once, and
/// a subject, or a broken one, in a moment.
struct allocator_property {
  std::optional<finding> (*run)(const configuration&, std::span<const operation>, coverage*);
  std::size_t (*capacity_bytes)(const configuration&); ///< of the subject that it makes
  action_weights weights;
  std::vector<error_code> outcomes; ///< all the failures that it can come to, each of which programs must meet
};

/// Of the one subject of a program.
[[nodiscard]] allocator_property property_of_the_subject();

} // namespace nebula::verify
