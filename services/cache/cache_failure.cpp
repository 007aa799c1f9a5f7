// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/cache/cache_failure.hpp>

#include "../name_at.hpp"
#include "../number_text.hpp"

namespace nebula::services {
namespace {

void add_range(bounded_text& text, const cache_failure& failure) noexcept {
  const bool is_time = failure.field == cache_field::time_to_live || failure.field == cache_field::idle_time;
  const bool has_no_clock = is_time && failure.highest == 0;
  text.add(name(failure.field));
  text.add(is_time && !has_no_clock ? " is -" : " is "); // of a cache with a clock, only what is negative is refused
  add_number(text, failure.value);
  text.add(is_time ? " ns" : "");
  if (has_no_clock) {
    text.add(", and the cache has no clock; accepted is 0");
    return;
  }
  if (failure.highest < failure.lowest) {
    text.add("; no value would do as long as the other fields stay");
    return;
  }
  text.add("; accepted is ");
  add_number(text, failure.lowest);
  text.add("...");
  add_number(text, failure.highest);
}

} // namespace

const char* name(cache_failure_code code) noexcept {
  constexpr const char* names[] = {"none", "out_of_range", "too_heavy", "no_capacity", "policy_broken"};
  return name_at(names, code);
}

const char* name(cache_field field) noexcept {
  constexpr const char* names[] = {"none", "entry_count", "storage", "time_to_live", "idle_time"};
  return name_at(names, field);
}

std::size_t describe(const cache_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case cache_failure_code::none: text.add("no failure"); break;
  case cache_failure_code::out_of_range: add_range(text, failure); break;
  case cache_failure_code::too_heavy:
    text.add("the entry weighs ");
    add_number(text, failure.value);
    text.add(", and the whole cache holds ");
    add_number(text, failure.highest);
    break;
  case cache_failure_code::no_capacity: text.add("the cache was resized to hold nothing"); break;
  case cache_failure_code::policy_broken:
    text.add("the policy chose entry ");
    add_number(text, failure.value);
    text.add(", which is not in the cache");
    break;
  }
  return text.finish();
}

} // namespace nebula::services
