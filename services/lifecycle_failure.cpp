// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/lifecycle_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/kernel/describe.hpp>
#include <nebula/services/escaped_text.hpp>

#include "name_at.hpp"
#include "number_text.hpp"

namespace nebula::services {
namespace {

void add_name(bounded_text& text, const lifecycle_failure& failure) noexcept {
  text.add('\'');
  add_escaped(text, failure.allocator.view());
  text.add('\'');
}

void add_range(bounded_text& text, const lifecycle_failure& failure) noexcept {
  if (failure.field == lifecycle_field::reference) {
    text.add("the reference refers to no allocator");
    return;
  }
  text.add(name(failure.field));
  text.add(" is ");
  add_number(text, failure.value);
  text.add("; accepted is ");
  add_number(text, failure.lowest);
  text.add("...");
  add_number(text, failure.highest);
}

void add_live(bounded_text& text, const lifecycle_failure& failure) noexcept {
  add_number(text, failure.value);
  text.add(failure.value == 1 ? " block is" : " blocks are");
  text.add(" live still, of ");
  add_number(text, failure.count);
  text.add(failure.count == 1 ? " allocator: " : " allocators, the first ");
  add_name(text, failure);
  text.add("; free them, or end its registration, and shut down again");
}

} // namespace

const char* name(lifecycle_failure_code code) noexcept {
  constexpr const char* names[] = {"none",          "out_of_range",      "out_of_memory", "name_taken",
                                   "registry_full", "no_such_allocator", "no_owner",      "other_thread",
                                   "refused",       "blocks_live",       "shut_down"};
  return name_at(names, code);
}

const char* name(lifecycle_field field) noexcept {
  constexpr const char* names[] = {"none",
                                   "allocator_count_max",
                                   "name_bytes",
                                   "reference",
                                   "near_capacity_per_mille",
                                   "live_blocks_max",
                                   "calls_between_probes",
                                   "shed_above_critical_bytes"};
  return name_at(names, field);
}

std::size_t describe(const lifecycle_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case lifecycle_failure_code::none: text.add("no failure"); break;
  case lifecycle_failure_code::out_of_range: add_range(text, failure); break;
  case lifecycle_failure_code::out_of_memory: text.add("the heap has no room for what is made once"); break;
  case lifecycle_failure_code::name_taken:
    add_name(text, failure);
    text.add(" is the name of another allocator");
    break;
  case lifecycle_failure_code::registry_full:
    text.add("as many allocators as the registry was made for are registered: ");
    add_number(text, failure.highest);
    break;
  case lifecycle_failure_code::no_such_allocator: text.add("no allocator of this id is registered"); break;
  case lifecycle_failure_code::no_owner: text.add("no registered allocator owns the block"); break;
  case lifecycle_failure_code::other_thread:
    add_name(text, failure);
    text.add(" has one owner, which is another thread");
    break;
  case lifecycle_failure_code::refused:
    add_name(text, failure);
    text.add(" refused: ");
    text.add(nebula::name(failure.what.code));
    break;
  case lifecycle_failure_code::blocks_live: add_live(text, failure); break;
  case lifecycle_failure_code::shut_down: text.add("the memory of the program has been shut down"); break;
  }
  return text.finish();
}

} // namespace nebula::services
