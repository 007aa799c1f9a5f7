// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "property.hpp"

namespace nebula::verify {

RC_GTEST_PROP(stack, behaves_as_its_model, ()) { behaves_as_its_model<stack_subject>(); }

TEST(stack, programs_reach_what_matters) {
  expect_met(error_code::exhausted);
  expect_met(error_code::layout_unsupported);
  expect_met(error_code::invalid_layout);
  expect_met(error_code::lifo_violation);
  expect_met(error_code::foreign_marker);
  expect_met(error_code::misaligned_pointer);
}

} // namespace nebula::verify
