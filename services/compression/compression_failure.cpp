// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/compression/compression_failure.hpp>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/bounded_text.hpp>

#include "../name_at.hpp"
#include "../number_text.hpp"
#include "../range_text.hpp"

namespace nebula::services {
namespace {

void add_numbers(bounded_text& text, const char* before, std::uint64_t first, const char* between, std::uint64_t second,
                 const char* after) noexcept {
  text.add(before);
  add_number(text, first);
  text.add(between);
  add_number(text, second);
  text.add(after);
}
void add_handle(bounded_text& text, const compression_failure& failure, const char* after) noexcept {
  add_numbers(text, "value ", failure.handle.index, ", generation ", failure.handle.generation, after);
}

} // namespace

const char* name(compression_failure_code code) noexcept {
  constexpr const char* names[] = {"none",
                                   "invalid_configuration",
                                   "too_large",
                                   "full",
                                   "too_many_values",
                                   "buffer_too_small",
                                   "unknown_handle",
                                   "damaged",
                                   "no_pin_free",
                                   "refused_by_kernel"};
  return name_at(names, code);
}

const char* name(compression_field field) noexcept {
  constexpr const char* names[] = {"none",        "value_count_max", "value_max_bytes", "block_bytes",
                                   "block_count", "pin_count_max",   "storage"};
  return name_at(names, field);
}

std::size_t describe(const compression_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case compression_failure_code::none: text.add("no failure"); break;
  case compression_failure_code::invalid_configuration: add_range(text, failure); break;
  case compression_failure_code::too_large:
    add_numbers(text, "the value has ", failure.value, " bytes; at most ", failure.highest, " are taken");
    break;
  case compression_failure_code::full:
    add_numbers(text, "the value takes ", failure.value, " blocks, and ", failure.highest, " are free");
    break;
  case compression_failure_code::too_many_values:
    text.add("all ");
    add_number(text, failure.highest);
    text.add(" values that there can be are there");
    break;
  case compression_failure_code::buffer_too_small:
    add_numbers(text, "the buffer has ", failure.value, " bytes; ", failure.lowest, " are needed");
    break;
  case compression_failure_code::unknown_handle:
    add_handle(text, failure, " is not in the store: ");
    text.add(nebula::name(failure.kernel.code));
    break;
  case compression_failure_code::damaged:
    add_handle(text, failure, " is damaged: what is stored is not what was put");
    break;
  case compression_failure_code::no_pin_free:
    text.add("all ");
    add_number(text, failure.highest);
    text.add(" views that there can be are out");
    break;
  case compression_failure_code::refused_by_kernel:
    text.add("a pool of the kernel refuses: ");
    text.add(nebula::name(failure.kernel.code));
    break;
  }
  return text.finish();
}

} // namespace nebula::services
