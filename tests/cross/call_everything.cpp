// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every function of the kernel, called: on small processors; and under RealtimeSanitizer, which ends the process with
// status 43 when one of them that says that it does not block calls the heap or anything else that may.
#include <cstdio>

#include "kernel_instantiations.hpp"

int main() {
  const int failures = nebula::test::call_everything_in_cxx17();
  std::printf("%d calls did not do what they should\n", failures);
  return failures == 0 ? 0 : 1;
}
