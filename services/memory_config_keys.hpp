// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nebula/services/memory_config.hpp>

namespace nebula::services {

enum class config_kind : std::uint8_t { number = 0, truth = 1, word = 2 };

/// A key of the configuration: everything that reads, writes, checks or lists one goes through this table.
struct config_key {
  const char* name;     ///< log.level
  const char* variable; ///< LOG_LEVEL, behind the prefix
  config_kind kind;
  const char* words; ///< of words: the enumerators in their order, ", " between them
  std::uint64_t lowest;
  std::uint64_t highest;
  std::uint64_t (*get)(const memory_config& config) noexcept;
  void (*set)(memory_config& config, std::uint64_t value) noexcept;
};

/// In the order of the fields of memory_config.
extern const config_key config_keys[];
extern const std::size_t config_key_count;
inline constexpr std::size_t config_key_count_max = 64;
/// The words of memory_preset.
extern const char* const preset_words;

/// The number of a word among "first, second, third"; the count iff it is none.
[[nodiscard]] std::size_t index_of_word(std::string_view words, std::string_view wanted) noexcept;
[[nodiscard]] std::size_t word_count(std::string_view words) noexcept;
[[nodiscard]] std::string_view word_at(std::string_view words, std::size_t index) noexcept;

/// Null iff no key is called so.
[[nodiscard]] const config_key* find_key(std::string_view name) noexcept;
/// The name of the key that is most like this one; "" iff none is like it.
[[nodiscard]] const char* nearest_key(std::string_view name) noexcept;

/// What kind of value a key takes, for people: "a whole number", "true or false", or its words.
[[nodiscard]] const char* accepted_by(const config_key& key) noexcept;

} // namespace nebula::services
