// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>

#include "bench/nebula_blocks.hpp"

#if NEBULA_BENCH_HAS_BOOST
#include <boost/lockfree/detail/freelist.hpp>
#endif
#if NEBULA_BENCH_HAS_CK
#include "bench/ck_list.h"
#endif

/// Pools of equal blocks for several threads: ours, with caches and without, and their peers.
namespace nebula::bench {

/// The pool that caches stand before, and that is used without them.
class shared_pool_subject {
public:
  using front = shared_pool_subject&;
  explicit shared_pool_subject(const shape& sizes)
      : bytes_(must_plan(pool_config::storage_bytes(sizes.block_bytes, pool_align_bytes(sizes.block_bytes),
                                                    sizes.block_count, check_level::standard, cache_count))),
        pool_(must_plan(pool_builder{}
                            .storage(byte_span{bytes_.data(), bytes_.size()})
                            .block_size_bytes(sizes.block_bytes)
                            .block_align_bytes(pool_align_bytes(sizes.block_bytes))
                            .block_count(sizes.block_count)
                            .cache_count(cache_count)
                            .build())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(pool_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(pool_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }
  [[nodiscard]] pool_allocator& pool() noexcept { return pool_; }

private:
  static constexpr std::size_t cache_count = 8; // the most threads of any scenario
  storage bytes_;
  pool_allocator pool_;
};

/// Each thread with a cache of its own.
template <std::uint32_t Capacity>
class cached_pool_subject {
public:
  class front {
  public:
    explicit front(cached_pool_subject& shared) : cache_(shared.shared_.pool()) {
      if (!cache_.is_attached()) {
        give_up(cache_.error());
      }
    }
    [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
      return must(cache_.allocate({bytes, block_align_bytes}));
    }
    [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
      must(cache_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
    }

  private:
    pool_cache<pool_allocator, Capacity> cache_;
  };
  explicit cached_pool_subject(const shape& sizes) : shared_(sizes) {}

private:
  shared_pool_subject shared_;
};

#if NEBULA_BENCH_HAS_BOOST
/// The free list behind Boost.Lockfree's stack and queue.
class boost_free_list_subject {
public:
  using front = boost_free_list_subject&;
  explicit boost_free_list_subject(const shape& sizes) : list_(std::allocator<node>(), sizes.block_count) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t /*bytes*/) {
    void* const block = list_.template construct<true, true>();
    if (block == nullptr) [[unlikely]] {
      give_up("boost::lockfree's free list", "is empty");
    }
    return block;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) {
    list_.template destruct<true>(static_cast<node*>(block));
  }

private:
  struct alignas(64) node {
    node() noexcept {} // nothing: what is measured is the list
    std::byte bytes[64];
  };
  boost::lockfree::detail::freelist_stack<node> list_;
};
#endif

#if NEBULA_BENCH_HAS_CK
/// Concurrency Kit's stack of blocks, swapped with its tag as a double word.
class ck_list_subject {
public:
  using front = ck_list_subject&;
  explicit ck_list_subject(const shape& sizes) : bytes_(sizes.block_bytes * sizes.block_count) {
    nebula_ck_list_begin(&list_);
    for (std::size_t index = 0; index < sizes.block_count; ++index) {
      nebula_ck_list_push(&list_, bytes_.data() + index * sizes.block_bytes);
    }
  }
  [[gnu::always_inline]] inline void* allocate(std::size_t /*bytes*/) noexcept {
    void* const block = nebula_ck_list_pop(&list_);
    if (block == nullptr) [[unlikely]] {
      give_up("ck_stack", "is empty");
    }
    return block;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) noexcept {
    nebula_ck_list_push(&list_, block);
  }

private:
  storage bytes_;
  alignas(64) nebula_ck_list list_{};
};
#endif

class pmr_synchronized_subject {
public:
  using front = pmr_synchronized_subject&;
  explicit pmr_synchronized_subject(const shape& /*sizes*/) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) { return pool_.allocate(bytes, block_align_bytes); }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) {
    pool_.deallocate(block, bytes, block_align_bytes);
  }

private:
  std::pmr::synchronized_pool_resource pool_;
};

/// Ours with caches against general allocators, which have caches too.
template <class Scenario>
void add_cached_pools(registry& all, const char* scenario) {
  all.add<Scenario, cached_pool_subject<64>>(scenario, "nebula pool_cache 64");
  all.add<Scenario, cached_pool_subject<128>>(scenario, "nebula pool_cache 128");
  all.add<Scenario, pmr_synchronized_subject>(scenario, "pmr synchronized");
  add_heaps<Scenario>(all, scenario);
}

/// Ours without caches against other lists with one head.
template <class Scenario>
void add_lock_free_lists(registry& all, const char* scenario) {
  all.add<Scenario, shared_pool_subject>(scenario, "nebula pool");
#if NEBULA_BENCH_HAS_BOOST
  all.add<Scenario, boost_free_list_subject>(scenario, "boost lockfree");
#endif
#if NEBULA_BENCH_HAS_CK
  all.add<Scenario, ck_list_subject>(scenario, "ck_stack");
#endif
}

} // namespace nebula::bench
