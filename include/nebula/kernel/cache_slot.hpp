// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/contract.hpp>

namespace nebula {

/// What a pool knows of one cache: who asks for the pool's state reads it here. Written by the attached cache alone, so
/// that its fast path stores and never locks; on a cache line of its own, so that no other thread's call meets it.
/// All-zero: no cache is attached, and none keeps a block. [SR-CACHE-004]
template <class Atomics>
class alignas(Atomics::contention_align_bytes) cache_slot {
public:
  using word = typename Atomics::head_word;

  static constexpr unsigned block_bits = 16;
  /// The most blocks that one cache can keep.
  static constexpr std::uint32_t blocks_max = (std::uint32_t{1} << block_bits) - 1;

  constexpr cache_slot() noexcept = default;

  /// True iff no cache had the slot, and the caller's has it now.
  [[nodiscard]] bool claim() noexcept {
    std::uint32_t nobody = 0;
    // acquire: pairs with the release in release(): the new owner's first store follows the old one's last.
    // Weakened: docs/memory_orders.md.
    return owned_.compare_exchange_strong(nobody, 1, memory_order::acquire, memory_order::relaxed);
  }
  /// The owner gives the slot up; it shows no blocks any more. release: as in claim().
  void release() noexcept { owned_.store(0, memory_order::release); }

  /// True iff a cache is attached.
  [[nodiscard]] bool is_owned() const noexcept { return owned_.load(memory_order::relaxed) != 0; }
  /// The blocks that the attached cache keeps.
  [[nodiscard]] std::uint32_t blocks() const noexcept { return static_cast<std::uint32_t>(version() & blocks_max); }
  /// {changes, blocks}: rises with each change, until it wraps.
  [[nodiscard]] word version() const noexcept { return kept_.load(memory_order::relaxed); }

  /// By the owner: this many from now on. At most blocks_max.
  NEBULA_WRAPS void show(std::uint32_t blocks) noexcept {
    // relaxed, both: one writer; a sum over all slots is exact when the callers are known to have finished
    const word changes = (kept_.load(memory_order::relaxed) >> block_bits) + 1;
    kept_.store(static_cast<word>(changes << block_bits) | blocks, memory_order::relaxed);
  }

private:
  friend struct metadata_access;

  typename Atomics::template atomic<word> kept_;
  typename Atomics::template atomic<std::uint32_t> owned_;
};

/// A number of slots inside an object; none takes no room.
template <class Atomics, std::uint32_t Count>
class inline_cache_slots {
public:
  constexpr inline_cache_slots() noexcept = default;
  [[nodiscard]] static constexpr std::uint32_t cache_count() noexcept { return Count; }
  [[nodiscard]] cache_slot<Atomics>* cache_slots() const noexcept { return slots_; }

private:
  mutable cache_slot<Atomics> slots_[Count]; // mutable: as the records, not part of the storage's value
};
template <class Atomics>
class inline_cache_slots<Atomics, 0> {
public:
  constexpr inline_cache_slots() noexcept = default;
  [[nodiscard]] static constexpr std::uint32_t cache_count() noexcept { return 0; }
  [[nodiscard]] static constexpr cache_slot<Atomics>* cache_slots() noexcept { return nullptr; }
};

} // namespace nebula
