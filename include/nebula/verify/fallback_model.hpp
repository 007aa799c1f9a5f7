// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <bit>
#include <cstddef>
#include <tuple>

#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// Where an allocator's own addresses are.
struct address_range {
  address begin;
  address beyond;

  [[nodiscard]] bool holds(address place) const { return place >= begin && place < beyond; }
};

/// What two allocators do as one: what their models do, one after the other. [SR-ADAPT-005], [SR-ADAPT-006]
template <class First, class Second>
class fallback_model {
public:
  static constexpr bool has_marks = false;
  static constexpr bool has_free_without_layout = false;
  static constexpr bool has_handles = false;

  fallback_model(First first, address_range firsts, Second second, address_range seconds)
      : first_(first), second_(second), firsts_(firsts), seconds_(seconds) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    const verdict from_first = first_.allocate(request);
    if (from_first.code == error_code::none) {
      return from_first;
    }
    const verdict from_second = second_.allocate(request);
    if (from_second.code == error_code::none) {
      return from_second;
    }
    // what waiting helps with is the better answer; the second's, where both are of a kind
    const bool first_can_later = from_first.code == error_code::exhausted;
    const bool second_can_later = from_second.code == error_code::exhausted;
    return {failed_(first_can_later && !second_can_later ? from_first.code : from_second.code)};
  }
  void allocated(address place, layout request) {
    if (firsts_.holds(place)) {
      first_.allocated(place, request);
    } else {
      second_.allocated(place, request);
    }
  }
  error_code deallocate(address place, layout allocated) {
    if (firsts_.holds(place)) {
      return failed_(first_.deallocate(place, allocated));
    }
    if (seconds_.holds(place)) {
      return failed_(second_.deallocate(place, allocated));
    }
    return failed_(place == 0 ? error_code::null_pointer : error_code::foreign_pointer);
  }
  error_code reset() {
    if (first_.state().live_blocks + second_.state().live_blocks != 0) {
      return failed_(error_code::blocks_live);
    }
    first_.reset();
    second_.reset();
    return error_code::none;
  }

  [[nodiscard]] bool is_live(address place) const { return first_.is_live(place) || second_.is_live(place); }
  [[nodiscard]] allocator_state state() const {
    const allocator_state one = first_.state();
    const allocator_state two = second_.state();
    return {one.capacity_bytes + two.capacity_bytes,   one.used_bytes + two.used_bytes,
            one.available_bytes + two.available_bytes, one.peak_bytes + two.peak_bytes,
            one.live_blocks + two.live_blocks,         failed_.counts()};
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(first_, second_); }

private:
  First first_;
  Second second_;
  address_range firsts_;
  address_range seconds_;
  failure_tally failed_;
};

} // namespace nebula::verify
