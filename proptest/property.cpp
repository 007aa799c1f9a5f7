// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of one subject, which CMakeLists.txt names, with the outcomes that its programs must meet.
#include "property.hpp"

#include <nebula/verify/subject.hpp>

#if !defined(NEBULA_SUBJECT) || !defined(NEBULA_OUTCOMES)
#error "define NEBULA_SUBJECT, as in stack_subject, and NEBULA_OUTCOMES, as in exhausted,lifo_violation"
#endif

namespace nebula::verify {

allocator_property property_of_the_subject() {
  using enum error_code;
  return {&run_program<NEBULA_SUBJECT, configuration>, {NEBULA_OUTCOMES}};
}

} // namespace nebula::verify
