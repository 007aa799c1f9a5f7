// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula::services {

/// A block as an allocator granted it.
struct block_grant {
  std::byte* data = nullptr;
  layout what{};
};

/// A block of an asynchronous pool or arena, which goes back when the handle ends; to give it back never waits, so that
/// a destructor can. One owner; the memory outlives it. The block of an arena stays valid for as long as its handle:
/// the arena is reset only when no handle is left. [SR-ASYNC-004]
template <class Memory>
class [[nodiscard]] basic_async_block {
public:
  basic_async_block() noexcept = default; ///< holds nothing
  basic_async_block(Memory& memory, const block_grant& grant) noexcept : memory_(&memory), grant_(grant) {}
  /// What is refused then has been reported by the kernel.
  ~basic_async_block() { static_cast<void>(release()); }
  /// The other handle holds nothing from here on.
  basic_async_block(basic_async_block&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), grant_(std::exchange(other.grant_, {})) {}
  /// The same; then what this handle held is given back. Assigned to itself it keeps what it has.
  basic_async_block& operator=(basic_async_block&& other) noexcept {
    basic_async_block taken(std::move(other));
    std::swap(memory_, taken.memory_);
    std::swap(grant_, taken.grant_);
    return *this;
  }
  basic_async_block(const basic_async_block&) = delete;
  basic_async_block& operator=(const basic_async_block&) = delete;

  [[nodiscard]] bool has_value() const noexcept { return memory_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Null iff the handle holds nothing.
  [[nodiscard]] std::byte* data() const noexcept { return grant_.data; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return grant_.what.size; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data(), size_bytes()}; }

  /// Gives the block back now, to whoever waits; nothing to do iff the handle holds nothing. The handle holds nothing
  /// afterwards. Errors, reported: the kernel's, as double_free iff somebody has freed the block behind the handle's back.
  result<void> release() noexcept {
    Memory* const memory = std::exchange(memory_, nullptr);
    const block_grant grant = std::exchange(grant_, {});
    return memory == nullptr ? result<void>{} : memory->queue().give(grant);
  }

private:
  Memory* memory_ = nullptr;
  block_grant grant_{};
};

} // namespace nebula::services
