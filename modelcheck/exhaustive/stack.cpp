// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

int main() {
  const auto space = nebula::exhaustive::spaces::stack(8);
  return nebula::exhaustive::enumerate_main<nebula::verify::stack_subject>(space, 20692648) +
         nebula::exhaustive::enumerate_main<nebula::verify::basic_static_stack_subject<161>>(space, 20693980);
}
