// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nebula::services {

/// What a program calls an allocator, in reports and logs: a copy of its own, so that it outlives whatever it was made
/// of. Any bytes: whoever shows it escapes it. Never allocates. A plain value. [SR-MERR-001]
class allocator_name {
public:
  static constexpr std::size_t bytes_max = 46;

  constexpr allocator_name() noexcept = default; ///< no name
  /// The first bytes_max bytes of the words.
  // NOLINTNEXTLINE(google-explicit-constructor): a name is given as words
  constexpr allocator_name(std::string_view words) noexcept
      : bytes_(static_cast<std::uint8_t>(words.copy(words_, bytes_max))) {}
  // NOLINTNEXTLINE(google-explicit-constructor): likewise
  constexpr allocator_name(const char* words) noexcept : allocator_name(std::string_view(words)) {}

  /// Lives as long as this does.
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {words_, bytes_}; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bytes_ == 0; }

  friend constexpr bool operator==(const allocator_name& left, const allocator_name& right) noexcept {
    return left.view() == right.view();
  }

private:
  char words_[bytes_max] = {};
  std::uint8_t bytes_ = 0;
};

} // namespace nebula::services
