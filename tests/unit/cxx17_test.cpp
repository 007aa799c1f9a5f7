// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "gtest.hpp"
#include "kernel_instantiations.hpp"

namespace {

TEST(cxx17, every_function_works_without_exceptions_and_run_time_type_information) {
  EXPECT_EQ(nebula::test::call_everything_in_cxx17(), 0);
}

} // namespace
