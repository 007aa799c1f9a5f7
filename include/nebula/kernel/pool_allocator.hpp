// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {

using pool_config = basic_pool_config<shared_atomics>;
using pool_plan = basic_pool_plan<shared_atomics>;

/// Equal blocks in a caller's storage, for any number of threads and interrupts: lock-free, ABA-safe, double free
/// decided exactly. Contracts: basic_pool. docs/allocators/pool.md.
class pool_allocator : public basic_pool<shared_atomics, span_block_storage<shared_atomics>> {
public:
  explicit pool_allocator(const pool_plan& plan) noexcept : basic_pool(plan) {}
};

/// `Count` blocks, each for one T, inside the object: checked when compiled, all-zero and constant-initialised, so that
/// it needs no start-up code and takes no room in the program's image. Deals in raw bytes, as every allocator of the
/// kernel. [SR-POOL-008]
template <class T, std::uint32_t Count>
class static_pool
    : public basic_pool<shared_atomics, inline_block_storage<shared_atomics, sizeof(T), alignof(T), Count>> {
public:
  constexpr static_pool() noexcept = default;
  explicit constexpr static_pool(fault_hook hook, check_level level = check_level::standard) noexcept
      : basic_pool<shared_atomics, inline_block_storage<shared_atomics, sizeof(T), alignof(T), Count>>(hook, level) {}
};

} // namespace nebula
