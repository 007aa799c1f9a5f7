// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nebula/services/memory_text.hpp>

namespace nebula::services {

/// Which interface a control group has.
enum class control_group_version : std::uint8_t { none = 0, v1 = 1, v2 = 2 };

/// The control group that limits the memory of a process.
struct control_group_entry {
  control_group_version version = control_group_version::none;
  std::string_view path{}; ///< from the root of the hierarchy, with a leading /; a part of the text
};

namespace detail {

constexpr bool has_word(std::string_view words, std::string_view word) noexcept {
  while (!words.empty()) {
    if (take_until(words, ',') == word) {
      return true;
    }
  }
  return false;
}
constexpr bool goes_up(std::string_view path) noexcept {
  while (!path.empty()) {
    if (take_until(path, '/') == "..") {
      return true;
    }
  }
  return false;
}

} // namespace detail

/// /proc/self/cgroup, lines of "number:controllers:path": the line that has the controller `memory` (version 1, also
/// where both versions are mounted), else the line without controllers (version 2). None of them is no failure: version
/// none. Failures, at the line that would have been taken: absolute_path iff its path does not begin with /, or has the
/// part "..", as that of a process outside of its own root. O(bytes). [SR-SYS-003]
[[nodiscard]] constexpr text_outcome<control_group_entry> parse_control_group(std::string_view text) noexcept {
  control_group_entry found;
  std::size_t line_of_found = 0;
  for (std::size_t line = 1; !text.empty(); ++line) {
    std::string_view path = detail::take_until(text, '\n');
    const std::string_view number = detail::take_until(path, ':');
    const std::string_view controllers = detail::take_until(path, ':');
    const bool is_first = detail::has_word(controllers, "memory");
    const bool is_second = number == "0" && controllers.empty() && found.version == control_group_version::none;
    if (is_first && found.version != control_group_version::v1) {
      found = {control_group_version::v1, path};
      line_of_found = line;
    } else if (is_second) {
      found = {control_group_version::v2, path};
      line_of_found = line;
    }
  }
  if (found.version != control_group_version::none && (!found.path.starts_with('/') || detail::goes_up(found.path))) {
    return text_failure{text_rule::absolute_path, line_of_found};
  }
  return found;
}

/// The control group above, "/" above which there is none: then an empty path.
[[nodiscard]] constexpr std::string_view parent_group(std::string_view path) noexcept {
  if (path.size() <= 1) {
    return {};
  }
  const std::size_t end = path.rfind('/');
  return end == std::string_view::npos ? std::string_view{} : path.substr(0, end == 0 ? 1 : end);
}

} // namespace nebula::services
