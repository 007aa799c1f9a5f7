// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/escaped_text.hpp>

#include "number_text.hpp"

namespace nebula::services {

/// Writes an object of JSON member by member; it is well-formed once it has been closed, unless the text was cut. Keys are
/// the program's own words. One owner.
class json_object {
public:
  explicit json_object(bounded_text& text) noexcept : text_(text) { text_.add('{'); }

  /// Null: the member is left out.
  void add(const char* key, const char* words) noexcept {
    if (words != nullptr) {
      add_words(key, words);
    }
  }
  void add_words(const char* key, std::string_view words) noexcept {
    add_key(key);
    add_json_string(text_, words);
  }
  void add_number(const char* key, std::uint64_t value) noexcept {
    add_key(key);
    services::add_number(text_, value);
  }
  void add_truth(const char* key, bool value) noexcept {
    add_key(key);
    text_.add(value ? "true" : "false");
  }
  /// The value is what the caller adds to the text next.
  void add_key(const char* key) noexcept {
    if (!is_first_) {
      text_.add(',');
    }
    is_first_ = false;
    add_json_string(text_, key);
    text_.add(':');
  }
  void close() noexcept { text_.add('}'); }

private:
  bounded_text& text_;
  bool is_first_ = true;
};

} // namespace nebula::services
