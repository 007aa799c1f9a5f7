// SPDX-License-Identifier: Apache-2.0 OR MIT
// The keys of the configuration, for help texts and for the page of the documentation.
#include <nebula/services/memory_config_text.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "memory_config_keys.hpp"

namespace nebula::services {
namespace {

using row = std::array<std::string, 5>;

std::string number_text(std::uint64_t value) {
  return value == std::numeric_limits<std::uint64_t>::max() ? "2^64 - 1" : std::to_string(value);
}

std::string value_text(const config_key& key, const memory_config& config) {
  const std::uint64_t value = key.get(config);
  switch (key.kind) {
  case config_kind::number: return number_text(value);
  case config_kind::truth: return value != 0 ? "true" : "false";
  case config_kind::word: break;
  }
  return std::string(word_at(key.words, static_cast<std::size_t>(value)));
}

std::string range_text(const config_key& key) {
  return key.kind == config_kind::number ? number_text(key.lowest) + "..." + number_text(key.highest)
                                         : std::string(accepted_by(key));
}

} // namespace

std::string config_keys_text() {
  std::vector<row> rows{{"key", "accepted", "production", "development", "paranoid"}};
  for (std::size_t index = 0; index < config_key_count; ++index) {
    const config_key& key = config_keys[index];
    rows.push_back({key.name, range_text(key), value_text(key, memory_config::production()),
                    value_text(key, memory_config::development()), value_text(key, memory_config::paranoid())});
  }
  std::array<std::size_t, 5> widths{};
  for (const row& each : rows) {
    for (std::size_t column = 0; column < each.size(); ++column) {
      widths[column] = std::max(widths[column], each[column].size());
    }
  }
  std::string text;
  for (const row& each : rows) {
    for (std::size_t column = 0; column < each.size(); ++column) {
      text += each[column];
      text += column + 1 == each.size() ? "\n" : std::string(widths[column] - each[column].size() + 2, ' ');
    }
  }
  return text;
}

} // namespace nebula::services
