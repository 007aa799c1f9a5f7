// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "property.hpp"

namespace nebula::verify {

RC_GTEST_PROP(pool, behaves_as_its_model, ()) { behaves_as_its_model<pool_subject>(); }

TEST(pool, programs_reach_what_matters) {
  expect_met(error_code::exhausted);
  expect_met(error_code::layout_unsupported);
  expect_met(error_code::double_free);
  expect_met(error_code::stale_handle);
  expect_met(error_code::misaligned_pointer);
}

} // namespace nebula::verify
