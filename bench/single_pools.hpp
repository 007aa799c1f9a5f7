// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory_resource>

#include "bench/least_checked.hpp"
#include "bench/nebula_blocks.hpp"

#if NEBULA_BENCH_HAS_BOOST
#include <boost/pool/pool.hpp>
#endif
#if NEBULA_BENCH_HAS_FOONATHAN
#include <foonathan/memory/memory_pool.hpp>
#endif

/// Pools of equal blocks for one owner: ours and its peers.
namespace nebula::bench {

/// The bound: links in the blocks, and nothing checked.
class intrusive_list_subject {
public:
  using front = intrusive_list_subject&;
  explicit intrusive_list_subject(const shape& sizes) : bytes_(sizes.block_bytes * sizes.block_count) {
    for (std::size_t index = sizes.block_count; index != 0; --index) {
      deallocate(bytes_.data() + (index - 1) * sizes.block_bytes, 0);
    }
  }
  [[gnu::always_inline]] inline void* allocate(std::size_t /*bytes*/) noexcept {
    link* const first = first_;
    first_ = first->next;
    return first;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) noexcept {
    first_ = ::new (block) link{first_};
  }

private:
  struct link {
    link* next;
  };
  storage bytes_;
  link* first_ = nullptr;
};

#if NEBULA_BENCH_HAS_BOOST
struct boost_chunks {
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  static char* malloc(std::size_t bytes) { return static_cast<char*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)); }
  static void free(char* chunk) { std::free(chunk); }
};

class boost_pool_subject {
public:
  using front = boost_pool_subject&;
  explicit boost_pool_subject(const shape& sizes) : pool_(sizes.block_bytes, sizes.block_count) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t /*bytes*/) noexcept {
    void* const block = pool_.malloc();
    if (block == nullptr) [[unlikely]] {
      give_up("boost::pool", "is out of memory");
    }
    return block;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) noexcept { pool_.free(block); }

private:
  boost::pool<boost_chunks> pool_;
};
#endif

#if NEBULA_BENCH_HAS_FOONATHAN
class foonathan_pool_subject {
public:
  using front = foonathan_pool_subject&;
  explicit foonathan_pool_subject(const shape& sizes)
      : pool_(sizes.block_bytes, pool_type::min_block_size(sizes.block_bytes, sizes.block_count)) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t /*bytes*/) { return pool_.allocate_node(); }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) { pool_.deallocate_node(block); }

private:
  using pool_type = foonathan::memory::memory_pool<foonathan::memory::node_pool>;
  pool_type pool_;
};
#endif

class pmr_unsynchronized_subject {
public:
  using front = pmr_unsynchronized_subject&;
  explicit pmr_unsynchronized_subject(const shape& /*sizes*/) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) { return pool_.allocate(bytes, block_align_bytes); }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) {
    pool_.deallocate(block, bytes, block_align_bytes);
  }

private:
  std::pmr::unsynchronized_pool_resource pool_;
};

template <class Scenario>
void add_single_pools(registry& all, const char* scenario) {
  all.add<Scenario, local_pool_subject>(scenario, "nebula local_pool");
  all.add<Scenario, intrusive_list_subject>(scenario, "unchecked list");
  all.add<Scenario, least_checked_list_subject>(scenario, "least checks");
#if NEBULA_BENCH_HAS_BOOST
  all.add<Scenario, boost_pool_subject>(scenario, "boost pool");
#endif
#if NEBULA_BENCH_HAS_FOONATHAN
  all.add<Scenario, foonathan_pool_subject>(scenario, "foonathan pool");
#endif
  all.add<Scenario, pmr_unsynchronized_subject>(scenario, "pmr unsynchronized");
  add_heaps<Scenario>(all, scenario);
}

} // namespace nebula::bench
