// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <limits>

#include <nebula/kernel/budget.hpp>
#include <nebula/services/memory_pressure.hpp>
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

using test::refused_for;

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

// [SR-SYS-004]
TEST(pressure, has_names) {
  EXPECT_STREQ(name(memory_pressure::normal), "normal");
  EXPECT_STREQ(name(memory_pressure::high), "high");
  EXPECT_STREQ(name(memory_pressure::critical), "critical");
  EXPECT_STREQ(name(static_cast<memory_pressure>(3)), "unknown");
}

TEST(pressure, begins_exactly_at_its_threshold) {
  constexpr pressure_scale scale = pressure_config{700, 900}.validate().value();
  static_assert(scale.high_per_mille() == 700 && scale.critical_per_mille() == 900);
  EXPECT_EQ(scale.of(0, 1000), memory_pressure::normal);
  EXPECT_EQ(scale.of(699, 1000), memory_pressure::normal);
  EXPECT_EQ(scale.of(700, 1000), memory_pressure::high);
  EXPECT_EQ(scale.of(899, 1000), memory_pressure::high);
  EXPECT_EQ(scale.of(900, 1000), memory_pressure::critical);
  EXPECT_EQ(scale.of(most, 1000), memory_pressure::critical);
}

// used · 1000 >= limit · threshold, for each small number, computed where nothing can wrap.
TEST(pressure, is_exact_for_small_limits) {
  for (const unsigned high : {0U, 1U, 333U, 850U, 1000U}) {
    const pressure_scale scale = pressure_config{high, 1000}.validate().value();
    for (std::size_t limit = 1; limit <= 40; ++limit) {
      for (std::size_t used = 0; used <= limit + 1; ++used) {
        const memory_pressure expected = used >= limit                 ? memory_pressure::critical
                                         : used * 1000 >= limit * high ? memory_pressure::high
                                                                       : memory_pressure::normal;
        EXPECT_EQ(scale.of(used, limit), expected) << used << " of " << limit << " at " << high;
      }
    }
  }
}

TEST(pressure, does_not_wrap_for_the_largest_limit) {
  constexpr pressure_scale scale;
  EXPECT_EQ(scale.of(most / 1000 * 849, most), memory_pressure::normal);
  EXPECT_EQ(scale.of(most / 1000 * 851, most), memory_pressure::high);
  EXPECT_EQ(scale.of(most, most), memory_pressure::critical);
}

TEST(pressure, of_no_limit_to_speak_of_is_critical_when_used) {
  constexpr pressure_scale scale;
  EXPECT_EQ(scale.of(0, 0), memory_pressure::normal);
  EXPECT_EQ(scale.of(1, 0), memory_pressure::critical);
}

TEST(pressure, of_a_budget_is_on_the_same_scale) {
  local_budget budget(local_budget_config{1000}.validate().value());
  constexpr pressure_scale scale;
  ASSERT_TRUE(budget.reserve(849));
  EXPECT_EQ(scale.of(budget.state()), memory_pressure::normal);
  ASSERT_TRUE(budget.reserve(1));
  EXPECT_EQ(scale.of(budget.state()), memory_pressure::high);
  ASSERT_TRUE(budget.reserve(100));
  EXPECT_EQ(scale.of(budget.state()), memory_pressure::critical);
  ASSERT_TRUE(budget.release(950));
}

TEST(pressure_configuration, refuses_thresholds_in_the_wrong_order) {
  EXPECT_TRUE(refused_for(pressure_config{901, 900}.validate(), memory_field::high_per_mille, 901, 0, 900));
  EXPECT_TRUE(refused_for(pressure_config{0, 1001}.validate(), memory_field::critical_per_mille, 1001, 0, 1000));
  EXPECT_TRUE(test::succeeded(pressure_config{900, 900}.validate()));
}

} // namespace
} // namespace nebula::services
