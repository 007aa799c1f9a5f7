// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/bump.hpp>
#include <nebula/kernel/configuration.hpp>

namespace nebula {

/// A bump configuration that was found valid. Made by bump_config::validate() only.
class bump_plan {
public:
  constexpr bump_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its allocator has no memory to give

private:
  friend struct bump_config;
  friend class bump_allocator;
  constexpr bump_plan(byte_span storage, fault_hook hook, check_level level) noexcept
      : storage_(storage), hook_(hook), level_(level) {}
  byte_span storage_{};
  fault_hook hook_{};
  check_level level_ = check_level::standard;
};

/// What a bump allocator is to be.
struct bump_config {
  byte_span storage{}; ///< lent for the allocator's life; any alignment
  fault_hook hook{};   ///< none: the program's
  check_level level = check_level::standard;

  /// invalid_configuration: field check_level iff it is none; storage iff it is null, empty, or runs past the end of
  /// the address space.
  [[nodiscard]] result<bump_plan> validate() const noexcept {
    if (!is_check_level(level)) {
      return error{error_code::invalid_configuration, operation::configure, component::bump_allocator,
                   configuration_field::check_level};
    }
    const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
    if (storage.data == nullptr || storage.size == 0 ||
        storage.size > std::numeric_limits<std::uintptr_t>::max() - address) {
      return error{error_code::invalid_configuration, operation::configure, component::bump_allocator,
                   configuration_field::storage};
    }
    return bump_plan{storage, hook, level};
  }
};

/// Blocks of any layout in a caller's storage, given back all together. One owner. Contracts: basic_bump.
/// docs/allocators/bump.md.
class bump_allocator : public basic_bump<span_byte_storage> {
public:
  explicit bump_allocator(const bump_plan& plan) noexcept
      : basic_bump(span_byte_storage{plan.storage_}, plan.hook_, plan.level_) {}
};

/// The same inside the object: checked when compiled, all-zero and constant-initialised; no start-up code.
/// [SR-BUMP-004]
template <std::size_t Bytes>
class static_bump : public basic_bump<inline_byte_storage<Bytes>> {
public:
  constexpr static_bump() noexcept = default;
  explicit constexpr static_bump(fault_hook hook, check_level level = check_level::standard) noexcept
      : basic_bump<inline_byte_storage<Bytes>>(hook, level) {}
};

} // namespace nebula
