// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <tuple>

#include <nebula/kernel/observed.hpp>
#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What an observed allocator does: what the allocator does, and which events it tells of. [SR-ADAPT-003]
template <class Inner>
class observed_model {
public:
  static constexpr bool has_marks = Inner::has_marks;
  static constexpr bool has_free_without_layout = Inner::has_free_without_layout;
  static constexpr bool has_handles = false;
  static constexpr std::size_t kind_count = 10;
  using event_counts = std::array<std::size_t, kind_count>;

  observed_model(Inner& inner, unsigned near_percent) : inner_(inner), near_percent_(near_percent) {}

  verdict allocate(layout request) {
    const verdict predicted = inner_.allocate(request);
    if (predicted.code != error_code::none) {
      told(predicted.code, event_kind::allocate);
    }
    return predicted;
  }
  void allocated(address place, layout request) {
    inner_.allocated(place, request);
    told(error_code::none, event_kind::allocate);
  }
  error_code deallocate(address place, layout allocated) {
    return told(inner_.deallocate(place, allocated), event_kind::deallocate);
  }
  error_code resize(address place, layout allocated, std::size_t size) {
    return told(inner_.resize(place, allocated, size), event_kind::resize);
  }
  error_code mark() { return told(inner_.mark(), event_kind::mark); }
  error_code restore(std::size_t number) { return told(inner_.restore(number), event_kind::restore); }
  error_code restore_foreign() { return told(inner_.restore_foreign(), event_kind::restore); }
  error_code reset() { return told(inner_.reset(), event_kind::reset); }

  [[nodiscard]] bool is_live(address place) const { return inner_.is_live(place); }
  [[nodiscard]] std::size_t mark_count() const { return inner_.mark_count(); }
  [[nodiscard]] allocator_state state() const { return inner_.state(); }
  [[nodiscard]] const event_counts& events() const { return events_; }
  /// What its later answers depend on, failures and events apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(inner_, was_near_); }

private:
  error_code told(error_code code, event_kind success) {
    const event_kind kind = code == error_code::none ? success
                            : is_misuse(code)        ? event_kind::misuse
                                                     : event_kind::refuse;
    ++events_[static_cast<std::size_t>(kind)];
    const allocator_state now = inner_.state();
    const bool is_near =
        static_cast<wide>(now.used_bytes) * 100 > static_cast<wide>(now.capacity_bytes) * near_percent_;
    events_[static_cast<std::size_t>(event_kind::near_capacity)] += is_near && !was_near_ ? 1U : 0U;
    was_near_ = is_near;
    return code;
  }

  Inner& inner_;
  unsigned near_percent_;
  bool was_near_ = false;
  event_counts events_{};
};

} // namespace nebula::verify
