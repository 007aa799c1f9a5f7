// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel.hpp>

#include "bench/harness.hpp"
#include "bench/peers.hpp"

namespace nebula::bench {

/// What every block of these scenarios is aligned to, as malloc's are.
inline constexpr std::size_t block_align_bytes = 16;

[[noreturn]] void give_up(error failure);

/// As a program unwraps a result: each is looked at.
[[gnu::always_inline]] inline std::byte* must(result<std::byte*> block) noexcept {
  if (!block) [[unlikely]] {
    give_up(block.error());
  }
  return block.value();
}
[[gnu::always_inline]] inline void must(result<void> done) noexcept {
  if (!done) [[unlikely]] {
    give_up(done.error());
  }
}
template <class Plan>
Plan must_plan(const result<Plan>& plan) {
  if (!plan) {
    give_up(plan.error());
  }
  return plan.value();
}

/// Blocks begin at cache lines where their size is a multiple of one: for our pools, and for the peers that let it be
/// chosen.
[[nodiscard]] constexpr std::size_t pool_align_bytes(std::size_t block_bytes) noexcept {
  return block_bytes % 64 == 0 ? 64 : block_align_bytes;
}

class local_pool_subject {
public:
  using front = local_pool_subject&;
  explicit local_pool_subject(const shape& sizes)
      : bytes_(must_plan_bytes(sizes)),
        pool_(must_plan(local_pool_builder{}
                            .storage(byte_span{bytes_.data(), bytes_.size()})
                            .block_size_bytes(sizes.block_bytes)
                            .block_align_bytes(pool_align_bytes(sizes.block_bytes))
                            .block_count(sizes.block_count)
                            .build())) {}

  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(pool_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(pool_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  static std::size_t must_plan_bytes(const shape& sizes) {
    return must_plan(
        local_pool_config::storage_bytes(sizes.block_bytes, pool_align_bytes(sizes.block_bytes), sizes.block_count));
  }

  storage bytes_;
  local_pool_allocator pool_;
};

} // namespace nebula::bench
