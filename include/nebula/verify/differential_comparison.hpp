// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/verify/differential_side.hpp>
#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What two allocators have in common. In any case: the outcome of each call, to the code, and the operation that it
/// names; the faults reported; live and cached blocks; failures by reason; owns(), of blocks; that invariants hold, and
/// contents.
enum class likeness : std::uint8_t {
  /// And the place of each block, counted from the storage's start, and all bytes of state().
  same_places,
  /// And the number of each block, and its class; bytes in multiples of a block's, where there is one class. Canaries
  /// make blocks longer.
  same_blocks,
  /// Canaries between the blocks take room, so that they stand elsewhere, and the storage is full sooner: the comparison
  /// ends where one is exhausted and the other is not. An address that was a block's may by then be another's on one side
  /// only, and is not shown to them again.
  until_exhausted,
};

/// A block that each side has given out.
struct pair_of_blocks {
  std::byte* first;
  std::byte* second;
  layout request;
  std::size_t moment; ///< blocks and marks are numbered together, as they come
  block_handle first_handle{};
  block_handle second_handle{};
};

/// Two allocators that are to behave alike, and the blocks that both have given out: what is compared.
class differential_comparison {
public:
  /// `block_counts`: of each class; empty where there are none.
  differential_comparison(differential_side& first, differential_side& second, likeness alike,
                          std::vector<std::size_t> block_counts)
      : first_(first), second_(second), alike_(alike), block_counts_(std::move(block_counts)) {}

  [[nodiscard]] differential_side& first() { return first_; }
  [[nodiscard]] differential_side& second() { return second_; }
  [[nodiscard]] likeness alike() const { return alike_; }
  [[nodiscard]] const std::vector<pair_of_blocks>& live() const { return live_; } ///< oldest first
  [[nodiscard]] const std::vector<pair_of_blocks>& dead() const { return dead_; }
  /// The first difference, in words; empty iff there was none.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  /// From here on the two may differ.
  [[nodiscard]] bool ended() const { return ended_; }

  void check(bool holds, const char* what) {
    if (!holds && wrong_.empty()) {
      wrong_ = what;
    }
  }
  void same(const char* what, std::size_t first, std::size_t second) {
    if (first != second && wrong_.empty()) {
      wrong_ = std::string(what) + ": one has " + std::to_string(first) + ", the other " + std::to_string(second);
    }
  }
  /// The outcomes of one call; true iff they are the same.
  template <class Value, class Other>
  bool agree(const result<Value>& first, const result<Other>& second) {
    if (first.code() == second.code()) {
      check(first.error().during == second.error().during, "the errors name different operations");
      return true;
    }
    if (alike_ == likeness::until_exhausted &&
        (is_for_want_of_room(first.code()) || is_for_want_of_room(second.code()))) {
      ended_ = true;
    } else if (wrong_.empty()) {
      wrong_ = std::string("one says ") + nebula::name(first.code()) + ", the other " + nebula::name(second.code());
    }
    return false;
  }
  void compare_states() {
    const allocator_state first = first_.state();
    const allocator_state second = second_.state();
    same("live_blocks", first.live_blocks, second.live_blocks);
    same("live_blocks, and blocks given out", first.live_blocks, live_.size());
    same("cached_blocks", first.cached_blocks, second.cached_blocks);
    for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
      same("failures by reason", first.failures.counts[reason], second.failures.counts[reason]);
    }
    if (alike_ == likeness::same_places) {
      compare_bytes(first, 1, second, 1);
    } else if (first_.unit(block_counts_) != 0) {
      compare_bytes(first, first_.unit(block_counts_), second, second_.unit(block_counts_));
    }
    same("faults reported", first_.faults().count, second_.faults().count);
    check(first_.faults().last == second_.faults().last, "the faults reported have different codes");
    check(first_.check_invariants().has_value() && second_.check_invariants().has_value(),
          "an invariant does not hold");
  }
  /// A block that is not held is not looked at: its place may be somebody else's.
  void verify_contents(const pair_of_blocks& each) {
    const auto holds = [&](const pair_of_blocks& one) { return one.moment == each.moment; };
    if (std::any_of(live_.begin(), live_.end(), holds)) {
      const auto intact = [&](std::byte content) { return content == contents_of(each); };
      check(std::all_of(each.first, each.first + each.request.size, intact) &&
                std::all_of(each.second, each.second + each.request.size, intact),
            "a live block's contents have changed");
    }
  }
  /// Where both stand: as alike as they are to be, and fit to be written.
  void compare_places(const pair_of_blocks& made) {
    check(reinterpret_cast<address>(made.first) % made.request.align == 0 &&
              reinterpret_cast<address>(made.second) % made.request.align == 0,
          "a block is not aligned");
    for (const std::byte* const block : {made.first, made.second}) {
      const bool is_first = block == made.first;
      const std::size_t offset = is_first ? first_.offset_of(block) : second_.offset_of(block);
      const std::size_t size = (is_first ? first_.storage() : second_.storage()).size;
      check(offset < size && made.request.size <= size - offset, "a block leaves the storage");
    }
    if (alike_ == likeness::same_places) {
      same("offset", first_.offset_of(made.first), second_.offset_of(made.second));
    } else if (alike_ == likeness::same_blocks) {
      same("number of the block", first_.number_of(made.first, block_counts_),
           second_.number_of(made.second, block_counts_));
    }
  }
  /// Takes a new pair, and fills both with the same contents.
  void hold(const pair_of_blocks& made) {
    fill(made);
    live_.push_back(made);
  }
  /// The pair has another size now; what it had of contents before is still there.
  void resized(const pair_of_blocks& each, std::size_t size) {
    pair_of_blocks& held =
        *std::find_if(live_.begin(), live_.end(), [&](const pair_of_blocks& one) { return one.first == each.first; });
    held.request.size = std::min(size, held.request.size);
    verify_contents(held);
    held.request.size = size;
    fill(held);
  }
  template <class Is>
  void bury_if(Is is) {
    std::size_t kept = 0;
    for (const pair_of_blocks& each : live_) {
      if (is(each)) {
        dead_.push_back(each);
      } else {
        live_[kept++] = each;
      }
    }
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(kept), live_.end());
  }
  void finish() {
    for (const pair_of_blocks& each : live_) {
      verify_contents(each);
    }
    check(first_.guards_intact() && second_.guards_intact(), "bytes outside of the storage were written");
  }

private:
  [[nodiscard]] static bool is_for_want_of_room(error_code code) {
    return code == error_code::exhausted || code == error_code::layout_unsupported;
  }
  void compare_bytes(const allocator_state& first, std::size_t first_unit, const allocator_state& second,
                     std::size_t second_unit) {
    same("capacity_bytes", first.capacity_bytes / first_unit, second.capacity_bytes / second_unit);
    same("used_bytes", first.used_bytes / first_unit, second.used_bytes / second_unit);
    same("available_bytes", first.available_bytes / first_unit, second.available_bytes / second_unit);
    same("peak_bytes", first.peak_bytes / first_unit, second.peak_bytes / second_unit);
  }
  [[nodiscard]] static std::byte contents_of(const pair_of_blocks& each) {
    return static_cast<std::byte>((each.moment * 131 + 29) & 0xFFU);
  }
  static void fill(const pair_of_blocks& each) {
    std::fill_n(each.first, each.request.size, contents_of(each));
    std::fill_n(each.second, each.request.size, contents_of(each));
  }

  differential_side& first_;
  differential_side& second_;
  likeness alike_;
  std::vector<std::size_t> block_counts_;
  std::vector<pair_of_blocks> live_;
  std::vector<pair_of_blocks> dead_;
  bool ended_ = false;
  std::string wrong_;
};

} // namespace nebula::verify
