// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/segregated_config.hpp>

namespace nebula {

/// Pools of ascending block size; a request goes to the smallest class that holds it and, if the configuration says so,
/// to the next ones when that is exhausted. A block is freed through the pool that owns its address.
///
/// Invariants, between calls: those of each pool; the bytes used are the sum over the pools. With shared_atomics every
/// function is lock-free, and safe in interrupts and among threads, unless it says that it needs the allocator at rest.
template <class Atomics>
class basic_segregated : public failure_record<Atomics, Atomics::is_shared ? component::segregated_allocator
                                                                           : component::local_segregated_allocator> {
public:
  using atomics_type = Atomics;
  using pool_type = basic_pool<Atomics, span_block_storage<Atomics>>;
  using plan_type = basic_segregated_plan<Atomics>;
  using config_type = basic_segregated_config<Atomics>;

  /// O(blocks of all classes). The classes that the plan was made of must still be there, unchanged.
  explicit basic_segregated(const plan_type& plan) noexcept : failure_base(plan.config_.hook, plan.config_.level) {
    const config_type& config = plan.config_;
    if (!config.validate().has_value()) {
      return; // no plan, or one whose classes have changed since: this allocator has no memory to give
    }
    const auto address = reinterpret_cast<std::uintptr_t>(config.storage.data);
    const size_class* const classes = config.classes;
    std::byte* const first_pool = config.storage.data + padding_bytes(address, alignof(pool_type));
    std::byte* records = first_pool + config.class_count * sizeof(pool_type);
    std::byte* blocks =
        config.storage.data + (config_type::end_of_records(address, classes, config.class_count).value - address);
    table_.fill(classes, config.class_count);
    for (std::size_t index = 0; index < config.class_count; ++index) {
      const layout block{classes[index].block_size_bytes, classes[index].block_align_bytes};
      const std::size_t count = classes[index].block_count;
      blocks += padding_bytes(reinterpret_cast<std::uintptr_t>(blocks), block.align);
      pool_type* const pool = ::new (static_cast<void*>(first_pool + index * sizeof(pool_type)))
          pool_type(pool_type::config_type::laid_out(records, blocks, block, count, config.hook, config.level));
      pools_ = index == 0 ? pool : pools_;
      capacity_bytes_ += pool->block_bytes().size;
      records += count * sizeof(pool_record<Atomics>);
      blocks += pool->block_bytes().size;
    }
    fallback_classes_ = config.fallback_classes;
    class_count_ = config.class_count;
    this->seal_metadata(*this);
  }
  ~basic_segregated() {
    for (std::size_t index = 0; index < class_count_; ++index) {
      pools_[index].~pool_type();
    }
  }
  basic_segregated(const basic_segregated&) = delete;
  basic_segregated& operator=(const basic_segregated&) = delete;

  /// A block that serves the request, from the smallest class that can, or one of the `fallback_classes` next.
  /// [SR-SEG-002] O(1 + fallback_classes), and one step for each class whose alignment is too small. invalid_layout iff
  /// the request is malformed; layout_unsupported iff no class holds it; exhausted iff each class that it may come from
  /// was exhausted.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    return try_allocate(request, free_list<Atomics>::unlimited_retries);
  }

  /// As allocate(), in at most max_retries + 1 rounds on each class: contended iff a class was, and no later one served
  /// the request. [SR-SEG-006]
  [[nodiscard]] result<std::byte*> try_allocate(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return allocate_watched(request, max_retries);
    }
    return take(request, max_retries);
  }

  /// Gives the block back to the pool that owns it. O(log classes), and one step for each class whose alignment is too
  /// small for the layout. [SR-SEG-003] Errors, state unchanged, in this order: null_pointer iff null; foreign_pointer
  /// iff outside of every pool's blocks; layout_mismatch iff allocate() could not have taken this layout from that
  /// pool; misaligned_pointer iff not a block's start; double_free iff the block is not live. The last two are reported
  /// to the hook by the pool.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return deallocate_watched(block, allocated);
    }
    return give_back_as(block, allocated, no_action{});
  }

  /// deallocate(block, allocated), and in the middle of it, once the free has been found right and before anyone can have
  /// the block again, the caller's action: to destroy what is in the block iff the free is right. How exactly:
  /// basic_pool::deallocate_after(). Not nonblocking, for the action need not be. [SR-LIFE-001]
  template <class Action>
  [[nodiscard]] result<void> deallocate_after(std::byte* block, layout allocated, Action action) noexcept {
    if constexpr (Atomics::is_shared) {
      if (NEBULA_UNLIKELY(this->is_corrupted())) {
        return this->refuse(error_code::corrupted, operation::deallocate);
      }
      return give_back_as(block, allocated, action);
    } else {
      const result<void> right =
          NEBULA_DETOUR(this->is_watched()) ? check_free_watched(block, allocated) : check_free(block, allocated);
      if (NEBULA_UNLIKELY(!right.has_value())) {
        return right;
      }
      action();
      return failure_base::despite_stray_writes([&]() noexcept { return deallocate(block, allocated); });
    }
  }

  /// deallocate() for a caller who does not know the layout any more.
  [[nodiscard]] result<void> deallocate(std::byte* block) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::deallocate, [this, block](bool) noexcept { return give_back(block); });
  }

  /// True iff the address lies within the blocks of one of the pools, live or not. O(log classes).
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return owner_of(address) != class_count_;
  }

  /// The bytes that a block at this address takes, rounding included; 0 iff no pool owns the address. O(log classes).
  [[nodiscard]] std::size_t stride_bytes(const std::byte* block) const noexcept NEBULA_NONBLOCKING {
    const std::size_t owner = owner_of(block);
    return owner == class_count_ ? 0 : pools_[owner].stride_bytes();
  }
  /// The bytes of the largest block that the request may be given; 0 iff it is not served at all. O(1 +
  /// fallback_classes), and one step for each class whose alignment is too small.
  [[nodiscard]] std::size_t largest_stride_bytes(layout request) const noexcept NEBULA_NONBLOCKING {
    const std::size_t first = request.is_valid() ? smallest_class(request) : class_count_;
    if (first >= class_count_) {
      return 0;
    }
    // At most fallback_classes + 1 rounds. Sizes ascend; strides need not, for a class may be aligned more strictly
    // than the next.
    const std::size_t beyond = class_count_ - first > fallback_classes_ ? first + fallback_classes_ + 1 : class_count_;
    std::size_t largest = 0;
    for (std::size_t index = first; index < beyond; ++index) {
      const std::size_t stride = pools_[index].stride_bytes();
      largest = stride > largest ? stride : largest;
    }
    return largest;
  }

  /// Makes every pool's list anew. blocks_live iff a block is live. Needs the allocator at rest. O(blocks).
  /// [SR-SEG-004]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::reset, [&](bool) noexcept { return list_all(); });
  }

  /// Bytes are of whole blocks, rounding included, over all classes. O(classes).
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now;
    now.capacity_bytes = capacity_bytes_;
    now.peak_bytes = peak_bytes_.load(memory_order::relaxed);
    for (std::size_t index = 0; index < class_count_; ++index) {
      const allocator_state part = pools_[index].state();
      now.live_blocks += part.live_blocks;
      now.used_bytes += part.used_bytes;
    }
    now.available_bytes = capacity_bytes_ - now.used_bytes;
    now.failures = this->failures();
    return now;
  }

  [[nodiscard]] std::size_t class_count() const noexcept NEBULA_NONBLOCKING { return class_count_; }
  /// The pool of a class. Traps iff `index` is not below class_count(): there is nothing that could be returned.
  [[nodiscard]] const pool_type& pool(std::size_t index) const noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(index >= class_count_)) {
      __builtin_trap();
    }
    return pools_[index];
  }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. Needs the allocator at rest. O(blocks).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    const result<void> sealed = check_all_seals();
    audit_cursor cursor;
    return sealed.has_value() ? result<void>(audit(cursor, free_list<Atomics>::unlimited_retries).error()) : sealed;
  }
  /// The same in at most `steps` steps and one for each class: true iff this call completed the walk. What has changed
  /// in a pool that was walked already is for the next walk to see.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::check_invariants;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    const result<void> sound = this->check_object(*this);
    if (NEBULA_UNLIKELY(!sound.has_value())) {
      return sound.error();
    }
    std::size_t used_bytes = 0;
    std::size_t capacity_bytes = 0;
    for (std::size_t index = 0; index < class_count_; ++index) {
      const allocator_state part = pools_[index].state();
      used_bytes += part.used_bytes;
      capacity_bytes += part.capacity_bytes;
      NEBULA_INVARIANT(class_of_block_serves_it, owner_of(pools_[index].block_bytes().data) == index);
      NEBULA_INVARIANT(class_of_block_serves_it, smallest_class(pools_[index].block_layout()) == index);
    }
    NEBULA_INVARIANT(segregated_plan_intact, capacity_bytes == capacity_bytes_);
    NEBULA_INVARIANT(segregated_plan_intact, class_count_ == 0 || fallback_classes_ < class_count_);
    NEBULA_INVARIANT(used_matches_pools, used_bytes == used_bytes_.load(memory_order::relaxed));
    NEBULA_INVARIANT(segregated_peak_covers_used, peak_bytes_.load(memory_order::relaxed) >= used_bytes);
    NEBULA_INVARIANT(segregated_peak_within_capacity, peak_bytes_.load(memory_order::relaxed) <= capacity_bytes_);
    if (cursor.whole != this || cursor.part >= class_count_) {
      cursor = {};
      cursor.whole = this;
    }
    // At most class_count rounds.
    for (; cursor.part < class_count_; cursor.part += 1, cursor.phase = 0) {
      const std::size_t share = divide(steps, class_count_).quotient + 1;
      const result<bool> done =
          pools_[cursor.part].audit(cursor, steps == free_list<Atomics>::unlimited_retries ? steps : share);
      if (NEBULA_UNLIKELY(is_misuse(done.code()))) {
        return this->refuse(done.code(), during); // a stray write; the pool has reported it
      }
      NEBULA_INVARIANT(class_pool_intact, done.has_value());
      if (!done.value()) {
        return false;
      }
    }
    cursor = {};
    return true;
  }

private:
  friend struct metadata_access;
  using failure_base = failure_record<Atomics, Atomics::is_shared ? component::segregated_allocator
                                                                  : component::local_segregated_allocator>;

  /// Its own, and those of its pools.
  [[nodiscard]] result<void> check_all_seals() const noexcept {
    constexpr operation during = operation::check_invariants;
    const result<void> sealed = this->check_seals(*this);
    if (NEBULA_UNLIKELY(!sealed.has_value())) {
      return sealed;
    }
    for (std::size_t index = 0; index < class_count_; ++index) {
      NEBULA_INVARIANT(class_pool_intact, pools_[index].check_seals(pools_[index]).has_value());
    }
    return {};
  }

  friend failure_base;
  void add_object_to(seal& sum) const noexcept {
    sum.add_address(pools_);
    const std::size_t words[] = {class_count_, fallback_classes_, capacity_bytes_,
                                 used_bytes_.load(memory_order::relaxed), peak_bytes_.load(memory_order::relaxed)};
    for (const std::size_t word : words) {
      sum.add(word);
    }
    table_.add_to(sum);
  }
  static void add_records_to(seal& /*sum*/) noexcept {} // each pool has its own seals

  // While corrupted or paranoid. Out of line: what a closure keeps would lie in memory in each call.
  NEBULA_LONG result<std::byte*> allocate_watched(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::allocate,
                       [this, request, max_retries](bool) noexcept { return take(request, max_retries); });
  }
  NEBULA_LONG result<void> check_free_watched(const std::byte* block, layout allocated) const noexcept {
    return this->watch(*this, operation::deallocate,
                       [this, block, allocated](bool) noexcept { return check_free(block, allocated); });
  }
  NEBULA_LONG result<void> deallocate_watched(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::deallocate,
                       [this, block, allocated](bool) noexcept { return give_back_as(block, allocated, no_action{}); });
  }

  // The calls themselves; at the paranoid level the pools do what is to be done.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take(const layout& request, std::size_t max_retries) noexcept {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    const std::size_t first = smallest_class(request);
    if (NEBULA_UNLIKELY(first >= class_count_)) {
      return this->refuse(error_code::layout_unsupported, during);
    }
    const result<std::byte*> block = pools_[first].take_for_whole(request, max_retries);
    if (NEBULA_UNLIKELY(!block.has_value())) {
      return take_further(request, max_retries, first, block.code());
    }
    count_in(pools_[first]);
    return block.value();
  }
  /// The class that was to serve the request could not, for this reason: from the next ones that may.
  NEBULA_SLOW result<std::byte*> take_further(layout request, std::size_t max_retries, std::size_t first,
                                              error_code code) noexcept {
    constexpr operation during = operation::allocate;
    const std::size_t beyond = class_count_ - first > fallback_classes_ ? first + fallback_classes_ + 1 : class_count_;
    error_code reason = error_code::exhausted;
    // At most fallback_classes + 1 rounds.
    for (std::size_t index = first;;) {
      NEBULA_INVARIANT(class_pool_intact, code != error_code::corrupted);
      if (NEBULA_UNLIKELY(is_misuse(code))) {
        return this->refuse(code, during); // a stray write; the pool has reported it
      }
      reason = code == error_code::contended ? error_code::contended : reason;
      ++index;
      if (index == beyond) {
        return this->refuse(reason, during);
      }
      const result<std::byte*> block = pools_[index].try_allocate(request, max_retries);
      if (block.has_value()) {
        count_in(pools_[index]);
        return block;
      }
      code = block.code();
    }
  }
  void count_in(const pool_type& pool) noexcept {
    // after the pop, as the subtraction is before the push: the sum is never above what the pools have given out
    raise_peak(used_bytes_.fetch_add(pool.stride_bytes(), memory_order::relaxed) + pool.stride_bytes());
  }
  template <class Action>
  [[nodiscard]] NEBULA_FAST result<void> give_back_as(std::byte* block, const layout& allocated,
                                                      Action action) noexcept {
    const result<std::size_t> owner = owner_for(block, allocated);
    return NEBULA_UNLIKELY(!owner.has_value()) ? owner.error() : free_in(owner.value(), block, action);
  }
  /// The errors of deallocate(block, allocated), reported, with one owner.
  [[nodiscard]] result<void> check_free(const std::byte* block, layout allocated) const noexcept {
    const result<std::size_t> owner = owner_for(block, allocated);
    if (NEBULA_UNLIKELY(!owner.has_value())) {
      return owner.error();
    }
    const result<void> right = pools_[owner.value()].check_free(block, allocated);
    return right.has_value() ? right : this->refuse(right.code(), operation::deallocate); // the pool has reported it
  }
  /// The class whose pool has the block and can have served the layout. Mostly it is the one that allocate() asks first,
  /// and need not be searched for.
  [[nodiscard]] NEBULA_FAST result<std::size_t> owner_for(const std::byte* block,
                                                          const layout& allocated) const noexcept {
    const std::size_t first = allocated.is_valid() ? smallest_class(allocated) : class_count_;
    if (NEBULA_UNLIKELY(first >= class_count_ || pools_[first].index_of(block) >= pools_[first].block_count())) {
      return owner_beyond(first, block, allocated);
    }
    return first;
  }
  NEBULA_SLOW result<std::size_t> owner_beyond(std::size_t first, const std::byte* block,
                                               layout allocated) const noexcept {
    constexpr operation during = operation::deallocate;
    const std::size_t owner = owner_of(block);
    if (NEBULA_UNLIKELY(owner == class_count_)) {
      return this->misuse(block == nullptr ? error_code::null_pointer : error_code::foreign_pointer, during, block);
    }
    if (NEBULA_UNLIKELY(owner < first || owner - first > fallback_classes_ || !pools_[owner].serves(allocated))) {
      return this->misuse(error_code::layout_mismatch, during, block);
    }
    return owner;
  }
  [[nodiscard]] result<void> give_back(std::byte* block) noexcept {
    constexpr operation during = operation::deallocate;
    const std::size_t owner = owner_of(block);
    if (NEBULA_UNLIKELY(owner == class_count_)) {
      return this->misuse(block == nullptr ? error_code::null_pointer : error_code::foreign_pointer, during, block);
    }
    return free_in(owner, block, no_action{});
  }
  [[nodiscard]] result<void> list_all() noexcept {
    constexpr operation during = operation::reset;
    if (NEBULA_UNLIKELY(used_bytes_.load(memory_order::relaxed) != 0)) {
      return this->misuse(error_code::blocks_live, during, nullptr);
    }
    for (std::size_t index = 0; index < class_count_; ++index) {
      NEBULA_INVARIANT(class_pool_intact, pools_[index].reset().has_value());
    }
    return {};
  }

  /// The smallest class that serves the request when it has a free block; class_count_ iff none does.
  [[nodiscard]] NEBULA_FAST std::size_t smallest_class(const layout& request) const noexcept {
    std::size_t index = table_.candidate(request.size);
    // At most class_count rounds; at most one of them for the size, the others for an alignment beyond the class's.
    while (index < class_count_ &&
           (pools_[index].block_layout().size < request.size || pools_[index].block_layout().align < request.align)) {
      ++index;
    }
    return index;
  }
  /// The pool whose blocks hold the address; class_count_ iff none. The parts ascend in the storage: binary search, at
  /// most 7 rounds.
  [[nodiscard]] std::size_t owner_of(const std::byte* address) const noexcept {
    const auto place = reinterpret_cast<std::uintptr_t>(address);
    std::size_t first = 0;
    std::size_t beyond = class_count_;
    while (first < beyond) {
      const std::size_t middle = first + (beyond - first) / 2;
      if (reinterpret_cast<std::uintptr_t>(pools_[middle].block_bytes().data) <= place) {
        first = middle + 1;
      } else {
        beyond = middle;
      }
    }
    return first != 0 && pools_[first - 1].owns(address) ? first - 1 : class_count_;
  }
  template <class Action>
  [[nodiscard]] NEBULA_FAST result<void> free_in(std::size_t owner, std::byte* block, Action action) noexcept {
    constexpr operation during = operation::deallocate;
    pool_type& pool = pools_[owner];
    const result<std::uint32_t> index = pool.begin_free(block, action);
    if (NEBULA_UNLIKELY(!index.has_value())) {
      NEBULA_INVARIANT(class_pool_intact, index.code() != error_code::corrupted);
      NEBULA_INVARIANT(class_of_block_serves_it, index.code() != error_code::foreign_pointer);
      return this->refuse(index.code(), during); // counted here too; the pool has reported it
    }
    // relaxed: a sum; before the push, so that whoever allocates the block next adds to what has been subtracted
    static_cast<void>(used_bytes_.fetch_sub(pool.stride_bytes(), memory_order::relaxed));
    NEBULA_INVARIANT(class_pool_intact, pool.finish_free(index.value(), block).has_value());
    pool.seal_metadata(pool);
    return {};
  }
  void raise_peak(std::size_t used_bytes) noexcept {
    // relaxed, all: a maximum of numbers each of which is right by itself; each failed round has raised it, so that
    // there are at most as many as blocks. The sum has wrapped iff a block was freed twice, and the second time after
    // it had been popped anew and before its bytes were added: a misuse that no pointer can show, and that leaves no
    // trace.
    std::size_t seen = peak_bytes_.load(memory_order::relaxed);
    while (used_bytes > seen && used_bytes <= capacity_bytes_ &&
           !peak_bytes_.compare_exchange_strong(seen, used_bytes, memory_order::relaxed, memory_order::relaxed)) {
    }
  }

  pool_type* pools_ = nullptr;
  std::size_t class_count_ = 0;
  std::size_t fallback_classes_ = 0;
  std::size_t capacity_bytes_ = 0;
  size_class_table table_{};
  alignas(Atomics::contention_align_bytes) typename Atomics::template atomic<std::size_t> used_bytes_{};
  typename Atomics::template atomic<std::size_t> peak_bytes_{};
};

} // namespace nebula
