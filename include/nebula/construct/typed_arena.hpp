// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <type_traits>
#include <utility>

#include <nebula/construct/array_view.hpp>
#include <nebula/construct/block_claim.hpp>
#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// Objects of one type in blocks of a bump, a stack or an arena, which outlives it; destroyed all together, the last
/// first. They never move. Several arenas, and others, may share the allocator and take turns. One owner.
///
/// A T whose destructor does something needs a record for each emplace, which stands before the objects in the same
/// block: there is no half-way between a block without a record and a record without a block. Before others something
/// stands, too: nobody is ever given the address of a block, and so nobody can free one while this arena counts it.
///
/// The anchor is a mark that nobody else has, opened whenever the newest open mark of the allocator is not ours. While
/// it is open nothing below it was discarded; so that all blocks of this arena are there iff the newest anchor is open.
template <class T, class Allocator>
class typed_arena {
  static_assert(is_makeable<T>::value, "T is an object type, neither array nor const, whose destructor does not throw");
  static_assert(has_open_marks<Allocator>::value,
                "the allocator must say whether blocks are still there: a bump, a "
                "stack or an arena by is_open() and held_above()");

public:
  /// Takes no memory.
  explicit typed_arena(Allocator& allocator) noexcept : allocator_(allocator) {}
  /// clear()
  ~typed_arena() { static_cast<void>(clear()); }
  typed_arena(const typed_arena&) = delete;
  typed_arena& operator=(const typed_arena&) = delete;

  /// A T made of the arguments. [SR-CONS-010] Errors, and nothing has changed but a peak: corrupted iff the allocator is;
  /// stale_handle, reported, iff objects of this arena were discarded by a reset or restore of the allocator: the arena
  /// is empty from here on; allocate()'s and mark()'s. A constructor that throws gives the block back, and its exception
  /// goes on to the caller. After that, and after a refused mark(), no block is a bump's last. O(1) but for the allocator
  /// and the constructor.
  template <class... Arguments>
  [[nodiscard]] result<T*> emplace(Arguments&&... arguments) noexcept(is_nothrow_makeable<T, Arguments...>::value) {
    const auto one = [&](array_under_construction<T>& objects) noexcept(is_nothrow_makeable<T, Arguments...>::value) {
      objects.add(std::forward<Arguments>(arguments)...);
    };
    const result<array_view<T>> made = add(1, one);
    return made.has_value() ? result<T*>(made.value().data) : made.error();
  }

  /// The T made of the elements of [first, last), in a row; empty, without a block, iff the range is. [SR-CONS-011]
  /// Errors: size_overflow iff the bytes exceed SIZE_MAX; else as emplace(). A constructor that throws destroys the
  /// objects before it, the last first, and gives the block back. O(last - first).
  template <class Iterator>
  [[nodiscard]] result<array_view<T>> emplace_range(Iterator first, Iterator last) {
    static_assert(
        std::is_base_of_v<std::forward_iterator_tag, typename std::iterator_traits<Iterator>::iterator_category>,
        "the range is read twice: to be counted, and to be copied");
    const auto count = static_cast<std::size_t>(std::distance(first, last));
    if (count == 0) {
      return array_view<T>{};
    }
    return add(count, [&](array_under_construction<T>& objects) {
      // by the count: the block holds no more, whatever the range says when it is read again
      for (std::size_t index = 0; index < count; ++index, ++first) {
        objects.add(*first);
      }
    });
  }

  /// Destroys all objects, each exactly once, the last first. [SR-CONS-012] Gives the bytes back to the allocator iff
  /// nobody else has taken any since that are still there; if somebody has, they come back later: with a clear() when
  /// nobody has any more, or with the allocator's reset or a restore below. A destructor may call it: what is left is
  /// destroyed, and the call that runs the destructor gives the bytes back. Errors: blocks_live, reported, iff an object
  /// of this arena is being made, as when its constructor calls: nothing has changed; corrupted iff the allocator is: the
  /// same; stale_handle, reported, iff objects were discarded by a reset or restore of the allocator; overrun, reported,
  /// iff a record was overwritten: no destructor (overrun: no further one) has run, for what would be destroyed is not
  /// known to be there, and the arena is empty. O(objects).
  [[nodiscard]] result<void> clear() noexcept {
    if (NEBULA_UNLIKELY(emplaces_under_way_ != 0)) {
      return report_misuse(allocator_, {error_code::blocks_live, operation::destroy, component::typed_arena}, this);
    }
    const result<void> there = check(operation::destroy);
    if (NEBULA_UNLIKELY(!there.has_value()) || anchor_count_ == 0) {
      return there;
    }
    ++clears_under_way_;
    const result<void> destroyed = destroy_all();
    --clears_under_way_;
    // the object whose destructor has called is there still
    return destroyed.has_value() && clears_under_way_ == 0 ? give_back() : destroyed;
  }

  /// Objects that clear() would destroy, the trivial ones included.
  [[nodiscard]] std::size_t size() const noexcept { return object_count_; }
  [[nodiscard]] bool empty() const noexcept { return object_count_ == 0; }
  /// The bytes that each emplace takes beside its objects, padding not included: T's alignment iff its destructor does
  /// nothing.
  [[nodiscard]] static constexpr std::size_t record_bytes() noexcept { return header_bytes; }

private:
  /// Names the objects of one block. In reach of an overrun of the objects before it, and so checked before it is
  /// believed.
  struct record {
    record* previous;
    std::size_t count;
    std::uintptr_t check;
  };
  static constexpr bool has_records = !std::is_trivially_destructible_v<T>;
  static constexpr std::size_t block_align = has_records && alignof(record) > alignof(T) ? alignof(record) : alignof(T);
  static constexpr std::size_t header_bytes =
      has_records ? checked_align_up(sizeof(record), block_align).value : block_align;

  /// One emplace under way: undone unless it succeeds.
  class attempt {
  public:
    explicit attempt(typed_arena& arena) noexcept : arena_(arena), previous_anchor_(arena.newest_anchor_) {
      ++arena.emplaces_under_way_;
    }
    ~attempt() {
      --arena_.emplaces_under_way_;
      if (!done_) {
        arena_.undo(*this);
      }
    }
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;

  private:
    friend class typed_arena;
    typed_arena& arena_;
    marker previous_anchor_;
    marker anchor_{}; ///< opened for it; else of no allocator
    std::byte* block_ = nullptr;
    layout allocated_{};
    bool done_ = false;
  };

  template <class Construct>
  [[nodiscard]] result<array_view<T>> add(std::size_t count, const Construct& construct) noexcept(
      noexcept(construct(std::declval<array_under_construction<T>&>()))) {
    const result<layout> request = block_layout(count);
    if (NEBULA_UNLIKELY(!request.has_value())) {
      return request.error();
    }
    attempt trial(*this);
    const result<void> anchored = anchor(trial, request.value());
    if (NEBULA_UNLIKELY(!anchored.has_value())) {
      return anchored.error();
    }
    const result<std::byte*> block = allocator_.allocate(request.value());
    if (NEBULA_UNLIKELY(!block.has_value())) {
      return block.error();
    }
    ++block_count_;
    trial.block_ = block.value();
    trial.allocated_ = request.value();
    array_under_construction<T> objects(block.value() + header_bytes);
    construct(objects);
    if constexpr (has_records) {
      newest_ = write_record(block.value(), count);
    }
    object_count_ += count;
    trial.done_ = true;
    return array_view<T>{objects.release(), count};
  }

  [[nodiscard]] static result<layout> block_layout(std::size_t count) noexcept {
    const result<layout> objects = layout::array<T>(count);
    if (NEBULA_UNLIKELY(!objects.has_value())) {
      return objects;
    }
    const checked_size bytes = checked_add(objects.value().size, header_bytes);
    if (NEBULA_UNLIKELY(!bytes.fits)) {
      return error{error_code::size_overflow, operation::make_layout, component::typed_arena};
    }
    return layout{bytes.value, block_align};
  }

  /// Sees to it that the newest open mark of the allocator is ours.
  [[nodiscard]] result<void> anchor(attempt& trial, layout request) noexcept {
    const result<void> there = check(operation::construct);
    if (NEBULA_UNLIKELY(!there.has_value()) ||
        (anchor_count_ != 0 && allocator_.held_above(newest_anchor_).marks == 0)) {
      return there;
    }
    const result<void> served = would_serve(allocator_, request);
    const result<marker> point = served.has_value() ? allocator_.mark() : served.error();
    if (NEBULA_UNLIKELY(!point.has_value())) {
      return point.error();
    }
    newest_anchor_ = point.value();
    first_anchor_ = anchor_count_ == 0 ? newest_anchor_ : first_anchor_;
    ++anchor_count_;
    trial.anchor_ = newest_anchor_;
    return {};
  }

  void undo(const attempt& trial) noexcept {
    if (allocator_.is_open(trial.anchor_)) {
      // it goes with the block, unless the constructor that failed has left something above
      const held_above_mark held = allocator_.held_above(trial.anchor_);
      if (held.marks == 0 && held.blocks == (trial.block_ == nullptr ? 0U : 1U) && restore(trial.anchor_).has_value()) {
        block_count_ -= held.blocks;
        --anchor_count_;
        newest_anchor_ = trial.previous_anchor_;
        return;
      }
    }
    if (trial.block_ != nullptr && past_stray_writes([&]() noexcept {
                                     return allocator_.deallocate(trial.block_, trial.allocated_);
                                   }).has_value()) {
      --block_count_;
    }
  }
  /// What is above the first anchor, if all of it is ours.
  [[nodiscard]] result<void> give_back() noexcept {
    object_count_ = 0;
    const held_above_mark held = allocator_.held_above(first_anchor_);
    if (held.blocks == block_count_ && held.marks + 1 == anchor_count_) {
      block_count_ = 0;
      anchor_count_ = 0;
      return restore(first_anchor_);
    }
    return {};
  }
  [[nodiscard]] result<void> restore(const marker& point) noexcept {
    return past_stray_writes([&]() noexcept { return allocator_.restore(point); });
  }

  /// corrupted iff the allocator is, and nothing is known; stale_handle iff objects were discarded. Bytes in which none
  /// was left are forgotten, and nobody's misuse.
  [[nodiscard]] result<void> check(operation during) noexcept {
    if (NEBULA_UNLIKELY(anchor_count_ != 0 && !allocator_.is_open(newest_anchor_))) {
      const bool had_objects = object_count_ != 0;
      if (!allocator_.is_corrupted()) {
        forget();
      }
      if (had_objects) {
        return what_is_gone(allocator_, during, component::typed_arena, this);
      }
    }
    return {};
  }
  /// Nothing that this arena remembers can be relied on.
  void forget() noexcept {
    newest_ = nullptr;
    object_count_ = 0;
    block_count_ = 0;
    anchor_count_ = 0;
  }

  [[nodiscard]] record* write_record(std::byte* block, std::size_t count) noexcept {
    return ::new (static_cast<void*>(block)) record{newest_, count, check_of(block, newest_, count)};
  }
  /// Differs for each place and arena, so that no bytes of a program's own are likely to be one.
  [[nodiscard]] std::uintptr_t check_of(const void* place, const record* previous, std::size_t count) const noexcept {
    return ~(reinterpret_cast<std::uintptr_t>(place) ^ (reinterpret_cast<std::uintptr_t>(previous) << 1U) ^
             reinterpret_cast<std::uintptr_t>(this)) ^
           (count << (sizeof(std::size_t) * 4));
  }
  /// The newest anchor is open: the records are there. At most as many rounds as emplaces.
  [[nodiscard]] result<void> destroy_all() noexcept {
    while (newest_ != nullptr) {
      const record last = *newest_;
      if (NEBULA_UNLIKELY(last.count == 0 || last.count > object_count_ ||
                          last.check != check_of(newest_, last.previous, last.count))) {
        const record* const damaged = newest_;
        forget();
        return report_misuse(allocator_, {error_code::overrun, operation::destroy, component::typed_arena}, damaged);
      }
      auto* const first = reinterpret_cast<std::byte*>(newest_) + header_bytes;
      // let go of first, so that a destructor that comes back here finds what is left
      newest_ = last.previous;
      object_count_ -= last.count;
      // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
      destroy_in_reverse(std::launder(static_cast<T*>(static_cast<void*>(first))), last.count);
    }
    return {};
  }

  Allocator& allocator_;
  marker first_anchor_{};
  marker newest_anchor_{};
  record* newest_ = nullptr;
  std::size_t object_count_ = 0;
  std::size_t block_count_ = 0;        ///< of ours above the first anchor, cleared ones included
  std::size_t anchor_count_ = 0;       ///< of ours that are open
  std::size_t emplaces_under_way_ = 0; ///< more than one iff a constructor emplaces
  std::size_t clears_under_way_ = 0;   ///< more than one iff a destructor clears
};

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
