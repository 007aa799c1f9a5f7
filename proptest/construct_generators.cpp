// SPDX-License-Identifier: Apache-2.0 OR MIT
// RapidCheck's part of the properties of objects, and the tests.
#include <cstddef>
#include <cstdint>
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
  for (const std::size_t each : {total.stale_arenas, total.stale_handles, total.constructors_that_threw, total.refusals,
                                 total.freed_by_address}) {
    EXPECT_GE(each * 100, total.steps);
  }
  EXPECT_GE(total.ends_out_of_order * 100, total.steps_in_a_stack);
}

} // namespace
} // namespace nebula::test
