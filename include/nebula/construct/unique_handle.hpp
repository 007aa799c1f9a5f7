// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include <nebula/construct/block_claim.hpp>
#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// Owns one T in a block of the allocator, which outlives the handle: ends its life and gives the block back when the
/// handle ends, is reset or is assigned to. [SR-CONS-008]
///
/// The block may be gone before: by a reset of the allocator, by a restore below it, by a free of its address, and may
/// be someone else's by then. The handle sees each of these, exactly, whatever was allocated since: stale_handle,
/// reported to the allocator's hook; no destructor runs on what is no longer the T. Exactly how far for each allocator:
/// docs/construct.md. Thread safety: of a plain value; the allocator's rules hold for the calls made on it. T may be
/// incomplete where the handle is only named, as inside T itself.
template <class T, class Allocator>
class [[nodiscard]] unique_handle {
  using claim_type = typename block_claim_of<Allocator>::type;
  static_assert(!std::is_void_v<claim_type>,
                "the allocator must say whether an allocation is still there: a pool by "
                "resolve(), a bump, a stack or an arena by is_open() and held_above()");

public:
  /// Holds nothing.
  unique_handle() noexcept = default;
  /// As make_handle().
  template <class... Arguments>
  explicit unique_handle(Allocator& allocator, std::in_place_t /*tag*/,
                         Arguments&&... arguments) noexcept(is_nothrow_makeable<T, Arguments...>::value)
      : allocator_(&allocator) {
    static_assert(is_makeable<T>::value,
                  "T is an object type, neither array nor const, whose destructor does not throw");
    constexpr layout request = layout::of<T>();
    const result<std::byte*> block = claim_.allocate(allocator, request);
    if (NEBULA_UNLIKELY(!block.has_value())) {
      error_ = block.error();
      return;
    }
    claim_under_construction<claim_type, Allocator> guard(allocator, claim_, block.value(), request);
    T* const object = construct_in<T>(block.value(), std::forward<Arguments>(arguments)...);
    guard.release();
    object_ = object;
  }
  /// Ends what it holds; and then what a destructor has put into the handle meanwhile, one round for each.
  ~unique_handle() {
    while (object_ != nullptr) {
      end();
    }
  }
  /// The other handle holds nothing from here on.
  unique_handle(unique_handle&& other) noexcept
      : allocator_(other.allocator_),
        object_(std::exchange(other.object_, nullptr)),
        claim_(other.claim_),
        error_(other.error_) {}
  /// The same; then what this handle held is destroyed, which may be what the other handle was a part of. Assigned to
  /// itself it keeps what it has.
  unique_handle& operator=(unique_handle&& other) noexcept {
    unique_handle taken(std::move(other));
    std::swap(allocator_, taken.allocator_);
    std::swap(object_, taken.object_);
    std::swap(claim_, taken.claim_);
    std::swap(error_, taken.error_);
    return *this;
  }
  unique_handle(const unique_handle&) = delete;
  unique_handle& operator=(const unique_handle&) = delete;

  /// True iff it was given an object and has not let go of it; the object may be gone all the same: see get().
  [[nodiscard]] bool has_value() const noexcept { return object_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Why make_handle() gave none; code none iff it did.
  [[nodiscard]] nebula::error error() const noexcept { return error_; }
  [[nodiscard]] error_code code() const noexcept { return error_.code; }

  /// The object, if it is there. Misuse, reported: null_pointer iff the handle holds nothing; stale_handle iff the block
  /// is gone. O(1).
  [[nodiscard]] result<T*> get() const noexcept {
    if (NEBULA_UNLIKELY(object_ == nullptr)) {
      constexpr nebula::error empty{error_code::null_pointer, operation::resolve_handle, component::object_handle};
      report_fault(allocator_ == nullptr ? fault_hook{} : allocator_->hook(),
                   fault{empty, invariant::none, allocator_, nullptr});
      return empty;
    }
    const result<void> live = claim_.check(*allocator_, object_);
    if (NEBULA_UNLIKELY(!live.has_value())) {
      return live.error();
    }
    return object_;
  }
  /// The object. Traps, after the report, iff get() fails: there is nothing that could be returned.
  [[nodiscard]] T& operator*() const noexcept { return *checked(); }
  [[nodiscard]] T* operator->() const noexcept { return checked(); }

  /// Destroys the object and gives the block back; the handle then holds nothing, or what the destructor has assigned
  /// to it. Nothing to do iff it holds nothing. Errors: stale_handle iff the block is gone: the handle holds nothing, and
  /// no destructor has run; lifo_violation iff it is a stack's and not on top: nothing has changed, unless it is the
  /// destructor that has left something above: the object has ended, and the bytes stay; corrupted iff the allocator is:
  /// nothing has changed.
  [[nodiscard]] result<void> reset() noexcept {
    if (object_ == nullptr) {
      return {};
    }
    T* const held = object_;
    const result<void> freed = give_back(if_not_on_top::keep);
    if (freed.code() == error_code::stale_handle) {
      let_go_of(held);
    }
    return freed;
  }

private:
  [[nodiscard]] T* checked() const noexcept {
    const result<T*> object = get();
    if (NEBULA_UNLIKELY(!object.has_value())) {
      __builtin_trap();
    }
    return object.value();
  }
  [[nodiscard]] result<void> give_back(if_not_on_top otherwise) noexcept {
    // A copy: a destructor that comes back here may give this handle another object, and its claim.
    claim_type claim = claim_;
    return claim.give_back(*allocator_, reinterpret_cast<std::byte*>(object_), layout::of<T>(), otherwise,
                           // let go of first, so that a destructor that comes back here finds nothing
                           [this]() noexcept { std::destroy_at(std::exchange(object_, nullptr)); });
  }
  /// The end that cannot fail: an object that is there ends, though a stack will not take its bytes back now.
  void end() noexcept {
    T* const held = object_;
    static_cast<void>(give_back(if_not_on_top::act)); // what is wrong has been reported
    let_go_of(held);
  }
  void let_go_of(const T* held) noexcept { object_ = object_ == held ? nullptr : object_; }

  Allocator* allocator_ = nullptr;
  T* object_ = nullptr;
  claim_type claim_{};
  nebula::error error_{};
};

/// A handle to a new T made of the arguments; one that holds nothing, and says why, iff there was no memory for it.
/// [SR-CONS-008] Errors: allocate()'s, and mark()'s for the claim in a bump, a stack or an arena. A constructor that
/// throws gives the block and the claim back, and its exception goes on to the caller.
template <class T, class Allocator, class... Arguments>
[[nodiscard]] unique_handle<T, Allocator> make_handle(Allocator& allocator, Arguments&&... arguments) noexcept(
    is_nothrow_makeable<T, Arguments...>::value) {
  return unique_handle<T, Allocator>(allocator, std::in_place, std::forward<Arguments>(arguments)...);
}

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
