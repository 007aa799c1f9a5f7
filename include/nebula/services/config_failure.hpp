// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why a configuration was refused.
enum class config_failure_code : std::uint8_t {
  none = 0,
  unknown_key = 1,   ///< `key` is none; `other` is the most similar one, if one is
  wrong_type = 2,    ///< the value of `key` is of another kind than it must be
  out_of_range = 3,  ///< the value of `key` is not in lowest…highest
  not_a_word = 4,    ///< the value of `key` is none of its words
  given_twice = 5,   ///< `key` is there twice
  conflict = 6,      ///< the values of `key` and `other` do not go together
  syntax = 7,        ///< not JSON, at byte `offset`
  out_of_memory = 8, ///< the heap had no room for reading or writing it
};

/// The first bytes of somebody's text, so that a failure owns what it shows.
class config_text {
public:
  static constexpr std::size_t bytes_max = 63;

  constexpr config_text() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a text is given as words
  constexpr config_text(std::string_view words) noexcept
      : bytes_(static_cast<std::uint8_t>(words.copy(words_, bytes_max))), is_cut_(words.size() > bytes_max) {}

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {words_, bytes_}; }
  [[nodiscard]] constexpr bool is_cut() const noexcept { return is_cut_; }

  friend constexpr bool operator==(const config_text& left, const config_text& right) noexcept {
    return left.view() == right.view() && left.is_cut_ == right.is_cut_;
  }

private:
  char words_[bytes_max] = {};
  std::uint8_t bytes_ = 0;
  bool is_cut_ = false;
};

/// What was wrong, with which key and value, and what would be right. A plain value: making, copying and describing one
/// never allocates. [SR-CONFIG-002]
struct config_failure {
  config_failure_code code = config_failure_code::none;
  config_text key{};         ///< as given: log.level, or NEBULA_MEMORY_LOG_LEVEL
  config_text value{};       ///< as given
  const char* accepted = ""; ///< of wrong_type and not_a_word: what would be right
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  const char* other = ""; ///< another key
  std::size_t offset = 0; ///< of syntax: bytes before what is wrong

  friend bool operator==(const config_failure& left, const config_failure& right) noexcept {
    return left.code == right.code && left.key == right.key && left.value == right.value &&
           std::string_view(left.accepted) == right.accepted && left.lowest == right.lowest &&
           left.highest == right.highest && std::string_view(left.other) == right.other && left.offset == right.offset;
  }
};

template <class T>
using config_outcome = outcome<T, config_failure>;

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(config_failure_code code) noexcept;

/// Writes one line for people, what was given escaped. Ends with a zero byte unless size_bytes is 0; nothing is written
/// beyond it. Returns the bytes of the whole text without the zero, so that a return of at least size_bytes says that it
/// was cut. No heap, no locale, any thread. [SR-CONFIG-002]
std::size_t describe(const config_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
