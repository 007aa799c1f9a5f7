// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of any allocator, which property.cpp gives.
#include "generators.hpp"
#include "property.hpp"

namespace nebula::verify {

RC_GTEST_PROP(allocator, behaves_as_its_model, ()) {
  behaves_as_its_model<configuration, program>(property_of_the_subject().run);
}

TEST(programs, reach_what_matters) {
  for (const error_code outcome : property_of_the_subject().outcomes) {
    expect_met(outcome);
  }
}

} // namespace nebula::verify
