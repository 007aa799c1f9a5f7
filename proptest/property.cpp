// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of one subject, which CMakeLists.txt names, with the outcomes that its programs must meet.
#include "property.hpp"

#if !defined(NEBULA_SUBJECT) || !defined(NEBULA_OUTCOMES)
#error "define NEBULA_SUBJECT, as in stack_subject, and NEBULA_OUTCOMES, as in exhausted,lifo_violation"
#endif

namespace nebula::verify {

RC_GTEST_PROP(allocator, behaves_as_its_model, ()) { behaves_as_its_model<NEBULA_SUBJECT>(); }

TEST(programs, reach_what_matters) {
  using enum error_code;
  for (const error_code outcome : {NEBULA_OUTCOMES}) {
    expect_met(outcome);
  }
}

} // namespace nebula::verify
