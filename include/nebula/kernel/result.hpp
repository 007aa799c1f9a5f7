// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <type_traits>

#include <nebula/kernel/error.hpp>

namespace nebula {

/// A value of T, or the error that prevented it. Trivially copyable when T is; result<T*> is two registers.
/// [SR-ERR-003] T is default-constructible: the kernel's results are pointers, sizes, small PODs, and owners that can
/// only be moved, of which value() moves the one out that a temporary holds.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T;

  // NOLINTNEXTLINE(google-explicit-constructor): `return block;`
  constexpr result(T value) noexcept : value_(static_cast<T&&>(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `return failure;`
  constexpr result(nebula::error failure) noexcept : error_(failure) {}

  /// True iff there is a value.
  [[nodiscard]] constexpr bool has_value() const noexcept { return error_.code == error_code::none; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value(); }

  /// The value; a value-initialised T iff there is none, so that an unchecked result is a null pointer and never a
  /// stale one.
  [[nodiscard]] constexpr T value() const& noexcept { return value_; }
  [[nodiscard]] constexpr T value() && noexcept { return static_cast<T&&>(value_); }
  [[nodiscard]] constexpr T operator*() const noexcept { return value_; }
  [[nodiscard]] constexpr T value_or(T fallback) const noexcept { return has_value() ? value_ : fallback; }

  /// The error; code none iff there is a value.
  [[nodiscard]] constexpr nebula::error error() const noexcept { return error_; }
  [[nodiscard]] constexpr error_code code() const noexcept { return error_.code; }

private:
  T value_{};
  nebula::error error_{};
};

/// Success, or the error that prevented it.
template <>
class [[nodiscard]] result<void> {
public:
  using value_type = void;

  constexpr result() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): `return failure;`
  constexpr result(nebula::error failure) noexcept : error_(failure) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return error_.code == error_code::none; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] constexpr nebula::error error() const noexcept { return error_; }
  [[nodiscard]] constexpr error_code code() const noexcept { return error_.code; }

private:
  nebula::error error_{};
};

static_assert(sizeof(result<char*>) <= 2 * sizeof(void*), "comes back in two registers");
static_assert(std::is_trivially_copyable_v<result<char*>>, "comes back in registers at all");
static_assert(std::is_trivially_copyable_v<result<void>> && sizeof(result<void>) == sizeof(nebula::error),
              "one register");

} // namespace nebula
