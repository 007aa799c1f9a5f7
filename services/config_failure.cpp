// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/config_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/escaped_text.hpp>

#include "name_at.hpp"
#include "number_text.hpp"

namespace nebula::services {
namespace {

void add(bounded_text& text, const config_text& words) noexcept {
  add_escaped(text, words.view());
  text.add(words.is_cut() ? "…" : "");
}

void add_value(bounded_text& text, const config_failure& failure, const char* between) noexcept {
  add(text, failure.key);
  text.add(between);
  text.add('\'');
  add(text, failure.value);
  text.add('\'');
}

} // namespace

const char* name(config_failure_code code) noexcept {
  constexpr const char* names[] = {"none",        "unknown_key", "wrong_type", "out_of_range", "not_a_word",
                                   "given_twice", "conflict",    "syntax",     "out_of_memory"};
  return name_at(names, code);
}

std::size_t describe(const config_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case config_failure_code::none: text.add("no failure"); break;
  case config_failure_code::unknown_key:
    text.add('\'');
    add(text, failure.key);
    text.add("' is no key of the configuration");
    if (*failure.other != '\0') {
      text.add("; is ");
      text.add(failure.other);
      text.add(" meant?");
    }
    break;
  case config_failure_code::wrong_type:
  case config_failure_code::not_a_word:
    add_value(text, failure, " is ");
    text.add("; accepted is ");
    text.add(failure.accepted);
    break;
  case config_failure_code::out_of_range:
    add_value(text, failure, " is ");
    text.add("; accepted is ");
    add_number(text, failure.lowest);
    text.add("...");
    add_number(text, failure.highest);
    break;
  case config_failure_code::given_twice:
    add(text, failure.key);
    text.add(" is given twice");
    break;
  case config_failure_code::conflict:
    add(text, failure.key);
    text.add(" is above ");
    text.add(failure.other);
    text.add("; it must not be");
    break;
  case config_failure_code::syntax:
    text.add("not JSON, at byte ");
    text.add_decimal(failure.offset);
    break;
  case config_failure_code::out_of_memory: text.add("the heap has no room for the configuration's text"); break;
  }
  return text.finish();
}

} // namespace nebula::services
