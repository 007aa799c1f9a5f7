// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

int main() {
  return nebula::exhaustive::enumerate_main<nebula::verify::segregated_subject>(
      nebula::exhaustive::spaces::segregated(9), 307479589);
}
