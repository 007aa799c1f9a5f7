// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/budget.hpp>

namespace nebula {

/// Bytes of a budget that are released when it ends, so that no path out of a block can forget to. It can be moved and
/// not copied; one that was moved from, or holds nothing any more, holds 0 bytes. One owner; the budget outlives it.
/// [SR-BUDGET-008]
template <class Atomics>
class [[nodiscard]] basic_reservation {
public:
  using budget_type = basic_budget<Atomics>;

  constexpr basic_reservation() noexcept = default; ///< of nothing
  /// Errors as basic_budget::reserve().
  static result<basic_reservation> make(budget_type& from, std::size_t bytes) noexcept NEBULA_NONBLOCKING {
    const result<void> reserved = from.reserve(bytes);
    if (!reserved.has_value()) {
      return reserved.error();
    }
    return basic_reservation(from, bytes);
  }
  ~basic_reservation() { release(); }
  basic_reservation(basic_reservation&& other) noexcept : budget_(other.budget_), bytes_(other.commit()) {}
  basic_reservation& operator=(basic_reservation&& other) noexcept {
    if (this != &other) {
      release();
      budget_ = other.budget_;
      bytes_ = other.commit();
    }
    return *this;
  }
  basic_reservation(const basic_reservation&) = delete;
  basic_reservation& operator=(const basic_reservation&) = delete;

  [[nodiscard]] std::size_t bytes() const noexcept NEBULA_NONBLOCKING { return bytes_; }

  /// Hands the bytes over to the caller, who from here on has to release them; returns how many.
  std::size_t commit() noexcept NEBULA_NONBLOCKING {
    const std::size_t handed_over = bytes_;
    bytes_ = 0;
    return handed_over;
  }
  /// Releases what is left, now.
  void release() noexcept NEBULA_NONBLOCKING {
    if (bytes_ != 0) {
      // Refused only if another has released bytes that are not its own: a misuse, and reported as one.
      static_cast<void>(budget_->release(commit()));
    }
  }
  /// Releases some of the bytes. Errors as basic_budget::release(); over_release iff more than this reservation holds.
  [[nodiscard]] result<void> shrink(std::size_t by_bytes) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(by_bytes > bytes_)) {
      return beyond();
    }
    const result<void> released = budget_ == nullptr ? result<void>() : budget_->release(by_bytes);
    bytes_ -= released.has_value() ? by_bytes : 0;
    return released;
  }
  /// A reservation of some of the bytes, which this one then no longer holds. over_release iff more than it holds.
  [[nodiscard]] result<basic_reservation> split(std::size_t bytes) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(bytes > bytes_)) {
      return beyond();
    }
    bytes_ -= bytes;
    return budget_ == nullptr ? basic_reservation() : basic_reservation(*budget_, bytes);
  }

private:
  basic_reservation(budget_type& from, std::size_t bytes) noexcept : budget_(&from), bytes_(bytes) {}

  /// Reported by the budget; there is none iff nothing was ever held.
  NEBULA_COLD error beyond() const noexcept NEBULA_NONBLOCKING {
    return budget_ == nullptr ? error{error_code::over_release, operation::release, component::budget}
                              : budget_->misuse(error_code::over_release, operation::release, this);
  }

  budget_type* budget_ = nullptr;
  std::size_t bytes_ = 0;
};

using reservation = basic_reservation<shared_atomics>;
using local_reservation = basic_reservation<plain_atomics>;

} // namespace nebula
