// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads a configuration from JSON, and writes it. The reader is told of one value after the other, so that a key that is
// given twice is seen, and so that what is nested too deeply is refused before it is kept.
#include <nebula/services/memory_config_text.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp> // IWYU pragma: keep
#include <nlohmann/json_fwd.hpp>

#include "memory_config_keys.hpp"

namespace nebula::services {
namespace {

using nlohmann::json;

/// What is at the place that the reader has come to.
class config_reader : public nlohmann::json_sax<json> { // NOLINT(misc-include-cleaner): its header is an inner one
public:
  config_reader(memory_config& config, bool presets_only) noexcept : config_(config), presets_only_(presets_only) {}

  [[nodiscard]] const config_failure& failure() const noexcept { return failure_; }

  bool null() override { return take("null", value_kind::other, 0); }
  bool boolean(bool value) override { return take(value ? "true" : "false", value_kind::truth, value ? 1U : 0U); }
  bool number_integer(number_integer_t value) override { // negative, or -0: others are unsigned
    return take(std::to_string(value), value == 0 ? value_kind::number : value_kind::number_beyond, 0);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return take(std::to_string(value), value_kind::number, value);
  }
  /// Whole numbers of more than 64 bits come as this, too; those that no double has, as a parse_error.
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    const bool is_whole = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == string_t::npos;
    return take(text, is_whole ? value_kind::number_beyond : value_kind::other, 0);
  }
  bool string(string_t& value) override { return take(value, value_kind::word, 0); }
  bool binary(binary_t& /*value*/) override { return take("binary", value_kind::other, 0); }

  bool start_object(std::size_t /*elements*/) override {
    if (depth_ == 0) {
      depth_ = 1;
      return true;
    }
    if (depth_ == 1 && !key_.empty() && key_ != "preset") {
      group_ = key_;
      key_.clear();
      depth_ = 2;
      if (!is_group(group_)) {
        return fail(config_failure_code::unknown_key, group_, "", nearest_key(group_));
      }
      if (groups_.find("." + group_ + ".") != std::string::npos) {
        return fail(config_failure_code::given_twice, group_, "");
      }
      groups_ += "." + group_ + ".";
      return true;
    }
    return take("{…}", value_kind::other, 0);
  }
  bool key(string_t& name) override {
    key_ = name;
    return true;
  }
  bool end_object() override {
    --depth_;
    group_.clear();
    key_.clear();
    return true;
  }
  bool start_array(std::size_t /*elements*/) override { return take("[…]", value_kind::other, 0); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& problem) override { // NOLINT(misc-include-cleaner): likewise
    constexpr int number_overflow = 406;
    if (problem.id == number_overflow) {
      return number_float(0, token);
    }
    failure_.code = config_failure_code::syntax;
    failure_.offset = position == 0 ? 0 : position - 1;
    return false;
  }

private:
  bool fail(config_failure_code code, std::string_view key, std::string_view value, const char* other = "",
            const char* accepted = "") noexcept {
    failure_.code = code;
    failure_.key = key;
    failure_.value = value;
    failure_.other = other;
    failure_.accepted = accepted;
    return false;
  }
  [[nodiscard]] static bool is_group(std::string_view name) noexcept {
    for (std::size_t index = 0; index < config_key_count; ++index) {
      const std::string_view key = config_keys[index].name;
      if (key.size() > name.size() && key.substr(0, name.size()) == name && key[name.size()] == '.') {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] std::string path() const { return group_.empty() ? key_ : group_ + "." + key_; }

  enum class value_kind : std::uint8_t { number, truth, word, number_beyond, other };

  [[nodiscard]] static bool is_of(value_kind given, config_kind wanted) noexcept {
    switch (wanted) {
    case config_kind::number: return given == value_kind::number || given == value_kind::number_beyond;
    case config_kind::truth: return given == value_kind::truth;
    case config_kind::word: break;
    }
    return given == value_kind::word;
  }

  bool take_preset(std::string_view value, value_kind kind) {
    if (is_preset_given_) {
      return fail(config_failure_code::given_twice, "preset", value);
    }
    is_preset_given_ = true;
    const std::size_t index = index_of_word(preset_words, value);
    if (kind != value_kind::word || index == word_count(preset_words)) {
      const auto code = kind == value_kind::word ? config_failure_code::not_a_word : config_failure_code::wrong_type;
      return fail(code, "preset", value, "", preset_words);
    }
    if (presets_only_) {
      config_ = memory_config::of(static_cast<memory_preset>(index));
    }
    return true;
  }

  /// A value at the place: `number` is what a number and a truth come to.
  bool take(std::string_view text, value_kind kind, std::uint64_t number) {
    if (depth_ == 0) {
      return fail(config_failure_code::wrong_type, "the configuration", text, "", "an object of objects");
    }
    if (depth_ == 1 && key_ == "preset") {
      return take_preset(text, kind);
    }
    const std::string name = path();
    const config_key* const found = find_key(name);
    if (found == nullptr) {
      return depth_ == 1 && is_group(name)
                 ? fail(config_failure_code::wrong_type, name, text, "", "an object with the keys of the group")
                 : fail(config_failure_code::unknown_key, name, text, nearest_key(name));
    }
    bool& is_given = is_given_[static_cast<std::size_t>(found - config_keys)];
    if (is_given) {
      return fail(config_failure_code::given_twice, name, text);
    }
    is_given = true;
    if (!is_of(kind, found->kind)) {
      return fail(config_failure_code::wrong_type, name, text, "", accepted_by(*found));
    }
    if (kind == value_kind::word) {
      number = index_of_word(found->words, text);
      if (number > found->highest) {
        return fail(config_failure_code::not_a_word, name, text, "", found->words);
      }
    }
    if (kind == value_kind::number_beyond || number < found->lowest || number > found->highest) {
      failure_.lowest = found->lowest;
      failure_.highest = found->highest;
      return fail(config_failure_code::out_of_range, name, text, "", accepted_by(*found));
    }
    if (!presets_only_) {
      found->set(config_, number);
    }
    return true;
  }

  memory_config& config_;
  bool presets_only_;
  bool is_preset_given_ = false;
  bool is_given_[config_key_count_max] = {};
  unsigned depth_ = 0;
  std::string group_{};
  std::string key_{};
  std::string groups_{}; // that have begun, each between two points
  config_failure failure_{};
};

config_failure no_memory() noexcept {
  config_failure failure;
  failure.code = config_failure_code::out_of_memory;
  return failure;
}

} // namespace

config_outcome<memory_config> read_json(std::string_view text) noexcept {
  memory_config config;
  try {
    // The preset may stand behind what is changed of it: it is looked for first.
    for (const bool presets_only : {true, false}) {
      config_reader reader(config, presets_only);
      if (!json::sax_parse(text.begin(), text.end(), &reader)) {
        return reader.failure();
      }
    }
  } catch (const std::exception&) { // of the library: for want of memory only
    return no_memory();
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    config_failure failure; // which the library takes for the end of the text
    failure.code = config_failure_code::syntax;
    failure.offset = zero;
    return failure;
  }
  if (const auto valid = config.validate(); !valid) {
    return valid.failure();
  }
  return config;
}

// Not by the library's values, which end the program when there is no memory for one (an assertion of theirs). No name and no
// word has a character that JSON would want escaped.
config_outcome<std::string> to_json(const memory_config& config) noexcept {
  try {
    std::string text = "{";
    std::string_view group;
    for (std::size_t index = 0; index < config_key_count; ++index) {
      const config_key& key = config_keys[index];
      const std::string_view name = key.name;
      const std::size_t point = name.find('.');
      if (name.substr(0, point) != group) {
        text += group.empty() ? "\n  \"" : "\n  },\n  \"";
        group = name.substr(0, point);
        text.append(group).append("\": {\n    \"");
      } else {
        text += ",\n    \"";
      }
      text.append(name.substr(point + 1)).append("\": ");
      const std::uint64_t value = key.get(config);
      switch (key.kind) {
      case config_kind::number: text += std::to_string(value); break;
      case config_kind::truth: text += value != 0 ? "true" : "false"; break;
      case config_kind::word:
        text.append("\"").append(word_at(key.words, static_cast<std::size_t>(value))).append("\"");
        break;
      }
    }
    return text + "\n  }\n}\n";
  } catch (const std::exception&) {
    return no_memory();
  }
}

} // namespace nebula::services
