// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/verify/comparison.hpp>
#include <nebula/verify/model.hpp>
#include <nebula/verify/operands.hpp>
#include <nebula/verify/program.hpp>
#include <nebula/verify/state_key.hpp>
#include <nebula/verify/stray_write.hpp>

namespace nebula::verify {

/// What a program showed to be wrong.
struct finding {
  std::size_t step = 0; ///< the operation's number; the program's length iff it showed at the end
  std::string what;
};

/// Runs one program on an allocator and its model, and compares them after each operation: the outcome, to the code;
/// the block's place, alignment and distance from all other live blocks; the contents of blocks, when they die and at
/// the end; all of state(); the number of faults reported; the allocator's own invariants; the guards around the
/// storage. [SR-VER-002]
template <class Subject>
class execution {
public:
  explicit execution(Subject& subject, walks walked = walks::after_each_operation)
      : subject_(subject), checks_(subject, walked) {}

  /// The whole program, up to the first difference.
  [[nodiscard]] std::optional<finding> run(std::span<const operation> steps) {
    for (std::size_t number = 0; number < steps.size(); ++number) {
      perform(steps[number]);
      if (!checks_.seen().none()) {
        return finding{number, to_text(steps[number]) + ": " + checks_.wrong()};
      }
    }
    finish();
    return checks_.seen().none() ? std::nullopt
                                 : std::optional<finding>({steps.size(), "at the end: " + checks_.wrong()});
  }

  [[nodiscard]] const coverage& covered() const { return checks_.covered(); }
  [[nodiscard]] const comparison<Subject>& checks() const { return checks_; }

  /// One operation. A driver that goes on after a difference has the model's part of the operation done, and the
  /// program's own blocks as the allocator's answers have left them; it is not to go on after one that is unsafe.
  void perform(const operation& step) {
    ++checks_.covered().steps;
    switch (step.what) {
    case action::allocate: allocate(layout{step.size, std::size_t{1} << (step.align_log2 % 13U)}); break;
    case action::allocate_extreme: allocate(extreme_layout(step.variant, subject_.storage().span().size)); break;
    case action::deallocate:
      with_live(step.target, [&](const held_block& each) { deallocate(each.start, each.request); });
      break;
    case action::deallocate_newest:
      with_live(last_of(checks_.live().size()), [&](const held_block& each) { deallocate(each.start, each.request); });
      break;
    case action::deallocate_without_layout: deallocate_without_layout(step.target); break;
    case action::deallocate_dead:
      with_dead(step.target, [&](const held_block& each) { deallocate(each.start, each.request); });
      break;
    case action::deallocate_inside:
      with_live(step.target,
                [&](const held_block& each) { deallocate(inside(each.start, step.variant), each.request); });
      break;
    case action::deallocate_outside:
      deallocate(outside(subject_.storage().span(), elsewhere_, step.variant), layout{8, 8});
      break;
    case action::deallocate_null: deallocate(nullptr, layout{8, 8}); break;
    case action::deallocate_wrong_layout:
      with_live(step.target,
                [&](const held_block& each) { deallocate(each.start, wrong_layout(each.request, step.variant)); });
      break;
    case action::deallocate_handle:
      with_live(step.target, [&](const held_block& each) { deallocate_handle(each); });
      break;
    case action::deallocate_stale_handle:
      with_dead(step.target, [&](const held_block& each) { deallocate_handle(each); });
      break;
    case action::mark: mark(); break;
    case action::restore: restore(step.target); break;
    case action::restore_newest: restore(last_of(marks_.size())); break;
    case action::restore_foreign: restore_foreign(step.variant); break;
    case action::reset: reset(); break;
    case action::resize: with_live(step.target, [&](const held_block& each) { resize(each, step.size); }); break;
    case action::resize_newest:
      with_live(last_of(checks_.live().size()), [&](const held_block& each) { resize(each, step.size); });
      break;
    case action::select: select(step.variant); break;
    case action::flush: flush(); break;
    case action::audit: audit(step.variant); break;
    case action::resolve_stale_handle:
      with_dead(step.target, [&](const held_block& each) { resolve_stale_handle(each); });
      break;
    case action::write_dead:
      with_dead(step.target, [&](const held_block& each) {
        stray_write(each.start + step.variant % each.request.size, step.variant);
      });
      break;
    case action::write_beyond:
      with_live(step.target, [&](const held_block& each) { write_beyond(each, step.variant); });
      break;
    }
  }

  /// What is compared when a program has ended.
  void finish() { checks_.finish(); }

  /// What later operations depend on, beside the subject: see comparison.
  void identify(state_key& key, std::size_t dead_count) const {
    checks_.identify(key, dead_count);
    for (const marker& each : marks_) {
      key.add(std::tie(each.owner, each.generation, each.serial, each.depth));
    }
    key.add_bytes(&own_cursor_, sizeof own_cursor_);
  }

private:
  using model_type = typename Subject::model_type;

  /// A model that does not say what each call leads to has leaves_out(), with the call's arguments: true iff this one is
  /// not to be made.
  template <class... Arguments>
  [[nodiscard]] bool is_left_out(Arguments... arguments) {
    if constexpr (requires { subject_.model().leaves_out(arguments...); }) {
      if (subject_.model().leaves_out(arguments...)) {
        ++checks_.covered().skipped;
        return true;
      }
    }
    return false;
  }

  // --- the operations
  // ---------------------------------------------------------------------------------------------------------

  void allocate(layout request) {
    if (is_left_out(request)) {
      return;
    }
    const verdict expected = subject_.model().allocate(request);
    if (take(expected, subject_.allocator().allocate(request), request)) {
      checks_.compare_states();
    }
  }
  /// True iff a block was given out, as predicted.
  bool take(const verdict& expected, const result<std::byte*>& got, layout request) {
    const bool agreed = checks_.agree(expected.code, got.error(), nebula::operation::allocate);
    // writing to a block that is not safe would do damage beyond what has been found
    if (got.has_value() && checks_.check_place(expected, got.value(), request) && agreed) {
      subject_.model().allocated(reinterpret_cast<address>(got.value()), request);
      held_block made{got.value(), request, 0, 0, 0};
      find_handle(made);
      checks_.hold(made);
      return true;
    }
    return false;
  }

  void find_handle(held_block& made) {
    if constexpr (model_type::has_handles) {
      const auto handle = subject_.allocator().handle_of(made.start);
      if (checks_.agree(error_code::none, handle.error(), nebula::operation::resolve_handle)) {
        made.handle_index = handle.value().index;
        made.handle_generation = handle.value().generation;
        const auto resolved = subject_.allocator().resolve(handle.value());
        if (checks_.agree(error_code::none, resolved.error(), nebula::operation::resolve_handle)) {
          checks_.check(resolved.value() == made.start, difference::otherwise,
                        "the handle does not resolve to the block");
        }
      }
    } else {
      static_cast<void>(made);
    }
  }

  void deallocate(std::byte* start, layout allocated) {
    if (is_left_out(start, allocated)) {
      return;
    }
    checks_.verify_contents_at(start);
    const error_code expected = subject_.model().deallocate(reinterpret_cast<address>(start), allocated);
    finish_free(start, expected, subject_.allocator().deallocate(start, allocated).error());
  }

  void deallocate_without_layout(std::size_t target) {
    if constexpr (model_type::has_free_without_layout) {
      with_live(target, [&](const held_block& each) {
        std::byte* const start = each.start;
        checks_.verify_contents_at(start);
        const error_code expected = subject_.model().deallocate(reinterpret_cast<address>(start));
        finish_free(start, expected, subject_.allocator().deallocate(start).error());
      });
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(target);
    }
  }

  void deallocate_handle(const held_block& each) {
    if constexpr (model_type::has_handles) {
      using handle_type = typename std::remove_cvref_t<decltype(subject_.allocator().handle_of(nullptr))>::value_type;
      std::byte* const start = each.start;
      const error_code expected =
          subject_.model().deallocate_generation(reinterpret_cast<address>(start), each.handle_generation);
      finish_free(start, expected,
                  subject_.allocator().deallocate(handle_type{each.handle_index, each.handle_generation}).error());
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(each);
    }
  }

  void finish_free(std::byte* start, error_code expected, error got) {
    [[maybe_unused]] const bool ours = expected != error_code::null_pointer && expected != error_code::foreign_pointer;
    if (expected == error_code::none) {
      checks_.bury_dead_at(start); // what the model frees, the program has given up, whatever the answer is
    }
    if (checks_.agree(expected, got, nebula::operation::deallocate)) {
      if constexpr (requires { subject_.allocator().owns(start); }) {
        checks_.check(subject_.allocator().owns(start) == ours, difference::counters, "owns() says otherwise");
      }
      checks_.check(!is_misuse(expected) || subject_.faults().address == start, difference::counters,
                    "the fault names another address");
      checks_.check(got.code != error_code::none || !checks_.is_held(start), difference::otherwise,
                    "the model frees a block that the program does not have");
      checks_.compare_states();
    }
  }

  void mark() {
    if constexpr (model_type::has_marks) {
      const error_code expected = subject_.model().mark();
      const result<marker> got = subject_.allocator().mark();
      if (checks_.agree(expected, got.error(), nebula::operation::mark)) {
        if (got.has_value()) {
          marks_.push_back(got.value());
        }
        checks_.compare_states();
      }
    } else {
      ++checks_.covered().skipped;
    }
  }

  void restore(std::size_t target) {
    if constexpr (model_type::has_marks) {
      if (!marks_.empty()) {
        const std::size_t number = target % marks_.size();
        if (is_left_out(number)) {
          return;
        }
        checks_.verify_all_contents();
        const error_code expected = subject_.model().restore(number);
        const error got = subject_.allocator().restore(marks_[number]).error();
        checks_.bury_dead();
        if (checks_.agree(expected, got, nebula::operation::restore)) {
          checks_.compare_states();
        }
        return;
      }
    }
    ++checks_.covered().skipped;
    static_cast<void>(target);
  }

  void restore_foreign(std::uint8_t variant) {
    if constexpr (model_type::has_marks) {
      marker foreign = marks_.empty() || variant % 2 == 0 ? marker{} : marks_[variant % marks_.size()];
      foreign.owner = variant % 3 == 0 ? nullptr : this;
      if (is_left_out(foreign)) {
        return;
      }
      const error_code expected = subject_.model().restore_foreign();
      if (checks_.agree(expected, subject_.allocator().restore(foreign).error(), nebula::operation::restore)) {
        checks_.compare_states();
      }
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(variant);
    }
  }

  void reset() {
    if (is_left_out()) {
      return;
    }
    checks_.verify_all_contents();
    const error_code expected = subject_.model().reset();
    const error got = subject_.allocator().reset().error();
    checks_.bury_dead();
    if (checks_.agree(expected, got, nebula::operation::reset)) {
      checks_.compare_states();
    }
  }

  void resize(const held_block& each, std::size_t size) {
    if constexpr (requires { subject_.model().resize(address{}, layout{}, size); }) {
      checks_.verify_contents(each);
      const error_code expected = subject_.model().resize(reinterpret_cast<address>(each.start), each.request, size);
      const error got = subject_.allocator().resize_top(each.start, each.request, size).error();
      if (checks_.agree(expected, got, nebula::operation::resize)) {
        if (got.code == error_code::none) {
          checks_.resized(each.start, size);
        }
        checks_.compare_states();
      }
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(each);
      static_cast<void>(size);
    }
  }

  /// A subject with several fronts has select(number), which both its model and its allocator follow.
  void select(std::uint8_t variant) {
    if constexpr (requires { subject_.select(variant); }) {
      subject_.select(variant);
      checks_.compare_states();
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(variant);
    }
  }

  /// A subject whose fronts keep blocks for themselves has flush(), for the selected one.
  void flush() {
    if constexpr (requires { subject_.flush(); }) {
      subject_.flush();
      checks_.compare_states();
    } else {
      ++checks_.covered().skipped;
    }
  }

  void audit(std::uint8_t steps) {
    if constexpr (requires { subject_.allocator().audit(own_cursor_, 0); }) {
      const auto done = subject_.allocator().audit(own_cursor_, steps % 16U);
      checks_.check(done.has_value(), difference::walk, "an audit in steps finds what the whole one does not");
      checks_.compare_states();
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(steps);
    }
  }

  void resolve_stale_handle(const held_block& each) {
    if constexpr (model_type::has_handles) {
      using handle_type = typename std::remove_cvref_t<decltype(subject_.allocator().handle_of(nullptr))>::value_type;
      const error_code expected =
          subject_.model().resolve_generation(reinterpret_cast<address>(each.start), each.handle_generation);
      const auto got = subject_.allocator().resolve(handle_type{each.handle_index, each.handle_generation});
      if (checks_.agree(expected, got.error(), nebula::operation::resolve_handle)) {
        checks_.compare_states();
      }
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(each);
    }
  }

  void write_beyond(const held_block& each, std::uint8_t variant) {
    if constexpr (watches_for_stray_writes) {
      const address tail = subject_.model().tail_of(reinterpret_cast<address>(each.start), each.request);
      std::byte* const place = each.start + (tail - reinterpret_cast<address>(each.start)) + variant % canary_bytes;
      if constexpr (has_several_owners) {
        if (variant % 2 == 1 &&
            subject_.model().watches(reinterpret_cast<address>(place)).code == error_code::overrun) {
          // the free finds it, and the block is live as before
          write_astray(place);
          find(place, subject_.allocator().deallocate(each.start, each.request).error(), nebula::operation::deallocate);
          return;
        }
      }
      stray_write(place, variant);
    } else {
      ++checks_.covered().skipped;
      static_cast<void>(each);
      static_cast<void>(variant);
    }
  }

  /// Writes where nobody may, if the allocator watches there, and then calls it in one of the ways that must find out.
  void stray_write(std::byte* place, std::uint8_t variant) {
    if constexpr (watches_for_stray_writes) {
      if (subject_.model().watches(reinterpret_cast<address>(place)).code != error_code::none) {
        write_astray(place);
        find_out(place, variant);
        return;
      }
    }
    ++checks_.covered().skipped;
    static_cast<void>(place);
    static_cast<void>(variant);
  }
  void find_out(std::byte* place, std::uint8_t variant) {
    auto& allocator = subject_.allocator();
    const unsigned way = variant % 6U;
    if (has_several_owners && way == 1 && allocate_over(place)) {
      return; // the block that was written to is the one that was to be given out
    }
    if (!has_several_owners && way == 1) {
      find(place, allocator.allocate(layout{1, 1}).error(), nebula::operation::allocate);
    } else if (!has_several_owners && way == 2) {
      find(place, allocator.deallocate(nullptr, layout{1, 1}).error(), nebula::operation::deallocate);
    } else if (!has_several_owners && way == 3) {
      find(place, allocator.reset().error(), nebula::operation::reset);
    } else if (way == 4) {
      typename audit_cursor_for<typename Subject::allocator_type>::type cursor;
      result<bool> step = allocator.audit(cursor, 1);
      while (step.has_value() && !step.value()) {
        step = allocator.audit(cursor, 1);
      }
      find(place, step.error(), nebula::operation::check_invariants);
    } else {
      find(place, allocator.check_invariants().error(), nebula::operation::check_invariants);
    }
  }
  /// Allocates where there is a stray write in some free block. True iff it was found so.
  bool allocate_over(std::byte* place) {
    constexpr layout request{1, 1};
    const verdict expected = subject_.model().allocate(request);
    const result<std::byte*> got = subject_.allocator().allocate(request);
    if (expected.code == error_code::none && got.code() == error_code::written_after_free) {
      find(place, got.error(), nebula::operation::allocate);
      return true;
    }
    take(expected, got, request); // states are compared when the write has been found
    return false;
  }
  /// The call has found the stray write, and mended it: everything else is as before.
  void find(std::byte* place, error got, nebula::operation during) {
    const auto expected = subject_.model().watches(reinterpret_cast<address>(place));
    subject_.model().mended(reinterpret_cast<address>(place), expected);
    if (checks_.agree(expected.code, got, during)) {
      checks_.check(reinterpret_cast<address>(subject_.faults().address) == expected.reported, difference::counters,
                    "the fault names another address");
      checks_.compare_states();
    }
  }

  static constexpr bool watches_for_stray_writes = requires(model_type model) { model.watches(address{}); };
  static constexpr bool has_several_owners = requires { requires Subject::allocator_type::atomics_type::is_shared; };

  // --- what operations act on
  // -------------------------------------------------------------------------------------------------

  /// Of none it is any number: the operation is then skipped.
  [[nodiscard]] static std::size_t last_of(std::size_t count) { return count == 0 ? 0 : count - 1; }
  template <class Use>
  void with_live(std::size_t target, Use use) {
    if (checks_.live().empty()) {
      ++checks_.covered().skipped;
      return;
    }
    const held_block chosen = checks_.live()[target % checks_.live().size()];
    use(chosen);
  }
  template <class Use>
  void with_dead(std::size_t target, Use use) {
    if (checks_.dead().empty()) {
      ++checks_.covered().skipped;
      return;
    }
    const held_block chosen = checks_.dead()[target % checks_.dead().size()];
    use(chosen);
  }

  Subject& subject_;
  comparison<Subject> checks_;
  std::vector<marker> marks_;
  alignas(64) std::byte elsewhere_[64] = {}; ///< not the allocator's; one that takes it for its own may write to it
  typename audit_cursor_for<typename Subject::allocator_type>::type
      own_cursor_; ///< of the audits that the program asks for
};

/// Runs a program on a fresh subject. Nothing iff all is as predicted.
template <class Subject, class Configuration>
[[nodiscard]] std::optional<finding> run_program(const Configuration& made_of, std::span<const operation> steps,
                                                 coverage* covered = nullptr,
                                                 walks walked = walks::after_each_operation) {
  Subject subject(made_of);
  execution<Subject> run(subject, walked);
  std::optional<finding> found = run.run(steps);
  if (covered != nullptr) {
    covered->add(run.covered());
  }
  return found;
}

} // namespace nebula::verify
