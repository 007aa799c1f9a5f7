// SPDX-License-Identifier: Apache-2.0 OR MIT
// A request's small allocations, given back all together; one thread.
#include <array>
#include <memory_resource>

#include "bench/nebula_blocks.hpp"
#include "bench/workload.hpp"

#if NEBULA_BENCH_HAS_FOONATHAN
#include <foonathan/memory/memory_stack.hpp>
#endif

namespace nebula::bench {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{16} * 1024;

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

struct request {
  static constexpr std::size_t count = 128; // of which 100 are used: sizes come in powers of two
  static constexpr std::size_t used = 100;
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 50;
  static constexpr std::size_t verified_entries = used * verified_rounds;
  static constexpr shape sizes{0, 0, 4 * chunk_bytes};

  template <class Front, class Run>
  static void body(Front& arena, Run& run) {
    static const auto all_bytes = even_sizes<count>(16, 64, 8);
    std::array<void*, used> blocks{};
    keep(blocks.data()); // so that it is there in each column, not only in those that free from it
    run.repeat([&] {
      for (std::size_t index = 0; index < used; ++index) {
        const std::size_t bytes = opaque(all_bytes[index]);
        blocks[index] = arena.allocate(bytes);
        run.write(blocks[index], bytes);
      }
      run.before_reset();
      arena.reset(blocks.data(), used);
    });
  }
};

} // namespace

void add_arena(registry& all) {
  constexpr const char* scenario = "arena_reset";
  all.add<request, arena_subject>(scenario, "nebula arena");
#if NEBULA_BENCH_HAS_FOONATHAN
  all.add<request, foonathan_stack_subject>(scenario, "foonathan stack");
#endif
  all.add<request, pmr_monotonic_subject>(scenario, "pmr monotonic");
  add_heaps<request>(all, scenario);
}

} // namespace nebula::bench
