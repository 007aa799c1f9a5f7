// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <nebula/construct/lifetime.hpp>
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

/// In a bump or an arena: a mark right before the block, which nobody else has. Whatever discards the block, a reset or
/// the restoring of an older mark, discards the mark as well, and no later mark is equal to it.
template <class Allocator>
class mark_claim {
public:
  /// A block, and the claim to it. Errors: mark()'s and allocate()'s.
  [[nodiscard]] result<std::byte*> allocate(Allocator& allocator, layout request) noexcept {
    const result<marker> before = allocator.mark();
    if (NEBULA_UNLIKELY(!before.has_value())) {
      return before.error();
    }
    const result<std::byte*> block = allocator.allocate(request);
    // A mark above the block, restored at once: the block is then no longer the last one, which can be freed by address
    // behind the back of this claim.
    const result<marker> seal = block.has_value() ? allocator.mark() : block.error();
    const result<void> sealed = seal.has_value() ? restore(allocator, seal.value()) : seal.error();
    if (NEBULA_UNLIKELY(!sealed.has_value())) {
      static_cast<void>(restore(allocator, before.value()));
      return sealed.error();
    }
    mark_ = before.value();
    return block;
  }
  /// stale_handle, reported, iff the block has been discarded.
  [[nodiscard]] result<void> check(const Allocator& allocator, const void* address) const noexcept {
    if (NEBULA_UNLIKELY(!allocator.is_open(mark_))) {
      return report_misuse(allocator, {error_code::stale_handle, operation::resolve_handle, component::object_handle},
                           address);
    }
    return {};
  }
  /// Runs the action, iff the claim is not stale; then gives the bytes back iff nothing was allocated or marked since
  /// that is still there. If something was, they come back with it: by a reset, or by restoring an older mark.
  template <class Action>
  [[nodiscard]] result<void> give_back(Allocator& allocator, std::byte* block, layout /*allocated*/,
                                       if_not_on_top /*any*/, Action action) noexcept {
    const result<void> live = check(allocator, block);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live;
    }
    action();
    const held_above_mark held = allocator.held_above(mark_);
    return held.blocks == 1 && held.marks == 0 ? restore(allocator, mark_) : result<void>{};
  }

private:
  [[nodiscard]] static result<void> restore(Allocator& allocator, const marker& point) noexcept {
    return past_stray_writes([&]() noexcept { return allocator.restore(point); });
  }

  marker mark_{};
};

/// In a stack: a mark on top of the block, which nobody else has. While it is open, nobody can free the block either.
template <class Stack>
class top_claim {
public:
  /// A block, and the claim to it. Errors: allocate()'s and mark()'s.
  [[nodiscard]] result<std::byte*> allocate(Stack& stack, layout request) noexcept {
    const result<std::byte*> block = stack.allocate(request);
    if (NEBULA_UNLIKELY(!block.has_value())) {
      return block;
    }
    const result<marker> above = stack.mark();
    if (NEBULA_UNLIKELY(!above.has_value())) {
      static_cast<void>(free(stack, block.value(), request));
      return above.error();
    }
    mark_ = above.value();
    return block;
  }
  /// stale_handle, reported, iff the block has been discarded.
  [[nodiscard]] result<void> check(const Stack& stack, const void* address) const noexcept {
    if (NEBULA_UNLIKELY(!stack.is_open(mark_))) {
      return report_misuse(stack, {error_code::stale_handle, operation::resolve_handle, component::object_handle},
                           address);
    }
    return {};
  }
  /// Runs the action and gives the block back; neither iff the claim is stale. lifo_violation, reported by the stack,
  /// iff something lies above the block: it stays, and the action runs only if it is to run all the same.
  template <class Action>
  [[nodiscard]] result<void> give_back(Stack& stack, std::byte* block, layout allocated, if_not_on_top otherwise,
                                       Action action) noexcept {
    const result<void> live = check(stack, block);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live;
    }
    if (NEBULA_UNLIKELY(!is_on_top(stack))) {
      const result<void> refused = free(stack, block, allocated); // the mark lies above it: the stack says so
      if (otherwise == if_not_on_top::act) {
        action();
      }
      return refused;
    }
    action();
    if (NEBULA_UNLIKELY(!is_on_top(stack))) {
      return free(stack, block, allocated); // the action has left something there: the same
    }
    const result<void> restored = past_stray_writes([&]() noexcept { return stack.restore(mark_); });
    return restored.has_value() ? free(stack, block, allocated) : restored;
  }

private:
  [[nodiscard]] static result<void> free(Stack& stack, std::byte* block, layout allocated) noexcept {
    return past_stray_writes([&]() noexcept { return stack.deallocate(block, allocated); });
  }
  [[nodiscard]] bool is_on_top(const Stack& stack) const noexcept {
    const held_above_mark held = stack.held_above(mark_);
    return held.blocks == 0 && held.marks == 0;
  }

  marker mark_{};
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

template <class Storage>
std::true_type frees_in_reverse_order(const basic_stack<Storage>*);
std::false_type frees_in_reverse_order(const void*);

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
  using by_mark = std::conditional_t<decltype(frees_in_reverse_order(std::declval<const Allocator*>()))::value,
                                     top_claim<Allocator>, mark_claim<Allocator>>;
  using type = std::conditional_t<has_block_handles<Allocator>::value, generation_claim<Allocator>,
                                  std::conditional_t<has_open_marks<Allocator>::value, by_mark, void>>;
};

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
