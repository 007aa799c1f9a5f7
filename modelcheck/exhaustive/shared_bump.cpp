// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

int main() {
  return nebula::exhaustive::enumerate_main<nebula::verify::shared_bump_subject>(
      nebula::exhaustive::spaces::shared_bump(10), 2343030460);
}
