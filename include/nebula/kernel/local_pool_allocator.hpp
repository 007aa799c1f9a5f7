// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/pool.hpp>

namespace nebula {

using local_pool_config = basic_pool_config<plain_atomics>;
using local_pool_plan = basic_pool_plan<plain_atomics>;

/// Equal blocks in a caller's storage, for one owner: the pool's source and checks without atomic operations.
/// Contracts: basic_pool. docs/allocators/pool.md.
class local_pool_allocator : public basic_pool<plain_atomics, span_block_storage<plain_atomics>> {
public:
  explicit local_pool_allocator(const local_pool_plan& plan) noexcept : basic_pool(plan) {}
};

/// The same inside the object; see static_pool.
template <class T, std::uint32_t Count>
class static_local_pool
    : public basic_pool<plain_atomics, inline_block_storage<plain_atomics, sizeof(T), alignof(T), Count>> {
public:
  constexpr static_local_pool() noexcept = default;
  explicit constexpr static_local_pool(fault_hook hook, check_level level = check_level::standard) noexcept
      : basic_pool<plain_atomics, inline_block_storage<plain_atomics, sizeof(T), alignof(T), Count>>(hook, level) {}
};

} // namespace nebula
