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
  /// All caches have ended before; caches_attached, reported to the hook, iff one has not. [SR-CACHE-005]
  ~pool_allocator() { report_attached_caches(); }
  pool_allocator(const pool_allocator&) = delete;
  pool_allocator& operator=(const pool_allocator&) = delete;
};

/// `Count` blocks, each for one T, inside the object: checked when compiled, all-zero and constant-initialised, so that
/// it needs no start-up code and takes no room in the program's image. Deals in raw bytes, as every allocator of the
/// kernel. [SR-POOL-008] At most `CacheCount` caches can be attached at a time; they must end before the pool, which has
/// no destructor that could notice, for that would have to be registered at start-up.
template <class T, std::uint32_t Count, std::uint32_t CacheCount = 0>
class static_pool : public basic_pool<shared_atomics,
                                      inline_block_storage<shared_atomics, sizeof(T), alignof(T), Count, CacheCount>> {
  static_assert(CacheCount <= pool_config::cache_count_max, "state() reads a slot for each cache");

public:
  constexpr static_pool() noexcept = default;
  explicit constexpr static_pool(fault_hook hook, check_level level = check_level::standard) noexcept
      : basic_pool<shared_atomics, inline_block_storage<shared_atomics, sizeof(T), alignof(T), Count, CacheCount>>(
            hook, level) {}
};

} // namespace nebula
