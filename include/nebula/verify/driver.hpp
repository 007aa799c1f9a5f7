// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/verify/model.hpp>
#include <nebula/verify/program.hpp>

namespace nebula::verify {

/// What a program showed to be wrong.
struct finding {
  std::size_t step = 0; ///< the operation's number; the program's length iff it showed at the end
  std::string what;
};

/// How often things happened, so that a driver can tell whether its programs reached what matters.
struct coverage {
  std::size_t steps = 0;
  std::size_t skipped = 0;
  std::size_t succeeded = 0;
  failure_counts failures{};
};

/// Runs one program on an allocator and its model, and compares them after each operation: the outcome, to the code;
/// the block's place, alignment and distance from all other live blocks; the contents of blocks, when they die and at
/// the end; all of state(); the number of faults reported; the allocator's own invariants; the guards around the
/// storage. [SR-VER-002]
template <class Subject>
class execution {
public:
  explicit execution(Subject& subject) : subject_(subject) {}

  [[nodiscard]] std::optional<finding> run(std::span<const operation> steps) {
    for (const operation& step : steps) {
      perform(step);
      if (!wrong_.empty()) {
        return finding{number_, to_text(step) + ": " + wrong_};
      }
      ++number_;
    }
    finish();
    return wrong_.empty() ? std::nullopt : std::optional<finding>({number_, "at the end: " + wrong_});
  }

  [[nodiscard]] const coverage& covered() const { return covered_; }

private:
  using model_type = typename Subject::model_type;

  struct block {
    std::byte* start;
    layout request;
    std::size_t id;
    std::uint32_t handle_index;
    std::uint32_t handle_generation;
  };

  void perform(const operation& step) {
    ++covered_.steps;
    switch (step.what) {
    case action::allocate: allocate(layout{step.size, std::size_t{1} << (step.align_log2 % 13U)}); break;
    case action::allocate_extreme: allocate(extreme_layout(step.variant)); break;
    case action::deallocate:
      with_live(step.target, [&](const block& each) { deallocate(each.start, each.request); });
      break;
    case action::deallocate_newest:
      with_live(live_.size() - 1, [&](const block& each) { deallocate(each.start, each.request); });
      break;
    case action::deallocate_without_layout: deallocate_without_layout(step.target); break;
    case action::deallocate_dead:
      with_dead(step.target, [&](const block& each) { deallocate(each.start, each.request); });
      break;
    case action::deallocate_inside:
      with_live(step.target, [&](const block& each) { deallocate(inside(each, step.variant), each.request); });
      break;
    case action::deallocate_outside: deallocate(outside(step.variant), layout{8, 8}); break;
    case action::deallocate_null: deallocate(nullptr, layout{8, 8}); break;
    case action::deallocate_wrong_layout:
      with_live(step.target,
                [&](const block& each) { deallocate(each.start, wrong_layout(each.request, step.variant)); });
      break;
    case action::deallocate_handle: with_live(step.target, [&](const block& each) { deallocate_handle(each); }); break;
    case action::deallocate_stale_handle:
      with_dead(step.target, [&](const block& each) { deallocate_handle(each); });
      break;
    case action::mark: mark(); break;
    case action::restore: restore(step.target); break;
    case action::restore_newest: restore(marks_.size() - 1); break;
    case action::restore_foreign: restore_foreign(step.variant); break;
    case action::reset: reset(); break;
    case action::resize: with_live(step.target, [&](const block& each) { resize(each, step.size); }); break;
    case action::resize_newest: with_live(live_.size() - 1, [&](const block& each) { resize(each, step.size); }); break;
    case action::select: select(step.variant); break;
    case action::flush: flush(); break;
    case action::audit: audit(step.variant); break;
    case action::resolve_stale_handle:
      with_dead(step.target, [&](const block& each) { resolve_stale_handle(each); });
      break;
    case action::write_dead:
    case action::write_beyond: ++covered_.skipped; break;
    }
  }

  // --- the operations
  // ---------------------------------------------------------------------------------------------------------

  void allocate(layout request) {
    const verdict expected = subject_.model().allocate(request);
    const result<std::byte*> got = subject_.allocator().allocate(request);
    if (!agree(expected.code, got.error(), nebula::operation::allocate) || !got.has_value()) {
      return;
    }
    std::byte* const start = got.value();
    const auto place = reinterpret_cast<address>(start);
    check(place % request.align == 0, "the block is not aligned");
    check(!expected.place || place == *expected.place, "the block is elsewhere than predicted");
    check(place >= expected.lowest && place < expected.beyond && request.size <= expected.beyond - place,
          "the block leaves its region");
    check_disjoint(start, request.size);
    if (!wrong_.empty()) {
      return; // writing to it would do damage beyond what has been found
    }
    subject_.model().allocated(place, request);
    block made{start, request, next_id_++, 0, 0};
    if constexpr (model_type::has_handles) {
      const auto handle = subject_.allocator().handle_of(start);
      check(handle.has_value() && subject_.allocator().resolve(handle.value()).value() == start,
            "the handle does not resolve to the block");
      made.handle_index = handle.value().index;
      made.handle_generation = handle.value().generation;
    }
    fill(made);
    live_.push_back(made);
    compare_states();
  }

  void deallocate(std::byte* start, layout allocated) {
    verify_contents_at(start);
    const error_code expected = subject_.model().deallocate(reinterpret_cast<address>(start), allocated);
    finish_free(start, expected, subject_.allocator().deallocate(start, allocated).error());
  }

  void deallocate_without_layout(std::size_t target) {
    if constexpr (model_type::has_free_without_layout) {
      with_live(target, [&](const block& each) {
        std::byte* const start = each.start;
        verify_contents_at(start);
        const error_code expected = subject_.model().deallocate(reinterpret_cast<address>(start));
        finish_free(start, expected, subject_.allocator().deallocate(start).error());
      });
    } else {
      ++covered_.skipped;
      static_cast<void>(target);
    }
  }

  void deallocate_handle(const block& each) {
    if constexpr (model_type::has_handles) {
      using handle_type = typename std::remove_cvref_t<decltype(subject_.allocator().handle_of(nullptr))>::value_type;
      std::byte* const start = each.start;
      const error_code expected =
          subject_.model().deallocate_generation(reinterpret_cast<address>(start), each.handle_generation);
      finish_free(start, expected,
                  subject_.allocator().deallocate(handle_type{each.handle_index, each.handle_generation}).error());
    } else {
      ++covered_.skipped;
      static_cast<void>(each);
    }
  }

  void finish_free(std::byte* start, error_code expected, error got) {
    const bool ours = expected != error_code::null_pointer && expected != error_code::foreign_pointer;
    if (agree(expected, got, nebula::operation::deallocate)) {
      check(subject_.allocator().owns(start) == ours, "owns() says otherwise");
      check(!is_misuse(expected) || subject_.faults().address == start, "the fault names another address");
      if (got.code == error_code::none) {
        bury_dead();
      }
      check(got.code != error_code::none || find_live(start) == live_.end(),
            "the model frees a block that the program does not have");
      compare_states();
    }
  }

  void mark() {
    if constexpr (model_type::has_marks) {
      const error_code expected = subject_.model().mark();
      const result<marker> got = subject_.allocator().mark();
      if (agree(expected, got.error(), nebula::operation::mark)) {
        if (got.has_value()) {
          marks_.push_back(got.value());
        }
        compare_states();
      }
    } else {
      ++covered_.skipped;
    }
  }

  void restore(std::size_t target) {
    if constexpr (model_type::has_marks) {
      if (!marks_.empty()) {
        const std::size_t number = target % marks_.size();
        verify_all_contents();
        const error_code expected = subject_.model().restore(number);
        if (agree(expected, subject_.allocator().restore(marks_[number]).error(), nebula::operation::restore)) {
          bury_dead();
          compare_states();
        }
        return;
      }
    }
    ++covered_.skipped;
    static_cast<void>(target);
  }

  void restore_foreign(std::uint8_t variant) {
    if constexpr (model_type::has_marks) {
      marker foreign = marks_.empty() || variant % 2 == 0 ? marker{} : marks_[variant % marks_.size()];
      foreign.owner = variant % 3 == 0 ? nullptr : this;
      const error_code expected = subject_.model().restore_foreign();
      if (agree(expected, subject_.allocator().restore(foreign).error(), nebula::operation::restore)) {
        compare_states();
      }
    } else {
      ++covered_.skipped;
      static_cast<void>(variant);
    }
  }

  void reset() {
    verify_all_contents();
    const error_code expected = subject_.model().reset();
    if (agree(expected, subject_.allocator().reset().error(), nebula::operation::reset)) {
      bury_dead();
      compare_states();
    }
  }

  void resize(const block& each, std::size_t size) {
    if constexpr (requires { subject_.model().resize(address{}, layout{}, size); }) {
      verify_contents(each);
      const error_code expected = subject_.model().resize(reinterpret_cast<address>(each.start), each.request, size);
      const error got = subject_.allocator().resize_top(each.start, each.request, size).error();
      if (agree(expected, got, nebula::operation::resize)) {
        if (got.code == error_code::none) {
          const auto found = find_live(each.start);
          found->request.size = std::min(size, each.request.size);
          verify_contents(*found);
          found->request.size = size;
          fill(*found);
        }
        compare_states();
      }
    } else {
      ++covered_.skipped;
      static_cast<void>(each);
      static_cast<void>(size);
    }
  }

  /// A subject with several fronts has select(number), which both its model and its allocator follow.
  void select(std::uint8_t variant) {
    if constexpr (requires { subject_.select(variant); }) {
      subject_.select(variant);
      compare_states();
    } else {
      ++covered_.skipped;
      static_cast<void>(variant);
    }
  }

  /// A subject whose fronts keep blocks for themselves has flush(), for the selected one.
  void flush() {
    if constexpr (requires { subject_.flush(); }) {
      subject_.flush();
      compare_states();
    } else {
      ++covered_.skipped;
    }
  }

  void audit(std::uint8_t steps) {
    const auto done = subject_.allocator().audit(own_cursor_, steps % 16U);
    check(done.has_value(), "an audit in steps finds what the whole one does not");
    check(steps % 16U != 0 || !done.value(), "an audit of no steps completes");
    compare_states();
  }

  void resolve_stale_handle(const block& each) {
    if constexpr (model_type::has_handles) {
      using handle_type = typename std::remove_cvref_t<decltype(subject_.allocator().handle_of(nullptr))>::value_type;
      const error_code expected =
          subject_.model().resolve_generation(reinterpret_cast<address>(each.start), each.handle_generation);
      const auto got = subject_.allocator().resolve(handle_type{each.handle_index, each.handle_generation});
      if (agree(expected, got.error(), nebula::operation::resolve_handle)) {
        compare_states();
      }
    } else {
      ++covered_.skipped;
      static_cast<void>(each);
    }
  }

  void finish() {
    verify_all_contents();
    check(subject_.storage().guards_intact(), "bytes outside of the storage were written");
    check(subject_.allocator().check_invariants().has_value(), "an invariant does not hold");
  }

  // --- what operations act on
  // -------------------------------------------------------------------------------------------------

  template <class Use>
  void with_live(std::size_t target, Use use) {
    if (live_.empty()) {
      ++covered_.skipped;
      return;
    }
    const block chosen = live_[target % live_.size()];
    use(chosen);
  }
  template <class Use>
  void with_dead(std::size_t target, Use use) {
    if (dead_.empty()) {
      ++covered_.skipped;
      return;
    }
    const block chosen = dead_[target % dead_.size()];
    use(chosen);
  }

  [[nodiscard]] layout extreme_layout(std::uint8_t variant) const {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    const std::size_t whole = subject_.storage().span().size;
    const std::size_t sizes[] = {most,      most - 1, most - 3,     most - 7, most - 8,  most - 15, most - 31,
                                 most - 63, most / 2, most / 2 + 1, whole,    whole + 1, whole - 1, 1,
                                 8,         0};
    const std::size_t aligns[] = {1, 8,   16,      0, 3, 24, most, most / 2 + 1, 4096, 2, 64, 12, std::size_t{1} << 20,
                                  6, 128, most - 1};
    return layout{sizes[variant % 16U], aligns[variant / 16U]};
  }
  // As integers: the place may lie beyond the block, and even beyond the storage.
  [[nodiscard]] static std::byte* inside(const block& each, std::uint8_t variant) {
    return reinterpret_cast<std::byte*>(reinterpret_cast<address>(each.start) + 1 +
                                        variant); // NOLINT(performance-no-int-to-ptr)
  }
  [[nodiscard]] std::byte* outside(std::uint8_t variant) {
    const byte_span storage = subject_.storage().span();
    const auto begin = reinterpret_cast<address>(storage.data);
    const address places[] = {begin - 1,
                              begin - 8,
                              begin - 64,
                              begin + storage.size,
                              begin + storage.size + 64,
                              reinterpret_cast<address>(this),
                              1,
                              8,
                              ~address{0},
                              begin ^ (address{1} << 40),
                              begin / 2,
                              begin - 24};
    return reinterpret_cast<std::byte*>(places[variant % std::size(places)]); // NOLINT(performance-no-int-to-ptr)
  }
  [[nodiscard]] static layout wrong_layout(layout right, std::uint8_t variant) {
    const layout wrong[] = {{right.size + 1, right.align},
                            {right.size - 1, right.align},
                            {right.size, right.align * 2},
                            {right.size, right.align / 2},
                            {0, right.align},
                            {std::numeric_limits<std::size_t>::max(), right.align},
                            {right.size, 3},
                            {right.size / 2 + 1, 1},
                            {right.size + 4096, 4096}};
    return wrong[variant % std::size(wrong)];
  }

  // --- what is checked
  // --------------------------------------------------------------------------------------------------------

  void check(bool holds, const char* what) {
    if (!holds && wrong_.empty()) {
      wrong_ = what;
    }
  }

  bool agree(error_code expected, error got, nebula::operation during) {
    if (expected != got.code && wrong_.empty()) {
      wrong_ = std::string("predicted ") + nebula::name(expected) + ", got " + nebula::name(got.code);
    }
    if (got.code == error_code::none) {
      ++covered_.succeeded;
    } else {
      ++covered_.failures.counts[failure_reason_index(got.code)];
      check(got.during == during, "the error names another operation");
    }
    if (is_misuse(expected)) {
      ++faults_expected_;
      check(subject_.faults().last == expected, "the fault reported has another code");
    }
    return wrong_.empty();
  }

  void check_disjoint(const std::byte* start, std::size_t size) {
    for (const block& other : live_) {
      check(start + size <= other.start || other.start + other.request.size <= start,
            "the block overlaps a live block");
    }
    const byte_span storage = subject_.storage().span();
    const auto offset = reinterpret_cast<address>(start) - reinterpret_cast<address>(storage.data);
    check(offset < storage.size && size <= storage.size - offset, "the block leaves the storage");
  }

  // A byte that tells the block and the place in it, so that blocks mixed up or shifted show.
  [[nodiscard]] static std::byte pattern(std::size_t id, std::size_t place) {
    return static_cast<std::byte>((id * 131 + place * 7 + 29) & 0xFFU);
  }
  void fill(const block& made) {
    for (std::size_t place = 0; place < made.request.size; ++place) {
      made.start[place] = pattern(made.id, place);
    }
  }
  void verify_contents(const block& each) {
    for (std::size_t place = 0; place < each.request.size; ++place) {
      if (each.start[place] != pattern(each.id, place)) {
        check(false, "a live block's contents have changed");
        return;
      }
    }
  }
  void verify_all_contents() {
    for (const block& each : live_) {
      verify_contents(each);
    }
  }
  [[nodiscard]] auto find_live(const std::byte* start) {
    return std::find_if(live_.begin(), live_.end(), [&](const block& each) { return each.start == start; });
  }
  void verify_contents_at(const std::byte* start) {
    const auto found = find_live(start);
    if (found != live_.end()) {
      verify_contents(*found);
    }
  }
  /// Moves the blocks that the model says are gone.
  void bury_dead() {
    std::size_t kept = 0;
    for (const block& each : live_) {
      if (subject_.model().is_live(reinterpret_cast<address>(each.start))) {
        live_[kept++] = each;
      } else {
        dead_.push_back(each);
      }
    }
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(kept), live_.end());
  }

  void compare_states() {
    const allocator_state expected = subject_.model().state();
    const allocator_state got = subject_.allocator().state();
    compare("capacity_bytes", expected.capacity_bytes, got.capacity_bytes);
    compare("used_bytes", expected.used_bytes, got.used_bytes);
    compare("available_bytes", expected.available_bytes, got.available_bytes);
    compare("peak_bytes", expected.peak_bytes, got.peak_bytes);
    compare("live_blocks", expected.live_blocks, got.live_blocks);
    compare("live blocks of the program", live_.size(), got.live_blocks);
    for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
      compare("failures by reason", expected.failures.counts[reason], got.failures.counts[reason]);
    }
    compare("faults reported", faults_expected_, subject_.faults().count);
    check(subject_.allocator().check_invariants().has_value(), "an invariant does not hold");
    check(subject_.allocator().audit(cursor_, 2).has_value(), "an audit in steps finds what the whole one does not");
  }
  void compare(const char* what, std::size_t expected, std::size_t got) {
    if (expected != got && wrong_.empty()) {
      wrong_ = std::string(what) + ": predicted " + std::to_string(expected) + ", got " + std::to_string(got);
    }
  }

  Subject& subject_;
  std::vector<block> live_; ///< oldest first
  std::vector<block> dead_;
  std::vector<marker> marks_;
  std::size_t next_id_ = 0;
  std::size_t number_ = 0;
  std::size_t faults_expected_ = 0;
  audit_cursor cursor_;     ///< of one audit that goes on through all operations
  audit_cursor own_cursor_; ///< of those that the program asks for
  std::string wrong_;
  coverage covered_;
};

/// Runs a program on a fresh subject. Nothing iff all is as predicted.
template <class Subject, class Configuration>
[[nodiscard]] std::optional<finding> run_program(const Configuration& made_of, std::span<const operation> steps,
                                                 coverage* covered = nullptr) {
  Subject subject(made_of);
  execution<Subject> run(subject);
  std::optional<finding> found = run.run(steps);
  if (covered != nullptr) {
    covered->steps += run.covered().steps;
    covered->skipped += run.covered().skipped;
    covered->succeeded += run.covered().succeeded;
    for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
      covered->failures.counts[reason] += run.covered().failures.counts[reason];
    }
  }
  return found;
}

} // namespace nebula::verify
