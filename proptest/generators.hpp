// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
// RapidCheck needs GoogleTest first.
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <nebula/verify/configuration.hpp>
#include <nebula/verify/driver.hpp>

/// [SR-VER-001] Properties: random programs on random configurations, 10,000 each, shrunk to a minimal program when one
/// fails. Removing an operation from a program leaves a program, so that the shrinking of a plain sequence is all that
/// is needed.
namespace rc {

/// [low, beyond) evenly; RapidCheck's own ranges begin small and grow with the case, and never reach their end in a
/// short run.
template <class Integer>
Gen<Integer> uniform(Integer low, Integer beyond) {
  return gen::resize(kNominalSize, gen::inRange<Integer>(low, beyond));
}

template <>
struct Arbitrary<nebula::verify::operation> {
  static Gen<nebula::verify::operation> arbitrary() {
    using nebula::verify::action;
    // Allocations and right frees more often than each of the wrong ones, so that programs get somewhere.
    const auto what = gen::weightedOneOf<std::uint8_t>(
        {{6, gen::just(static_cast<std::uint8_t>(action::allocate))},
         {3, gen::just(static_cast<std::uint8_t>(action::deallocate_newest))},
         {2, gen::just(static_cast<std::uint8_t>(action::deallocate))},
         {1, gen::just(static_cast<std::uint8_t>(action::deallocate_inside))},
         {1, gen::just(static_cast<std::uint8_t>(action::deallocate_wrong_layout))},
         {1, gen::just(static_cast<std::uint8_t>(action::deallocate_dead))},
         {1, gen::just(static_cast<std::uint8_t>(action::write_dead))},
         {1, gen::just(static_cast<std::uint8_t>(action::write_beyond))},
         {5, uniform<std::uint8_t>(0, static_cast<std::uint8_t>(nebula::verify::action_count))}});
    // Mostly small, so that many fit; sometimes any.
    const auto size = gen::weightedOneOf<std::uint16_t>(
        {{6, uniform<std::uint16_t>(0, 17)}, {2, uniform<std::uint16_t>(0, 66)}, {1, uniform<std::uint16_t>(0, 5000)}});
    return gen::build<nebula::verify::operation>(
        gen::set(&nebula::verify::operation::what,
                 gen::map(what, [](std::uint8_t number) { return static_cast<action>(number); })),
        gen::set(&nebula::verify::operation::target, gen::arbitrary<std::uint8_t>()),
        gen::set(
            &nebula::verify::operation::variant,
            gen::weightedOneOf<std::uint8_t>({{1, uniform<std::uint8_t>(0, 16)}, {1, gen::arbitrary<std::uint8_t>()}})),
        gen::set(
            &nebula::verify::operation::align_log2,
            gen::weightedOneOf<std::uint8_t>({{6, uniform<std::uint8_t>(0, 4)}, {1, uniform<std::uint8_t>(0, 13)}})),
        gen::set(&nebula::verify::operation::size, size));
  }
};

template <>
struct Arbitrary<nebula::verify::configuration> {
  static Gen<nebula::verify::configuration> arbitrary() {
    return gen::build<nebula::verify::configuration>(
        gen::set(&nebula::verify::configuration::capacity_bytes, uniform<std::uint16_t>(0, 1500)),
        gen::set(&nebula::verify::configuration::offset, gen::arbitrary<std::uint8_t>()),
        gen::set(&nebula::verify::configuration::block_size_bytes, uniform<std::uint8_t>(1, 65)),
        gen::set(&nebula::verify::configuration::block_align_log2, uniform<std::uint8_t>(0, 8)),
        gen::set(
            &nebula::verify::configuration::block_count,
            gen::weightedOneOf<std::uint8_t>({{2, uniform<std::uint8_t>(1, 4)}, {1, uniform<std::uint8_t>(1, 20)}})),
        gen::set(&nebula::verify::configuration::fallback_classes, uniform<std::uint8_t>(0, 4)),
        gen::set(&nebula::verify::configuration::check_level, uniform<std::uint8_t>(0, 2)),
        gen::set(&nebula::verify::configuration::variety, gen::arbitrary<std::uint8_t>()),
        gen::set(
            &nebula::verify::configuration::policy,
            gen::weightedOneOf<std::uint8_t>({{3, gen::just(std::uint8_t{0})}, {1, uniform<std::uint8_t>(0, 4)}})));
  }
};

} // namespace rc

namespace nebula::verify {

inline void showValue(const operation& step, std::ostream& out) { out << to_text(step); }
inline void showValue(const configuration& made_of, std::ostream& out) { out << to_text(made_of); }
inline std::ostream& operator<<(std::ostream& out, const operation& step) { return out << to_text(step); }
inline std::ostream& operator<<(std::ostream& out, const configuration& made_of) { return out << to_text(made_of); }

/// How often each outcome was met, over all cases of a property; a test fails if one that matters is rare.
inline coverage& total_coverage() {
  static coverage total;
  return total;
}

/// The property itself, for whatever runs a program: nothing, or what it found.
template <class Configuration, class Program, class Run>
void behaves_as_its_model(Run run) {
  const auto made_of = *rc::gen::arbitrary<Configuration>();
  const auto steps = *rc::gen::arbitrary<Program>();
  const auto found = run(made_of, steps, &total_coverage());
  if (found) {
    RC_FAIL("step " + std::to_string(found->step) + ": " + found->what + "\n" +
            to_text(std::span<const typename Program::value_type>(steps)));
  }
}

/// Fails unless at least one in two hundred operations ended with the code: programs that do not go there say nothing of
/// it.
inline void expect_met(error_code code) {
  const coverage& total = total_coverage();
  EXPECT_GE(total.failures.of(code) * 200, total.steps - total.skipped)
      << nebula::name(code) << ": " << total.failures.of(code) << " of " << total.steps - total.skipped
      << " operations";
}

} // namespace nebula::verify
