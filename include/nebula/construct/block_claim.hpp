// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/bump.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/stack.hpp>

/// How a handle knows that the block it was given is still its own, exactly, for each kind of allocator. A claim is a
/// plain value; it outlives the allocation, and is then refused. [SR-CONS-007]
namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// Reports a misuse that this layer has found to the allocator's hook, and returns it.
template <class Allocator>
NEBULA_COLD error report_misuse(const Allocator& allocator, error what, const void* address) noexcept {
  report_fault(allocator.hook(), fault{what, invariant::none, &allocator, address});
  return what;
}

/// What becomes of an object whose block a stack will not take back now.
enum class if_not_on_top : unsigned char {
  keep, ///< nothing: its owner goes on owning it
  act,  ///< it ends, and its bytes come back with the stack's next restore below them, or reset
};

/// In a pool: the block's index and generation. Freed and allocated again by whomever, the generation is another.
template <class Pool>
class generation_claim {
public:
  /// A block, and the claim to it. Errors: allocate()'s.
  [[nodiscard]] result<std::byte*> allocate(Pool& pool, layout request) noexcept {
    const result<std::byte*> block = pool.allocate(request);
    if (NEBULA_UNLIKELY(!block.has_value())) {
      return block;
    }
    const result<block_handle> handle = pool.handle_of(block.value());
    handle_ = handle.value_or(block_handle{});
    return handle.has_value() ? block : handle.error();
  }
  /// stale_handle, reported by the pool, iff the allocation has been freed.
  [[nodiscard]] result<void> check(const Pool& pool, const void* /*address*/) const noexcept {
    return pool.resolve(handle_).error();
  }
  /// Runs the action and gives the block back; neither iff the claim is stale.
  template <class Action>
  [[nodiscard]] result<void> give_back(Pool& pool, std::byte* /*block*/, layout /*allocated*/, if_not_on_top /*any*/,
                                       Action action) noexcept {
    return past_stray_writes([&]() noexcept { return pool.deallocate_after(handle_, action); });
  }

private:
  block_handle handle_{};
};

/// An adaptor's allocator, through however many adaptors; of any other allocator itself.
template <class Allocator, class = void>
struct innermost {
  using type = Allocator;
};
template <class Adaptor>
struct innermost<Adaptor, std::void_t<typename Adaptor::allocator_type>> : innermost<typename Adaptor::allocator_type> {
};

template <class Storage>
std::true_type frees_in_reverse_order(const basic_stack<Storage>*);
std::false_type frees_in_reverse_order(const void*);
template <class Storage>
std::true_type remembers_one_block(const basic_bump<Storage>*);
std::false_type remembers_one_block(const void*);

/// Errors: what allocate() would now answer; asked of a bump only, before a mark is made for the block. The mark makes
/// the bump forget its last block, which somebody may yet want to free: not for a request that is refused anyway.
template <class Allocator>
[[nodiscard]] result<void> would_serve([[maybe_unused]] Allocator& allocator,
                                       [[maybe_unused]] layout request) noexcept {
  if constexpr (decltype(remembers_one_block(std::declval<typename innermost<Allocator>::type*>()))::value) {
    const result<std::byte*> block = allocator.allocate(request);
    return block.has_value()
               ? past_stray_writes([&]() noexcept { return allocator.deallocate(block.value(), request); })
               : result<void>(block.error());
  } else {
    return {};
  }
}

/// What is said of a block that is not there: corrupted iff the allocator is, which has reported that itself; else
/// stale_handle, reported.
template <class Allocator>
NEBULA_COLD error what_is_gone(const Allocator& allocator, operation during, component reporter,
                               const void* address) noexcept {
  return allocator.is_corrupted() ? error{error_code::corrupted, during, reporter}
                                  : report_misuse(allocator, {error_code::stale_handle, during, reporter}, address);
}

/// A mark that nobody else has, right beside the block. Whatever discards the block, a reset or the restoring of an
/// older mark, discards the mark as well, and no later mark is equal to it.
template <class Allocator>
class claim_by_mark {
public:
  /// corrupted iff the allocator is; stale_handle, reported, iff the block has been discarded.
  [[nodiscard]] result<void> check(const Allocator& allocator, const void* address) const noexcept {
    return NEBULA_UNLIKELY(!allocator.is_open(mark_)) ? gone(allocator, address) : result<void>{};
  }

protected:
  [[nodiscard]] static result<void> gone(const Allocator& allocator, const void* address) noexcept {
    return what_is_gone(allocator, operation::resolve_handle, component::object_handle, address);
  }
  /// A block, and the mark on top of it. Errors: allocate()'s and mark()'s.
  [[nodiscard]] result<std::byte*> allocate_and_mark(Allocator& allocator, layout request) noexcept {
    const result<std::byte*> block = allocator.allocate(request);
    if (NEBULA_UNLIKELY(!block.has_value())) {
      return block;
    }
    const result<marker> above = allocator.mark();
    if (NEBULA_UNLIKELY(!above.has_value())) {
      static_cast<void>(free(allocator, block.value(), request));
      return above.error();
    }
    mark_ = above.value();
    return block;
  }
  /// True iff the mark is followed by so many blocks, and by no other mark.
  [[nodiscard]] bool is_followed_by(const Allocator& allocator, std::size_t blocks) const noexcept {
    const held_above_mark held = allocator.held_above(mark_);
    return held.blocks == blocks && held.marks == 0;
  }
  [[nodiscard]] static result<void> restore(Allocator& allocator, const marker& point) noexcept {
    return past_stray_writes([&]() noexcept { return allocator.restore(point); });
  }
  [[nodiscard]] static result<void> free(Allocator& allocator, std::byte* block, layout allocated) noexcept {
    return past_stray_writes([&]() noexcept { return allocator.deallocate(block, allocated); });
  }

  marker mark_{};
};

/// In a bump: the mark lies below the block, for only its restoring gives the bytes back.
template <class Allocator>
class mark_claim : public claim_by_mark<Allocator> {
  using base = claim_by_mark<Allocator>;

public:
  /// A block, and the claim to it. Errors: mark()'s and allocate()'s.
  [[nodiscard]] result<std::byte*> allocate(Allocator& allocator, layout request) noexcept {
    const result<void> served = would_serve(allocator, request);
    const result<marker> before = served.has_value() ? allocator.mark() : served.error();
    if (NEBULA_UNLIKELY(!before.has_value())) {
      return before.error();
    }
    const result<std::byte*> block = allocator.allocate(request);
    // A mark above the block, restored at once: the block is then no longer the last one, which can be freed by address
    // behind the back of this claim.
    const result<marker> seal = block.has_value() ? allocator.mark() : block.error();
    const result<void> sealed = seal.has_value() ? base::restore(allocator, seal.value()) : seal.error();
    if (NEBULA_UNLIKELY(!sealed.has_value())) {
      static_cast<void>(base::restore(allocator, before.value()));
      return sealed.error();
    }
    this->mark_ = before.value();
    return block;
  }
  /// Runs the action, iff the claim is not stale; then gives the bytes back iff nothing was allocated or marked since
  /// that is still there. If something was, they come back with it: by a reset, or by restoring an older mark.
  template <class Action>
  [[nodiscard]] result<void> give_back(Allocator& allocator, std::byte* block, layout /*allocated*/,
                                       if_not_on_top /*any*/, Action action) noexcept {
    const result<void> live = base::check(allocator, block);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live;
    }
    action();
    return base::is_followed_by(allocator, 1) ? base::restore(allocator, this->mark_) : result<void>{};
  }
};

/// In an arena: as in a bump; but where blocks are tracked, anybody can free this one by its address. There the mark
/// lies on top of the block, whose place nobody else can have while that is open, and the arena knows whether the block
/// at that place is live.
template <class Arena>
class arena_claim : public mark_claim<Arena> {
  using base = mark_claim<Arena>;

public:
  /// A block, and the claim to it. Errors: mark()'s and allocate()'s.
  [[nodiscard]] result<std::byte*> allocate(Arena& arena, layout request) noexcept {
    return arena.tracks_allocations() ? this->allocate_and_mark(arena, request) : base::allocate(arena, request);
  }
  /// corrupted iff the arena is; stale_handle, reported, iff the block has been discarded or freed.
  [[nodiscard]] result<void> check(const Arena& arena, const void* address) const noexcept {
    const result<void> there = base::check(arena, address);
    const bool is_freed =
        there.has_value() && arena.tracks_allocations() && !arena.is_live(static_cast<const std::byte*>(address));
    return NEBULA_UNLIKELY(is_freed) ? base::gone(arena, address) : there;
  }
  /// Runs the action, iff the claim is not stale, and frees the block. Its bytes come back at once iff nothing was
  /// allocated or marked since that is still there; else by a reset, or by restoring an older mark.
  template <class Action>
  [[nodiscard]] result<void> give_back(Arena& arena, std::byte* block, layout allocated, if_not_on_top otherwise,
                                       Action action) noexcept {
    if (!arena.tracks_allocations()) {
      return base::give_back(arena, block, allocated, otherwise, action);
    }
    const result<void> live = check(arena, block);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live;
    }
    action();
    const result<void> restored = base::is_followed_by(arena, 0) ? base::restore(arena, this->mark_) : result<void>{};
    return restored.has_value() ? base::free(arena, block, allocated) : restored;
  }
};

/// In a stack: the mark lies on top of the block. While it is open, nobody can free the block.
template <class Stack>
class top_claim : public claim_by_mark<Stack> {
  using base = claim_by_mark<Stack>;

public:
  /// A block, and the claim to it. Errors: allocate()'s and mark()'s.
  [[nodiscard]] result<std::byte*> allocate(Stack& stack, layout request) noexcept {
    return this->allocate_and_mark(stack, request);
  }
  /// Runs the action and gives the block back; neither iff the claim is stale. lifo_violation, reported by the stack,
  /// iff something lies above the block: it stays, and the action runs only if it is to run all the same.
  template <class Action>
  [[nodiscard]] result<void> give_back(Stack& stack, std::byte* block, layout allocated, if_not_on_top otherwise,
                                       Action action) noexcept {
    const result<void> live = base::check(stack, block);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live;
    }
    if (NEBULA_UNLIKELY(!base::is_followed_by(stack, 0))) {
      const result<void> refused = base::free(stack, block, allocated); // the mark lies above it: the stack says so
      if (otherwise == if_not_on_top::act) {
        action();
      }
      return refused;
    }
    action();
    if (NEBULA_UNLIKELY(!base::is_followed_by(stack, 0))) {
      return base::free(stack, block, allocated); // the action has left something there: the same
    }
    const result<void> restored = base::restore(stack, this->mark_);
    return restored.has_value() ? base::free(stack, block, allocated) : restored;
  }
};

template <class Allocator, class = void>
struct has_block_handles : std::false_type {};
template <class Allocator>
struct has_block_handles<Allocator, std::void_t<decltype(std::declval<const Allocator&>().resolve(block_handle{}))>>
    : std::true_type {};

template <class Allocator, class = void>
struct has_open_marks : std::false_type {};
template <class Allocator>
struct has_open_marks<Allocator, std::void_t<decltype(std::declval<const Allocator&>().held_above(marker{}))>>
    : std::true_type {};

template <class Allocator, class = void>
struct may_track_blocks : std::false_type {};
template <class Allocator>
struct may_track_blocks<Allocator, std::void_t<decltype(std::declval<const Allocator&>().tracks_allocations())>>
    : std::true_type {};

/// A block that is to be given back, and the claim to it with it, unless what it is for comes about.
template <class Claim, class Allocator>
class claim_under_construction {
public:
  claim_under_construction(Allocator& allocator, Claim& claim, std::byte* block, layout allocated) noexcept
      : allocator_(allocator), claim_(claim), block_(block), allocated_(allocated) {}
  ~claim_under_construction() {
    if (block_ != nullptr) {
      // refused iff the constructor that failed has left blocks of its own above this one, in a stack
      static_cast<void>(claim_.give_back(allocator_, block_, allocated_, if_not_on_top::keep, []() noexcept {}));
    }
  }
  claim_under_construction(const claim_under_construction&) = delete;
  claim_under_construction& operator=(const claim_under_construction&) = delete;

  void release() noexcept { block_ = nullptr; }

private:
  Allocator& allocator_;
  Claim& claim_;
  std::byte* block_;
  layout allocated_;
};

/// The claim that an allocator's blocks can be held by; its `type` is void iff the allocator cannot say whether an
/// allocation is still there.
template <class Allocator>
struct block_claim_of {
  using innermost_type = typename innermost<Allocator>::type;
  using in_order =
      std::conditional_t<may_track_blocks<Allocator>::value, arena_claim<Allocator>, mark_claim<Allocator>>;
  using by_mark = std::conditional_t<decltype(frees_in_reverse_order(std::declval<const innermost_type*>()))::value,
                                     top_claim<Allocator>, in_order>;
  using type = std::conditional_t<has_block_handles<Allocator>::value, generation_claim<Allocator>,
                                  std::conditional_t<has_open_marks<Allocator>::value, by_mark, void>>;
};

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
