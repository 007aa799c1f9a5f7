// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/pool_allocator.hpp>

namespace nebula {

/// A thread's own magazine of free blocks over a shared pool: most calls move an index in this object, and the pool's
/// list is reached once for many blocks. [SR-CACHE-001] Source: Bonwick and Adams, "Magazines and Vmem", 2001; without
/// their depot of full magazines, and with an owner that the program names: there is no thread-local storage.
///
/// A block may be allocated through one cache and freed through another, or by the pool itself. Whatever way a free
/// takes, it is decided by the one transition of the block's own state word in the pool, at once: of several frees of
/// one allocation exactly one succeeds. docs/decisions/ says why nothing less than a compare-exchange will do.
///
/// Invariants, between calls: the blocks in the magazine are distinct, marked free, and on no list; the slot in the pool
/// shows their number.
///
/// One owner: no function of one cache is to be called while another is under way, neither by a thread nor by an
/// interrupt; different caches and the pool itself may be used at the same time. Misuse is counted and reported here;
/// corruption latches the pool, which reports it, and with it all of its caches. Capacity: the most blocks kept.
/// docs/allocators/pool_cache.md.
template <class Atomics, class Storage, std::uint32_t Capacity>
class alignas(Atomics::contention_align_bytes) basic_pool_cache
    : public failure_record<Atomics, component::pool_cache> {
  static_assert(Atomics::is_shared, "a pool with one owner needs no cache");
  static_assert(Capacity != 0 && Capacity <= cache_slot<Atomics>::blocks_max, "what a slot can show");

public:
  using pool_type = basic_pool<Atomics, Storage>;
  static constexpr std::size_t unlimited_retries = free_list<Atomics>::unlimited_retries;

  /// Attaches to the pool, which must outlive the cache; without a hook, the pool's. no_cache_slot iff as many caches as
  /// the pool has slots are attached; corrupted iff the pool is. The cache then keeps nothing: it serves each call from
  /// the pool's list, and error() says why. At most cache_count() rounds. [SR-CACHE-005]
  explicit basic_pool_cache(pool_type& pool, fault_hook hook = {}) noexcept
      : failure_base(hook.function != nullptr ? hook : pool.hook()), pool_(pool), error_(attach()) {}
  /// Gives back all that it keeps, and the slot.
  ~basic_pool_cache() {
    if (slot_ != nullptr) {
      static_cast<void>(flush()); // refused only by a corrupted pool, which no one can use any more
      slot_->release();
    }
  }
  basic_pool_cache(const basic_pool_cache&) = delete;
  basic_pool_cache& operator=(const basic_pool_cache&) = delete;

  /// True iff it has a slot of the pool.
  [[nodiscard]] bool is_attached() const noexcept NEBULA_NONBLOCKING { return slot_ != nullptr; }
  /// Why not.
  [[nodiscard]] nebula::error error() const noexcept NEBULA_NONBLOCKING { return error_; }
  /// The pool's latch.
  [[nodiscard]] bool is_corrupted() const noexcept NEBULA_NONBLOCKING { return pool_.is_corrupted(); }

  /// As the pool's; an empty magazine takes up to half its capacity from the pool's list first. exhausted iff the
  /// magazine was empty, and the pool's list too, whatever other caches keep. O(1) but for retries and the refill, O(Capacity).
  /// [SR-CACHE-001]
  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(pool_.is_watched())) {
      return allocate_watched(request, unlimited_retries);
    }
    return take(request, unlimited_retries, false);
  }
  /// As allocate(), in at most max_retries + 1 rounds of the refill: contended iff they were all spoilt. [SR-CACHE-003]
  [[nodiscard]] NEBULA_FAST result<std::byte*> try_allocate(layout request,
                                                            std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(pool_.is_watched())) {
      return allocate_watched(request, max_retries);
    }
    return take(request, max_retries, false);
  }

  /// As the pool's, with the same errors in the same order; a full magazine gives back its older half to the pool's list
  /// first, however often that has to be tried. O(1) but for that. [SR-CACHE-002]
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block) noexcept NEBULA_NONBLOCKING {
    return try_deallocate(block, unlimited_retries);
  }
  /// The same; layout_mismatch, after the checks of the pointer's place, iff no block of the pool can have been allocated
  /// with the layout.
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(!pool_.serves(allocated))) {
      return deallocate_mismatched(block);
    }
    return deallocate(block);
  }
  /// As deallocate(), in at most max_retries + 1 rounds of the flush: contended, after the checks, iff the magazine was
  /// full and they were all spoilt; the block is then live as before. An attached cache only: without a slot, the push
  /// has no bound. [SR-CACHE-003]
  [[nodiscard]] NEBULA_FAST result<void> try_deallocate(std::byte* block,
                                                        std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(pool_.is_watched())) {
      return deallocate_watched(block, max_retries);
    }
    return give(block, max_retries, false);
  }
  /// deallocate(block, allocated), and the action in the middle of it, once the free has been found right and before
  /// anyone can have the block again: exactly once, as a shared pool's. The action may call this cache. Not
  /// nonblocking, for the action need not be. [SR-LIFE-001]
  template <class Action>
  [[nodiscard]] result<void> deallocate_after(std::byte* block, layout allocated, Action action) noexcept {
    if (NEBULA_UNLIKELY(is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    if (NEBULA_UNLIKELY(!pool_.serves(allocated) && pool_.index_of(block) < pool_.blocks_.count())) {
      return this->misuse(error_code::layout_mismatch, operation::deallocate, block);
    }
    return give(block, unlimited_retries, pool_.is_paranoid(), action);
  }
  /// Frees the allocation that a handle of the pool names. Errors as the pool's. [SR-CACHE-002]
  [[nodiscard]] result<void> deallocate(block_handle handle) noexcept NEBULA_NONBLOCKING {
    return watch(operation::deallocate,
                 [this, handle](bool is_paranoid) noexcept { return give(handle, is_paranoid); });
  }

  /// Gives all that it keeps back to the pool's list, with one exchange. O(Capacity) but for retries. [SR-CACHE-002]
  [[nodiscard]] result<void> flush() noexcept NEBULA_NONBLOCKING { return try_flush(unlimited_retries); }
  /// The same in at most max_retries + 1 rounds: contended iff they were all spoilt; it keeps all then. [SR-CACHE-003]
  [[nodiscard]] result<void> try_flush(std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::flush);
    }
    return kept_ == 0 ? nebula::error{} : give_back(kept_, max_retries, operation::flush);
  }

  /// The pool's.
  [[nodiscard]] std::size_t stride_bytes() const noexcept NEBULA_NONBLOCKING { return pool_.stride_bytes(); }
  [[nodiscard]] layout block_layout() const noexcept NEBULA_NONBLOCKING { return pool_.block_layout(); }
  /// True iff the address lies within the pool's blocks.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING { return pool_.owns(address); }
  /// The pool's, with the failures of the calls of this cache.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now = pool_.state();
    now.failures = this->failures();
    return now;
  }
  /// The free blocks in the magazine.
  [[nodiscard]] std::uint32_t kept_blocks() const noexcept NEBULA_NONBLOCKING { return kept_; }
  [[nodiscard]] static constexpr std::uint32_t capacity() noexcept { return Capacity; }

  /// Walks the magazine; corrupted iff an invariant does not hold. The pool's own walk sees whether blocks are lost or
  /// doubled. By the owner, at any time. O(Capacity), which is its bound: there is no form in steps.
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::check_invariants;
    if (NEBULA_UNLIKELY(is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    NEBULA_INVARIANT(cached_count_in_range, kept_ <= (slot_ == nullptr ? 0 : Capacity));
    NEBULA_INVARIANT(cached_count_is_shown, slot_ == nullptr || (slot_->is_owned() && slot_->blocks() == kept_));
    for (std::uint32_t place = 0; place < kept_; ++place) {
      NEBULA_INVARIANT(cached_index_in_range, magazine_[place] < pool_.blocks_.count());
      NEBULA_INVARIANT(cached_block_is_free, (pool_.state_of(magazine_[place]) & pool_type::live_bit) == 0);
    }
    return {};
  }

private:
  friend struct metadata_access;
  using failure_base = failure_record<Atomics, component::pool_cache>;
  static constexpr std::uint32_t half = (Capacity + 1) / 2;

  /// The pool's metadata and the magazine are one: what is wrong with either latches the pool, which reports it.
  NEBULA_COLD nebula::error corrupt(invariant broken, operation during) const noexcept NEBULA_NONBLOCKING {
    static_cast<void>(pool_.corrupt(broken, during));
    return this->refuse(error_code::corrupted, during);
  }
  NEBULA_LONG nebula::error refuse_layout(layout request, operation during) const noexcept NEBULA_NONBLOCKING {
    return this->refuse(request.is_valid() ? error_code::layout_unsupported : error_code::invalid_layout, during);
  }
  NEBULA_COLD nebula::error list_failure(list_outcome outcome, operation during) const noexcept NEBULA_NONBLOCKING {
    if (outcome.verdict == list_verdict::broken) {
      return corrupt(outcome.broken, during);
    }
    return this->refuse(outcome.verdict == list_verdict::contended ? error_code::contended : error_code::exhausted,
                        during);
  }

  [[nodiscard]] nebula::error attach() noexcept {
    constexpr operation during = operation::attach;
    if (is_corrupted()) {
      return this->refuse(error_code::corrupted, during);
    }
    const std::uint32_t cache_count = pool_.blocks_.cache_count();
    for (std::uint32_t index = 0; index < cache_count; ++index) {
      cache_slot<Atomics>& slot = pool_.blocks_.cache_slots()[index];
      if (slot.claim()) {
        NEBULA_INVARIANT(detached_cache_is_empty, slot.blocks() == 0);
        slot_ = &slot;
        return {};
      }
    }
    return this->refuse(error_code::no_cache_slot, during);
  }

  /// A call while the pool is corrupted or paranoid. A pool that has caches is shared: there is no moment for a walk.
  template <class Call>
  auto watch(operation during, Call call) const noexcept NEBULA_NONBLOCKING -> decltype(call(false)) {
    const bool is_watched = pool_.is_watched();
    if (NEBULA_UNLIKELY(is_watched) && is_corrupted()) {
      return this->refuse(error_code::corrupted, during);
    }
    return call(has_paranoid_level && is_watched);
  }
  /// With a layout that no block of the pool has.
  NEBULA_COLD result<void> deallocate_mismatched(std::byte* block) noexcept NEBULA_NONBLOCKING {
    if (pool_.index_of(block) < pool_.blocks_.count() && !is_corrupted()) {
      return this->misuse(error_code::layout_mismatch, operation::deallocate, block);
    }
    return deallocate(block);
  }
  // Out of line: what a closure keeps would lie in memory in each call.
  NEBULA_LONG result<std::byte*> allocate_watched(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    return watch(operation::allocate, [this, request, max_retries](bool is_paranoid) noexcept {
      return take(request, max_retries, is_paranoid);
    });
  }
  NEBULA_LONG result<void> deallocate_watched(std::byte* block, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    return watch(operation::deallocate, [this, max_retries, block](bool is_paranoid) noexcept {
      return give(block, max_retries, is_paranoid);
    });
  }
  // The calls themselves, at either level.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take(const layout& request, std::size_t max_retries,
                                                    bool is_paranoid) noexcept;
  template <class Action = no_action>
  [[nodiscard]] NEBULA_FAST result<void> give(std::byte* block, std::size_t max_retries, bool is_paranoid,
                                              Action action = {}) noexcept;
  [[nodiscard]] result<void> give(block_handle handle, bool is_paranoid) noexcept;
  /// A block that was seen live, in this state.
  template <class Action = no_action>
  [[nodiscard]] NEBULA_FAST result<void> give_live(std::uint32_t index, std::uint32_t live, error_code otherwise,
                                                   std::size_t max_retries, bool is_paranoid,
                                                   Action action = {}) noexcept;

  /// So many blocks are in the magazine from now on.
  void keep(std::uint32_t blocks) noexcept {
    kept_ = blocks;
    if (slot_ != nullptr) {
      slot_->show(blocks);
    }
  }
  /// Fills the empty magazine; without a slot, with the one block that the call is about to take.
  NEBULA_SLOW [[nodiscard]] nebula::error refill(std::size_t max_retries) noexcept {
    const std::uint32_t most = slot_ == nullptr ? 1 : half;
    const list_outcome popped = pool_.list_.pop_many(pool_.blocks_.records(), magazine_, most, max_retries);
    if (NEBULA_UNLIKELY(popped.verdict != list_verdict::done)) {
      return list_failure(popped, operation::allocate);
    }
    const std::uint32_t taken = popped.free_before < most ? popped.free_before : most;
    keep(taken);
    pool_.raise_peak(pool_.blocks_.count() - popped.free_before + taken);
    return {};
  }
  /// Sees to it that one more block can be kept.
  [[nodiscard]] nebula::error make_room(std::size_t max_retries) noexcept {
    constexpr operation during = operation::deallocate;
    NEBULA_INVARIANT(cached_count_in_range, kept_ <= Capacity);
    return NEBULA_UNLIKELY(kept_ == Capacity) ? give_back(half, max_retries, during) : nebula::error{};
  }
  /// A block that this call has marked free.
  [[nodiscard]] NEBULA_FAST result<void> take_back(std::uint32_t index) noexcept {
    if (NEBULA_UNLIKELY(slot_ == nullptr)) {
      const list_outcome pushed = pool_.list_.push(pool_.blocks_.records(), index);
      return pushed.verdict == list_verdict::done ? nebula::error{} : list_failure(pushed, operation::deallocate);
    }
    magazine_[kept_] = index;
    keep(kept_ + 1);
    return {};
  }
  /// The `count` blocks that have been kept longest, of kept_, go back to the pool's list. O(Capacity).
  NEBULA_SLOW [[nodiscard]] nebula::error give_back(std::uint32_t count, std::size_t max_retries,
                                                    operation during) noexcept {
    NEBULA_INVARIANT(cached_count_in_range, kept_ <= Capacity);
    for (std::uint32_t place = 0; place < count; ++place) {
      NEBULA_INVARIANT(cached_index_in_range, magazine_[place] < pool_.blocks_.count());
      NEBULA_INVARIANT(cached_block_is_free, (pool_.state_of(magazine_[place]) & pool_type::live_bit) == 0);
    }
    const std::uint32_t before = kept_;
    // before the push: from then on the list counts them
    keep(before - count);
    const list_outcome pushed = pool_.list_.push_many(pool_.blocks_.records(), magazine_, count, max_retries);
    if (NEBULA_UNLIKELY(pushed.verdict != list_verdict::done)) {
      keep(before);
      return list_failure(pushed, during);
    }
    for (std::uint32_t place = 0; place < kept_; ++place) {
      magazine_[place] = magazine_[place + count];
    }
    return {};
  }

  pool_type& pool_;
  cache_slot<Atomics>* slot_ = nullptr; ///< null iff not attached
  std::uint32_t kept_ = 0;
  std::uint32_t magazine_[Capacity] = {}; ///< indices of free blocks; the last is the next to be allocated
  nebula::error error_;
};

template <class Atomics, class Storage, std::uint32_t Capacity>
result<std::byte*> basic_pool_cache<Atomics, Storage, Capacity>::take(const layout& request, std::size_t max_retries,
                                                                      bool is_paranoid) noexcept {
  constexpr operation during = operation::allocate;
  if (NEBULA_UNLIKELY(!pool_.serves(request))) {
    return refuse_layout(request, during);
  }
  if (NEBULA_UNLIKELY(kept_ == 0)) {
    const nebula::error failure = refill(max_retries);
    if (NEBULA_UNLIKELY(failure.code != error_code::none)) {
      return failure;
    }
  }
  NEBULA_INVARIANT(cached_count_in_range, kept_ != 0 && kept_ <= Capacity);
  const std::uint32_t index = magazine_[kept_ - 1];
  NEBULA_INVARIANT(cached_index_in_range, index < pool_.blocks_.count());
  const auto wrong = pool_.hand_out(index, is_paranoid);
  NEBULA_INVARIANT(cached_block_is_free, wrong.code != error_code::corrupted);
  if (NEBULA_UNLIKELY(has_paranoid_level && is_paranoid && wrong.code != error_code::none)) {
    const nebula::error reported = this->misuse(wrong.code, during, wrong.place);
    if (slot_ != nullptr) {
      return reported; // mended, and kept
    }
    const nebula::error unlisted = give_back(kept_, unlimited_retries, during);
    return unlisted.code == error_code::none ? reported : unlisted;
  }
  keep(kept_ - 1);
  tell_allocated(pool_.blocks_.block(index), request.size);
  return pool_.blocks_.block(index);
}

template <class Atomics, class Storage, std::uint32_t Capacity>
template <class Action>
result<void> basic_pool_cache<Atomics, Storage, Capacity>::give(std::byte* block, std::size_t max_retries,
                                                                bool is_paranoid, Action action) noexcept {
  const std::size_t quotient = pool_.index_of(block);
  if (NEBULA_UNLIKELY(quotient >= pool_.blocks_.count())) {
    return this->misuse(pool_.wrong_pointer(block), operation::deallocate, block);
  }
  const auto index = static_cast<std::uint32_t>(quotient);
  const std::uint32_t state = pool_.state_of(index);
  if (NEBULA_UNLIKELY((state & pool_type::live_bit) == 0)) {
    return this->misuse(error_code::double_free, operation::deallocate, block);
  }
  return give_live(index, state, error_code::double_free, max_retries, is_paranoid, action);
}

template <class Atomics, class Storage, std::uint32_t Capacity>
result<void> basic_pool_cache<Atomics, Storage, Capacity>::give(block_handle handle, bool is_paranoid) noexcept {
  constexpr operation during = operation::deallocate;
  if (NEBULA_UNLIKELY(handle.index >= pool_.blocks_.count())) {
    return this->misuse(error_code::foreign_pointer, during, nullptr);
  }
  const std::uint32_t live = pool_type::live_state(handle);
  if (NEBULA_UNLIKELY(handle.generation > pool_type::generation_max || pool_.state_of(handle.index) != live)) {
    return this->misuse(error_code::stale_handle, during, pool_.blocks_.block(handle.index));
  }
  return give_live(handle.index, live, error_code::stale_handle, unlimited_retries, is_paranoid);
}

template <class Atomics, class Storage, std::uint32_t Capacity>
template <class Action>
result<void> basic_pool_cache<Atomics, Storage, Capacity>::give_live(std::uint32_t index, std::uint32_t live,
                                                                     error_code otherwise, std::size_t max_retries,
                                                                     bool is_paranoid, Action action) noexcept {
  constexpr operation during = operation::deallocate;
  // Room first, and then the transition: once a block is free, nothing may stop it on its way into the magazine. If
  // another thread's free of the same block wins in between, this one is refused, and has changed no more than where
  // free blocks are kept.
  const nebula::error no_room = make_room(max_retries);
  if (NEBULA_UNLIKELY(no_room.code != error_code::none)) {
    return no_room;
  }
  const auto wrong = pool_.claim(index, live, otherwise, is_paranoid, action);
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return this->misuse(wrong.code, during, wrong.place);
  }
  if constexpr (!std::is_same_v<Action, no_action>) {
    // the action may have called this cache: a failure of this is corruption
    const nebula::error no_room_any_more = make_room(unlimited_retries);
    if (NEBULA_UNLIKELY(no_room_any_more.code != error_code::none)) {
      return no_room_any_more;
    }
  }
  return take_back(index);
}

/// A cache over a pool_allocator, or over a static_pool with a CacheCount: `pool_cache<> cache(pool);`,
/// `pool_cache<static_pool<message, 100, 4>, 16> cache(messages);`.
template <class Pool = pool_allocator, std::uint32_t Capacity = 64>
using pool_cache = basic_pool_cache<typename Pool::atomics_type, typename Pool::storage_type, Capacity>;

} // namespace nebula
