// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/services/allocator_name.hpp>
#include <nebula/services/memory_error.hpp>
#include <nebula/services/memory_exceptions.hpp>

namespace nebula::services {

/// What a thrown error carries beside itself.
enum class thrown_trace : bool { none = false, taken = true };

/// An allocator for programs that want `throw`: each call does what the allocator's does, and what that returns as an
/// error it throws as the exception that exception_for() says. Strong guarantee, for that is the allocator's: a call
/// that throws has changed nothing but the counters of failures. Costs the test for the error. The allocator outlives
/// it; threads as the allocator allows. Members that the allocator has not cannot be called. [SR-MERR-006]
///
/// A destructor, and whatever else must not throw, frees through unguarded().
template <class Allocator>
class throwing {
public:
  using allocator_type = Allocator;

  explicit throwing(Allocator& allocator, const allocator_name& name = {},
                    thrown_trace trace = thrown_trace::none) noexcept
      : allocator_(allocator), name_(name), trace_(trace) {}

  /// Never null.
  [[nodiscard]] std::byte* allocate(layout request) { return checked(allocator_.allocate(request), request); }
  [[nodiscard]] std::byte* try_allocate(layout request, std::size_t max_retries) {
    return checked(allocator_.try_allocate(request, max_retries), request);
  }
  void deallocate(std::byte* block, layout allocated) { checked(allocator_.deallocate(block, allocated), allocated); }
  void resize_top(std::byte* block, layout allocated, std::size_t size_bytes) {
    checked(allocator_.resize_top(block, allocated, size_bytes), layout{size_bytes, allocated.align});
  }
  [[nodiscard]] marker mark() { return checked(allocator_.mark(), {0, 0}); }
  void restore(const marker& point) { checked(allocator_.restore(point), {0, 0}); }
  void reset() { checked(allocator_.reset(), {0, 0}); }
  void check_invariants() const { checked(allocator_.check_invariants(), {0, 0}); }

  [[nodiscard]] Allocator& unguarded() const noexcept { return allocator_; }

private:
  template <class T>
  T checked(const result<T>& outcome, layout request) const {
    if (!outcome) {
      fail(outcome.error(), request);
    }
    if constexpr (!std::is_void_v<T>) {
      return outcome.value();
    }
  }
  [[gnu::cold, gnu::noinline]] void fail(error what, layout request) const {
    const memory_error failed = error_of(what, request, allocator_).named(name_);
    throw_if(trace_ == thrown_trace::taken ? failed.with_backtrace(1) : failed);
  }

  Allocator& allocator_;
  allocator_name name_;
  thrown_trace trace_;
};

template <class Allocator>
throwing(Allocator&, const allocator_name&, thrown_trace) -> throwing<Allocator>;

} // namespace nebula::services
