// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nebula/services/system_calls.hpp>

namespace nebula::services::detail {

/// A small file of the system, in a buffer of its own. Of a file that is larger the lines that are whole are kept.
class small_file {
public:
  static constexpr std::size_t size_max_bytes = 8192;

  /// Returns the system's error, 0 iff it was read.
  std::uint32_t read(const system_calls& calls, const char* path) noexcept {
    length_ = 0;
    std::size_t length_bytes = 0;
    const std::uint32_t failed = calls.read_file(calls.context, path, buffer_, sizeof buffer_, &length_bytes);
    if (failed != 0) {
      return failed;
    }
    length_ = length_bytes < sizeof buffer_ ? length_bytes : whole_lines();
    return 0;
  }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_, length_}; }

private:
  // A number that is cut off would be another number.
  [[nodiscard]] std::size_t whole_lines() const noexcept {
    const std::size_t last = std::string_view(buffer_, sizeof buffer_).rfind('\n');
    return last == std::string_view::npos ? 0 : last + 1;
  }

  char buffer_[size_max_bytes] = {};
  std::size_t length_ = 0;
};

} // namespace nebula::services::detail
