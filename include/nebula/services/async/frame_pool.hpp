// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/pool_allocator.hpp>

namespace nebula::services {

/// The memory of coroutines' frames: equal blocks of a kernel's pool, so that a coroutine costs no heap, and the number
/// of them is bounded. A coroutine that returns a task takes a `frame_pool&` as its first parameter, or as its second if
/// it is a member or a lambda; one that does not does not compile. A frame that does not fit, or for which there is no
/// block, makes a task that failed, and never goes to the heap. [SR-ASYNC-012]
///
/// How large a frame is only the compiler knows: run once, and look at largest_frame_bytes(). Any thread.
class frame_pool {
public:
  /// In front of each frame: where it goes back to.
  static constexpr std::size_t header_bytes = alignof(std::max_align_t);
  static_assert(header_bytes >= sizeof(void*));

  /// A configuration for so many frames of at most so many bytes; validate() judges it.
  [[nodiscard]] static constexpr pool_config config(byte_span storage, std::size_t frame_bytes,
                                                    std::size_t frame_count) noexcept {
    pool_config made;
    made.storage = storage;
    made.block_size_bytes = with_header(frame_bytes);
    made.block_align_bytes = alignof(std::max_align_t);
    made.block_count = frame_count;
    return made;
  }
  /// The storage that this needs, wherever it begins. Errors: pool_config::storage_bytes()'s.
  [[nodiscard]] static constexpr result<std::size_t> storage_bytes(std::size_t frame_bytes,
                                                                   std::size_t frame_count) noexcept {
    const result<std::size_t> blocks =
        pool_config::storage_bytes(with_header(frame_bytes), alignof(std::max_align_t), frame_count);
    if (!blocks.has_value()) {
      return blocks;
    }
    const checked_size total = checked_add(blocks.value(), pool_config::storage_align(alignof(std::max_align_t)) - 1);
    return total.fits ? result<std::size_t>(total.value)
                      : error{error_code::size_overflow, operation::configure, component::pool_allocator};
  }

  explicit frame_pool(const pool_plan& plan) noexcept : blocks_(plan) {}
  /// All coroutines have ended. Misuse, reported: blocks_live iff one has not.
  ~frame_pool() {
    if (blocks_.state().live_blocks != 0) {
      report_fault(blocks_.hook(), fault{error{error_code::blocks_live, operation::release, component::pool_allocator},
                                         invariant::none, this, nullptr});
    }
  }
  frame_pool(const frame_pool&) = delete;
  frame_pool& operator=(const frame_pool&) = delete;

  /// Of promises: a frame; null iff refused. O(1).
  [[nodiscard]] void* allocate(std::size_t frame_bytes) noexcept {
    std::size_t largest = largest_frame_bytes_.load(std::memory_order_relaxed); // a figure, which orders nothing
    while (frame_bytes > largest &&
           !largest_frame_bytes_.compare_exchange_weak(largest, frame_bytes, std::memory_order_relaxed)) {
    }
    const layout wanted{with_header(frame_bytes), alignof(std::max_align_t)};
    const result<std::byte*> block = past_stray_writes([&]() noexcept { return blocks_.allocate(wanted); });
    if (!block.has_value()) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return nullptr;
    }
    ::new (static_cast<void*>(block.value())) frame_pool*(this);
    return block.value() + header_bytes;
  }
  /// Of promises: the frame goes back to where it is from. What is wrong with it the kernel's pool reports. O(1).
  static void free(void* frame) noexcept {
    std::byte* const block = static_cast<std::byte*>(frame) - header_bytes;
    // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
    frame_pool* const home = *std::launder(static_cast<frame_pool**>(static_cast<void*>(block)));
    static_cast<void>(past_stray_writes([&]() noexcept { return home->blocks_.deallocate(block); }));
  }

  /// Of the pool of the frames.
  [[nodiscard]] allocator_state state() const noexcept { return blocks_.state(); }
  /// The largest that was ever asked for, granted or not: what frame_bytes should be at least.
  [[nodiscard]] std::size_t largest_frame_bytes() const noexcept {
    return largest_frame_bytes_.load(std::memory_order_relaxed);
  }
  /// Coroutines that did not come about.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

private:
  /// 0, which no pool takes, iff it would not fit in size_t.
  [[nodiscard]] static constexpr std::size_t with_header(std::size_t frame_bytes) noexcept {
    const checked_size total = checked_add(frame_bytes, header_bytes);
    return total.fits && frame_bytes != 0 ? total.value : 0;
  }

  pool_allocator blocks_;
  std::atomic<std::size_t> largest_frame_bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
};

} // namespace nebula::services
