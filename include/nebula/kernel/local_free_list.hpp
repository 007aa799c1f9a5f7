// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/free_list.hpp>
#include <nebula/kernel/invariant.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// What a pool with one owner knows of one block, outside of the block. All-zero records are the list 0 → 1 → … →
/// count − 1, as those of a free_list.
struct local_block_record {
  plain_atomics::atomic<std::uint32_t> link;  ///< successor − (own index + 1), while free
  plain_atomics::atomic<std::uint32_t> state; ///< generation and the live bit; the pool's, not the list's
};

/// A free_list for one owner: the same order, the same outcomes, all-zero a full list. Without other threads nothing has
/// to be swapped at once, and so the number of blocks is a counter of its own, not a depth in each record; and there is
/// no tag. A list whose end and whose counter disagree is found broken by the call that comes to the one or the other.
class local_free_list {
public:
  using record_type = local_block_record;
  static constexpr std::size_t unlimited_retries = std::numeric_limits<std::size_t>::max();
  /// One index is left that names no block of any list.
  static constexpr std::uint32_t count_max = std::numeric_limits<std::uint32_t>::max() - 1;

  struct records {
    record_type* first;
    std::uint32_t count;
    std::uint32_t index_mask; ///< not needed here: as a free_list's, so that storage is told of neither
  };
  [[nodiscard]] static constexpr std::uint32_t index_mask_for(std::uint32_t count) noexcept {
    return free_list<plain_atomics>::index_mask_for(count);
  }

  [[nodiscard]] static constexpr record_type& record(records list, std::uint32_t index) noexcept {
    return list.first[index];
  }

  constexpr local_free_list() noexcept = default;

  /// As free_list::pop(), and never contended. broken iff an index read is out of range, a block is its own successor, or
  /// the list ends where the counter does not say so, or goes on where it does.
  [[nodiscard]] NEBULA_FAST list_outcome pop(records list, std::size_t /*max_retries*/) noexcept NEBULA_NONBLOCKING {
    const std::uint32_t index = head_;
    if (NEBULA_UNLIKELY(index >= list.count)) {
      return at_end(list);
    }
    if (NEBULA_UNLIKELY(taken_ >= list.count)) {
      return broken(invariant::list_length_is_depth);
    }
    const std::uint32_t next = successor(list, index);
    if (NEBULA_UNLIKELY(next > list.count)) {
      return broken(invariant::link_in_range);
    }
    if (NEBULA_UNLIKELY(next == index)) {
      return broken(invariant::link_not_to_itself);
    }
    const std::uint32_t free_before = list.count - taken_;
    head_ = next;
    ++taken_;
    ++changes_;
    return {list_verdict::done, invariant::none, index, free_before};
  }

  /// As free_list::push(). broken iff the head's index is out of range, or the list was full.
  [[nodiscard]] NEBULA_FAST list_outcome push(records list, std::uint32_t index) noexcept NEBULA_NONBLOCKING {
    const std::uint32_t next = head_;
    if (NEBULA_UNLIKELY(next > list.count)) {
      return broken(invariant::head_index_in_range);
    }
    if (NEBULA_UNLIKELY(taken_ == 0 || taken_ > list.count)) {
      return broken(invariant::depth_in_range);
    }
    const std::uint32_t free_before = list.count - taken_;
    set_link(list, index, next);
    head_ = index;
    --taken_;
    ++changes_;
    return {list_verdict::done, invariant::none, index, free_before};
  }

  /// The number of free blocks, from 0 to count.
  [[nodiscard]] std::uint32_t size(records list) const noexcept NEBULA_NONBLOCKING {
    return taken_ < list.count ? list.count - taken_ : 0;
  }
  /// Lists every block again, in ascending order. Every block is free. O(count).
  void refill(records list) noexcept NEBULA_NONBLOCKING {
    for (std::uint32_t index = 0; index < list.count; ++index) {
      set_link(list, index, index + 1);
    }
    head_ = 0;
    taken_ = 0;
    ++changes_;
  }

  /// Equal at two times iff the list did not change in between.
  [[nodiscard]] std::uint64_t version() const noexcept NEBULA_NONBLOCKING { return changes_; }
  /// The index at the head; count iff the list is empty.
  [[nodiscard]] std::uint32_t first(records /*list*/) const noexcept NEBULA_NONBLOCKING { return head_; }
  /// What a record says.
  [[nodiscard]] NEBULA_WRAPS static std::uint32_t successor(records list,
                                                            std::uint32_t index) noexcept NEBULA_NONBLOCKING {
    return record(list, index).link.load(memory_order::relaxed) + index + 1;
  }
  /// What the counter says of the list's length; above count iff it is out of range.
  [[nodiscard]] NEBULA_WRAPS std::uint32_t length(records list) const noexcept NEBULA_NONBLOCKING {
    return list.count - taken_;
  }
  void add_to(seal& sum) const noexcept {
    sum.add_wide(changes_);
    sum.add(head_);
    sum.add(taken_);
  }
  /// Of the counter of changes, which is a word of its own.
  [[nodiscard]] static constexpr unsigned tag_bits(unsigned /*index_bits*/) noexcept { return 64; }

private:
  friend struct metadata_access;

  [[nodiscard]] static constexpr list_outcome broken(invariant id) noexcept { return {list_verdict::broken, id, 0, 0}; }
  NEBULA_COLD list_outcome at_end(records list) const noexcept NEBULA_NONBLOCKING {
    if (head_ > list.count) {
      return broken(invariant::head_index_in_range);
    }
    return taken_ == list.count ? list_outcome{list_verdict::empty, invariant::none, 0, 0}
                                : broken(invariant::list_length_is_depth);
  }
  NEBULA_WRAPS static void set_link(records list, std::uint32_t index, std::uint32_t next) noexcept {
    record(list, index).link.store(next - (index + 1), memory_order::relaxed);
  }

  std::uint64_t changes_ = 0;
  std::uint32_t head_ = 0;
  std::uint32_t taken_ = 0; ///< blocks that are not on the list
};

/// The list of a pool with this policy, and what it knows of each block.
template <class Atomics>
using pool_list = std::conditional_t<Atomics::is_shared, free_list<Atomics>, local_free_list>;
template <class Atomics>
using pool_record = typename pool_list<Atomics>::record_type;

} // namespace nebula
