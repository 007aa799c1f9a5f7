// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nebula/verify/driver.hpp>

#include "driving.hpp"
#include "fields.hpp"
#include "outcome.hpp"
#include "window.hpp"

/// One flipped bit: a program runs up to a step on a fresh subject, one bit is flipped, the program goes on.
namespace nebula::fault_injection {

/// A byte that can be hit, by its part and its place there, and the field that it belongs to.
struct target {
  std::size_t field; ///< place in the injector's fields
  std::size_t part;
  std::size_t place;
  unsigned first_bit;
  unsigned bit_count;
};

template <class Subject>
class injector {
public:
  using driving_type = driving<Subject>;
  using configuration_type = typename driving_type::configuration;
  using operation_type = typename driving_type::operation;
  using steps_type = std::span<const operation_type>;
  /// What tells states apart: sums of all named bytes but the counts of failures, which nothing is decided by.
  using state_key = std::pair<std::uint64_t, std::uint64_t>;

  explicit injector(const configuration_type& made_of) : made_of_(made_of), room_(1, window_bytes()) {}

  /// The differences of a run without any flip: none, or the harness is not fit to judge.
  [[nodiscard]] std::string run_unharmed(steps_type steps) {
    prepared fresh(*this, steps, 0);
    continue_program(fresh, steps, 0);
    fresh.run.finish();
    fresh.destroy();
    return driving_type::wrong(fresh.run);
  }

  /// What there is to be hit when a program has come to a step: the objects and the storage, live blocks left out. Of
  /// fields that are bulk, one bit of each byte, which `turn` chooses.
  [[nodiscard]] std::vector<target> targets_at(steps_type steps, std::size_t step, fields& named, unsigned turn = 0) {
    prepared fresh(*this, steps, step);
    named = fields_of(driving_type::object(fresh.subject));
    const std::size_t unnamed = named.size();
    named.push_back({"rest of the object", field_kind::bulk, nullptr, 0});
    named.push_back({"rest of the storage", field_kind::bulk, nullptr, 0});
    const byte_span storage = driving_type::storage(fresh.subject);
    const parts all = all_parts(fresh.subject);
    std::vector<target> found;
    for (std::size_t number = 0; number < all.size(); ++number) {
      for (std::size_t place = 0; place < all[number].bytes; ++place) {
        std::byte* const byte = all[number].first + place;
        const bool is_storage = is_within(byte, storage.data, storage.size);
        if (number + 1 < all.size() || !is_in_earlier_part(all, byte)) {
          add_target(found, fresh, named, is_storage ? unnamed + 1 : unnamed, {0, number, place, turn, 0}, byte);
        }
      }
    }
    fresh.destroy();
    return found;
  }

  /// The state that a program leads to; nothing iff some operation found nothing to act on, so that a shorter program
  /// leads there, too.
  [[nodiscard]] std::optional<state_key> state_after(steps_type steps) {
    prepared fresh(*this, steps, steps.size());
    if (fresh.run.covered().skipped != 0) {
      fresh.destroy();
      return std::nullopt;
    }
    state_key sums{0x9E3779B97F4A7C15U, 0xC2B2AE3D27D4EB4FU};
    for (const field& each : fields_of(driving_type::object(fresh.subject))) {
      for (std::size_t place = 0; place < each.bytes && !each.name.ends_with("failure counts"); ++place) {
        const auto byte = static_cast<std::uint64_t>(each.first[place]);
        sums.first = (sums.first ^ byte) * 0x100000001B3U;
        sums.second = (sums.second + byte + 1) * 0xD6E8FEB86659FD93U;
        sums.second ^= sums.second >> 32U;
      }
    }
    fresh.destroy();
    return sums;
  }

  [[nodiscard]] verdict inject(steps_type steps, std::size_t step, const target& where, unsigned bit) {
    const verdict seen = run_with(steps, step, where, bit);
    const bool walk_may_help =
        seen.what == outcome::masked || (seen.what >= outcome::counters && seen.what <= outcome::other);
    return walk_may_help && walk_finds(steps, step, where, bit) ? verdict(outcome::walk) : seen;
  }

private:
  using execution_type = typename driving_type::execution;

  static constexpr std::size_t window_bytes() { return (sizeof(Subject) + 4095) / 4096 * 4096; }

  // A subject that a program has been run on. It is abandoned, not destroyed: a destructor has no business with it.
  struct prepared {
    prepared(injector& owner, steps_type steps, std::size_t beyond)
        : subject(owner.make()), run(subject, verify::walks::none) {
      for (std::size_t number = 0; number < beyond; ++number) {
        run.perform(steps[number]);
      }
    }
    /// Of one that no bit was flipped in.
    void destroy() { subject.~Subject(); }

    Subject& subject;
    execution_type run;
  };

  // The window stays open: what a subject makes anew while it runs is made there, too.
  Subject& make() {
    memory_.open();
    auto* const subject = ::new (static_cast<void*>(room_.data())) Subject(made_of_);
    isolate_hooks(*subject);
    return *subject;
  }

  [[nodiscard]] static parts all_parts(Subject& subject) {
    parts all = parts_of(driving_type::object(subject));
    const byte_span storage = driving_type::storage(subject);
    all.add(part{storage.data, storage.size});
    return all;
  }
  static bool is_in_earlier_part(const parts& all, const std::byte* byte) {
    bool is_in = false;
    for (std::size_t number = 0; number + 1 < all.size(); ++number) {
      is_in = is_in || is_within(byte, all[number].first, all[number].bytes);
    }
    return is_in;
  }

  // A report goes by an address whose neighbours trap, with a context whose neighbours are refused.
  void isolate_hooks(Subject& subject) {
    static const auto lonely =
        reinterpret_cast<fault_function>(lonely_function(reinterpret_cast<std::uintptr_t>(&forward)));
    if (hooks_.empty()) {
      find_hooks(subject);
    }
    const parts all = all_parts(subject);
    std::size_t next = 0;
    for (const hook_place& each : hooks_) {
      std::byte* const function = all[each.function.first].first + each.function.second;
      std::byte* const context = all[each.context.first].first + each.context.second;
      fault_hook hook;
      std::memcpy(&hook.function, function, sizeof hook.function);
      std::memcpy(&hook.context, context, sizeof hook.context);
      if (hook.function == nullptr) {
        continue; // the program's hook hears of it
      }
      fault_hook* const real = real_hook(hook, next);
      std::memcpy(function, &lonely, sizeof lonely);
      std::memcpy(context, &real, sizeof(void*));
    }
  }
  using byte_place = std::pair<std::size_t, std::size_t>; // a part, and the place there
  struct hook_place {
    byte_place function;
    byte_place context;
  };
  void find_hooks(Subject& subject) {
    const parts all = all_parts(subject);
    const auto place_of = [&](const std::byte* first) {
      std::size_t number = 0;
      while (!is_within(first, all[number].first, all[number].bytes)) {
        ++number;
      }
      return byte_place{number, static_cast<std::size_t>(first - all[number].first)};
    };
    for (const field& each : fields_of(driving_type::object(subject))) {
      if (each.name.ends_with("hook function")) {
        hooks_.push_back({place_of(each.first), {}});
      } else if (each.name.ends_with("hook context")) {
        hooks_.back().context = place_of(each.first);
      }
    }
  }
  // Places no two of which are one bit apart.
  static constexpr std::array<std::size_t, 4> hook_numbers{0, 3, 5, 6};
  struct alignas(128) real_hooks {
    std::array<fault_hook, 8> all;
  };
  static real_hooks& hooks() {
    static real_hooks real{};
    return real;
  }
  static fault_hook* real_hook(const fault_hook& wanted, std::size_t& next) {
    auto& all = hooks().all;
    for (std::size_t number = 0; number < next; ++number) {
      fault_hook& known = all[hook_numbers[number]];
      if (known.function == wanted.function && known.context == wanted.context) {
        return &known;
      }
    }
    fault_hook& made = all[hook_numbers.at(next++)];
    made = wanted;
    return &made;
  }
  static void forward(void* context, const fault& report) {
    for (const std::size_t number : hook_numbers) {
      const fault_hook& real = hooks().all[number];
      if (context == &real && real.function != nullptr) {
        real.function(real.context, report);
        return;
      }
    }
    __builtin_trap();
  }

  static bool is_within(const std::byte* place, const std::byte* first, std::size_t bytes) {
    return reinterpret_cast<std::uintptr_t>(place) - reinterpret_cast<std::uintptr_t>(first) < bytes;
  }
  static void add_target(std::vector<target>& to, const prepared& fresh, const fields& named, std::size_t otherwise,
                         target where, const std::byte* byte) {
    for (const verify::held_block& live : driving_type::live(fresh.run)) {
      if (is_within(byte, live.start, live.request.size)) {
        return;
      }
    }
    std::size_t of = 0;
    while (of < named.size() && !is_within(byte, named[of].first, named[of].bytes)) {
      ++of;
    }
    where.field = of < named.size() ? of : otherwise;
    if (named[where.field].kind == field_kind::code) {
      return;
    }
    const bool is_thinned = named[where.field].kind == field_kind::bulk;
    const auto some_bit = static_cast<unsigned>((reinterpret_cast<std::uintptr_t>(byte) + where.first_bit) % 8U);
    where.first_bit = is_thinned ? some_bit : 0U;
    where.bit_count = is_thinned ? 1U : 8U;
    to.push_back(where);
  }

  static void flip(const prepared& fresh, const target& where, unsigned bit) {
    all_parts(fresh.subject)[where.part].first[where.place] ^= static_cast<std::byte>(1U << bit);
  }

  static bool is_decided(const verify::differences& seen) {
    return seen.unsafe() || seen.has(verify::difference::corruption) || seen.has(verify::difference::walk) ||
           seen.has(verify::difference::misuse);
  }
  static void continue_program(prepared& fresh, steps_type steps, std::size_t step) {
    for (std::size_t number = step; number < steps.size() && !is_decided(driving_type::seen(fresh.run)); ++number) {
      fresh.run.perform(steps[number]);
    }
  }
  static std::size_t calls_of(const prepared& fresh) { return fresh.run.covered().steps - fresh.run.covered().skipped; }

  [[nodiscard]] verdict run_with(steps_type steps, std::size_t step, const target& where, unsigned bit) {
    prepared fresh(*this, steps, step);
    flip(fresh, where, bit);
    const std::size_t calls_before = calls_of(fresh);
    continue_program(fresh, steps, step);
    const std::size_t calls = calls_of(fresh) - calls_before;
    fresh.run.finish();
    constexpr std::size_t guard_bytes = verify::guarded_storage::guard_bytes;
    const byte_span guarded = driving_type::guarded(fresh.subject);
    const bool is_tame =
        guarded.data == nullptr ||
        memory_.is_untouched_outside(guarded.data - guard_bytes, guarded.data + guarded.size + guard_bytes);
    const outcome what = classify(driving_type::seen(fresh.run), !is_tame);
    const bool is_told = what == outcome::call || what == outcome::misuse;
    return is_told ? verdict(what, calls) : verdict(what);
  }

  [[nodiscard]] bool walk_finds(steps_type steps, std::size_t step, const target& where, unsigned bit) {
    prepared fresh(*this, steps, step);
    flip(fresh, where, bit);
    if (!driving_type::is_sound(fresh.subject)) {
      return true;
    }
    continue_program(fresh, steps, step);
    return !driving_type::is_sound(fresh.subject);
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

  configuration_type made_of_;
  std::vector<hook_place> hooks_; ///< of all parts, in the order in which they are met
  storage_window memory_;
  window room_;
};

} // namespace nebula::fault_injection
