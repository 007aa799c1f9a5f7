// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/stack.hpp>

namespace nebula {

/// A stack configuration that was found valid. Made by stack_config::validate() only.
class stack_plan {
public:
  constexpr stack_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its allocator has no memory to give

private:
  friend struct stack_config;
  friend class stack_allocator;
  constexpr stack_plan(byte_span storage, fault_hook hook, check_level level) noexcept
      : storage_(storage), hook_(hook), level_(level) {}
  byte_span storage_{};
  fault_hook hook_{};
  check_level level_ = check_level::standard;
};

/// What a stack allocator is to be.
struct stack_config {
  byte_span storage{}; ///< lent for the allocator's life; any alignment
  fault_hook hook{};   ///< none: the program's
  check_level level = check_level::standard;

  /// invalid_configuration: field check_level iff it is none; storage iff it is null, not larger than one record, or
  /// runs past the end of the address space.
  [[nodiscard]] result<stack_plan> validate() const noexcept {
    if (!is_check_level(level)) {
      return error{error_code::invalid_configuration, operation::configure, component::stack_allocator,
                   configuration_field::check_level};
    }
    const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
    if (storage.data == nullptr || storage.size <= basic_stack<span_byte_storage>::record_bytes() ||
        storage.size > std::numeric_limits<std::uintptr_t>::max() - address) {
      return error{error_code::invalid_configuration, operation::configure, component::stack_allocator,
                   configuration_field::storage};
    }
    return stack_plan{storage, hook, level};
  }
};

/// Blocks of any layout in a caller's storage, freed in reverse order. One owner. Contracts: basic_stack.
/// docs/allocators/stack.md.
class stack_allocator : public basic_stack<span_byte_storage> {
public:
  explicit stack_allocator(const stack_plan& plan) noexcept
      : basic_stack(span_byte_storage{plan.storage_}, plan.hook_, plan.level_) {}
};

/// The same inside the object: checked when compiled, all-zero and constant-initialised; no start-up code.
/// [SR-STACK-004]
template <std::size_t Bytes>
class static_stack : public basic_stack<inline_byte_storage<Bytes>> {
  static_assert(Bytes > basic_stack<inline_byte_storage<Bytes>>::record_bytes(), "room for one block and its record");

public:
  constexpr static_stack() noexcept = default;
  explicit constexpr static_stack(fault_hook hook, check_level level = check_level::standard) noexcept
      : basic_stack<inline_byte_storage<Bytes>>(hook, level) {}
};

} // namespace nebula
