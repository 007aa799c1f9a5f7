// SPDX-License-Identifier: Apache-2.0 OR MIT
// Blocks cut off one storage by one thread and by two. The blocks are not written when they are timed: the addresses
// suffice for any number of them, and no memory is behind them.
#include <array>
#include <atomic>

#include "bench/nebula_blocks.hpp"
#include "bench/workload.hpp"

namespace nebula::bench {
namespace {

constexpr std::size_t bump_align_bytes = 8;

class shared_bump_subject {
public:
  using front = shared_bump_subject&;
  explicit shared_bump_subject(const shape& sizes)
      : range_(sizes.storage_bytes),
        bump_(must_plan(shared_bump_config{byte_span{range_.data(), range_.size()}, {}}.validate())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(bump_.allocate({bytes, bump_align_bytes}));
  }

private:
  address_range range_;
  shared_bump_allocator bump_;
};

class plain_bump {
public:
  explicit plain_bump(const shape& sizes) : range_(sizes.storage_bytes) {}

protected:
  [[nodiscard]] static std::size_t rounded(std::size_t bytes) noexcept {
    return (bytes + bump_align_bytes - 1) & ~(bump_align_bytes - 1);
  }
  [[nodiscard]] std::byte* at(std::size_t offset) const noexcept { return range_.data() + offset; }
  [[nodiscard]] bool fits(std::size_t top, std::size_t bytes) const noexcept {
    return top <= range_.size() && bytes <= range_.size() - top;
  }
  alignas(64) std::atomic<std::size_t> top_{0};

private:
  alignas(64) address_range range_;
};

/// The reference: load, add, compare and exchange until nobody was in between.
class exchange_loop_subject : public plain_bump {
public:
  using front = exchange_loop_subject&;
  using plain_bump::plain_bump;
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    std::size_t top = top_.load(std::memory_order_relaxed);
    do {
      if (!fits(top, rounded(bytes))) [[unlikely]] {
        give_up("a loop of exchanges", "has run out of addresses");
      }
    } while (!top_.compare_exchange_weak(top, top + rounded(bytes), std::memory_order_relaxed));
    return at(top);
  }
};

/// The bound: one locked addition, looked at afterwards.
class addition_subject : public plain_bump {
public:
  using front = addition_subject&;
  using plain_bump::plain_bump;
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    const std::size_t top = top_.fetch_add(rounded(bytes), std::memory_order_relaxed);
    if (!fits(top, rounded(bytes))) [[unlikely]] {
      give_up("a locked addition", "has run out of addresses");
    }
    return at(top);
  }
};

template <int Threads>
struct cut {
  static constexpr std::size_t count = 64;
  static constexpr int threads = Threads;
  static constexpr double operations = static_cast<double>(count);
  static constexpr std::size_t verified_rounds = 8;
  static constexpr std::size_t verified_entries = count * verified_rounds * Threads;
  static constexpr shape sizes{0, 0, std::size_t{1} << 34U};

  template <class Front, class Run>
  static void body(Front& bump, Run& run) {
    static const auto all_bytes = even_sizes<count>(8, 64, 8);
    run.repeat([&] {
      for (std::size_t index = 0; index < count; ++index) {
        const std::size_t bytes = opaque(all_bytes[index]);
        run.take(bump.allocate(bytes), bytes);
      }
    });
    run.at_end();
  }
};

template <class Scenario>
void add_shared_bumps(registry& all, const char* scenario) {
  all.add<Scenario, shared_bump_subject>(scenario, "nebula shared_bump");
  all.add<Scenario, exchange_loop_subject>(scenario, "exchange loop");
  all.add<Scenario, addition_subject>(scenario, "locked addition");
}

} // namespace

void add_shared_bump(registry& all) {
  add_shared_bumps<cut<1>>(all, "shared_bump_1_thread");
  add_shared_bumps<cut<2>>(all, "shared_bump_2_threads");
}

} // namespace nebula::bench
