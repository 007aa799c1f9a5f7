// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/subject.hpp>

#include "fields.hpp"
#include "window.hpp"

/// One flipped bit: a program runs up to a step on a fresh subject, one bit is flipped, the program goes on.
namespace nebula::fault_injection {

/// What became of a flip; what is seen first, and of what is silent the gravest.
enum class outcome : std::uint8_t {
  masked,     ///< no difference from the model to the end, nor for a walk
  call,       ///< detected: a following call latched
  walk,       ///< detected: no call latched, but a walk right after the flip, or at the end, finds it
  misuse,     ///< reported: a right call was refused as misuse
  counters,   ///< silent: state() or the faults reported are wrong
  lost,       ///< silent: a right call was refused, blocks or bytes are lost
  accepted,   ///< silent: a call succeeded that should not have
  other,      ///< silent: another error, or another place, than predicted
  overlap,    ///< silent: a block was handed out that overlaps a live one
  misplaced,  ///< silent: a block was handed out misaligned, or outside of the storage
  contents,   ///< silent: a live block was written to
  wild_write, ///< silent: the allocator wrote outside of its storage
  trapped,    ///< a call, or a walk where no call was amiss, led to an access that the hardware refused
  hung,       ///< or did not come back
};
inline constexpr std::size_t outcome_count = 14;
inline constexpr std::array<const char*, outcome_count> outcome_names{
    "masked", "call",    "walk",      "misuse",   "counters",   "lost",    "accepted",
    "other",  "overlap", "misplaced", "contents", "wild_write", "trapped", "hung"};
[[nodiscard]] constexpr const char* name(outcome what) { return outcome_names[static_cast<std::size_t>(what)]; }

/// A byte that can be hit, and the field that it belongs to.
struct target {
  std::size_t field; ///< place in the injector's fields
  std::byte* byte;
  unsigned first_bit;
  unsigned bit_count;
};

template <class Subject>
class injector {
public:
  explicit injector(const verify::configuration& made_of) : made_of_(made_of), room_(1, window_bytes()) {}

  /// The differences of a run without any flip: none, or the harness is not fit to judge.
  [[nodiscard]] std::string run_unharmed(std::span<const verify::operation> steps) {
    prepared fresh(*this, steps, 0);
    continue_program(fresh, steps, 0);
    fresh.run.finish();
    return fresh.run.checks().wrong();
  }

  /// What there is to be hit when a program has come to a step: the object and its storage, live blocks left out.
  [[nodiscard]] std::vector<target> targets_at(std::span<const verify::operation> steps, std::size_t step,
                                               fields& named) {
    prepared fresh(*this, steps, step);
    auto& allocator = fresh.subject.allocator();
    named = fields_of(allocator);
    const std::size_t unnamed = named.size();
    named.push_back({"rest of the object", field_kind::bulk, nullptr, 0});
    named.push_back({"rest of the storage", field_kind::bulk, nullptr, 0});
    auto* const object = static_cast<std::byte*>(static_cast<void*>(&allocator));
    const byte_span storage = fresh.subject.storage().span();
    std::vector<target> found;
    for (std::size_t place = 0; place < sizeof allocator; ++place) {
      const bool is_storage = is_within(object + place, storage.data, storage.size);
      add_target(found, fresh, named, is_storage ? unnamed + 1 : unnamed, object + place);
    }
    if (!is_within(storage.data, object, sizeof allocator)) {
      for (std::size_t place = 0; place < storage.size; ++place) {
        add_target(found, fresh, named, unnamed + 1, storage.data + place);
      }
    }
    return found;
  }

  [[nodiscard]] outcome inject(std::span<const verify::operation> steps, std::size_t step, const target& where,
                               unsigned bit) {
    const outcome seen = run_with(steps, step, where.byte, bit);
    const bool walk_may_help = seen == outcome::masked || (seen >= outcome::counters && seen <= outcome::other);
    return walk_may_help && walk_finds(steps, step, where.byte, bit) ? outcome::walk : seen;
  }

private:
  using execution_type = verify::execution<Subject>;

  static constexpr std::size_t window_bytes() { return (sizeof(Subject) + 4095) / 4096 * 4096; }

  // A subject that a program has been run on. It is abandoned, not destroyed: a destructor has no business with it.
  struct prepared {
    prepared(injector& owner, std::span<const verify::operation> steps, std::size_t beyond)
        : subject(owner.make()), run(subject, verify::walks::none) {
      for (std::size_t number = 0; number < beyond; ++number) {
        run.perform(steps[number]);
      }
    }
    Subject& subject;
    execution_type run;
  };

  Subject& make() {
    memory_.open();
    auto* const subject = ::new (static_cast<void*>(room_.data())) Subject(made_of_);
    memory_.close();
    isolate_hooks(subject->allocator());
    return *subject;
  }

  // A report goes by an address whose neighbours trap, with a context whose neighbours are refused.
  template <class Allocator>
  static void isolate_hooks(Allocator& allocator) {
    static const auto lonely =
        reinterpret_cast<fault_function>(lonely_function(reinterpret_cast<std::uintptr_t>(&forward)));
    for (const field& each : fields_of(allocator)) {
      if (each.name.ends_with("hook function")) {
        real_hook().function = *static_cast<fault_function*>(static_cast<void*>(each.first));
        *static_cast<fault_function*>(static_cast<void*>(each.first)) = lonely;
      } else if (each.name.ends_with("hook context")) {
        real_hook().context = *static_cast<void**>(static_cast<void*>(each.first));
        *static_cast<void**>(static_cast<void*>(each.first)) = &real_hook();
      }
    }
  }
  static fault_hook& real_hook() {
    static fault_hook real;
    return real;
  }
  static void forward(void* context, const fault& report) {
    if (context != &real_hook()) {
      __builtin_trap();
    }
    real_hook().function(real_hook().context, report);
  }

  static bool is_within(const std::byte* place, const std::byte* first, std::size_t bytes) {
    return reinterpret_cast<std::uintptr_t>(place) - reinterpret_cast<std::uintptr_t>(first) < bytes;
  }
  static void add_target(std::vector<target>& to, const prepared& fresh, const fields& named, std::size_t otherwise,
                         std::byte* byte) {
    for (const verify::held_block& live : fresh.run.checks().live()) {
      if (is_within(byte, live.start, live.request.size)) {
        return;
      }
    }
    std::size_t of = 0;
    while (of < named.size() && !is_within(byte, named[of].first, named[of].bytes)) {
      ++of;
    }
    of = of < named.size() ? of : otherwise;
    if (named[of].kind == field_kind::code) {
      return;
    }
    const bool is_thinned = named[of].kind == field_kind::bulk;
    const auto some_bit = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(byte) % 8U);
    to.push_back({of, byte, is_thinned ? some_bit : 0U, is_thinned ? 1U : 8U});
  }

  static void flip(std::byte* byte, unsigned bit) { *byte ^= static_cast<std::byte>(1U << bit); }

  static bool is_decided(const verify::differences& seen) {
    return seen.unsafe() || seen.has(verify::difference::corruption) || seen.has(verify::difference::walk) ||
           seen.has(verify::difference::misuse);
  }
  static void continue_program(prepared& fresh, std::span<const verify::operation> steps, std::size_t step) {
    for (std::size_t number = step; number < steps.size() && !is_decided(fresh.run.checks().seen()); ++number) {
      fresh.run.perform(steps[number]);
    }
  }

  [[nodiscard]] outcome run_with(std::span<const verify::operation> steps, std::size_t step, std::byte* byte,
                                 unsigned bit) {
    prepared fresh(*this, steps, step);
    flip(byte, bit);
    continue_program(fresh, steps, step);
    fresh.run.finish();
    constexpr std::size_t guard_bytes = verify::guarded_storage::guard_bytes;
    const byte_span guarded = fresh.subject.storage().guarded();
    const bool is_tame =
        memory_.is_untouched_outside(guarded.data - guard_bytes, guarded.data + guarded.size + guard_bytes);
    return classify(fresh.run.checks().seen(), !is_tame);
  }

  [[nodiscard]] bool walk_finds(std::span<const verify::operation> steps, std::size_t step, std::byte* byte,
                                unsigned bit) {
    prepared fresh(*this, steps, step);
    flip(byte, bit);
    if (!fresh.subject.allocator().check_invariants().has_value()) {
      return true;
    }
    continue_program(fresh, steps, step);
    return !fresh.subject.allocator().check_invariants().has_value();
  }

  static outcome classify(const verify::differences& seen, bool is_wild) {
    using verify::difference;
    constexpr std::array<std::pair<difference, outcome>, 10> gravest_first{{{difference::contents, outcome::contents},
                                                                            {difference::overlap, outcome::overlap},
                                                                            {difference::misplaced, outcome::misplaced},
                                                                            {difference::corruption, outcome::call},
                                                                            {difference::walk, outcome::walk},
                                                                            {difference::misuse, outcome::misuse},
                                                                            {difference::accepted, outcome::accepted},
                                                                            {difference::refused, outcome::lost},
                                                                            {difference::otherwise, outcome::other},
                                                                            {difference::counters, outcome::counters}}};
    if (is_wild || seen.has(difference::guards)) {
      return outcome::wild_write;
    }
    for (const auto& [difference, verdict] : gravest_first) {
      if (seen.has(difference)) {
        return verdict;
      }
    }
    return outcome::masked;
  }

  verify::configuration made_of_;
  storage_window memory_;
  window room_;
};

} // namespace nebula::fault_injection
