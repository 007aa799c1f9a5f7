// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/error_json.hpp>

#include <cstddef>
#include <string>
#include <variant>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/backtrace.hpp>
#include <nebula/services/escaped_text.hpp>
#include <nebula/services/memory_error.hpp>
#include <nebula/services/memory_failure.hpp>

#include "json_text.hpp"
#include "whole_text.hpp"

namespace nebula::services {
namespace {

void add_layout(json_object& object, bounded_text& text, const char* key, layout which) noexcept {
  object.add_key(key);
  json_object inner(text);
  inner.add_number("size_bytes", which.size);
  inner.add_number("align", which.align);
  inner.close();
}

void add_error(json_object& object, error what) noexcept {
  object.add("component", name(what.reporter));
  object.add("operation", name(what.during));
  object.add("code", name(what.code));
  object.add("field", what.field == configuration_field::none ? nullptr : name(what.field));
}

void add_failure(json_object& /*object*/, bounded_text& /*text*/, std::monostate /*nothing*/) noexcept {}

void add_failure(json_object& object, bounded_text& text, const allocator_failure& failure) noexcept {
  add_error(object, failure.what);
  if (failure.request.size != 0 || failure.what.code == error_code::invalid_layout) {
    add_layout(object, text, "request", failure.request);
  }
  if (failure.largest.size != 0) {
    add_layout(object, text, "largest", failure.largest);
  }
  object.add_key("state");
  json_object state(text);
  state.add_number("used_bytes", failure.state.used_bytes);
  state.add_number("capacity_bytes", failure.state.capacity_bytes);
  state.add_number("available_bytes", failure.state.available_bytes);
  state.add_number("peak_bytes", failure.state.peak_bytes);
  state.add_number("live_blocks", failure.state.live_blocks);
  state.close();
}

void add_failure(json_object& object, bounded_text& text, const budget_failure& failure) noexcept {
  add_error(object, failure.what);
  object.add_number("bytes", failure.bytes);
  object.add_key("state");
  json_object state(text);
  state.add_number("used_bytes", failure.state.used_bytes);
  state.add_number("limit_bytes", failure.state.limit_bytes);
  state.add_number("available_bytes", failure.state.available_bytes);
  state.add_number("peak_bytes", failure.state.peak_bytes);
  state.close();
}

void add_failure(json_object& object, bounded_text& /*text*/, const configuration_failure& failure) noexcept {
  add_error(object, failure.what);
  if (failure.wrong.rule == value_rule::none) {
    return;
  }
  object.add_number("value", failure.wrong.value);
  object.add_number("lowest", failure.wrong.lowest);
  object.add_number("highest", failure.wrong.highest);
  if (failure.wrong.position != configuration_report::no_position) {
    object.add_number("position", failure.wrong.position);
  }
}

void add_failure(json_object& object, bounded_text& /*text*/, const memory_failure& failure) noexcept {
  object.add("code", name(failure.code));
  object.add("field", name(failure.field));
  if (failure.code == memory_failure_code::system_refused) {
    object.add("call", name(failure.call));
    object.add_number("system_error", failure.system_error);
    return;
  }
  object.add_number("value", failure.value);
  object.add_number("lowest", failure.lowest);
  object.add_number("highest", failure.highest);
}

/// A frame as add_frame() has it, which is escaped for people, and escaped once more for JSON.
void add_json_frame(bounded_text& text, const void* frame) noexcept {
  char words[1024];
  bounded_text line(words, sizeof words);
  add_frame(line, frame);
  static_cast<void>(line.finish());
  add_json_string(text, words);
}

void add_trace(json_object& object, bounded_text& text, const backtrace& trace) noexcept {
  if (trace.frame_count() == 0) {
    return;
  }
  object.add_key("backtrace");
  text.add('[');
  for (std::size_t index = 0; index < trace.frame_count(); ++index) {
    if (index != 0) {
      text.add(',');
    }
    add_json_frame(text, trace.frame(index));
  }
  text.add(']');
}

} // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a variant of what is trivially copied is never without a value
std::size_t describe_json(const memory_error& failed, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  json_object object(text);
  object.add("kind", name(failed.kind()));
  if (!failed.allocator().empty()) {
    object.add_words("allocator", failed.allocator().view());
  }
  std::visit([&](const auto& failure) { add_failure(object, text, failure); }, failed.failure());
  object.add_truth("may_retry", failed.may_retry());
  object.add("cause", cause_of(failed));
  object.add("retry", retry_of(failed));
  object.add("advice", advice_for(failed));
  add_trace(object, text, failed.trace());
  object.close();
  return text.finish();
}

std::string to_json(const memory_error& failed) {
  return whole_text([&](char* buffer, std::size_t size_bytes) { return describe_json(failed, buffer, size_bytes); });
}

} // namespace nebula::services
