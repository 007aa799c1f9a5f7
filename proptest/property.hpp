// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <nebula/verify/configuration.hpp>
#include <nebula/verify/driver.hpp>

namespace nebula::verify {

/// What allocator_property.cpp tests: compiled apart from it, so that RapidCheck's many templates are compiled once, and
/// a subject, or a broken one, in a moment.
struct allocator_property {
  std::optional<finding> (*run)(const configuration&, std::span<const operation>, coverage*);
  std::vector<error_code> outcomes; ///< each of which programs must meet
};

/// Of the one subject of a program.
[[nodiscard]] allocator_property property_of_the_subject();

} // namespace nebula::verify
