// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>

#include <nebula/kernel/budget_config.hpp>
#include <nebula/kernel/configuration_report.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/allocator_name.hpp>
#include <nebula/services/backtrace.hpp>
#include <nebula/services/memory_failure.hpp>

namespace nebula::services {

/// A failed call of an allocator, with what it was asked for and what it held then.
struct allocator_failure {
  error what{};
  layout request{0, 0}; ///< of size 0 where none was given
  layout largest{0, 0}; ///< the largest that the allocator serves; of size 0 where that is not known
  allocator_state state{};
};

/// A failed call of a budget.
struct budget_failure {
  error what{};
  std::size_t bytes = 0; ///< reserved or released
  budget_state state{};
};

/// A configuration of the kernel that was refused.
struct configuration_failure {
  error what{};
  configuration_report wrong{};
};

/// What kind of thing went wrong, across the layers.
enum class memory_error_kind : std::uint8_t {
  none = 0,
  refusal = 1,       ///< the request cannot be served, now or ever
  misuse = 2,        ///< the caller broke a rule
  corruption = 3,    ///< an allocator's own state is broken
  configuration = 4, ///< a configuration was refused
  system = 5,        ///< the operating system refused a call, or a limit of the services was reached
};

/// The identifier as spelled here; "unknown" iff none of them. Never null. Any thread.
[[nodiscard]] const char* name(memory_error_kind kind) noexcept;

/// What went wrong, whichever layer says so, with all that a report for people needs: the kernel's error with request and
/// state, or the services' failure; whose it was; and, if it was taken, where the program was. A plain value of fixed
/// size that owns nothing, some 800 bytes: making, copying and passing one on never allocates, so that it can be made
/// where memory has run out. Text is made of it on demand: error_text.hpp, error_json.hpp; an exception:
/// memory_exceptions.hpp. [SR-MERR-001]
class memory_error {
public:
  using failure_type =
      std::variant<std::monostate, allocator_failure, budget_failure, configuration_failure, memory_failure>;

  constexpr memory_error() noexcept = default; ///< nothing went wrong
  // NOLINTBEGIN(google-explicit-constructor): `return failure;`
  constexpr memory_error(const allocator_failure& failure) noexcept : failure_(failure) {}
  constexpr memory_error(const budget_failure& failure) noexcept : failure_(failure) {}
  constexpr memory_error(const configuration_failure& failure) noexcept : failure_(failure) {}
  constexpr memory_error(const memory_failure& failure) noexcept : failure_(failure) {}
  // NOLINTEND(google-explicit-constructor)

  /// The same, said of an allocator by its name.
  [[nodiscard]] constexpr memory_error named(const allocator_name& allocator) const noexcept {
    memory_error copy = *this;
    copy.allocator_ = allocator;
    return copy;
  }
  /// The same with the place where the program is: see backtrace::capture(), whose cost this is. Without heap.
  [[nodiscard]] memory_error with_backtrace(std::size_t skipped = 0) const noexcept;
  [[nodiscard]] constexpr memory_error without_backtrace() const noexcept {
    memory_error copy = *this;
    copy.trace_ = {};
    return copy;
  }

  [[nodiscard]] constexpr const failure_type& failure() const noexcept { return failure_; }
  [[nodiscard]] constexpr const allocator_name& allocator() const noexcept { return allocator_; }
  [[nodiscard]] constexpr const backtrace& trace() const noexcept { return trace_; }

  /// The kernel's error; code none iff nothing went wrong, or the failure is the services'.
  [[nodiscard]] constexpr error what() const noexcept {
    if (const auto* of_allocator = std::get_if<allocator_failure>(&failure_)) {
      return of_allocator->what;
    }
    if (const auto* of_budget = std::get_if<budget_failure>(&failure_)) {
      return of_budget->what;
    }
    if (const auto* of_configuration = std::get_if<configuration_failure>(&failure_)) {
      return of_configuration->what;
    }
    return {};
  }
  [[nodiscard]] constexpr memory_error_kind kind() const noexcept {
    if (const auto* of_services = std::get_if<memory_failure>(&failure_)) {
      return kind_of(of_services->code);
    }
    return kind_of(what().code);
  }
  [[nodiscard]] constexpr bool has_error() const noexcept { return kind() != memory_error_kind::none; }
  /// True iff the same call can succeed later without any change by the program other than frees and waiting: the
  /// kernel's answer for the kernel's errors; of the services' failures a count that is exhausted, and a system that is
  /// out of memory.
  [[nodiscard]] bool may_retry() const noexcept;

private:
  [[nodiscard]] static constexpr memory_error_kind kind_of(error_code code) noexcept {
    if (code == error_code::none) {
      return memory_error_kind::none;
    }
    if (code == error_code::invalid_configuration) {
      return memory_error_kind::configuration;
    }
    if (is_corruption(code)) {
      return memory_error_kind::corruption;
    }
    return is_misuse(code) ? memory_error_kind::misuse : memory_error_kind::refusal;
  }
  [[nodiscard]] static constexpr memory_error_kind kind_of(memory_failure_code code) noexcept {
    switch (code) {
    case memory_failure_code::none: return memory_error_kind::none;
    case memory_failure_code::invalid_configuration: return memory_error_kind::configuration;
    case memory_failure_code::system_refused:
    case memory_failure_code::count_exhausted: break;
    }
    return memory_error_kind::system;
  }

  failure_type failure_;
  allocator_name allocator_;
  backtrace trace_;
};
static_assert(std::is_trivially_copyable_v<memory_error>, "owns nothing");

/// True iff the system refused for want of memory, or of what the process may have of it. Any thread.
[[nodiscard]] bool is_out_of_memory(const memory_failure& failure) noexcept;

/// What kernel's cause_of(), retry_of() and advice_for() say of the failure that the error is made of, word for word; of
/// the services' failures the like. Null iff nothing is to be said. Constant strings; any thread. [SR-MERR-002]
[[nodiscard]] const char* cause_of(const memory_error& failed) noexcept;
[[nodiscard]] const char* retry_of(const memory_error& failed) noexcept;
[[nodiscard]] const char* advice_for(const memory_error& failed) noexcept;

/// What a failed call of an allocator comes to: its state is read now, so that this belongs right behind the call.
/// Allocator: anything with state(). O(state()), no heap.
template <class Allocator>
[[nodiscard]] memory_error error_of(error what, layout request, const Allocator& allocator) noexcept {
  allocator_failure failure;
  failure.what = what;
  failure.request = request;
  if constexpr (requires { allocator.block_layout(); }) {
    failure.largest = allocator.block_layout();
  }
  failure.state = allocator.state();
  return failure;
}

} // namespace nebula::services
