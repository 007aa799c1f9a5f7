// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/log_text.hpp>

#include <cstddef>

#include <nebula/kernel/advice.hpp>
#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/escaped_text.hpp>
#include <nebula/services/log_event.hpp>

#include "json_text.hpp"
#include "number_text.hpp"

namespace nebula::services {
namespace {

bool is_failure(const log_event& event) noexcept { return event.failure.code != error_code::none; }

void add_call(bounded_text& text, const log_event& event) noexcept {
  if (is_failure(event)) {
    text.add(' ');
    text.add(nebula::name(event.failure.during));
    text.add(event.request.size != 0 ? " of" : "");
  }
  if (event.request.size != 0) {
    text.add(' ');
    text.add_decimal(event.request.size);
    text.add(event.request.size == 1 ? " byte, alignment " : " bytes, alignment ");
    text.add_decimal(event.request.align);
  }
  if (event.offset != log_event::no_offset) {
    text.add(event.request.size != 0 ? ", at offset " : " at offset ");
    text.add_decimal(event.offset);
  }
}

void add_failure(bounded_text& text, const log_event& event) noexcept {
  if (!is_failure(event)) {
    return;
  }
  text.add(": ");
  text.add(nebula::name(event.failure.code));
  text.add(" by ");
  text.add(nebula::name(event.failure.reporter));
  if (event.broken != invariant::none) {
    text.add(", invariant ");
    text.add(nebula::name(event.broken));
  }
  if (const char* words = nebula::retry_of(event.failure); words != nullptr) {
    text.add(", ");
    text.add(words);
  }
}

void add_text(bounded_text& text, const log_event& event) noexcept {
  add_escaped(text, event.allocator);
  text.add(": ");
  text.add(name(event.action));
  add_call(text, event);
  add_failure(text, event);
  if (event.capacity_bytes != 0) {
    text.add("; used ");
    text.add_size(event.used_bytes);
    text.add(" of ");
    text.add_size(event.capacity_bytes);
  }
  if (event.suppressed_before != 0) {
    text.add("; ");
    add_number(text, event.suppressed_before);
    text.add(" suppressed before");
  }
}

void add_json(bounded_text& text, const log_event& event) noexcept {
  json_object object(text);
  object.add_number("time_unix_ns", event.unix_nanoseconds);
  object.add("level", name(event.level));
  object.add_words("allocator", event.allocator);
  object.add("event", name(event.action));
  object.add("operation", event.during == operation::none ? nullptr : nebula::name(event.during));
  if (is_failure(event)) {
    object.add("code", nebula::name(event.failure.code));
    object.add("component", nebula::name(event.failure.reporter));
    object.add("invariant", event.broken == invariant::none ? nullptr : nebula::name(event.broken));
    object.add_truth("may_retry", is_retryable(event.failure.code));
  }
  if (event.request.size != 0) {
    object.add_number("size_bytes", event.request.size);
    object.add_number("align", event.request.align);
  }
  if (event.offset != log_event::no_offset) {
    object.add_number("offset", event.offset);
  }
  if (event.capacity_bytes != 0) {
    object.add_number("used_bytes", event.used_bytes);
    object.add_number("capacity_bytes", event.capacity_bytes);
  }
  if (event.suppressed_before != 0) {
    object.add_number("suppressed_before", event.suppressed_before);
  }
  object.close();
}

} // namespace

const char* name(log_level level) noexcept {
  switch (level) {
  case log_level::trace: return "trace";
  case log_level::debug: return "debug";
  case log_level::info: return "info";
  case log_level::warning: return "warning";
  case log_level::error: return "error";
  case log_level::off: return "off";
  }
  return "unknown";
}

const char* name(log_action action) noexcept {
  switch (action) {
  case log_action::allocated: return "allocated";
  case log_action::deallocated: return "deallocated";
  case log_action::resized: return "resized";
  case log_action::marked: return "marked";
  case log_action::restored: return "restored";
  case log_action::all_reset: return "all_reset";
  case log_action::created: return "created";
  case log_action::destroyed: return "destroyed";
  case log_action::near_capacity: return "near_capacity";
  case log_action::refused: return "refused";
  case log_action::misused: return "misused";
  case log_action::corrupted: return "corrupted";
  case log_action::suppressed: return "suppressed";
  }
  return "unknown";
}

std::size_t describe(const log_event& event, log_format format, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  if (format == log_format::json_lines) {
    add_json(text, event);
  } else {
    add_text(text, event);
  }
  return text.finish();
}

} // namespace nebula::services
