// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "property.hpp"

namespace nebula::verify {

RC_GTEST_PROP(local_segregated, behaves_as_its_model, ()) { behaves_as_its_model<local_segregated_subject>(); }

TEST(local_segregated, programs_reach_what_matters) {
  expect_met(error_code::exhausted);
  expect_met(error_code::layout_unsupported);
  expect_met(error_code::double_free);
  expect_met(error_code::blocks_live);
  expect_met(error_code::layout_mismatch);
}

} // namespace nebula::verify
