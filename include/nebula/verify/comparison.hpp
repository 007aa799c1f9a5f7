// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <tuple>
#include <vector>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/contract.hpp>
#include <nebula/verify/model.hpp>
#include <nebula/verify/state_key.hpp>

namespace nebula::verify {

/// How an allocator differs from its model.
enum class difference : std::uint8_t {
  counters,   ///< state(), owns() or the faults reported are not as predicted
  refused,    ///< a right call was refused: blocks or bytes are lost
  accepted,   ///< a call that cannot be served, or was wrong, succeeded
  otherwise,  ///< a call ended in another way, or gave another place, than predicted
  misuse,     ///< a right call was reported as misuse
  corruption, ///< a call found the allocator corrupted
  walk,       ///< a walk of the invariants found one broken
  misplaced,  ///< a block misaligned, or outside of the storage
  overlap,    ///< a block that overlaps a live one
  contents,   ///< a live block's contents have changed
  guards,     ///< bytes outside of the storage were written
};

/// The set of differences that were seen.
class differences {
public:
  constexpr void add(difference which) { bits_ |= bit(which); }
  [[nodiscard]] constexpr bool has(difference which) const { return (bits_ & bit(which)) != 0; }
  [[nodiscard]] constexpr bool none() const { return bits_ == 0; }
  /// True iff to go on would do damage beyond what has been seen: memory is no longer as its owners believe.
  [[nodiscard]] constexpr bool unsafe() const {
    return (bits_ & (bit(difference::misplaced) | bit(difference::overlap) | bit(difference::contents) |
                     bit(difference::guards))) != 0;
  }

private:
  [[nodiscard]] static constexpr std::uint32_t bit(difference which) {
    return std::uint32_t{1} << static_cast<unsigned>(which);
  }
  std::uint32_t bits_ = 0;
};

/// What it is when a call that was predicted to end with one code ends with another.
[[nodiscard]] inline difference difference_between(error_code expected, error_code got) {
  if (is_corruption(got)) {
    return difference::corruption;
  }
  if (got == error_code::none) {
    return difference::accepted;
  }
  if (expected != error_code::none) {
    return difference::otherwise;
  }
  return is_misuse(got) ? difference::misuse : difference::refused;
}

/// How often things happened, so that a driver can tell whether its programs reached what matters.
struct coverage {
  std::size_t steps = 0;
  std::size_t skipped = 0;
  std::size_t succeeded = 0;
  failure_counts failures{};

  void add(const coverage& more) {
    steps += more.steps;
    skipped += more.skipped;
    succeeded += more.succeeded;
    for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
      failures.counts[reason] += more.failures.counts[reason];
    }
  }
};

/// A block that the program was given.
struct held_block {
  std::byte* start;
  layout request;
  std::size_t id;
  std::uint32_t handle_index;
  std::uint32_t handle_generation;
};

/// How often the whole of the invariants is walked, which costs as much as many operations; an audit in steps goes on
/// after each of them. None where it is the question what the calls find without.
enum class walks : std::uint8_t {
  none = 0,
  after_each_operation = 1,
  after_every_4th = 4, ///< and at the end, as do those below
  after_every_16th = 16,
  after_every_64th = 64,
};

/// Off a fuzzer's byte: one program in four is walked after each operation; in the others the walk, which takes most of
/// the time, leaves time for more of them.
[[nodiscard]] constexpr walks read_walks(std::uint8_t byte) noexcept {
  constexpr walks of_each_kind[] = {walks::after_each_operation, walks::after_every_4th, walks::after_every_16th,
                                    walks::after_every_64th};
  return of_each_kind[byte % 4U];
}

/// An allocator beside its model, and the blocks that a program holds: what is compared after each operation.
template <class Subject>
class comparison {
public:
  comparison(Subject& subject, walks walked) : subject_(subject), walked_(walked) {
    live_.reserve(blocks_expected);
    dead_.reserve(blocks_expected);
  }

  /// The first difference, in words; empty iff there was none.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] const differences& seen() const { return seen_; }
  [[nodiscard]] const coverage& covered() const { return covered_; }
  [[nodiscard]] coverage& covered() { return covered_; }
  [[nodiscard]] const std::vector<held_block>& live() const { return live_; } ///< oldest first
  [[nodiscard]] const std::vector<held_block>& dead() const { return dead_; }

  bool check(bool holds, difference kind, const char* what) {
    if (!holds) {
      tell(kind, what);
    }
    return holds;
  }

  /// The outcome of a call; true iff as predicted.
  bool agree(error_code expected, error got, nebula::operation during) {
    if (expected != got.code) {
      if constexpr (requires { subject_.told(); }) { // a subject whose allocator has no codes of its own
        differ(difference_between(expected, got.code), subject_.told());
      } else {
        tell_outcomes(expected, got.code);
      }
    }
    if (got.code == error_code::none) {
      ++covered_.succeeded;
    } else {
      ++covered_.failures.counts[failure_reason_index(got.code)];
      check(got.during == during, difference::otherwise, "the error names another operation");
    }
    if (is_misuse(expected)) {
      ++faults_expected_;
      check(subject_.faults().last == expected, difference::counters, "the fault reported has another code");
    }
    return expected == got.code;
  }

  /// A block that was handed out, predicted or not. True iff it can be written without harm to anyone.
  bool check_place(const verdict& expected, const std::byte* start, layout request) {
    const auto place = reinterpret_cast<address>(start);
    bool is_safe =
        check(request.align != 0 && place % request.align == 0, difference::misplaced, "the block is not aligned");
    check(!expected.place || place == *expected.place, difference::otherwise, "the block is elsewhere than predicted");
    if (expected.code == error_code::none) {
      is_safe &= check(place >= expected.lowest && place < expected.beyond && request.size <= expected.beyond - place,
                       difference::otherwise, "the block leaves its region");
    }
    const wide end = static_cast<wide>(place) + request.size;
    for (const held_block& other : live_) {
      const auto begin = reinterpret_cast<address>(other.start);
      is_safe &= check(end <= begin || begin + other.request.size <= place, difference::overlap,
                       "the block overlaps a live block");
    }
    const byte_span storage = subject_.storage().span();
    const auto offset = place - reinterpret_cast<address>(storage.data);
    return check(offset < storage.size && request.size <= storage.size - offset, difference::misplaced,
                 "the block leaves the storage") &&
           is_safe;
  }

  /// Takes a new block, and fills it with a pattern of its own.
  void hold(held_block made) {
    made.id = next_id_++;
    fill(made);
    live_.push_back(made);
  }
  /// The block has another size now; what it had of contents before is still there.
  void resized(const std::byte* start, std::size_t size) {
    const auto found = find_live(start);
    found->request.size = std::min(size, found->request.size);
    verify_contents(*found);
    found->request.size = size;
    fill(*found);
  }
  [[nodiscard]] bool is_held(const std::byte* start) { return find_live(start) != live_.end(); }
  /// Moves the blocks that the model says are gone.
  void bury_dead() {
    std::size_t kept = 0;
    for (const held_block& each : live_) {
      if (subject_.model().is_live(reinterpret_cast<address>(each.start))) {
        live_[kept++] = each;
      } else {
        dead_.push_back(each);
      }
    }
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(kept), live_.end());
  }
  /// The same where one block was freed.
  void bury_dead_at(const std::byte* start) {
    const auto found = find_live(start);
    if (found != live_.end() && !subject_.model().is_live(reinterpret_cast<address>(start))) {
      dead_.push_back(*found);
      live_.erase(found);
    }
  }

  void verify_contents(const held_block& each) {
    for (std::size_t place = 0; place < each.request.size; place += pattern_period) {
      const std::size_t size = std::min(each.request.size - place, pattern_period);
      if (std::memcmp(each.start + place, pattern_of(each.id), size) != 0) {
        differ(difference::contents, "a live block's contents have changed");
        return;
      }
    }
  }
  void verify_contents_at(const std::byte* start) {
    const auto found = find_live(start);
    if (found != live_.end()) {
      verify_contents(*found);
    }
  }
  void verify_all_contents() {
    for (const held_block& each : live_) {
      verify_contents(each);
    }
  }

  void compare_states() {
    if constexpr (requires { subject_.allocator().state(); }) {
      const allocator_state expected = subject_.model().state();
      const allocator_state got = subject_.allocator().state();
      compare("capacity_bytes", expected.capacity_bytes, got.capacity_bytes);
      compare("used_bytes", expected.used_bytes, got.used_bytes);
      compare("available_bytes", expected.available_bytes, got.available_bytes);
      compare("peak_bytes", expected.peak_bytes, got.peak_bytes);
      compare("cached_blocks", expected.cached_blocks, got.cached_blocks);
      compare("live_blocks", expected.live_blocks, got.live_blocks);
      compare("live blocks of the program", live_.size(), got.live_blocks);
      if (!std::equal(std::begin(expected.failures.counts), std::end(expected.failures.counts),
                      std::begin(got.failures.counts))) {
        compare_failures(expected.failures, got.failures);
      }
    }
    compare("faults reported", faults_expected_, subject_.faults().count);
    if constexpr (requires { subject_.disagreement(); }) { // a subject whose allocator says more than state()
      const char* const what = subject_.disagreement();
      check(what == nullptr, difference::counters, what);
    }
    if (walked_ != walks::none) {
      if (++comparisons_ % static_cast<std::size_t>(walked_) == 0) {
        walk();
      }
      if constexpr (requires { subject_.allocator().audit(cursor_, 2); }) {
        check(subject_.allocator().audit(cursor_, 2).has_value(), difference::walk,
              "an audit in steps finds what the whole one does not");
      }
    }
  }
  void walk() {
    check(subject_.allocator().check_invariants().has_value(), difference::walk, "an invariant does not hold");
  }
  /// What later outcomes depend on, of the program's part: the blocks, of the dead so many as operations will name. Not
  /// their numbers: a pattern says only whose it is, and has been verified.
  void identify(state_key& key, std::size_t dead_count) const {
    const auto add = [&key](const held_block& each) {
      key.add(std::tie(each.start, each.request, each.handle_index, each.handle_generation));
    };
    std::for_each(live_.begin(), live_.end(), add);
    std::for_each_n(dead_.begin(), std::min(dead_count, dead_.size()), add);
    key.add(live_.size());
    key.add_bytes(&cursor_, sizeof cursor_);
  }
  void finish() {
    verify_all_contents();
    check(subject_.storage().guards_intact(), difference::guards, "bytes outside of the storage were written");
    if (walked_ != walks::none) {
      walk();
    }
  }

private:
  static constexpr std::size_t blocks_expected = 64; ///< more than most programs have at a time
  // Apart from the checks, which are many and hold: told once, if ever.
  NEBULA_COLD void differ(difference kind, const std::string& what) {
    seen_.add(kind);
    if (wrong_.empty()) {
      wrong_ = what;
    }
  }

  // Bytes that tell the block and the place in it, so that blocks mixed up or shifted show: at a place, 131 times the
  // block's number, and 7 times the place, and 29, modulo the period. Cut out of one table, for 7 has an inverse.
  static constexpr std::size_t pattern_period = 256;
  [[nodiscard]] static const std::byte* pattern_of(std::size_t id) {
    static constexpr auto table = [] {
      std::array<std::byte, 2 * pattern_period> bytes{};
      for (std::size_t place = 0; place < bytes.size(); ++place) {
        bytes[place] = static_cast<std::byte>(place * 7 % pattern_period);
      }
      return bytes;
    }();
    constexpr std::size_t inverse_of_7 = 183;
    static_assert(7 * inverse_of_7 % pattern_period == 1);
    return table.data() + (id * 131 + 29) * inverse_of_7 % pattern_period;
  }
  static void fill(const held_block& made) {
    for (std::size_t place = 0; place < made.request.size; place += pattern_period) {
      std::memcpy(made.start + place, pattern_of(made.id), std::min(made.request.size - place, pattern_period));
    }
  }
  [[nodiscard]] auto find_live(const std::byte* start) {
    return std::find_if(live_.begin(), live_.end(), [&](const held_block& each) { return each.start == start; });
  }
  void compare(const char* what, std::size_t expected, std::size_t got) {
    if (expected != got) {
      tell_numbers(what, expected, got);
    }
  }
  NEBULA_COLD void compare_failures(const failure_counts& expected, const failure_counts& got) {
    for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
      compare("failures by reason", expected.counts[reason], got.counts[reason]);
    }
  }
  NEBULA_COLD void tell(difference kind, const char* what) { differ(kind, what); }
  NEBULA_COLD void tell_outcomes(error_code expected, error_code got) {
    differ(difference_between(expected, got),
           std::string("predicted ") + nebula::name(expected) + ", got " + nebula::name(got));
  }
  NEBULA_COLD void tell_numbers(const char* what, std::size_t expected, std::size_t got) {
    differ(difference::counters,
           std::string(what) + ": predicted " + std::to_string(expected) + ", got " + std::to_string(got));
  }

  Subject& subject_;
  walks walked_;
  std::vector<held_block> live_;
  std::vector<held_block> dead_;
  std::size_t next_id_ = 0;
  std::size_t faults_expected_ = 0;
  std::size_t comparisons_ = 0;
  typename audit_cursor_for<typename Subject::allocator_type>::type
      cursor_; ///< of one audit that goes on through all operations
  std::string wrong_;
  differences seen_;
  coverage covered_;
};

} // namespace nebula::verify
