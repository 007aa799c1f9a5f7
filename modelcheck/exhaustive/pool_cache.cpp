// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

int main() {
  return nebula::exhaustive::enumerate_main<nebula::verify::pool_cache_subject>(
      nebula::exhaustive::spaces::pool_cache(9), 105275199);
}
