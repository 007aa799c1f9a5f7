// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "construct_instantiations.hpp"
#include "gtest.hpp"

namespace {

TEST(construct_cxx17, every_function_works_without_exceptions_and_run_time_type_information) {
  EXPECT_EQ(nebula::test::construct_everything_in_cxx17(), 0);
}

// SR-CONS-013
TEST(construct_cxx17_death_test, without_exceptions_a_refusal_that_could_only_be_thrown_traps) {
  EXPECT_DEATH(nebula::test::exhaust_a_container_without_exceptions(), "");
}

} // namespace
