// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/kernel/describe.hpp>

#include <cstddef>
#include <limits>

#include <nebula/kernel/advice.hpp>
#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/bounded_text.hpp>

namespace nebula {
namespace {

void add_line(bounded_text& report, const char* label, const char* words) noexcept {
  if (words != nullptr) {
    report.add(label);
    report.add(words);
  }
}

void add_title(bounded_text& report, error failure) noexcept {
  report.add(name(failure.reporter));
  report.add(": ");
  report.add(name(failure.during));
  report.add(" failed: ");
  report.add(name(failure.code));
  if (failure.field != configuration_field::none) {
    report.add(" (field ");
    report.add(name(failure.field));
    report.add(')');
  }
}

void add_layout(bounded_text& report, const char* label, layout which) noexcept {
  report.add(label);
  report.add_decimal(which.size);
  report.add(which.size == 1 ? " byte, alignment " : " bytes, alignment ");
  report.add_decimal(which.align);
}

/// used * 100 / capacity, rounded down; the larger factor is divided first where the product could wrap. The capacity
/// is not 0.
std::size_t percent_used(const allocator_state& state) noexcept {
  return state.used_bytes > std::numeric_limits<std::size_t>::max() / 100
             ? divide(state.used_bytes, divide(state.capacity_bytes, 100).quotient + 1).quotient
             : divide(state.used_bytes * 100, state.capacity_bytes).quotient;
}

void add_use(bounded_text& report, const allocator_state& state, std::size_t peak_bytes) noexcept {
  report.add("\n  used:      ");
  report.add_size(state.used_bytes);
  report.add(" of ");
  report.add_size(state.capacity_bytes);
  if (state.capacity_bytes != 0) {
    report.add(" (");
    report.add_decimal(percent_used(state));
    report.add("%)");
  }
  report.add(", peak ");
  report.add_size(peak_bytes);
}

void add_state(bounded_text& report, const allocator_state& state) noexcept {
  add_use(report, state, state.peak_bytes);
  report.add("\n  available: ");
  report.add_size(state.available_bytes);
  report.add("\n  live:      ");
  report.add_decimal(state.live_blocks);
  report.add(state.live_blocks == 1 ? " block" : " blocks");
}

bool shows_request(error failure, layout request) noexcept {
  return request.size != 0 || failure.code == error_code::invalid_layout;
}
bool shows_state(error failure) noexcept {
  return failure.reporter != component::none && failure.reporter != component::layout &&
         failure.during != operation::configure;
}

/// `largest` is null if it is not known.
std::size_t report_of(bounded_text report, error failure, layout request, const layout* largest,
                      const allocator_state& state) noexcept {
  add_title(report, failure);
  add_line(report, "\n  cause:     ", cause_of(failure, request, state));
  if (shows_request(failure, request)) {
    const bool is_given_back = failure.during == operation::deallocate;
    add_layout(report, is_given_back ? "\n  given:     " : "\n  requested: ", request);
  }
  if (largest != nullptr && failure.code == error_code::layout_unsupported) {
    add_layout(report, "\n  largest:   ", *largest);
  }
  if (shows_state(failure)) {
    add_state(report, state);
  }
  add_line(report, "\n  retry:     ", retry_of(failure));
  add_line(report, "\n  advice:    ", advice_for(failure, state));
  report.add('\n');
  return report.finish();
}

const char* words_of(budget_level level) noexcept {
  switch (level) {
  case budget_level::normal: return "normal";
  case budget_level::high: return "high";
  case budget_level::critical: return "critical";
  case budget_level::exceeded: return "exceeded: the limit was lowered below what is reserved";
  }
  return "unknown";
}

void add_count(bounded_text& report, std::size_t count, value_unit unit) noexcept {
  report.add_decimal(count);
  const bool is_one = count == 1;
  switch (unit) {
  case value_unit::none: break;
  case value_unit::bytes: report.add(is_one ? " byte" : " bytes"); break;
  case value_unit::blocks: report.add(is_one ? " block" : " blocks"); break;
  case value_unit::classes: report.add(is_one ? " class" : " classes"); break;
  case value_unit::caches: report.add(is_one ? " cache" : " caches"); break;
  case value_unit::levels: report.add(is_one ? " level" : " levels"); break;
  case value_unit::percent: report.add('%'); break;
  }
}

void add_value(bounded_text& report, const configuration_report& wrong) noexcept {
  report.add("\n  value:     ");
  if (wrong.rule == value_rule::pointer) {
    report.add(wrong.is_null ? "null" : "not null");
    return;
  }
  if (wrong.rule == value_rule::storage) {
    report.add(wrong.is_null ? "null, " : "not null, ");
  }
  add_count(report, wrong.value, wrong.unit);
}

void add_range(bounded_text& report, const configuration_report& wrong) noexcept {
  report.add("\n  allowed:   ");
  if (wrong.rule == value_rule::pointer) {
    report.add("not null");
    return;
  }
  if (wrong.rule == value_rule::level) {
    report.add("standard (0) or paranoid (1)");
    return;
  }
  if (wrong.rule == value_rule::growth) {
    report.add("fixed (0), doubling (1) or incremental (2)");
    return;
  }
  if (wrong.lowest > wrong.highest) {
    report.add("nothing, as long as the other fields stay as they are");
    return;
  }
  if (wrong.rule == value_rule::storage) {
    report.add("not null, ");
  }
  if (wrong.rule == value_rule::power_of_two) {
    report.add("a power of two ");
  }
  if (wrong.highest == std::numeric_limits<std::size_t>::max()) {
    report.add("at least ");
    add_count(report, wrong.lowest, wrong.unit);
    return;
  }
  report.add("from ");
  report.add_decimal(wrong.lowest);
  report.add(" to ");
  add_count(report, wrong.highest, wrong.unit);
}

} // namespace

std::size_t describe(error failure, layout request, const allocator_state& state, char* buffer,
                     std::size_t size) noexcept NEBULA_NONBLOCKING {
  return report_of(bounded_text(buffer, size), failure, request, nullptr, state);
}

std::size_t describe(error failure, layout request, layout largest, const allocator_state& state, char* buffer,
                     std::size_t size) noexcept NEBULA_NONBLOCKING {
  return report_of(bounded_text(buffer, size), failure, request, &largest, state);
}

std::size_t describe(error failure, std::size_t bytes, const budget_state& state, char* buffer,
                     std::size_t size) noexcept NEBULA_NONBLOCKING {
  allocator_state counted;
  counted.capacity_bytes = state.limit_bytes;
  counted.used_bytes = state.used_bytes;
  bounded_text report(buffer, size);
  add_title(report, failure);
  add_line(report, "\n  cause:     ", cause_of(failure, {bytes, 1}, counted));
  report.add("\n  requested: ");
  add_count(report, bytes, value_unit::bytes);
  add_use(report, counted, state.peak_bytes);
  report.add("\n  available: ");
  report.add_size(state.available_bytes); // above this budget too
  report.add("\n  level:     ");
  report.add(words_of(state.level));
  add_line(report, "\n  retry:     ", retry_of(failure));
  add_line(report, "\n  advice:    ", advice_for(failure, counted));
  report.add('\n');
  return report.finish();
}

std::size_t describe(error failure, const configuration_report& wrong, char* buffer,
                     std::size_t size) noexcept NEBULA_NONBLOCKING {
  bounded_text report(buffer, size);
  add_title(report, failure);
  if (wrong.rule == value_rule::none) {
    add_line(report, "\n  cause:     ", cause_of(failure, {}, {}));
  } else {
    if (wrong.position != configuration_report::no_position) {
      report.add("\n  class:     number ");
      report.add_decimal(wrong.position);
      report.add(", counted from 0");
    }
    add_value(report, wrong);
    add_range(report, wrong);
  }
  add_line(report, "\n  retry:     ", retry_of(failure));
  report.add('\n');
  return report.finish();
}

std::size_t describe_size(std::size_t bytes, char* buffer, std::size_t size) noexcept NEBULA_NONBLOCKING {
  bounded_text words(buffer, size);
  words.add_size(bytes);
  return words.finish();
}

} // namespace nebula
