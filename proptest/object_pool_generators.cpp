// SPDX-License-Identifier: Apache-2.0 OR MIT
// RapidCheck's part of the property of object pools, and the tests.
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

#include "object_pool_property.hpp"

namespace nebula::services::test {

inline void showValue(const pool_step& shown, std::ostream& out) {
  constexpr const char* names[pool_action_count] = {"try_acquire",   "acquire_for",     "release", "spoil", "detach",
                                                    "release_again", "release_foreign", "advance", "evict", "prewarm",
                                                    "look",          "shut_down"};
  out << '{' << names[static_cast<std::size_t>(shown.what)] << ", " << int{shown.target} << ", " << int{shown.amount}
      << '}';
}

} // namespace nebula::services::test

namespace rc {

/// [0, beyond) evenly.
inline Gen<std::uint8_t> below(int beyond) {
  return gen::map(gen::resize(kNominalSize, gen::inRange<int>(0, beyond)),
                  [](int value) { return static_cast<std::uint8_t>(value); });
}
template <>
struct Arbitrary<nebula::services::test::pool_step> {
  static Gen<nebula::services::test::pool_step> arbitrary() {
    using nebula::services::test::pool_action;
    using nebula::services::test::pool_step;
    const auto what =
        gen::weightedOneOf<std::uint8_t>({{4, gen::just(static_cast<std::uint8_t>(pool_action::try_acquire))},
                                          {3, gen::just(static_cast<std::uint8_t>(pool_action::release))},
                                          {5, below(nebula::services::test::pool_action_count)}});
    return gen::build<pool_step>(
        gen::set(&pool_step::what, gen::map(what, [](std::uint8_t number) { return pool_action{number}; })),
        gen::set(&pool_step::target, below(256)), gen::set(&pool_step::amount, gen::oneOf(below(16), below(256))));
  }
};

} // namespace rc

namespace nebula::services::test {
namespace {

RC_GTEST_PROP(object_pool, behaves_as_its_model, ()) {
  pool_shape shape;
  shape.child_objects = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(1, 4));
  shape.parent_objects = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(1, 3));
  shape.is_paranoid = *rc::below(4) == 0;
  const std::string found = run(shape, *rc::gen::arbitrary<std::vector<pool_step>>());
  if (!found.empty()) {
    RC_FAIL(found);
  }
}

/// Or the programs say nothing of it.
TEST(object_pool, programs_reach_what_matters) {
  const pool_totals& all = totals();
  const std::size_t bar = all.steps / 400;
  for (const auto& [what, count] : {std::pair{"given", all.given},
                                    {"borrowed", all.borrowed},
                                    {"none_free", all.none_free},
                                    {"timed_out", all.timed_out},
                                    {"shut_down", all.shut_down},
                                    {"not_made", all.not_made},
                                    {"threw", all.threw},
                                    {"invalid", all.invalid},
                                    {"expired", all.expired},
                                    {"stale", all.stale},
                                    {"double_free", all.double_free}}) {
    std::printf("%-12s %zu\n", what, count);
    EXPECT_GE(count, bar) << what << " is rarer than one in four hundred steps";
  }
}

} // namespace
} // namespace nebula::services::test
