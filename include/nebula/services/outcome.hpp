// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <utility>

namespace nebula::services {

/// A value of T, or the failure that prevented it, with all that is to be said about it: what result is to the kernel,
/// for failures that are larger than four bytes. T and Failure are default-constructible; T may be an owner that can
/// only be moved. Never allocates of itself. One owner. [SR-SYS-001]
template <class T, class Failure>
class [[nodiscard]] outcome {
public:
  using value_type = T;
  using failure_type = Failure;

  // NOLINTNEXTLINE(google-explicit-constructor): `return mapping;`
  constexpr outcome(T value) noexcept : value_(std::move(value)), has_value_(true) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `return failure;`
  constexpr outcome(const Failure& failure) noexcept : failure_(failure) {}

  /// True iff there is a value.
  [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value_; }

  /// The value; a value-initialised T iff there is none.
  [[nodiscard]] constexpr const T& value() const& noexcept { return value_; }
  [[nodiscard]] constexpr T& value() & noexcept { return value_; }
  [[nodiscard]] constexpr T value() && noexcept { return std::move(value_); }
  /// The failure; a value-initialised one iff there is a value.
  [[nodiscard]] constexpr const Failure& failure() const noexcept { return failure_; }

private:
  T value_{};
  Failure failure_{};
  bool has_value_ = false;
};

/// Success, or the failure that prevented it.
template <class Failure>
class [[nodiscard]] outcome<void, Failure> {
public:
  using value_type = void;
  using failure_type = Failure;

  constexpr outcome() noexcept : has_value_(true) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `return failure;`
  constexpr outcome(const Failure& failure) noexcept : failure_(failure) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value_; }
  [[nodiscard]] constexpr const Failure& failure() const noexcept { return failure_; }

private:
  Failure failure_{};
  bool has_value_ = false;
};

} // namespace nebula::services
