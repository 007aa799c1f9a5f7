// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/system_calls.hpp>

#include "name_at.hpp"

namespace nebula::services {
namespace {

void add_configuration(bounded_text& text, const memory_failure& failure) noexcept {
  text.add(name(failure.field));
  text.add(" is ");
  text.add_decimal(failure.value);
  if (failure.highest < failure.lowest) {
    text.add("; no value would do as long as the other fields stay");
    return;
  }
  text.add("; accepted is ");
  text.add(failure.is_power_of_two ? "a power of two from " : "");
  text.add_decimal(failure.lowest);
  text.add(failure.is_power_of_two ? " to " : "...");
  text.add_decimal(failure.highest);
}

void add_refusal(bounded_text& text, const memory_failure& failure) noexcept {
  text.add("the system refused ");
  text.add(name(failure.call));
  text.add(" for ");
  text.add(name(failure.field));
  text.add(": error ");
  text.add_decimal(failure.system_error);
  if (const char* symbol = name_of_system_error(failure.system_error); symbol != nullptr) {
    text.add(" (");
    text.add(symbol);
    text.add(')');
  }
}

} // namespace

const char* name(memory_failure_code code) noexcept {
  constexpr const char* names[] = {"none", "invalid_configuration", "system_refused", "count_exhausted"};
  return name_at(names, code);
}

const char* name(system_call call) noexcept {
  constexpr const char* names[] = {"none",       "query_number", "reserve",     "commit", "release",
                                   "map_huge",   "advise_huge",  "populate",    "lock",   "bind_node",
                                   "query_node", "read_file",    "query_memory"};
  return name_at(names, call);
}

const char* name(memory_field field) noexcept {
  constexpr const char* names[] = {
      "none", "bytes", "pages",    "pages_least",     "huge_page_bytes", "guard_pages",        "lock",
      "bind", "node",  "prefault", "chunk_count_max", "high_per_mille",  "critical_per_mille", "page_bytes"};
  constexpr const char* names_of_logs[] = {"name_bytes",   "log_level",         "near_percent", "look_every",
                                           "sample_every", "events_per_second", "burst_events"};
  return field < memory_field::name_bytes
             ? name_at(names, field)
             : name_at(names_of_logs, static_cast<unsigned>(field) - static_cast<unsigned>(memory_field::name_bytes));
}

std::size_t describe(const memory_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case memory_failure_code::none: text.add("no failure"); break;
  case memory_failure_code::invalid_configuration: add_configuration(text, failure); break;
  case memory_failure_code::system_refused: add_refusal(text, failure); break;
  case memory_failure_code::count_exhausted:
    text.add(name(failure.field));
    text.add(" has been reached: ");
    text.add_decimal(failure.value);
    break;
  }
  return text.finish();
}

} // namespace nebula::services
