// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/latest_free.hpp>
#include <nebula/kernel/pool_config.hpp>

namespace nebula {

template <class Atomics>
class basic_segregated;
template <class Atomics, class Storage, std::uint32_t Capacity>
class basic_pool_cache;

/// Names one allocation of a block, not only the block: stale once that allocation is freed, though the block be
/// allocated again. The horizon is 2^31 frees of the same block. [SR-POOL-009]
struct block_handle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max(); ///< by default that of no pool: foreign everywhere
  std::uint32_t generation = 0;
};

/// The middle of a free in which nothing is to be done.
struct no_action {
  void operator()() const noexcept NEBULA_NONBLOCKING {}
};

/// Equal blocks over a free_list, with one state word each, which alone decides whether a free is right.
///
/// Invariants, between calls: a block is on the list, in a cache (pool_cache.hpp) or, with one owner, the latest free
/// (latest_free.hpp) iff its state is free; the number of live blocks is the capacity less the list's depth and what the
/// caches and the latest free keep. During a call a block may be neither: popped and not yet marked live, or marked free and not
/// yet pushed; it then belongs to the thread in that call.
///
/// At the paranoid level free blocks hold the free pattern, verified when they are allocated, and the bytes from a
/// block's size to the next block hold canaries, verified when it is freed: written_after_free of allocate(), overrun of
/// deallocate(), with everything as before but for the damage, which has been mended. With one owner every call also
/// walks the whole pool: see failure_record::watch(). With several owners there is no moment for that.
///
/// With shared_atomics every function is lock-free, and safe in interrupts and among threads, unless it says that it needs
/// the pool at rest: no other call under way. With plain_atomics the pool has one owner.
template <class Atomics, class Storage>
class basic_pool
    : public failure_record<Atomics, Atomics::is_shared ? component::pool_allocator : component::local_pool_allocator> {
public:
  using atomics_type = Atomics;
  using storage_type = Storage;
  using plan_type = basic_pool_plan<Atomics>;
  using config_type = basic_pool_config<Atomics>;

  /// For storage inside the object: nothing to be validated at run time, nothing to be done at start-up.
  constexpr basic_pool() noexcept = default;
  /// The same, with a hook of its own.
  explicit constexpr basic_pool(fault_hook hook, check_level level = check_level::standard) noexcept
      : failure_base(hook, level) {
    blocks_.begin_use(level == check_level::paranoid);
    if (!__builtin_is_constant_evaluated()) { // otherwise by the first call
      this->seal_metadata(*this);
    }
  }
  /// For a caller's storage. O(block_count).
  explicit basic_pool(const plan_type& plan) noexcept
      : failure_base(plan.hook_, plan.level_),
        blocks_(plan.records_, plan.blocks_, plan.block_, plan.stride_bytes_, plan.block_count_) {
    blocks_.begin_caches(plan.cache_slots_, plan.cache_count_);
    blocks_.begin_use(plan.level_ == check_level::paranoid);
    this->seal_metadata(*this);
  }

  /// A block of at least request.size bytes at a multiple of request.align, which no one else has. O(1) but for
  /// retries. [SR-POOL-003] invalid_layout iff the request is malformed; layout_unsupported iff it exceeds the block's
  /// size or alignment; exhausted iff no block was free at some moment since the last
  /// event that the caller is ordered after.
  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return allocate_watched(request, pool_list<Atomics>::unlimited_retries);
    }
    return take(request, pool_list<Atomics>::unlimited_retries, false);
  }

  /// As allocate(), in at most max_retries + 1 rounds: contended iff another thread, or the machine's own failure of a
  /// compare-exchange, spoilt them all. Never exhausted for that reason. [SR-POOL-004]
  [[nodiscard]] NEBULA_FAST result<std::byte*> try_allocate(layout request,
                                                            std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return allocate_watched(request, max_retries);
    }
    return take(request, max_retries, false);
  }

  /// Gives the block back. O(1) but for retries. Errors, state unchanged, in this order: null_pointer iff null;
  /// foreign_pointer iff outside the blocks; misaligned_pointer iff not a block's start; double_free iff the block is
  /// not live. Of several concurrent frees of one allocation exactly one succeeds. [SR-POOL-005]
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return deallocate_watched(block);
    }
    return give_back(block, false);
  }

  /// The same; layout_mismatch, after the checks of the pointer's place, iff no block of this pool can have been
  /// allocated with the layout.
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return deallocate_watched(block, allocated);
    }
    return give_back_as(block, allocated, false);
  }

  /// deallocate(block, allocated), and in the middle of it, once the free has been found right and before anyone can have
  /// the block again, the caller's action: to destroy what is in the block iff the free is right. In a shared pool the
  /// action runs exactly once, whoever else frees the block at the same time, or from within the action. With one owner
  /// the whole pool stays as it was while the action runs, so that it may call the pool; the one error that comes after it
  /// is that of an action that has freed this block itself. Not nonblocking, for the action need not be. [SR-LIFE-001]
  template <class Action>
  [[nodiscard]] result<void> deallocate_after(std::byte* block, layout allocated, Action action) noexcept {
    if constexpr (Atomics::is_shared) {
      if (NEBULA_UNLIKELY(this->is_corrupted())) {
        return this->refuse(error_code::corrupted, operation::deallocate);
      }
      return give_back_as(block, allocated, this->is_paranoid(), action);
    } else {
      if (NEBULA_DETOUR(this->is_watched())) {
        return deallocate_after_watched(block, allocated, action);
      }
      const result<std::uint32_t> right = index_to_free(block, allocated);
      if (NEBULA_UNLIKELY(!right.has_value())) {
        return right.error();
      }
      action();
      if (NEBULA_DETOUR(this->is_watched())) { // the action has called the pool, which found damage
        return deallocate_watched(block, allocated);
      }
      return give_back_of(right.value(), block);
    }
  }

  /// True iff the address lies within the pool's blocks, live or not. O(1).
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return offset_of(address) < blocks_.stride_bytes() * blocks_.count();
  }

  /// The handle of a live block's present allocation. Errors as deallocate(block). O(1).
  [[nodiscard]] result<block_handle> handle_of(const std::byte* block) const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::resolve_handle;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    const std::size_t index = index_of(block);
    if (NEBULA_UNLIKELY(index >= blocks_.count())) {
      return this->misuse(wrong_pointer(block), during, block);
    }
    const std::uint32_t state = state_of(static_cast<std::uint32_t>(index));
    if (NEBULA_UNLIKELY((state & live_bit) == 0)) {
      return this->misuse(error_code::double_free, during, block);
    }
    return block_handle{static_cast<std::uint32_t>(index), state >> 1U};
  }

  /// The block that a handle names. foreign_pointer iff the index is not of this pool; stale_handle iff that allocation
  /// has been freed. O(1).
  [[nodiscard]] result<std::byte*> resolve(block_handle handle) const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::resolve_handle;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(handle.index >= blocks_.count())) {
      return this->misuse(error_code::foreign_pointer, during, nullptr);
    }
    if (NEBULA_UNLIKELY(handle.generation > generation_max || state_of(handle.index) != live_state(handle))) {
      return this->misuse(error_code::stale_handle, during, blocks_.block(handle.index));
    }
    return blocks_.block(handle.index);
  }

  /// Frees the allocation that a handle names. Errors as resolve(); a stale handle frees nothing, whoever has the block
  /// now. O(1).
  [[nodiscard]] result<void> deallocate(block_handle handle) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return deallocate_watched(handle);
    }
    return give_back(handle, false);
  }

  /// deallocate(handle), and the action in the middle of it, as above. [SR-LIFE-001]
  template <class Action>
  [[nodiscard]] result<void> deallocate_after(block_handle handle, Action action) noexcept {
    if constexpr (Atomics::is_shared) {
      if (NEBULA_UNLIKELY(this->is_corrupted())) {
        return this->refuse(error_code::corrupted, operation::deallocate);
      }
      return give_back(handle, this->is_paranoid(), action);
    } else {
      const result<void> right =
          this->watch(*this, operation::deallocate, [&](bool) noexcept { return check_free(handle); });
      if (NEBULA_UNLIKELY(!right.has_value())) {
        return right;
      }
      action();
      return failure_base::despite_stray_writes([&]() noexcept { return deallocate(handle); });
    }
  }

  /// Lists all blocks again, in ascending order. blocks_live iff one is live, or kept by a cache. Needs the pool at rest. O(block_count).
  /// [SR-POOL-006]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::reset, [&](bool) noexcept { return list_all(); });
  }

  /// Bytes are of whole blocks, rounding included. Blocks that caches keep are available, through those caches; the peak
  /// is of the blocks that were off the list, live or kept by a cache: with caches it may exceed the highest use by as
  /// much as they kept then. With calls of caches under way a block may be missed or, moving between list and cache, be
  /// seen twice. O(1 + caches). [SR-CACHE-004]
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    const std::size_t stride = blocks_.stride_bytes();
    const std::size_t listed_blocks = list_.size(blocks_.records()) + latest_.count();
    const std::size_t unlisted_blocks = blocks_.count() - listed_blocks;
    const std::size_t shown_blocks = blocks_shown_by_caches();
    allocator_state now;
    now.cached_blocks = shown_blocks < unlisted_blocks ? shown_blocks : unlisted_blocks;
    now.capacity_bytes = blocks_.count() * stride;
    now.live_blocks = unlisted_blocks - now.cached_blocks;
    now.used_bytes = now.live_blocks * stride;
    now.available_bytes = now.capacity_bytes - now.used_bytes;
    now.peak_bytes = peak_.load(memory_order::relaxed) * stride;
    now.failures = this->failures();
    return now;
  }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. At the paranoid level also all free blocks and
  /// all canaries: written_after_free or overrun iff one was overwritten; that one has then been mended, and the walk has
  /// ended there. Needs the pool at rest. O(block_count), at the paranoid level O(capacity).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    const result<void> sealed = this->check_seals(*this);
    audit_cursor cursor;
    return sealed.has_value() ? result<void>(audit(cursor, pool_list<Atomics>::unlimited_retries).error()) : sealed;
  }

  /// The same in at most `steps` steps and one for each cache, of which a walk takes at most 2 * block_count + 3, at the
  /// paranoid level 3 * block_count + 4: true iff this call completed the walk. Needs the pool at rest during the call, not between calls.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;

  /// How many caches are attached. O(cache_count).
  [[nodiscard]] std::uint32_t attached_caches() const noexcept NEBULA_NONBLOCKING {
    const std::uint32_t cache_count = blocks_.cache_count();
    std::uint32_t attached = 0;
    for (std::uint32_t index = 0; index < cache_count; ++index) {
      attached += blocks_.cache_slots()[index].is_owned() ? 1U : 0U;
    }
    return attached;
  }
  /// The most caches that can be attached at a time.
  [[nodiscard]] std::uint32_t cache_count() const noexcept NEBULA_NONBLOCKING { return blocks_.cache_count(); }
  [[nodiscard]] std::uint32_t block_count() const noexcept NEBULA_NONBLOCKING { return blocks_.count(); }
  /// The bytes that blocks take, from the first to the end of the last.
  [[nodiscard]] byte_span block_bytes() const noexcept NEBULA_NONBLOCKING {
    return {blocks_.block(0), blocks_.count() * blocks_.stride_bytes()};
  }
  [[nodiscard]] std::size_t stride_bytes() const noexcept NEBULA_NONBLOCKING { return blocks_.stride_bytes(); }
  /// The largest layout that allocate() serves.
  [[nodiscard]] layout block_layout() const noexcept NEBULA_NONBLOCKING { return blocks_.block_layout(); }

  /// The width of the head's tag: all bits of the word that an index does not take. With one owner there is no tag, but a
  /// counter of changes, of 64 bits, by which an audit in steps sees that the pool has changed.
  [[nodiscard]] unsigned tag_bits() const noexcept NEBULA_NONBLOCKING {
    return pool_list<Atomics>::tag_bits(bit_width(blocks_.count()));
  }
  /// ABA's horizon: a thread would have to be stalled inside one call for this many allocations and frees by others,
  /// exactly, for the tag to deceive it. [SR-POOL-007]
  [[nodiscard]] std::uint64_t tag_wrap_operations() const noexcept NEBULA_NONBLOCKING {
    return tag_bits() >= 64 ? ~std::uint64_t{0} : power_of_two(tag_bits());
  }

protected:
  /// By the end of a pool over a caller's storage: caches_attached, reported to the hook, iff a cache is attached; it
  /// would go on to use what is no more.
  void report_attached_caches() const noexcept {
    if (NEBULA_UNLIKELY(attached_caches() != 0)) {
      static_cast<void>(this->misuse(error_code::caches_attached, operation::destroy, nullptr));
    }
  }

private:
  friend struct metadata_access;
  template <class>
  friend class basic_segregated;
  template <class, class, std::uint32_t>
  friend class basic_pool_cache;
  using failure_base =
      failure_record<Atomics, Atomics::is_shared ? component::pool_allocator : component::local_pool_allocator>;
  static constexpr std::uint32_t live_bit = 1;

  friend failure_base;
  void add_object_to(seal& sum) const noexcept {
    list_.add_to(sum);
    latest_.add_to(sum);
    sum.add(peak_.load(memory_order::relaxed));
    blocks_.add_to(sum);
  }
  void add_records_to(seal& sum) const noexcept {
    for (std::uint32_t index = 0; index < blocks_.count(); ++index) {
      const auto& record = blocks_.record(index);
      sum.add(record.link.load(memory_order::relaxed));
      sum.add(record.state.load(memory_order::relaxed));
    }
  }

  // size - 1 wraps for 0, and then is not below any block size
  [[nodiscard]] NEBULA_WRAPS bool serves(const layout& request) const noexcept {
    const layout block = blocks_.block_layout();
    // likewise for an alignment of 0, which is not below any either
    return request.size - 1 < block.size && request.align - 1 < block.align &&
           (request.align & (request.align - 1)) == 0;
  }
  NEBULA_LONG error refuse_layout(layout request, operation during) const noexcept NEBULA_NONBLOCKING {
    return this->refuse(request.is_valid() ? error_code::layout_unsupported : error_code::invalid_layout, during);
  }
  // Addresses are subtracted as integers: a foreign pointer must not be compared as a pointer, and below the first
  // block wraps high.
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(blocks_.block(0));
  }
  [[nodiscard]] std::size_t index_of(const std::byte* block) const noexcept {
    return blocks_.index_of(offset_of(block));
  }
  [[nodiscard]] std::uint32_t state_of(std::uint32_t index) const noexcept {
    return blocks_.record(index).state.load(memory_order::relaxed);
  }
  static constexpr std::uint32_t generation_max = std::numeric_limits<std::uint32_t>::max() / 2;

  /// The state of the handle's block while its allocation is live; the generation is at most generation_max.
  [[nodiscard]] static constexpr std::uint32_t live_state(block_handle handle) noexcept {
    return handle.generation * 2U + live_bit;
  }

  NEBULA_COLD error_code wrong_pointer(const std::byte* block) const noexcept NEBULA_NONBLOCKING {
    if (block == nullptr) {
      return error_code::null_pointer;
    }
    return owns(block) ? error_code::misaligned_pointer : error_code::foreign_pointer;
  }
  NEBULA_COLD error list_failure(list_outcome outcome, operation during) const noexcept NEBULA_NONBLOCKING {
    if (outcome.verdict == list_verdict::broken) {
      return this->corrupt(outcome.broken, during);
    }
    return this->refuse(outcome.verdict == list_verdict::contended ? error_code::contended : error_code::exhausted,
                        during);
  }

  /// The one transition that decides a free: live in this generation → free in the next.
  [[nodiscard]] NEBULA_WRAPS bool mark_free(std::uint32_t index, std::uint32_t live) noexcept {
    std::uint32_t expected = live;
    // relaxed, both: atomicity alone makes one of several frees the winner; the push that follows publishes. As check
    // and store, race.pool.twin.check_then_free dies.
    return blocks_.record(index).state.compare_exchange_strong(expected, live + 1, memory_order::relaxed,
                                                               memory_order::relaxed);
  }
  // The calls themselves, at either level.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take(const layout& request, std::size_t max_retries,
                                                    bool is_paranoid) noexcept;
  /// take(), of a layout that serves() says yes to.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take_served(const layout& request, std::size_t max_retries,
                                                           bool is_paranoid) noexcept;
  [[nodiscard]] NEBULA_FAST result<std::byte*> take_latest(const layout& request, bool is_paranoid) noexcept;
  template <class Action = no_action>
  [[nodiscard]] NEBULA_FAST result<void> give_back(std::byte* block, bool is_paranoid, Action action = {}) noexcept;
  template <class Action = no_action>
  [[nodiscard]] NEBULA_FAST result<void> give_back(block_handle handle, bool is_paranoid, Action action = {}) noexcept;
  template <class Action = no_action>
  [[nodiscard]] NEBULA_FAST result<void> give_back_as(std::byte* block, const layout& allocated, bool is_paranoid,
                                                      Action action = {}) noexcept;
  // While the pool is corrupted or paranoid. Out of line: what a closure keeps would lie in memory in each call.
  NEBULA_LONG result<std::byte*> allocate_watched(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::allocate, [this, request, max_retries](bool is_paranoid) noexcept {
      return take(request, max_retries, is_paranoid);
    });
  }
  NEBULA_LONG result<void> deallocate_watched(std::byte* block) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::deallocate,
                       [this, block](bool is_paranoid) noexcept { return give_back(block, is_paranoid); });
  }
  NEBULA_LONG result<void> deallocate_watched(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::deallocate, [this, block, allocated](bool is_paranoid) noexcept {
      return give_back_as(block, allocated, is_paranoid);
    });
  }
  NEBULA_LONG result<void> deallocate_watched(block_handle handle) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::deallocate,
                       [this, handle](bool is_paranoid) noexcept { return give_back(handle, is_paranoid); });
  }
  template <class Action>
  NEBULA_LONG result<void> deallocate_after_watched(std::byte* block, layout allocated, Action& action) noexcept {
    const result<void> right =
        this->watch(*this, operation::deallocate, [&](bool) noexcept { return check_free(block, allocated); });
    if (NEBULA_UNLIKELY(!right.has_value())) {
      return right;
    }
    action();
    return failure_base::despite_stray_writes([&]() noexcept { return deallocate(block, allocated); });
  }
  /// Of a block whose index is known, at the standard level.
  [[nodiscard]] NEBULA_FAST result<void> give_back_of(std::uint32_t index, std::byte* block) noexcept {
    no_action nothing;
    const result<std::uint32_t> freed = begin_free_of(index, false, nothing);
    return freed.has_value() ? finish_free(index, block) : freed.error();
  }
  [[nodiscard]] NEBULA_FAST result<std::uint32_t> index_to_free(const std::byte* block,
                                                                const layout& allocated) const noexcept;
  [[nodiscard]] result<void> check_free(const std::byte* block, const layout& allocated) const noexcept {
    return index_to_free(block, allocated).error();
  }
  [[nodiscard]] result<void> check_free(block_handle handle) const noexcept;
  [[nodiscard]] result<void> list_all() noexcept;
  [[nodiscard]] result<bool> audit_bytes(audit_cursor& cursor, std::size_t steps,
                                         std::size_t free_blocks) const noexcept;

  /// The bytes behind a block, up to the next.
  [[nodiscard]] std::byte* canary_of(std::uint32_t index) const noexcept {
    return blocks_.block(index) + blocks_.block_layout().size;
  }
  [[nodiscard]] std::size_t canary_size() const noexcept {
    return blocks_.stride_bytes() - blocks_.block_layout().size;
  }
  /// What is wrong with a block, and where: none iff nothing is. Found here, reported by the front that was called: this
  /// pool, or a cache.
  struct damage {
    error_code code = error_code::none;
    const std::byte* place = nullptr;
  };
  /// written_after_free, with the place, iff the free block is not the pattern any more; it then is again.
  [[nodiscard]] damage verify_free(std::uint32_t index) const noexcept {
    const std::byte* const changed = mend(free_pattern, blocks_.block(index), blocks_.stride_bytes());
    return {changed == nullptr ? error_code::none : error_code::written_after_free, changed};
  }
  /// overrun, with the place, iff the canary of the live block is not whole; it then is again.
  [[nodiscard]] damage verify_canary(std::uint32_t index) const noexcept {
    const std::byte* const changed = mend(canary_pattern, canary_of(index), canary_size());
    return {changed == nullptr ? error_code::none : error_code::overrun, changed};
  }

  /// A block that this call has taken off the list, or out of a cache, becomes live. corrupted iff it was live;
  /// written_after_free as verify_free(); it is free then, and still belongs to this call.
  [[nodiscard]] NEBULA_FAST damage hand_out(std::uint32_t index, bool is_paranoid) noexcept {
    auto& state = blocks_.record(index).state;
    // relaxed: the freeing thread's write is seen by the acquire of the pop, or is this thread's own; no one else
    // writes the state of a free block off the list
    const std::uint32_t before = state.load(memory_order::relaxed);
    if (NEBULA_UNLIKELY((before & live_bit) != 0)) {
      return {error_code::corrupted, nullptr};
    }
    if (NEBULA_UNLIKELY(has_paranoid_level && is_paranoid)) {
      const damage wrong = verify_free(index);
      if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
        return wrong;
      }
      fill_with(canary_pattern, canary_of(index), canary_size());
    }
    state.store(before | live_bit, memory_order::relaxed);
    return {};
  }
  /// A free in two halves, for a front that has something to do in between: from here on, the block belongs to this
  /// call. `live` is the state in which it is to be found; `otherwise` iff it is not. The action is the last to see what
  /// is in it.
  template <class Action = no_action>
  [[nodiscard]] NEBULA_FAST damage claim(std::uint32_t index, std::uint32_t live, error_code otherwise,
                                         bool is_paranoid, Action action = {}) noexcept {
    if (NEBULA_UNLIKELY((live & live_bit) == 0 || !mark_free(index, live))) {
      return {otherwise, blocks_.block(index)};
    }
    if (NEBULA_UNLIKELY(has_paranoid_level && is_paranoid)) {
      const damage wrong = verify_canary(index);
      if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
        // relaxed: nobody else changes the state of a block that is neither live nor on the list
        blocks_.record(index).state.store(live, memory_order::relaxed);
        return wrong;
      }
      action();
      fill_with(free_pattern, blocks_.block(index), blocks_.stride_bytes());
    } else {
      action();
    }
    tell_free(blocks_.block(index), blocks_.stride_bytes());
    return {};
  }
  template <class Action>
  [[nodiscard]] NEBULA_FAST result<std::uint32_t> begin_free(std::byte* block, bool is_paranoid,
                                                             Action& action) noexcept {
    constexpr operation during = operation::deallocate;
    const std::size_t quotient = index_of(block);
    if (NEBULA_UNLIKELY(quotient >= blocks_.count())) {
      return this->misuse(wrong_pointer(block), during, block);
    }
    return begin_free_of(static_cast<std::uint32_t>(quotient), is_paranoid, action);
  }
  /// The same, of a block whose index is known.
  template <class Action>
  [[nodiscard]] NEBULA_FAST result<std::uint32_t> begin_free_of(std::uint32_t index, bool is_paranoid,
                                                                Action& action) noexcept {
    const damage wrong = claim(index, state_of(index), error_code::double_free, is_paranoid, action);
    if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
      return this->misuse(wrong.code, operation::deallocate, wrong.place);
    }
    return index;
  }
  // At the pool's own level, for a composite, which has found the layout served.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take_for_whole(const layout& request, std::size_t max_retries) noexcept {
    if (NEBULA_DETOUR(this->is_watched())) {
      return allocate_watched(request, max_retries);
    }
    return take_served(request, max_retries, false);
  }
  template <class Action>
  [[nodiscard]] NEBULA_FAST result<std::uint32_t> begin_free(std::byte* block, Action& action) noexcept {
    const bool is_watched = this->is_watched();
    if (NEBULA_UNLIKELY(is_watched) && this->is_corrupted()) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    return begin_free(block, has_paranoid_level && is_watched, action);
  }
  [[nodiscard]] NEBULA_FAST result<void> finish_free(std::uint32_t index, [[maybe_unused]] std::byte* block) noexcept {
    constexpr operation during = operation::deallocate;
    if constexpr (!Atomics::is_shared) {
      const std::uint32_t before = latest_.index();
      if (latest_.count() == 0) {
        latest_.keep(index, block);
        return {};
      }
      // whether the block is there, too, is looked at by whoever hands it out
      NEBULA_INVARIANT(latest_free_in_place, before < blocks_.count());
      latest_.keep(index, block);
      index = before;
    }
    const list_outcome pushed = list_.push(blocks_.records(), index);
    if (NEBULA_UNLIKELY(pushed.verdict != list_verdict::done)) {
      return list_failure(pushed, during);
    }
    return {};
  }
  /// What is kept of the latest free agrees with itself: the one half says which block it is, the other where.
  [[nodiscard]] bool is_latest_in_place() const noexcept {
    return latest_.index() < blocks_.count() && latest_.block() == blocks_.block(latest_.index());
  }
  /// The sum over the caches; with calls of caches under way it may exceed what there is.
  [[nodiscard]] std::size_t blocks_shown_by_caches() const noexcept {
    const std::uint32_t cache_count = blocks_.cache_count();
    std::size_t sum = 0;
    for (std::uint32_t index = 0; index < cache_count; ++index) {
      sum += blocks_.cache_slots()[index].blocks();
    }
    return sum;
  }
  [[nodiscard]] std::uint32_t free_states() const noexcept {
    std::uint32_t sum = 0;
    for (std::uint32_t index = 0; index < blocks_.count(); ++index) {
      sum += (state_of(index) & live_bit) == 0 ? 1U : 0U;
    }
    return sum;
  }
  [[nodiscard]] bool detached_caches_are_empty() const noexcept {
    const std::uint32_t cache_count = blocks_.cache_count();
    bool empty = true;
    for (std::uint32_t index = 0; index < cache_count; ++index) {
      empty = empty && (blocks_.cache_slots()[index].is_owned() || blocks_.cache_slots()[index].blocks() == 0);
    }
    return empty;
  }
  /// Different at two times iff a block was allocated or freed in between, by whatever way, within the horizons: each
  /// summand rises with each change of its own.
  [[nodiscard]] NEBULA_WRAPS std::uint64_t version() const noexcept {
    const std::uint32_t cache_count = blocks_.cache_count();
    // The latest free goes into the high half: while the list is the same, it alone says what else is free.
    std::uint64_t sum = list_.version() + (std::uint64_t{latest_.number()} << 32U);
    for (std::uint32_t index = 0; index < cache_count; ++index) {
      sum += blocks_.cache_slots()[index].version();
    }
    return sum;
  }
  void raise_peak(std::uint32_t live) noexcept {
    // relaxed, all: a maximum of numbers each of which is right by itself. At most block_count rounds: each failure has
    // raised it.
    std::uint32_t seen = peak_.load(memory_order::relaxed);
    while (live > seen && !peak_.compare_exchange_strong(seen, live, memory_order::relaxed, memory_order::relaxed)) {
    }
  }

  // Off each other's cache lines: the head changes with each call, the storage's description never.
  alignas(Atomics::contention_align_bytes) pool_list<Atomics> list_{};
  alignas(Atomics::contention_align_bytes) typename Atomics::template atomic<std::uint32_t> peak_{};
  std::conditional_t<Atomics::is_shared, no_latest_free, latest_free> latest_{};
  Storage blocks_{};
};

template <class Atomics, class Storage>
result<std::byte*> basic_pool<Atomics, Storage>::take(const layout& request, std::size_t max_retries,
                                                      bool is_paranoid) noexcept {
  if (NEBULA_UNLIKELY(!serves(request))) {
    return refuse_layout(request, operation::allocate);
  }
  return take_served(request, max_retries, is_paranoid);
}

template <class Atomics, class Storage>
result<std::byte*> basic_pool<Atomics, Storage>::take_served(const layout& request, std::size_t max_retries,
                                                             bool is_paranoid) noexcept {
  constexpr operation during = operation::allocate;
  if constexpr (!Atomics::is_shared) {
    if (latest_.count() != 0) {
      return take_latest(request, is_paranoid);
    }
  }
  const list_outcome popped = list_.pop(blocks_.records(), max_retries);
  if (NEBULA_UNLIKELY(popped.verdict != list_verdict::done)) {
    return list_failure(popped, during);
  }
  const damage wrong = hand_out(popped.index, is_paranoid);
  NEBULA_INVARIANT(popped_block_was_free, wrong.code != error_code::corrupted);
  if (NEBULA_UNLIKELY(has_paranoid_level && is_paranoid && wrong.code != error_code::none)) {
    const error reported = this->misuse(wrong.code, during, wrong.place);
    const result<void> listed = finish_free(popped.index, blocks_.block(popped.index));
    return listed.has_value() ? reported : listed.error();
  }
  raise_peak(blocks_.count() - popped.free_before + 1);
  tell_allocated(blocks_.block(popped.index), request.size);
  return blocks_.block(popped.index);
}

/// The latest free again. The peak need not be raised: before that free as many blocks were live as after this call, for
/// each allocation in between would have come here first, and each free would have taken this place.
template <class Atomics, class Storage>
result<std::byte*> basic_pool<Atomics, Storage>::take_latest(const layout& request, bool is_paranoid) noexcept {
  constexpr operation during = operation::allocate;
  NEBULA_INVARIANT(latest_free_in_place, is_latest_in_place());
  // the place as it was kept, and not from the index: what allocates next need not wait for a product
  std::byte* const block = latest_.block();
  const damage wrong = hand_out(latest_.index(), is_paranoid);
  NEBULA_INVARIANT(popped_block_was_free, wrong.code != error_code::corrupted);
  if (NEBULA_UNLIKELY(has_paranoid_level && is_paranoid && wrong.code != error_code::none)) {
    return this->misuse(wrong.code, during, wrong.place);
  }
  latest_.clear();
  tell_allocated(block, request.size);
  return block;
}

template <class Atomics, class Storage>
template <class Action>
result<void> basic_pool<Atomics, Storage>::give_back(std::byte* block, bool is_paranoid, Action action) noexcept {
  const result<std::uint32_t> index = begin_free(block, is_paranoid, action);
  if (NEBULA_UNLIKELY(!index.has_value())) {
    return index.error();
  }
  return finish_free(index.value(), block);
}

template <class Atomics, class Storage>
template <class Action>
result<void> basic_pool<Atomics, Storage>::give_back_as(std::byte* block, const layout& allocated, bool is_paranoid,
                                                        Action action) noexcept {
  if (NEBULA_UNLIKELY(!serves(allocated) && index_of(block) < blocks_.count())) {
    return this->misuse(error_code::layout_mismatch, operation::deallocate, block);
  }
  return give_back(block, is_paranoid, action);
}

template <class Atomics, class Storage>
template <class Action>
result<void> basic_pool<Atomics, Storage>::give_back(block_handle handle, bool is_paranoid, Action action) noexcept {
  constexpr operation during = operation::deallocate;
  if (NEBULA_UNLIKELY(handle.index >= blocks_.count())) {
    return this->misuse(error_code::foreign_pointer, during, nullptr);
  }
  const std::uint32_t live = handle.generation > generation_max ? 0 : live_state(handle);
  const damage wrong = claim(handle.index, live, error_code::stale_handle, is_paranoid, action);
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return this->misuse(wrong.code, during, wrong.place);
  }
  return finish_free(handle.index, blocks_.block(handle.index));
}

/// Which block it is, or the errors of deallocate(block, allocated), reported, with one owner.
template <class Atomics, class Storage>
result<std::uint32_t> basic_pool<Atomics, Storage>::index_to_free(const std::byte* block,
                                                                  const layout& allocated) const noexcept {
  constexpr operation during = operation::deallocate;
  const std::size_t quotient = index_of(block);
  if (NEBULA_UNLIKELY(quotient >= blocks_.count())) {
    return this->misuse(wrong_pointer(block), during, block);
  }
  if (NEBULA_UNLIKELY(!serves(allocated))) {
    return this->misuse(error_code::layout_mismatch, during, block);
  }
  const auto index = static_cast<std::uint32_t>(quotient);
  if (NEBULA_UNLIKELY((state_of(index) & live_bit) == 0)) {
    return this->misuse(error_code::double_free, during, block);
  }
  return index;
}

/// The errors of deallocate(handle), reported, with one owner.
template <class Atomics, class Storage>
result<void> basic_pool<Atomics, Storage>::check_free(block_handle handle) const noexcept {
  constexpr operation during = operation::deallocate;
  if (NEBULA_UNLIKELY(handle.index >= blocks_.count())) {
    return this->misuse(error_code::foreign_pointer, during, nullptr);
  }
  if (NEBULA_UNLIKELY(handle.generation > generation_max || state_of(handle.index) != live_state(handle))) {
    return this->misuse(error_code::stale_handle, during, blocks_.block(handle.index));
  }
  return {};
}

template <class Atomics, class Storage>
result<void> basic_pool<Atomics, Storage>::list_all() noexcept {
  if (NEBULA_UNLIKELY(list_.size(blocks_.records()) + latest_.count() != blocks_.count())) {
    return this->misuse(error_code::blocks_live, operation::reset, nullptr);
  }
  latest_.clear();
  list_.refill(blocks_.records());
  return {};
}

template <class Atomics, class Storage>
result<bool> basic_pool<Atomics, Storage>::audit(audit_cursor& cursor, // NOLINT(readability-function-size)
                                                 std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  constexpr std::uint8_t walk_list = 1;
  constexpr std::uint8_t scan_states = 2;
  constexpr std::uint8_t verify_bytes = 3;
  if (NEBULA_UNLIKELY(this->is_corrupted())) {
    return this->refuse(error_code::corrupted, during);
  }
  const result<void> sound = this->check_object(*this);
  if (NEBULA_UNLIKELY(!sound.has_value())) {
    return sound.error();
  }
  const auto records = blocks_.records();
  const std::uint64_t version = this->version();
  if (!cursor.is_in(this, version, this->is_paranoid() ? verify_bytes : scan_states) ||
      cursor.position > records.count) {
    cursor.begin(this, version, list_.first(records), walk_list);
  }
  NEBULA_INVARIANT(head_index_in_range, list_.first(records) <= records.count);
  const std::uint32_t length = list_.length(records);
  NEBULA_INVARIANT(depth_in_range, length <= records.count);
  NEBULA_INVARIANT(latest_free_in_place, latest_.count() == 0 || is_latest_in_place());
  NEBULA_INVARIANT(latest_free_is_free, latest_.count() == 0 || (state_of(latest_.index()) & live_bit) == 0);
  NEBULA_INVARIANT(detached_cache_is_empty, detached_caches_are_empty());

  // Depth falls by one at each link, so that the walk cannot visit a block twice, and ends; with one owner it ends where
  // the counter says. At most block_count rounds.
  for (; cursor.phase == walk_list && steps != 0; --steps) {
    if (cursor.position == records.count) {
      NEBULA_INVARIANT(list_length_is_depth, cursor.visited == length);
      cursor.begin(this, version, 0, scan_states);
      break;
    }
    const auto index = static_cast<std::uint32_t>(cursor.position);
    const std::uint32_t next = list_.successor(records, index);
    NEBULA_INVARIANT(listed_block_is_free, (state_of(index) & live_bit) == 0);
    if constexpr (Atomics::is_shared) {
      NEBULA_INVARIANT(depth_falls_by_one, list_.depth_of(records, index) == length - cursor.visited);
    } else { // as long as the counter says, at most: the walk ends
      NEBULA_INVARIANT(list_length_is_depth, cursor.visited < length);
    }
    NEBULA_INVARIANT(link_in_range, next <= records.count);
    NEBULA_INVARIANT(link_not_to_itself, next != index);
    cursor.position = next;
    ++cursor.visited;
  }
  // All listed blocks are free and distinct; if as many blocks are free as are listed and cached, the others are live.
  // At most block_count rounds.
  for (; cursor.phase == scan_states && steps != 0; --steps) {
    if (cursor.position == records.count) {
      const std::uint32_t peak = peak_.load(memory_order::relaxed);
      NEBULA_INVARIANT(unlisted_block_is_live, cursor.visited == length + latest_.count() + blocks_shown_by_caches());
      NEBULA_INVARIANT(peak_covers_live, peak >= records.count - length - latest_.count());
      NEBULA_INVARIANT(peak_within_capacity, peak <= records.count);
      if (NEBULA_UNLIKELY(this->is_paranoid())) {
        cursor.begin(this, version, 0, verify_bytes);
        break;
      }
      cursor.phase = 0;
      return true;
    }
    cursor.visited += (state_of(static_cast<std::uint32_t>(cursor.position)) & live_bit) == 0 ? 1U : 0U;
    ++cursor.position;
  }
  return cursor.phase == verify_bytes ? audit_bytes(cursor, steps, length + latest_.count() + blocks_shown_by_caches())
                                      : result<bool>(false);
}

/// The last phase of a walk, which mends what was overwritten: it comes only once the states have been found right.
template <class Atomics, class Storage>
NEBULA_COLD result<bool> basic_pool<Atomics, Storage>::audit_bytes(audit_cursor& cursor, std::size_t steps,
                                                                   std::size_t free_blocks) const noexcept {
  constexpr operation during = operation::check_invariants;
  // At most block_count rounds.
  for (; steps != 0; --steps, ++cursor.position) {
    if (cursor.position == blocks_.count()) {
      cursor.phase = 0;
      return true;
    }
    const auto index = static_cast<std::uint32_t>(cursor.position);
    const bool is_free = (state_of(index) & live_bit) == 0;
    // A state may have been damaged since it was scanned, and a live block is not to be filled: counted again, but only
    // where something is to be mended. At most block_count rounds.
    NEBULA_INVARIANT(unlisted_block_is_live, !is_free ||
                                                 holds(free_pattern, blocks_.block(index), blocks_.stride_bytes()) ||
                                                 free_states() == free_blocks);
    const damage wrong = is_free ? verify_free(index) : verify_canary(index);
    if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
      cursor.phase = 0;
      return this->misuse(wrong.code, during, wrong.place);
    }
  }
  return false;
}

} // namespace nebula
