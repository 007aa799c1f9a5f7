// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/backtrace.hpp>
#include <nebula/services/tracking_table.hpp>

namespace nebula::services {

enum class take_backtraces : std::uint8_t { no = 0, yes = 1 };

/// An allocator that knows where each of its live blocks was allocated, for the hunt for leaks. It does what the allocator
/// does, and returns what that returns. A block that the table has no room for is served, is counted, and is not known.
/// Any thread, if the allocator allows any: calls take a lock, frees for as long as the allocator's own free, so that no
/// block is known under an address that is another one's by now. Not for interrupts. The allocator outlives it. [SR-LC-008]
template <class Allocator>
class tracked {
public:
  tracked(Allocator& allocator, tracking_table table, take_backtraces traces = take_backtraces::yes) noexcept
      : allocator_(allocator), table_(std::move(table)), traces_(traces) {}
  tracked(const tracked&) = delete;
  tracked& operator=(const tracked&) = delete;
  ~tracked() = default;

  /// Not inlined: its own frame is what the backtrace leaves out.
  [[nodiscard, gnu::noinline]] result<std::byte*> allocate(layout request) noexcept {
    const result<std::byte*> block = allocator_.allocate(request);
    if (block.has_value()) {
      const backtrace trace = traces_ == take_backtraces::yes ? backtrace::capture(1) : backtrace{};
      const std::lock_guard<std::mutex> locked(lock_);
      ++sequence_;
      untracked_ += table_.insert(block.value(), request, sequence_, trace) ? 0U : 1U;
    }
    return block;
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept {
    const std::lock_guard<std::mutex> locked(lock_);
    const result<void> freed = allocator_.deallocate(block, allocated);
    if (freed.has_value()) {
      table_.erase(block);
    }
    return freed;
  }
  /// As the allocator's, where it has one; then nothing is known any more. The allocator has to be at rest.
  [[nodiscard]] result<void> reset() noexcept
    requires requires(Allocator& inner) { inner.reset(); }
  {
    const std::lock_guard<std::mutex> locked(lock_);
    const result<void> done = allocator_.reset();
    if (done.has_value()) {
      table_.clear();
    }
    return done;
  }

  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return allocator_.owns(address); }
  [[nodiscard]] allocator_state state() const noexcept { return allocator_.state(); }
  [[nodiscard]] bool is_corrupted() const noexcept { return allocator_.is_corrupted(); }

  /// Shows each live block that is known, under the lock: the function must not call this. O(places of the table).
  void visit_live(tracked_block_visitor visitor) const noexcept {
    const std::lock_guard<std::mutex> locked(lock_);
    table_.visit(visitor);
  }
  /// Blocks that the table had no room for, since the beginning.
  [[nodiscard]] std::uint64_t untracked_count() const noexcept {
    const std::lock_guard<std::mutex> locked(lock_);
    return untracked_;
  }

private:
  Allocator& allocator_;
  mutable std::mutex lock_{};
  tracking_table table_;
  std::uint64_t sequence_ = 0;
  std::uint64_t untracked_ = 0;
  take_backtraces traces_;
};

} // namespace nebula::services
