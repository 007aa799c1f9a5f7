// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <nebula/construct/block_claim.hpp>
#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// The hook of objects that need none.
struct no_release_hook {
  template <class T>
  void operator()(T& /*object*/) const noexcept {}
};

/// One T in a slot of a pool, with a hook that sees it last: to close, to count, to erase. The object is made in the
/// slot and never leaves it: moving the owner moves no T. [SR-CONS-009]
///
/// On each way by which the slot goes back (release(), release_value(), the owner's end, assignment) the hook runs
/// exactly once, then T's destructor, then the slot is free; and all of that exactly once, whoever else frees the slot
/// at the same time. None of it runs if the slot was freed behind the owner's back: stale_handle, reported by the pool.
/// The pool outlives the owner.
template <class T, class Pool, class Hook = no_release_hook>
class [[nodiscard]] pooled {
  static_assert(has_block_handles<Pool>::value, "a pool: its handles tell one allocation of a slot from the next");
  static_assert(std::is_nothrow_move_constructible_v<Hook> && std::is_nothrow_destructible_v<Hook>,
                "the hook moves with the owner");

public:
  /// A T made of the arguments, in a slot of the pool; none, and the reason, iff the pool gave no slot. A constructor
  /// that throws gives the slot back, without the hook, and its exception goes on to the caller.
  template <class... Arguments>
  explicit pooled(Pool& pool, Hook hook, std::in_place_t /*tag*/,
                  Arguments&&... arguments) noexcept(is_nothrow_makeable<T, Arguments...>::value)
      : pool_(&pool), hook_(std::move(hook)) {
    static_assert(is_makeable<T>::value,
                  "T is an object type, neither array nor const, whose destructor does not throw");
    static_assert(std::is_nothrow_invocable_v<Hook&, T&>, "the hook runs while the slot goes back: it must not throw");
    constexpr layout request = layout::of<T>();
    const result<std::byte*> block = slot_.allocate(pool, request);
    if (NEBULA_UNLIKELY(!block.has_value())) {
      error_ = block.error();
      return;
    }
    claim_under_construction<generation_claim<Pool>, Pool> guard(pool, slot_, block.value(), request);
    T* const object = construct_in<T>(block.value(), std::forward<Arguments>(arguments)...);
    guard.release();
    object_ = object;
  }
  /// Releases what it holds; and then what a hook or a destructor has put into the owner meanwhile, one round for each.
  ~pooled() {
    while (object_ != nullptr) {
      static_cast<void>(release());
    }
  }
  /// The other owner holds nothing from here on; the hook goes with the object.
  pooled(pooled&& other) noexcept
      : pool_(other.pool_),
        object_(std::exchange(other.object_, nullptr)),
        slot_(other.slot_),
        hook_(std::move(other.hook_)),
        error_(other.error_) {}
  /// The same; then what this owner held is released, which may be what the other owner was a part of. Assigned to
  /// itself it keeps what it has.
  pooled& operator=(pooled&& other) noexcept {
    pooled taken(std::move(other));
    const pooled old(std::move(*this)); // released when this returns
    pool_ = taken.pool_;
    object_ = std::exchange(taken.object_, nullptr);
    slot_ = taken.slot_;
    // made anew: a lambda can be moved, and in C++17 not assigned
    std::destroy_at(std::addressof(hook_));
    ::new (static_cast<void*>(std::addressof(hook_))) Hook(std::move(taken.hook_));
    error_ = taken.error_;
    return *this;
  }
  pooled(const pooled&) = delete;
  pooled& operator=(const pooled&) = delete;

  /// True iff it was given an object and has not let go of it.
  [[nodiscard]] bool has_value() const noexcept { return object_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Why there was none from the beginning; code none iff there was one.
  [[nodiscard]] nebula::error error() const noexcept { return error_; }
  [[nodiscard]] error_code code() const noexcept { return error_.code; }

  /// The object, if it is there. Misuse, reported: null_pointer iff the owner holds nothing; stale_handle iff the slot
  /// was freed behind its back. O(1).
  [[nodiscard]] result<T*> get() const noexcept {
    if (NEBULA_UNLIKELY(object_ == nullptr)) {
      return report_misuse(*pool_, {error_code::null_pointer, operation::resolve_handle, component::object_handle},
                           nullptr);
    }
    const result<void> live = slot_.check(*pool_, object_);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live.error();
    }
    return object_;
  }
  /// The object. Traps, after the report, iff get() fails: there is nothing that could be returned.
  [[nodiscard]] T& operator*() const noexcept { return *checked(); }
  [[nodiscard]] T* operator->() const noexcept { return checked(); }

  /// Hook, destructor, and the slot is free; the owner then holds nothing, or what hook or destructor have assigned to
  /// it. Nothing to do iff it holds nothing. stale_handle iff the slot was freed behind its back: neither hook nor
  /// destructor has run.
  [[nodiscard]] result<void> release() noexcept {
    if (object_ == nullptr) {
      return {};
    }
    // Out of the owner first: hook and destructor may come back here, and give it another object.
    T* const object = std::exchange(object_, nullptr);
    generation_claim<Pool> slot = slot_;
    Hook hook(std::move(hook_));
    return slot.give_back(*pool_, reinterpret_cast<std::byte*>(object), layout::of<T>(), if_not_on_top::keep,
                          [&hook, object]() noexcept {
                            hook(*object);
                            std::destroy_at(object);
                          });
  }

  /// Moves the value out of the slot, and releases what is left of it: the hook sees an object that was moved from.
  /// Traps, after the report, iff get() fails. T is move-constructible; a move that throws releases nothing.
  [[nodiscard]] T release_value() noexcept(std::is_nothrow_move_constructible_v<T>) {
    T value(std::move(*checked()));
    static_cast<void>(release());
    return value;
  }

private:
  [[nodiscard]] T* checked() const noexcept {
    const result<T*> object = get();
    if (NEBULA_UNLIKELY(!object.has_value())) {
      __builtin_trap();
    }
    return object.value();
  }

  Pool* pool_;
  T* object_ = nullptr;
  generation_claim<Pool> slot_{};
  Hook hook_;
  nebula::error error_{};
};

/// A T made of the arguments in a slot of the pool, without a hook.
template <class T, class Pool, class... Arguments>
[[nodiscard]] pooled<T, Pool> make_pooled(Pool& pool, Arguments&&... arguments) noexcept(
    is_nothrow_makeable<T, Arguments...>::value) {
  return pooled<T, Pool>(pool, no_release_hook{}, std::in_place, std::forward<Arguments>(arguments)...);
}

/// The same with a hook: a noexcept callable of T&. Movable, or a plain function wrapped in a noexcept lambda.
template <class T, class Pool, class Hook, class... Arguments>
[[nodiscard]] pooled<T, Pool, Hook> make_pooled_with_hook(Pool& pool, Hook hook, Arguments&&... arguments) noexcept(
    is_nothrow_makeable<T, Arguments...>::value) {
  return pooled<T, Pool, Hook>(pool, std::move(hook), std::in_place, std::forward<Arguments>(arguments)...);
}

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
