// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

int main() {
  const auto space = nebula::exhaustive::spaces::bump(8);
  return nebula::exhaustive::enumerate_main<nebula::verify::bump_subject>(space, 33549339) +
         nebula::exhaustive::enumerate_main<nebula::verify::basic_static_bump_subject<65>>(space, 37694852);
}
