// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What a stack allocator does, from its contract. [SR-STACK-001] to [SR-STACK-003], [SR-MARK-005], [SR-MARK-006]
class stack_model {
public:
  static constexpr bool has_marks = true;
  static constexpr bool has_free_without_layout = false;
  static constexpr bool has_handles = false;

  /// `tail_bytes` stand behind each block: at the paranoid level a canary.
  stack_model(address begin, std::size_t size, std::size_t record_bytes, std::size_t tail_bytes = 0)
      : begin_(begin), size_(size), record_bytes_(record_bytes), tail_bytes_(tail_bytes) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    const address place = round_up(begin_ + top_, request.align);
    if (!fits(place, request.size, entries_.size() + 1)) {
      const bool ever = fits(round_up(begin_, request.align), request.size, 1);
      return {failed_(ever ? error_code::exhausted : error_code::layout_unsupported)};
    }
    return {error_code::none, place, begin_, begin_ + size_};
  }

  void allocated(address place, layout request) {
    entries_.push_back({top_, place, request, 0});
    top_ = place - begin_ + request.size + tail_bytes_;
    peak_ = std::max(peak_, top_);
  }

  error_code deallocate(address place, layout allocated) {
    const error_code wrong = wrong_top(place, allocated);
    if (wrong == error_code::none) {
      top_ = entries_.back().previous_top;
      entries_.pop_back();
    }
    return failed_(wrong);
  }

  error_code resize(address place, layout allocated, std::size_t size) {
    const error_code wrong = wrong_top(place, allocated);
    if (wrong != error_code::none) {
      return failed_(wrong);
    }
    if (size == 0) {
      return failed_(error_code::invalid_layout);
    }
    if (size > allocated.size && !fits(place, size, entries_.size())) {
      const bool ever = fits(round_up(begin_, allocated.align), size, 1);
      return failed_(ever ? error_code::exhausted : error_code::layout_unsupported);
    }
    entries_.back().request.size = size;
    top_ = place - begin_ + size + tail_bytes_;
    peak_ = std::max(peak_, top_);
    return error_code::none;
  }

  [[nodiscard]] stray_write watches(address place) const {
    if (tail_bytes_ != 0 && place >= begin_ + top_ && place < begin_ + size_ - entries_.size() * record_bytes_) {
      return {error_code::written_after_free, place};
    }
    for (const entry& each : entries_) {
      const address end = each.place + each.request.size;
      if (each.mark == 0 && place >= end && place - end < tail_bytes_) {
        return {error_code::overrun, place};
      }
    }
    return {};
  }
  [[nodiscard]] static address tail_of(address place, layout request) { return place + request.size; }
  void mended(address /*place*/, stray_write found) { static_cast<void>(failed_(found.code)); }

  error_code mark() {
    if (size_ - top_ < (entries_.size() + 1) * record_bytes_) {
      return failed_(error_code::exhausted);
    }
    mark_generations_.push_back(generation_);
    entries_.push_back({top_, 0, {}, mark_generations_.size()});
    return error_code::none;
  }

  error_code restore(std::size_t number) {
    if (mark_generations_[number] != generation_) {
      return failed_(error_code::stale_marker);
    }
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const entry& each) { return each.mark == number + 1; });
    if (found == entries_.end()) {
      return failed_(error_code::spent_marker);
    }
    top_ = found->previous_top;
    entries_.erase(found, entries_.end());
    return error_code::none;
  }
  error_code restore_foreign() { return failed_(error_code::foreign_marker); }

  error_code reset() {
    ++generation_;
    top_ = 0;
    entries_.clear();
    return error_code::none;
  }

  [[nodiscard]] bool is_live(address place) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const entry& each) { return each.mark == 0 && each.place == place; });
  }
  [[nodiscard]] std::size_t tail_bytes() const { return tail_bytes_; }
  [[nodiscard]] std::size_t mark_count() const { return mark_generations_.size(); }

  [[nodiscard]] allocator_state state() const {
    const auto live = std::count_if(entries_.begin(), entries_.end(), [](const entry& each) { return each.mark == 0; });
    const std::size_t taken = top_ + (entries_.size() + 1) * record_bytes_ + tail_bytes_;
    return {size_ - record_bytes_, top_, taken < size_ ? size_ - taken : 0, peak_, static_cast<std::size_t>(live),
            failed_.counts()};
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(top_, peak_, generation_, entries_, mark_generations_); }

private:
  struct entry {
    std::size_t previous_top;
    address place;
    layout request;
    std::size_t mark; ///< its number and one; 0 iff this is a block
  };

  [[nodiscard]] error_code wrong_top(address place, layout allocated) const {
    if (place == 0) {
      return error_code::null_pointer;
    }
    if (place < begin_ || place - begin_ >= size_) {
      return error_code::foreign_pointer;
    }
    if (place - begin_ >= top_) {
      return error_code::double_free;
    }
    if (!is_live(place)) {
      return error_code::misaligned_pointer;
    }
    if (entries_.back().place != place) {
      return error_code::lifo_violation;
    }
    return entries_.back().request != allocated ? error_code::layout_mismatch : error_code::none;
  }
  [[nodiscard]] bool fits(address place, std::size_t size, std::size_t entry_count) const {
    return static_cast<wide>(place) + size + tail_bytes_ + entry_count * record_bytes_ <=
           static_cast<wide>(begin_) + size_;
  }

  address begin_;
  std::size_t size_;
  std::size_t record_bytes_;
  std::size_t tail_bytes_;
  std::size_t top_ = 0;
  std::size_t peak_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<entry> entries_;                  ///< blocks and marks, oldest first
  std::vector<std::uint64_t> mark_generations_; ///< of all marks that were ever made
  failure_tally failed_;
};

} // namespace nebula::verify
