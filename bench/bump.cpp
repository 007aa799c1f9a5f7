// SPDX-License-Identifier: Apache-2.0 OR MIT
// Blocks one after the other, given back all together; one thread.
#include <array>
#include <memory_resource>

#include "bench/least_checked.hpp"
#include "bench/nebula_blocks.hpp"
#include "bench/workload.hpp"

#if NEBULA_BENCH_HAS_FOONATHAN
#include <foonathan/memory/memory_stack.hpp>
#endif

namespace nebula::bench {
namespace {

constexpr std::size_t bump_align_bytes = 8;

class bump_subject {
public:
  using front = bump_subject&;
  explicit bump_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes),
        bump_(must_plan(bump_builder{}.storage(byte_span{bytes_.data(), bytes_.size()}).build())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(bump_.allocate({bytes, bump_align_bytes}));
  }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) noexcept {
    must(bump_.reset());
  }

private:
  storage bytes_;
  bump_allocator bump_;
};

/// The bound: an addition, without alignment and without a check.
class raw_bump_subject {
public:
  using front = raw_bump_subject&;
  explicit raw_bump_subject(const shape& sizes) : bytes_(sizes.storage_bytes), top_(bytes_.data()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    std::byte* const block = top_;
    top_ += bytes;
    return block;
  }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) noexcept {
    top_ = bytes_.data();
  }

private:
  storage bytes_;
  std::byte* top_;
};

class pmr_monotonic_subject {
public:
  using front = pmr_monotonic_subject&;
  explicit pmr_monotonic_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes), resource_(bytes_.data(), bytes_.size(), std::pmr::null_memory_resource()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) {
    return resource_.allocate(bytes, bump_align_bytes);
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
  explicit foonathan_stack_subject(const shape& sizes)
      : stack_(foonathan::memory::memory_stack<>::min_block_size(sizes.storage_bytes)), bottom_(stack_.top()) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) { return stack_.allocate(bytes, bump_align_bytes); }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) { stack_.unwind(bottom_); }

private:
  foonathan::memory::memory_stack<> stack_;
  foonathan::memory::memory_stack<>::marker bottom_;
};
#endif

/// 1,024 blocks fill the storage, and all are given back.
template <std::size_t Least, std::size_t Most, bool Writes>
struct fill_and_reset {
  static constexpr std::size_t count = 1024;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(count);
  static constexpr std::size_t verified_rounds = 8;
  static constexpr std::size_t verified_entries = count * verified_rounds;
  static constexpr shape sizes{0, 0, count * (Least + Most) / 2 + 4096};

  template <class Front, class Run>
  static void body(Front& bump, Run& run) {
    static const auto all_bytes = even_sizes<count>(Least, Most, 8);
    std::array<void*, count> blocks{};
    keep(blocks.data()); // so that it is there in each column, not only in those that free from it
    run.repeat([&] {
      for (std::size_t index = 0; index < count; ++index) {
        const std::size_t bytes = opaque(all_bytes[index]);
        blocks[index] = bump.allocate(bytes);
        if constexpr (Writes) {
          run.write(blocks[index], bytes);
        } else {
          run.take(blocks[index], bytes);
        }
      }
      run.before_reset();
      bump.reset(blocks.data(), count);
    });
  }
};

template <class Scenario>
void add_bumps(registry& all, const char* scenario) {
  all.add<Scenario, bump_subject>(scenario, "nebula bump");
  all.add<Scenario, raw_bump_subject>(scenario, "unchecked bump");
  all.add<Scenario, least_checked_bump_subject>(scenario, "least checks");
#if NEBULA_BENCH_HAS_FOONATHAN
  all.add<Scenario, foonathan_stack_subject>(scenario, "foonathan stack");
#endif
  all.add<Scenario, pmr_monotonic_subject>(scenario, "pmr monotonic");
  add_heaps<Scenario>(all, scenario);
}

} // namespace

void add_bump(registry& all) {
  add_bumps<fill_and_reset<8, 64, false>>(all, "bump");
  add_bumps<fill_and_reset<8, 64, true>>(all, "bump_and_write");
  add_bumps<fill_and_reset<8, 8, false>>(all, "bump_8_bytes");
}

} // namespace nebula::bench
