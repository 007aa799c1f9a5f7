// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "instruction_counter.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace nebula::worst_case {

void begin_counting() {
  struct sigaction counting{};
  counting.sa_handler = [](int) { detail::stops = detail::stops + 1; };
  if (sigaction(SIGTRAP, &counting, nullptr) != 0) {
    std::perror("a handler for SIGTRAP");
    std::exit(2);
  }
}

} // namespace nebula::worst_case
