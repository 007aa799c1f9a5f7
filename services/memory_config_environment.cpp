// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads a configuration from variables of the environment. Without heap.
#include <nebula/services/memory_config_text.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

#include "memory_config_keys.hpp"

namespace nebula::services {
namespace {

struct variable {
  std::string_view whole; // with the prefix
  std::string_view name;  // without
  std::string_view value;
};

/// False iff it does not begin with the prefix.
bool is_ours(const char* entry, variable& found) noexcept {
  constexpr std::string_view prefix = config_variable_prefix;
  const std::string_view text = entry;
  if (text.substr(0, prefix.size()) != prefix) {
    return false;
  }
  const std::size_t equals = text.find('=');
  found.whole = text.substr(0, equals);
  found.name = found.whole.substr(prefix.size());
  found.value = equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1);
  return true;
}

const config_key* key_of(std::string_view variable_name, std::size_t& index) noexcept {
  for (index = 0; index < config_key_count; ++index) {
    if (variable_name == config_keys[index].variable) {
      return &config_keys[index];
    }
  }
  return nullptr;
}

config_failure wrong(config_failure_code code, const variable& given, const char* accepted) noexcept {
  config_failure failure;
  failure.code = code;
  failure.key = given.whole;
  failure.value = given.value;
  failure.accepted = accepted;
  return failure;
}

/// The number that the value is by the key's kind.
config_outcome<std::uint64_t> value_of(const config_key& key, const variable& given) noexcept {
  if (key.kind == config_kind::word) {
    const std::size_t index = index_of_word(key.words, given.value);
    if (index > key.highest) {
      return wrong(config_failure_code::not_a_word, given, key.words);
    }
    return std::uint64_t{index};
  }
  if (key.kind == config_kind::truth) {
    const std::size_t index = index_of_word("false, true", given.value);
    if (index > 1) {
      return wrong(config_failure_code::wrong_type, given, accepted_by(key));
    }
    return std::uint64_t{index};
  }
  std::uint64_t value = 0;
  const char* const end = std::to_address(given.value.end());
  const auto [stopped, failed_by] = std::from_chars(std::to_address(given.value.begin()), end, value);
  if (failed_by == std::errc::invalid_argument || stopped != end) {
    return wrong(config_failure_code::wrong_type, given, accepted_by(key));
  }
  if (failed_by == std::errc::result_out_of_range || value < key.lowest || value > key.highest) {
    config_failure failure = wrong(config_failure_code::out_of_range, given, accepted_by(key));
    failure.lowest = key.lowest;
    failure.highest = key.highest;
    return failure;
  }
  return value;
}

/// The nearest key's name as that of a variable would be longer than it helps: the key is told.
config_failure unknown(const variable& given) noexcept {
  config_failure failure = wrong(config_failure_code::unknown_key, given, "");
  char as_key[config_text::bytes_max] = {};
  std::size_t length = 0;
  bool has_point = false;
  for (const char each : given.name.substr(0, sizeof as_key)) {
    const bool is_point = each == '_' && !has_point;
    has_point = has_point || is_point;
    as_key[length] = is_point ? '.' : each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    ++length;
  }
  failure.other = nearest_key({as_key, length});
  return failure;
}

/// The base, or the preset that the environment names.
config_outcome<memory_config> beginning(const memory_config& base, const char* const* environment) noexcept {
  memory_config config = base;
  bool is_named = false;
  for (; *environment != nullptr; ++environment) {
    variable given;
    if (!is_ours(*environment, given) || given.name != "PRESET") {
      continue;
    }
    if (is_named) {
      return wrong(config_failure_code::given_twice, given, "");
    }
    is_named = true;
    const std::size_t index = index_of_word(preset_words, given.value);
    if (index == word_count(preset_words)) {
      return wrong(config_failure_code::not_a_word, given, preset_words);
    }
    config = memory_config::of(static_cast<memory_preset>(index));
  }
  return config;
}

} // namespace

config_outcome<memory_config> read_environment(const memory_config& base, const char* const* environment) noexcept {
  static constexpr const char* nothing[] = {nullptr};
  environment = environment == nullptr ? nothing : environment;
  const auto begun = beginning(base, environment);
  if (!begun) {
    return begun.failure();
  }
  memory_config config = begun.value();
  bool is_given[config_key_count_max] = {};
  for (; *environment != nullptr; ++environment) {
    variable given;
    if (!is_ours(*environment, given) || given.name == "PRESET") {
      continue;
    }
    std::size_t index = 0;
    const config_key* const key = key_of(given.name, index);
    if (key == nullptr) {
      return unknown(given);
    }
    if (is_given[index]) {
      return wrong(config_failure_code::given_twice, given, "");
    }
    is_given[index] = true;
    const auto value = value_of(*key, given);
    if (!value) {
      return value.failure();
    }
    key->set(config, value.value());
  }
  if (const auto valid = config.validate(); !valid) {
    return valid.failure();
  }
  return config;
}

} // namespace nebula::services
