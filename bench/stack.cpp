// SPDX-License-Identifier: Apache-2.0 OR MIT
// Blocks freed in the reverse of the order in which they were allocated; one thread.
#include <array>
#include <vector>

#include "bench/least_checked.hpp"
#include "bench/nebula_blocks.hpp"
#include "bench/workload.hpp"

#if NEBULA_BENCH_HAS_FOONATHAN
#include <foonathan/memory/memory_stack.hpp>
#endif

namespace nebula::bench {
namespace {

class stack_subject {
public:
  using front = stack_subject&;
  explicit stack_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes),
        stack_(must_plan(stack_builder{}.storage(byte_span{bytes_.data(), bytes_.size()}).build())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(stack_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(stack_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  storage bytes_;
  stack_allocator stack_;
};

/// The bound: the block itself says where the top goes back to.
class raw_stack_subject {
public:
  using front = raw_stack_subject&;
  explicit raw_stack_subject(const shape& sizes) : bytes_(sizes.storage_bytes), top_(bytes_.data()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    std::byte* const block = top_;
    top_ += bytes;
    return block;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) noexcept {
    top_ = static_cast<std::byte*>(block);
  }

private:
  storage bytes_;
  std::byte* top_;
};

#if NEBULA_BENCH_HAS_FOONATHAN
/// Freed by a marker for each block, which the program keeps.
class foonathan_stack_subject {
public:
  using front = foonathan_stack_subject&;
  explicit foonathan_stack_subject(const shape& sizes)
      : stack_(stack_type::min_block_size(sizes.storage_bytes)), markers_(depth_max, stack_.top()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) {
    markers_[depth_] = stack_.top();
    ++depth_;
    return stack_.allocate(bytes, block_align_bytes);
  }
  [[gnu::always_inline]] inline void deallocate(void* /*block*/, std::size_t /*bytes*/) {
    --depth_;
    stack_.unwind(markers_[depth_]);
  }

private:
  using stack_type = foonathan::memory::memory_stack<>;
  static constexpr std::size_t depth_max = 16 + ballast_count;
  stack_type stack_;
  std::vector<stack_type::marker> markers_; // a marker has no value but a stack's
  std::size_t depth_ = 0;
};
#endif

template <std::size_t Depth>
struct nest {
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(Depth);
  static constexpr std::size_t verified_rounds = 2'000;
  static constexpr std::size_t verified_entries = Depth * verified_rounds + ballast_count;
  static constexpr shape sizes{0, 0, std::size_t{64} * 1024};

  template <class Front, class Run>
  static void body(Front& stack, Run& run) {
    const std::size_t bytes = opaque(std::size_t{64});
    const ballast<Front, Run> held(stack, run, bytes);
    std::array<void*, Depth> blocks{};
    run.repeat([&] {
      for (std::size_t index = 0; index < Depth; ++index) {
        blocks[index] = stack.allocate(bytes);
        run.write(blocks[index], bytes);
      }
      for (std::size_t index = Depth; index != 0; --index) {
        run.before_free(blocks[index - 1]);
        stack.deallocate(blocks[index - 1], bytes);
        keep(blocks[index - 1]);
      }
    });
  }
};

template <class Scenario>
void add_stacks(registry& all, const char* scenario) {
  all.add<Scenario, stack_subject>(scenario, "nebula stack");
  all.add<Scenario, raw_stack_subject>(scenario, "unchecked stack");
  all.add<Scenario, least_checked_stack_subject>(scenario, "least checks");
#if NEBULA_BENCH_HAS_FOONATHAN
  all.add<Scenario, foonathan_stack_subject>(scenario, "foonathan stack");
#endif
  add_heaps<Scenario>(all, scenario);
}

} // namespace

void add_stack(registry& all) {
  add_stacks<nest<1>>(all, "stack_pair");
  add_stacks<nest<16>>(all, "stack_nest_of_16");
}

} // namespace nebula::bench
