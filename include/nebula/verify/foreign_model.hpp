// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <nebula/verify/foreign_front.hpp>
#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What any allocator must do, and what one has promised. Where a block comes to lie, and when memory runs out, the
/// model does not know: it asks the allocator first, and predicts the answer that it got, unless that is one that no
/// allocator may give, or that this one has promised not to. What it promises nothing of is left out of a program;
/// unless the model dares: then the call is made, and what comes of it is not judged before something else is wrong.
template <class Adapter>
class foreign_model {
public:
  static constexpr allocator_promises promises = Adapter::promises;
  static constexpr bool has_marks = foreign_front<Adapter>::has_marks;
  static constexpr bool has_free_without_layout = false;
  static constexpr bool has_handles = false;

  foreign_model(foreign_front<Adapter>& front, byte_span storage)
      : front_(front), begin_(reinterpret_cast<address>(storage.data)), size_(storage.size) {}

  /// From here on all is tried.
  void dare() { dares_ = true; }

  // --- what is left out
  [[nodiscard]] bool leaves_out(layout request) const {
    return (request.size == 0 && !promises.refuses_size_zero) ||
           (std::popcount(request.align) != 1 && !promises.refuses_bad_alignment) ||
           (!is_within_limits(request) && !promises.refuses_beyond_limits);
  }
  [[nodiscard]] bool leaves_out(std::byte* start, layout allocated) const {
    return is_left_out(misuse_of(reinterpret_cast<address>(start), allocated));
  }
  [[nodiscard]] bool leaves_out(std::size_t mark_number) const {
    return is_left_out(is_open(mark_number) ? misuse::none : misuse::stale_mark);
  }
  /// Of a reset.
  [[nodiscard]] static bool leaves_out() { return !foreign_front<Adapter>::has_reset; }
  /// Of a marker that nobody made: adapters have marks of their own.
  [[nodiscard]] static bool leaves_out(const marker& /*foreign*/) { return true; }

  // --- predictions
  verdict allocate(layout request) {
    const bool is_possible = is_valid(request) && is_within_limits(request) && request.size <= size_;
    const bool is_full = is_possible && has_no_block_left();
    const char* const promised = is_possible && !is_full ? promised_to_serve(request) : nullptr;
    reason_ = promised;
    const bool is_served = front_.ask(request) != nullptr;
    if (!is_possible || is_full) {
      reason_ = is_full                ? "more blocks than block_count() were served"
                : !is_valid(request)   ? "a layout that is none was served"
                : request.size > size_ ? "more bytes were served than the storage has"
                                       : "a layout beyond the limits was served";
      return {is_valid(request) ? error_code::exhausted : error_code::invalid_layout};
    }
    if (!is_served && promised == nullptr) {
      return {error_code::exhausted};
    }
    return {error_code::none, std::nullopt, begin_, begin_ + size_};
  }

  void allocated(address place, layout request) {
    held_.push_back({place, request, 0});
    freed_.erase(place);
    ++live_;
    peak_ = std::max(peak_, live_);
    extend(request);
  }

  error_code deallocate(address place, layout allocated) {
    const misuse what = misuse_of(place, allocated);
    // where right frees are refused, that is told as a block not known
    const error_code refusal = what == misuse::none ? error_code::foreign_pointer : code_of(what);
    const bool taken =
        front_.ask_free(reinterpret_cast<std::byte*>(place), allocated, refusal); // NOLINT(performance-no-int-to-ptr)
    reason_ = what == misuse::none ? "a right free was refused" : "misuse was accepted that it promises to detect";
    if (what != misuse::none && (!taken || promises.detects.has(what))) {
      return refusal;
    }
    end(place);
    return error_code::none;
  }

  error_code mark() {
    if (!front_.ask_mark()) {
      return error_code::exhausted;
    }
    marks_.push_back(sequence_.size());
    held_.push_back({0, {}, marks_.size()});
    extend({});
    return error_code::none;
  }
  error_code restore(std::size_t number) {
    const misuse what = is_open(number) ? misuse::none : misuse::stale_mark;
    const bool taken = front_.ask_restore(number, what == misuse::none ? error_code::foreign_marker : code_of(what));
    reason_ = what == misuse::none ? "a right mark was refused" : "misuse was accepted that it promises to detect";
    if (what != misuse::none) {
      return !taken || promises.detects.has(what) ? code_of(what) : error_code::none;
    }
    const auto found = mark_at(number);
    for (auto each = found; each != held_.end(); ++each) {
      bury(*each);
    }
    held_.erase(found, held_.end());
    sequence_.resize(std::min(sequence_.size(), marks_[number]));
    begin_anew_if_empty();
    return error_code::none;
  }
  [[nodiscard]] static error_code restore_foreign() { return error_code::foreign_marker; }

  error_code reset() {
    reason_ = "a reset was refused";
    static_cast<void>(front_.ask_reset());
    for (const entry& each : held_) {
      bury(each);
    }
    held_.clear();
    sequence_.clear();
    is_repeatable_ = true;
    if (promises.memory == reuse::until_reset) {
      served_.clear();
    }
    return error_code::none;
  }

  [[nodiscard]] bool is_live(address place) const { return find(place) != held_.end(); }
  /// What is wrong, if the last answer was not as predicted.
  [[nodiscard]] const char* reason() const { return reason_; }
  template <class See>
  void for_each_live(See see) const {
    for (const entry& each : held_) {
      if (each.mark == 0) {
        see(reinterpret_cast<const std::byte*>(each.place)); // NOLINT(performance-no-int-to-ptr)
      }
    }
  }

private:
  struct entry {
    address place;
    layout request;
    std::size_t mark; ///< its number and one; 0 iff this is a block
  };

  [[nodiscard]] bool is_left_out(misuse what) const {
    return what != misuse::none && !dares_ && !promises.detects.has(what);
  }
  [[nodiscard]] static bool is_within_limits(layout request) {
    return request.size <= promises.size_max_bytes && request.align <= promises.align_max_bytes;
  }
  [[nodiscard]] bool has_no_block_left() const {
    if constexpr (foreign_front<Adapter>::has_block_count) {
      return live_ >= front_.adapter().block_count();
    }
    return false;
  }
  /// Why the request must be served; null iff it need not.
  [[nodiscard]] const char* promised_to_serve(layout request) const {
    if constexpr (foreign_front<Adapter>::has_block_count) {
      return "refused before block_count() blocks were live: memory is lost";
    }
    if (promises.memory == reuse::always && live_ < peak_) {
      return "refused, though more blocks were live before: memory is lost";
    }
    if (is_repeatable_ && !sequence_is_new(request)) {
      return "refused, though the same was served before when nothing was live: memory is lost";
    }
    return nullptr;
  }

  [[nodiscard]] misuse misuse_of(address place, layout allocated) const {
    if (place == 0) {
      return misuse::null_pointer;
    }
    if (place < begin_ || place - begin_ >= size_) {
      return misuse::foreign_pointer;
    }
    const auto found = find(place);
    if (found == held_.end()) {
      return freed_.contains(place) && !is_inside_live(place) ? misuse::double_free : misuse::inside_pointer;
    }
    if (!is_valid(allocated) || !is_within_limits(allocated) || allocated.size > size_) {
      return misuse::impossible_layout;
    }
    if (found->request != allocated) {
      return misuse::wrong_layout;
    }
    const bool is_early = (promises.frees_newest_first && found + 1 != held_.end()) ||
                          (promises.frees_oldest_first && found != held_.begin());
    return is_early ? misuse::out_of_order : misuse::none;
  }
  [[nodiscard]] bool is_inside_live(address place) const {
    return std::any_of(held_.begin(), held_.end(), [&](const entry& each) {
      return each.mark == 0 && place >= each.place && place - each.place < each.request.size;
    });
  }

  void end(address place) {
    const auto found = find(place);
    if (found == held_.end()) {
      return; // a misuse that was let pass
    }
    const bool was_newest = found + 1 == held_.end();
    bury(*found);
    held_.erase(found);
    if (promises.memory == reuse::after_reset) {
      return;
    }
    if (promises.frees_newest_first && was_newest && is_repeatable_) {
      sequence_.pop_back(); // all is as it was before that block
    } else {
      is_repeatable_ = false;
    }
    begin_anew_if_empty();
  }
  void bury(const entry& gone) {
    if (gone.mark == 0) {
      freed_.insert(gone.place);
      --live_;
    }
  }
  void begin_anew_if_empty() {
    if (held_.empty() && promises.memory != reuse::after_reset) {
      sequence_.clear();
      is_repeatable_ = true;
    }
  }

  /// What was served in a row, from nothing, can be served so again.
  void extend(layout next) {
    if (is_repeatable_) {
      sequence_.emplace_back(next.size, next.align);
      served_.insert(sequence_);
    }
  }
  [[nodiscard]] bool sequence_is_new(layout next) const {
    auto longer = sequence_;
    longer.emplace_back(next.size, next.align);
    return !served_.contains(longer);
  }

  [[nodiscard]] bool is_open(std::size_t mark_number) const { return mark_at(mark_number) != held_.end(); }
  [[nodiscard]] typename std::vector<entry>::const_iterator mark_at(std::size_t number) const {
    return std::find_if(held_.begin(), held_.end(), [&](const entry& each) { return each.mark == number + 1; });
  }
  [[nodiscard]] typename std::vector<entry>::const_iterator find(address place) const {
    return std::find_if(held_.begin(), held_.end(),
                        [&](const entry& each) { return each.mark == 0 && each.place == place; });
  }

  foreign_front<Adapter>& front_;
  address begin_;
  std::size_t size_;
  bool dares_ = false;
  std::vector<entry> held_; ///< live blocks and open marks, oldest first
  std::set<address> freed_; ///< where blocks were, and none is
  std::size_t live_ = 0;
  std::size_t peak_ = 0;
  std::vector<std::size_t> marks_; ///< how long the sequence was when each was made
  std::vector<std::pair<std::size_t, std::size_t>> sequence_;
  std::set<std::vector<std::pair<std::size_t, std::size_t>>> served_;
  bool is_repeatable_ = true; ///< what is held came to be by `sequence_` alone, from nothing
  const char* reason_ = "";
};

} // namespace nebula::verify
