// SPDX-License-Identifier: Apache-2.0 OR MIT
// RapidCheck's part of the properties of objects, and the tests.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
// RapidCheck needs GoogleTest first.
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "construct_property.hpp"

namespace nebula::test {

inline void showValue(const step& shown, std::ostream& out) {
  out << '{' << int{shown.what} << ", " << int{shown.target} << ", " << int{shown.amount} << '}';
}

} // namespace nebula::test

namespace rc {

/// [low, beyond) evenly.
inline Gen<std::uint8_t> below(int beyond) {
  return gen::map(gen::resize(kNominalSize, gen::inRange<int>(0, beyond)),
                  [](int value) { return static_cast<std::uint8_t>(value); });
}
template <>
struct Arbitrary<nebula::test::step> {
  static Gen<nebula::test::step> arbitrary() {
    return gen::build<nebula::test::step>(gen::set(&nebula::test::step::what, below(17)),
                                          gen::set(&nebula::test::step::target, below(256)),
                                          gen::set(&nebula::test::step::amount, below(256)));
  }
};

} // namespace rc

namespace nebula::test {
namespace {

void expect_none(const std::string& found) {
  if (!found.empty()) {
    RC_FAIL(found);
  }
}
[[nodiscard]] check_level any_level() { return *rc::below(4) == 0 ? check_level::paranoid : check_level::standard; }
[[nodiscard]] std::size_t any_capacity() {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(200, 4096));
}

// SR-CONS-008 SR-CONS-010 SR-CONS-011 SR-CONS-012
RC_GTEST_PROP(construct, objects_in_a_bump_end_exactly_once, ()) {
  const std::size_t capacity = any_capacity();
  const check_level level = any_level();
  expect_none(run_in_bump(capacity, level, *rc::gen::arbitrary<std::vector<step>>()));
}

// SR-CONS-008 SR-CONS-010 SR-CONS-011 SR-CONS-012
RC_GTEST_PROP(construct, objects_in_a_stack_end_exactly_once, ()) {
  const std::size_t capacity = any_capacity();
  const check_level level = any_level();
  expect_none(run_in_stack(capacity, level, *rc::gen::arbitrary<std::vector<step>>()));
}

// SR-CONS-008 SR-CONS-010 SR-CONS-011 SR-CONS-012
RC_GTEST_PROP(construct, objects_in_an_arena_end_exactly_once, ()) {
  const std::size_t capacity = any_capacity();
  const check_level level = any_level();
  expect_none(run_in_arena(capacity, level, *rc::gen::arbitrary<std::vector<step>>()));
}

// SR-CONS-007 SR-CONS-008 SR-CONS-010 SR-CONS-011 SR-CONS-012
RC_GTEST_PROP(construct, objects_in_an_arena_that_tracks_its_blocks_end_exactly_once, ()) {
  const std::size_t capacity = any_capacity();
  const check_level level = any_level();
  expect_none(run_in_arena_that_tracks(capacity, level, *rc::gen::arbitrary<std::vector<step>>()));
}

// SR-CONS-008 SR-CONS-009
RC_GTEST_PROP(construct, objects_in_a_pool_end_exactly_once, ()) {
  const check_level level = any_level();
  expect_none(run_in_pool(level, *rc::gen::arbitrary<std::vector<step>>()));
}

// SR-CONS-008 SR-CONS-009
RC_GTEST_PROP(construct, objects_in_a_pool_of_one_owner_end_exactly_once, ()) {
  const check_level level = any_level();
  expect_none(run_in_local_pool(level, *rc::gen::arbitrary<std::vector<step>>()));
}

// Programs that seldom go there say nothing of it.
TEST(construct, programs_reach_what_matters) {
  const reached& total = totals();
  struct met_class {
    const char* name;
    std::size_t met;
    std::size_t of;
  };
  const met_class classes[] = {{"stale arenas", total.stale_arenas, total.steps},
                               {"stale handles", total.stale_handles, total.steps},
                               {"constructors that threw", total.constructors_that_threw, total.steps},
                               {"refusals", total.refusals, total.steps},
                               {"freed by address", total.freed_by_address, total.steps},
                               {"ends out of order", total.ends_out_of_order, total.steps_in_a_stack}};
  std::printf("%-24s %12s %12s %8s\n", "class", "steps", "of", "percent");
  for (const met_class& each : classes) {
    std::printf("%-24s %12zu %12zu %7.2f%%\n", each.name, each.met, each.of,
                100.0 * static_cast<double>(each.met) / static_cast<double>(std::max<std::size_t>(each.of, 1)));
    EXPECT_GE(each.met * 100, each.of) << each.name;
  }
}

} // namespace
} // namespace nebula::test
