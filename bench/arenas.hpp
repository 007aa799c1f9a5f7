// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory_resource>

#include "bench/nebula_blocks.hpp"

#if NEBULA_BENCH_HAS_FOONATHAN
#include <foonathan/memory/memory_stack.hpp>
#endif

/// Memory that is given back all together: ours and its peers. `reset` is told the blocks, which general allocators free
/// one by one.
namespace nebula::bench {

inline constexpr std::size_t chunk_bytes = std::size_t{16} * 1024;

class arena_subject {
public:
  using front = arena_subject&;
  explicit arena_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes),
        chunks_(must_plan(stack_builder{}.storage(byte_span{bytes_.data(), bytes_.size()}).build())),
        arena_(must_plan(arena_builder{}.source(chunks_.source()).chunk_bytes(chunk_bytes).build())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(arena_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) noexcept {
    must(arena_.reset());
  }

private:
  storage bytes_;
  span_chunk_source chunks_;
  arena arena_;
};

class pmr_monotonic_subject {
public:
  using front = pmr_monotonic_subject&;
  explicit pmr_monotonic_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes), resource_(bytes_.data(), bytes_.size()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) {
    return resource_.allocate(bytes, block_align_bytes);
  }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) { resource_.release(); }

private:
  storage bytes_;
  std::pmr::monotonic_buffer_resource resource_;
};

#if NEBULA_BENCH_HAS_FOONATHAN
class foonathan_stack_subject {
public:
  using front = foonathan_stack_subject&;
  explicit foonathan_stack_subject(const shape& /*sizes*/) : stack_(chunk_bytes), bottom_(stack_.top()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) { return stack_.allocate(bytes, block_align_bytes); }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) { stack_.unwind(bottom_); }

private:
  foonathan::memory::memory_stack<> stack_;
  foonathan::memory::memory_stack<>::marker bottom_;
};
#endif

template <class Scenario>
void add_arenas(registry& all, const char* scenario) {
  all.add<Scenario, arena_subject>(scenario, "nebula arena");
#if NEBULA_BENCH_HAS_FOONATHAN
  all.add<Scenario, foonathan_stack_subject>(scenario, "foonathan stack");
#endif
  all.add<Scenario, pmr_monotonic_subject>(scenario, "pmr monotonic");
}

} // namespace nebula::bench
