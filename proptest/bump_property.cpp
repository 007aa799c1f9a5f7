// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "property.hpp"

namespace nebula::verify {

RC_GTEST_PROP(bump, behaves_as_its_model, ()) { behaves_as_its_model<bump_subject>(); }

TEST(bump, programs_reach_what_matters) {
  expect_met(error_code::exhausted);
  expect_met(error_code::layout_unsupported);
  expect_met(error_code::invalid_layout);
  expect_met(error_code::not_last_block);
  expect_met(error_code::foreign_marker);
  expect_met(error_code::double_free);
}

} // namespace nebula::verify
