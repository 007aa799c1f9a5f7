// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/invariant.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// What a pool knows of one block, outside of the block. Links and depths are stored as differences from those of the
/// list 0 → 1 → … → count − 1, so that all-zero records are that list, and a static pool needs no start-up code.
template <class Atomics>
struct block_record {
  typename Atomics::template atomic<std::uint32_t> link; ///< successor − (own index + 1), while free
  typename Atomics::template atomic<std::uint32_t>
      depth; ///< free blocks from here down, itself included, − (count − own index)
  typename Atomics::template atomic<std::uint32_t> state; ///< generation and the live bit; the pool's, not the list's
};

/// How a pop or a push ended.
enum class list_verdict : std::uint8_t { done, empty, contended, broken };

struct list_outcome {
  list_verdict verdict = list_verdict::broken;
  invariant broken = invariant::none; ///< iff the verdict is broken
  std::uint32_t index = 0;            ///< the block, the first of several, iff a pop is done
  std::uint32_t free_before = 0;      ///< blocks on the list at the instant of the change, before it, iff done
};

/// A stack of block indices that many threads push and pop without locks (Treiber, 1986). [SR-POOL-001]
///
/// The head is one word {tag, index}; index = count means empty. The tag takes every bit that the index leaves and
/// advances with each change of the head, so that a compare-exchange succeeds only if the head has not changed in
/// between: ABA would need tag_wrap_operations() changes during one call. Links live in records beside the blocks and
/// are atomic: reading the link of a block that another thread has just taken is no race, and nothing that the program
/// writes into a block can damage the list.
///
/// Each record also holds its depth, the number of free blocks from it down. A pop reads it with the link, a push
/// computes it from the head's, and the compare-exchange validates both: the number of free blocks is thus exact at
/// each change, and costs no counter. There is no moment at which the list and its count disagree.
template <class Atomics>
class free_list {
public:
  using head_word = typename Atomics::head_word;
  using record_type = block_record<Atomics>;
  static_assert(Atomics::template is_lock_free<head_word>, "the head must be swapped by the machine, not by a lock");
  static_assert(Atomics::template is_lock_free<std::uint8_t>, "the corruption latch, too");
  static_assert(Atomics::template is_lock_free<std::size_t>, "and the counters");
  static_assert(Atomics::template is_lock_free<std::uint32_t>, "records must be read by the machine, not by a lock");

  static constexpr std::size_t unlimited_retries = std::numeric_limits<std::size_t>::max();

  /// Half of the head at most is index, so that the tag of a narrow head has at least 16 bits; and one index is left
  /// that names no block of any list. [SR-ATOM-002]
  static constexpr std::uint32_t count_max = std::numeric_limits<head_word>::digits >= 64
                                                 ? std::numeric_limits<std::uint32_t>::max() - 1
                                                 : std::numeric_limits<std::uint16_t>::max();

  /// Where the records are, how many, and the bits of the head that are index: index_mask_for(count). Cheap to make, at
  /// each call.
  struct records {
    record_type* first;
    std::uint32_t count;
    std::uint32_t index_mask;
  };
  /// bit_width(count) ones: what an index, or the end, takes of the head.
  [[nodiscard]] static constexpr std::uint32_t index_mask_for(std::uint32_t count) noexcept {
    return count == 0 ? 0 : ~std::uint32_t{0} >> (32U - bit_width(count));
  }

  /// The record of a block. Five records share a cache line, and blocks that two threads have at a time are often
  /// neighbours: of each whole 32 blocks, the records of neighbours stand at least seven apart, so that each thread changes
  /// lines of its own. Where there are no such lines, records stand in the order of their blocks.
  [[nodiscard]] NEBULA_FAST static constexpr record_type& record(records list, std::uint32_t index) noexcept {
    if constexpr (Atomics::contention_align_bytes > sizeof(record_type)) {
      // each place once: the low bits stay, and what the others are changed by follows from them
      const std::uint32_t place = index ^ ((index & 3U) << 3U);
      const std::uint32_t in_whole_groups = list.count & ~std::uint32_t{31};
      return list.first[NEBULA_UNLIKELY(index >= in_whole_groups) ? index : place];
    }
    return list.first[index];
  }

  constexpr free_list() noexcept = default;

  /// Takes the block that was pushed last. empty iff there is none; contended iff max_retries compare-exchanges failed
  /// after the first; broken iff an index read is out of range. Lock-free; with max_retries, at most max_retries + 1
  /// rounds.
  [[nodiscard]] NEBULA_FAST list_outcome pop(records list, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    // acquire: pairs with the release in push(): the link and the depth read below are those that the push of this head
    // wrote. Weakened: docs/memory_orders.md.
    head_word seen = head_.load(memory_order::acquire);
    for (std::size_t retries = 0;; ++retries) {
      const std::uint32_t index = index_of(list, seen);
      if (index == list.count) {
        return {list_verdict::empty, invariant::none, 0, 0};
      }
      if (NEBULA_UNLIKELY(index > list.count)) {
        return broken(invariant::head_index_in_range);
      }
      // relaxed, both: if another thread changes this record meanwhile, the head has changed too, and the exchange
      // below fails
      const std::uint32_t next = successor(list, index);
      const std::uint32_t depth = depth_of(list, index);
      if (NEBULA_UNLIKELY(next > list.count)) {
        return broken(invariant::link_in_range);
      }
      // acquire on success, too: the next round after a failure needs it, and a failure order may not exceed the
      // success order where C++17's P0418 is not yet known
      if (head_.compare_exchange_weak(seen, advanced(list, seen, next), memory_order::acquire, memory_order::acquire)) {
        // only now do both belong together: before the exchange, a push that is about to fail may be writing this
        // record
        if (NEBULA_UNLIKELY(next == index)) {
          return broken(invariant::link_not_to_itself);
        }
        if (NEBULA_UNLIKELY(depth == 0 || depth > list.count)) {
          return broken(invariant::depth_in_range);
        }
        return {list_verdict::done, invariant::none, index, depth};
      }
      if (retries >= max_retries) {
        return {list_verdict::contended, invariant::none, 0, 0};
      }
    }
  }

  /// Puts back a block that the caller owns. Lock-free. broken iff the head's index is out of range, or the list was
  /// full.
  [[nodiscard]] NEBULA_FAST list_outcome push(records list, std::uint32_t index) noexcept NEBULA_NONBLOCKING {
    // acquire: pairs with the release below in the push of this head, whose depth is read.
    // Weakened: docs/memory_orders.md.
    head_word seen = head_.load(memory_order::acquire);
    for (;;) {
      const std::uint32_t next = index_of(list, seen);
      if (NEBULA_UNLIKELY(next > list.count)) {
        return broken(invariant::head_index_in_range);
      }
      const std::uint32_t depth = next == list.count ? 0 : depth_of(list, next);
      set_record(list, index, next, depth + 1);
      // release: pairs with the acquire in pop() and push(): publishes the record above, and what the freeing thread
      // wrote into the block before. Weakened: docs/memory_orders.md.
      if (head_.compare_exchange_weak(seen, advanced(list, seen, index), memory_order::acquire_release,
                                      memory_order::acquire)) {
        if (NEBULA_UNLIKELY(depth >= list.count)) {
          return broken(invariant::depth_in_range);
        }
        return {list_verdict::done, invariant::none, index, depth};
      }
    }
  }

  /// Takes the blocks that were pushed last, min(most, free_before) of them, with one exchange; `most` is not 0. They
  /// come into `indices` so that it is a stack: the one that pop() would take is the last. Outcomes and bound as pop(),
  /// whose rounds are of at most `most` steps here. [SR-CACHE-001]
  [[nodiscard]] list_outcome pop_many(records list, std::uint32_t* indices, std::uint32_t most,
                                      std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    // acquire: as in pop(), for each link and depth of the walk: the pushes of all blocks on this list came before its
    // head. Weakened: docs/memory_orders.md.
    head_word head = head_.load(memory_order::acquire);
    for (std::size_t retries = 0;; ++retries) {
      const std::uint32_t index = index_of(list, head);
      if (index == list.count) {
        return {list_verdict::empty, invariant::none, 0, 0};
      }
      if (NEBULA_UNLIKELY(index > list.count)) {
        return broken(invariant::head_index_in_range);
      }
      const std::uint32_t depth = depth_of(list, index);
      const std::uint32_t taken = depth < most ? depth : most;
      std::uint32_t left = taken;
      std::uint32_t next = index;
      bool falls = true;
      // Each index is checked before its record is read. What is read may belong to several lists, if others change
      // them meanwhile; then the head has changed, and the exchange below fails. At most `taken` rounds.
      for (; left != 0 && next < list.count; --left) {
        falls = falls && depth_of(list, next) == depth - (taken - left);
        indices[left - 1] = next;
        next = successor(list, next);
      }
      if (NEBULA_UNLIKELY(next > list.count)) {
        return broken(invariant::link_in_range);
      }
      // acquire on success: as in pop()
      if (head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire, memory_order::acquire)) {
        // only now, as in pop()
        if (NEBULA_UNLIKELY(depth == 0 || depth > list.count)) {
          return broken(invariant::depth_in_range);
        }
        if (NEBULA_UNLIKELY(!falls)) {
          return broken(invariant::depth_falls_by_one);
        }
        if (NEBULA_UNLIKELY(left != 0 || (next == list.count) != (depth == taken))) {
          return broken(invariant::list_length_is_depth);
        }
        if (NEBULA_UNLIKELY(next == indices[0])) {
          return broken(invariant::link_not_to_itself);
        }
        return {list_verdict::done, invariant::none, index, depth};
      }
      if (retries >= max_retries) {
        return {list_verdict::contended, invariant::none, 0, 0};
      }
    }
  }

  /// Puts back `count` blocks that the caller owns, with one exchange; the last of `indices` is the next that pop()
  /// takes. `count` is not 0. contended iff max_retries exchanges failed after the first: no block is on the list then.
  /// broken as push(). Lock-free; rounds of `count` steps. [SR-CACHE-001]
  [[nodiscard]] list_outcome push_many(records list, const std::uint32_t* indices, std::uint32_t count,
                                       std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    // acquire: as in push(). Weakened: docs/memory_orders.md.
    head_word head = head_.load(memory_order::acquire);
    for (std::size_t retries = 0;; ++retries) {
      std::uint32_t next = index_of(list, head);
      if (NEBULA_UNLIKELY(next > list.count)) {
        return broken(invariant::head_index_in_range);
      }
      const std::uint32_t depth = next == list.count ? 0 : depth_of(list, next);
      for (std::uint32_t each = 0; each < count; ++each) {
        set_record(list, indices[each], next, depth + each + 1);
        next = indices[each];
      }
      // release: as in push(), for all of the chain at once. Weakened: docs/memory_orders.md.
      if (head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire_release,
                                      memory_order::acquire)) {
        if (NEBULA_UNLIKELY(count > list.count || depth > list.count - count)) {
          return broken(invariant::depth_in_range);
        }
        return {list_verdict::done, invariant::none, next, depth};
      }
      if (retries >= max_retries) {
        return {list_verdict::contended, invariant::none, 0, 0};
      }
    }
  }

  /// The number of free blocks. With calls under way, a number that was true at some moment or is at least within
  /// 0…count.
  [[nodiscard]] std::uint32_t size(records list) const noexcept NEBULA_NONBLOCKING {
    // acquire: as in pop(). Weakened: docs/memory_orders.md.
    const std::uint32_t index = index_of(list, head_.load(memory_order::acquire));
    if (index >= list.count) {
      return 0;
    }
    const std::uint32_t depth = depth_of(list, index);
    return depth <= list.count ? depth : list.count;
  }

  /// Lists every block again, in ascending order. The caller has the list to itself, and every block is free. O(count).
  void refill(records list) noexcept NEBULA_NONBLOCKING {
    for (std::uint32_t index = 0; index < list.count; ++index) {
      set_record(list, index, index + 1, list.count - index);
    }
    const head_word seen = head_.load(memory_order::relaxed);
    // release: as in push(); the tag advances here too, so that a call stalled across the refill cannot succeed, and
    // finds these records then. Weakened: docs/memory_orders.md.
    head_.store(advanced(list, seen, 0), memory_order::release);
  }

  // relaxed, in both: they are for walks of a list at rest, whose callers are ordered after all changes
  /// The head as one word, equal at two times iff the list did not change in between (within the tag's horizon).
  [[nodiscard]] head_word version() const noexcept NEBULA_NONBLOCKING { return head_.load(memory_order::relaxed); }

  /// The index at the head; count iff the list is empty.
  [[nodiscard]] std::uint32_t first(records list) const noexcept NEBULA_NONBLOCKING {
    return index_of(list, head_.load(memory_order::relaxed));
  }
  /// What a record says, for a walk of a list at rest.
  [[nodiscard]] NEBULA_FAST NEBULA_WRAPS static std::uint32_t successor(records list, std::uint32_t index) noexcept
      NEBULA_NONBLOCKING {
    return record(list, index).link.load(memory_order::relaxed) + index + 1;
  }
  [[nodiscard]] NEBULA_FAST NEBULA_WRAPS static std::uint32_t depth_of(records list, std::uint32_t index) noexcept
      NEBULA_NONBLOCKING {
    return record(list, index).depth.load(memory_order::relaxed) + (list.count - index);
  }

  /// What the head says of the list's length, for a walk of a list at rest; above count iff it is out of range.
  [[nodiscard]] std::uint32_t length(records list) const noexcept NEBULA_NONBLOCKING {
    return first(list) == list.count ? 0 : depth_of(list, first(list));
  }

  void add_to(seal& sum) const noexcept { sum.add_wide(version()); }

  /// The tag's width, beside an index of so many bits.
  [[nodiscard]] static constexpr unsigned tag_bits(unsigned index_bits) noexcept {
    return static_cast<unsigned>(std::numeric_limits<head_word>::digits) - index_bits;
  }

private:
  friend struct metadata_access;

  [[nodiscard]] static constexpr list_outcome broken(invariant id) noexcept { return {list_verdict::broken, id, 0, 0}; }

  [[nodiscard]] static constexpr std::uint32_t index_of(records list, head_word head) noexcept {
    return static_cast<std::uint32_t>(head) & list.index_mask;
  }
  /// The head that follows `seen`: the index given, and the next tag. The addition carries through the bits of the old
  /// index into the tag: small processors would shift 64 bits in a library.
  [[nodiscard]] NEBULA_WRAPS static constexpr head_word advanced(records list, head_word seen,
                                                                 std::uint32_t index) noexcept {
    return ((seen | list.index_mask) + 1) | index;
  }
  NEBULA_FAST NEBULA_WRAPS static void set_record(records list, std::uint32_t index, std::uint32_t next,
                                                  std::uint32_t depth) noexcept {
    // relaxed, both: published by the release of the head that follows
    record_type& written = record(list, index);
    written.link.store(next - (index + 1), memory_order::relaxed);
    written.depth.store(depth - (list.count - index), memory_order::relaxed);
  }

  typename Atomics::template atomic<head_word> head_;
};

} // namespace nebula
