// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/arena.hpp>
#include <nebula/services/async/async_memory.hpp>

namespace nebula::services {

/// An arena whose blocks are counted: it is reset when the last one has come back, and never before, so that no block is
/// pulled away from under its handle. The last block of the newest chunk frees its bytes at once.
class arena_source {
public:
  using request_type = layout;
  using grant_type = block_grant;

  explicit arena_source(const arena_plan& plan) noexcept : arena_(plan) {}

  [[nodiscard]] result<block_grant> take(const layout& request) noexcept {
    const result<std::byte*> block = past_stray_writes([&]() noexcept { return arena_.allocate(request); });
    if (!block.has_value()) {
      return block.error();
    }
    ++live_;
    return block_grant{block.value(), request};
  }
  [[nodiscard]] result<void> give(const block_grant& grant) noexcept {
    const result<void> freed = past_stray_writes([&]() noexcept { return arena_.deallocate(grant.data, grant.what); });
    if (!freed.has_value() && freed.code() != error_code::not_last_block) {
      return freed;
    }
    if (--live_ == 0) {
      return past_stray_writes([&]() noexcept { return arena_.reset(); });
    }
    return {};
  }
  /// What the chunk source refuses may come back to it, with the arena's own chunks.
  [[nodiscard]] static constexpr bool may_come_back(error_code code) noexcept {
    return code == error_code::over_capacity || code == error_code::exhausted || code == error_code::contended ||
           code == error_code::over_budget;
  }
  [[nodiscard]] const arena& allocator() const noexcept { return arena_; }

private:
  arena arena_;
  std::size_t live_ = 0;
};

/// Blocks of any layout for coroutines, out of one arena, whose memory comes back when the last of them ends. Who holds
/// a block and waits for a second one may wait for itself: ask for all in one, or until a deadline. Contracts:
/// basic_async_memory, and the arena's. [SR-ASYNC-001]
using async_arena = basic_async_memory<arena_source>;

} // namespace nebula::services
