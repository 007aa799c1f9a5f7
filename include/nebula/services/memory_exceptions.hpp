// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include <nebula/kernel/configuration_range.hpp>
#include <nebula/services/memory_error.hpp>
#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// What each exception below is besides what the standard knows it as: the error, whole. `catch (const memory_exception&)`
/// catches all of them, and `catch (const std::exception&)` as well. Making and copying one allocates nothing; the room
/// for one that is thrown is the C++ runtime's, which keeps some for when the heap is empty. [SR-MERR-006]
class memory_exception {
public:
  virtual ~memory_exception();

  [[nodiscard]] const memory_error& error() const noexcept { return error_; }

protected:
  explicit memory_exception(const memory_error& failed) noexcept;
  memory_exception(const memory_exception&) noexcept = default;
  memory_exception& operator=(const memory_exception&) noexcept = default;

  /// The first line of the report.
  [[nodiscard]] const char* title() const noexcept { return title_; }

private:
  memory_error error_;
  char title_[160] = {};
};

// NOLINTBEGIN(misc-multiple-inheritance): a standard exception, and ours beside it, which is none

/// There is no memory for the request, now or in this allocator: exhausted, contended, over_budget, over_block_limit,
/// over_capacity, no_cache_slot, layout_unsupported; of the system likewise, and a count that is exhausted.
class out_of_memory : public std::bad_alloc, public memory_exception {
public:
  explicit out_of_memory(const memory_error& failed) noexcept : memory_exception(failed) {}
  out_of_memory(const out_of_memory&) noexcept = default;
  out_of_memory& operator=(const out_of_memory&) noexcept = default;
  ~out_of_memory() override;
  [[nodiscard]] const char* what() const noexcept override;
};

/// A size that does not fit in size_t: size_overflow.
class size_overflowed : public std::bad_array_new_length, public memory_exception {
public:
  explicit size_overflowed(const memory_error& failed) noexcept : memory_exception(failed) {}
  size_overflowed(const size_overflowed&) noexcept = default;
  size_overflowed& operator=(const size_overflowed&) noexcept = default;
  ~size_overflowed() override;
  [[nodiscard]] const char* what() const noexcept override;
};

/// A request that no allocator serves, or not this one: invalid_layout, not_last_block.
class invalid_request : public std::exception, public memory_exception {
public:
  explicit invalid_request(const memory_error& failed) noexcept : memory_exception(failed) {}
  invalid_request(const invalid_request&) noexcept = default;
  invalid_request& operator=(const invalid_request&) noexcept = default;
  ~invalid_request() override;
  [[nodiscard]] const char* what() const noexcept override;
};

/// The program broke a rule: all codes that is_misuse() is true of. Nothing has changed.
class memory_misuse : public std::exception, public memory_exception {
public:
  explicit memory_misuse(const memory_error& failed) noexcept : memory_exception(failed) {}
  memory_misuse(const memory_misuse&) noexcept = default;
  memory_misuse& operator=(const memory_misuse&) noexcept = default;
  ~memory_misuse() override;
  [[nodiscard]] const char* what() const noexcept override;
};

/// An allocator's own state is broken: corrupted.
class memory_corruption : public std::exception, public memory_exception {
public:
  explicit memory_corruption(const memory_error& failed) noexcept : memory_exception(failed) {}
  memory_corruption(const memory_corruption&) noexcept = default;
  memory_corruption& operator=(const memory_corruption&) noexcept = default;
  ~memory_corruption() override;
  [[nodiscard]] const char* what() const noexcept override;
};

/// A configuration was refused, the kernel's or the services'.
class invalid_memory_configuration : public std::exception, public memory_exception {
public:
  explicit invalid_memory_configuration(const memory_error& failed) noexcept : memory_exception(failed) {}
  invalid_memory_configuration(const invalid_memory_configuration&) noexcept = default;
  invalid_memory_configuration& operator=(const invalid_memory_configuration&) noexcept = default;
  ~invalid_memory_configuration() override;
  [[nodiscard]] const char* what() const noexcept override;
};

/// The operating system refused a call, and not for want of memory.
class system_refusal : public std::exception, public memory_exception {
public:
  explicit system_refusal(const memory_error& failed) noexcept : memory_exception(failed) {}
  system_refusal(const system_refusal&) noexcept = default;
  system_refusal& operator=(const system_refusal&) noexcept = default;
  ~system_refusal() override;
  [[nodiscard]] const char* what() const noexcept override;
};

// NOLINTEND(misc-multiple-inheritance)

/// Which of them an error is thrown as.
enum class exception_class : std::uint8_t {
  none = 0, ///< nothing went wrong
  out_of_memory = 1,
  size_overflowed = 2,
  invalid_request = 3,
  memory_misuse = 4,
  memory_corruption = 5,
  invalid_memory_configuration = 6,
  system_refusal = 7,
};
[[nodiscard]] exception_class exception_for(const memory_error& failed) noexcept;

/// Throws the exception that exception_for() says, with the error; returns iff nothing went wrong.
void throw_if(const memory_error& failed);

/// The value, or the failure as an exception, of whatever function of the services.
template <class T>
T value_or_throw(outcome<T, memory_failure> made, const allocator_name& whose = {}) {
  if (!made) {
    throw_if(memory_error(made.failure()).named(whose));
  }
  return std::move(made).value();
}
inline void value_or_throw(const outcome<void, memory_failure>& made, const allocator_name& whose = {}) {
  if (!made) {
    throw_if(memory_error(made.failure()).named(whose));
  }
}

/// The plan of a kernel's configuration, or its refusal as an exception with value and range.
template <class Configuration>
auto plan_or_throw(const Configuration& configuration, const allocator_name& whose = {}) {
  auto plan = configuration.validate();
  if (!plan) {
    throw_if(memory_error(configuration_failure{plan.error(), range_of(configuration, plan.error())}).named(whose));
  }
  return std::move(plan).value();
}

} // namespace nebula::services
