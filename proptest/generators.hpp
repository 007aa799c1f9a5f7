// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>
// RapidCheck needs GoogleTest first.
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <nebula/verify/configuration.hpp>
#include <nebula/verify/driver.hpp>

#include "property.hpp"

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

/// A random subset of so many kinds of operations, three in four, the first always: what one program does. A program
/// that never frees, or never resets, gets where those that do a bit of everything do not.
inline Gen<std::uint32_t> swarm_of(std::size_t kinds) {
  const auto half = uniform<std::uint32_t>(0, std::uint32_t{1} << kinds);
  return gen::noShrink(gen::apply([](std::uint32_t one, std::uint32_t other) { return one | other | 1U; }, half, half));
}

/// The place in a table of weights, each as often as its weight says, of those that the swarm has.
template <class Weights>
Gen<std::uint8_t> place_in(const Weights& weights, std::uint32_t swarm) {
  std::vector<std::uint8_t> places;
  for (std::size_t place = 0; place < weights.size(); ++place) {
    const bool is_in = (swarm >> place & 1U) != 0;
    places.insert(places.end(), is_in ? weights[place] : std::size_t{0}, static_cast<std::uint8_t>(place));
  }
  return gen::map(uniform<std::size_t>(0, places.size()), [places](std::size_t number) { return places[number]; });
}

/// Of an allocator of so many bytes: many blocks fit, and a few do not.
inline Gen<nebula::verify::operation> operation_of(const nebula::verify::action_weights& weights, std::uint32_t swarm,
                                                   std::size_t capacity_bytes) {
  using nebula::verify::operation;
  const auto whole = static_cast<std::uint16_t>(std::min<std::size_t>(capacity_bytes, 5000));
  const auto quarter = static_cast<std::uint16_t>(2 + whole / 4);
  const auto size =
      gen::weightedOneOf<std::uint16_t>({{12, uniform<std::uint16_t>(1, 17)},
                                         {5, uniform<std::uint16_t>(1, quarter)},
                                         {4, uniform<std::uint16_t>(whole, static_cast<std::uint16_t>(whole + 33))},
                                         {1, uniform<std::uint16_t>(0, 5000)},
                                         {1, gen::just<std::uint16_t>(0)}});
  return gen::build<operation>(
      gen::set(&operation::what,
               gen::map(place_in(weights, swarm),
                        [](std::uint8_t place) { return static_cast<nebula::verify::action>(place); })),
      gen::set(&operation::target, gen::arbitrary<std::uint8_t>()),
      gen::set(&operation::variant, gen::weightedOneOf<std::uint8_t>(
                                        {{1, uniform<std::uint8_t>(0, 16)}, {1, gen::arbitrary<std::uint8_t>()}})),
      gen::set(&operation::align_log2,
               gen::weightedOneOf<std::uint8_t>({{6, uniform<std::uint8_t>(0, 4)}, {1, uniform<std::uint8_t>(0, 13)}})),
      gen::set(&operation::size, size));
}

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

/// A case has failed iff something was found.
template <class Program>
void expect_nothing(const std::optional<finding>& found, const Program& steps) {
  if (found) {
    RC_FAIL("step " + std::to_string(found->step) + ": " + found->what + "\n" +
            to_text(std::span<const typename Program::value_type>(steps)));
  }
}

/// Prints how often each outcome came, of the operations that found something to act on. Fails unless each of those that
/// there can be came in at least one of a hundred: programs that do not go there say nothing of it. Fails if any other
/// came: the list is all there is.
inline void expect_met(const std::vector<error_code>& outcomes) {
  const coverage& total = total_coverage();
  const std::size_t operations = total.steps - total.skipped;
  std::printf("%-22s %12s %8s\n", "outcome", "operations", "percent");
  std::printf("%-22s %12zu\n", "all", operations);
  for (std::size_t number = 1; number <= static_cast<std::size_t>(error_code::corrupted); ++number) {
    const auto code = static_cast<error_code>(number);
    const bool is_listed = std::find(outcomes.begin(), outcomes.end(), code) != outcomes.end();
    const std::size_t met = failure_reason_index(code) < failure_reason_count ? total.failures.of(code) : 0;
    if (is_listed || met != 0) {
      std::printf("%-22s %12zu %7.2f%%\n", nebula::name(code), met,
                  100.0 * static_cast<double>(met) / static_cast<double>(std::max<std::size_t>(operations, 1)));
      EXPECT_TRUE(is_listed) << nebula::name(code) << " is not among the outcomes that there can be";
      EXPECT_GE(met * 100, is_listed ? operations : 0) << nebula::name(code) << " is rarer than one in a hundred";
    }
  }
}

} // namespace nebula::verify
