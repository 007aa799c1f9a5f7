// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "team.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "../unit/gtest.hpp"

namespace nebula::stress {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') {
    return otherwise;
  }
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = std::strtoull(text, &end, 10);
  if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9') {
    std::fprintf(stderr, "error: %s is '%s'; it must be a decimal number of at most 64 bits\n", name, text);
    std::exit(2);
  }
  return value;
}

std::uint64_t seed() {
  static const std::uint64_t value = number_from_environment("NEBULA_STRESS_SEED", 1);
  return value;
}

std::uint64_t rounds(std::uint64_t usual) {
  static const std::uint64_t times = number_from_environment("NEBULA_STRESS_TIMES", 1);
  if (times == 0 || times > std::numeric_limits<std::uint64_t>::max() / usual) {
    std::fprintf(stderr, "error: NEBULA_STRESS_TIMES is %llu; it must be from 1 to %llu\n",
                 static_cast<unsigned long long>(times),
                 static_cast<unsigned long long>(std::numeric_limits<std::uint64_t>::max() / usual));
    std::exit(2);
  }
  return usual * times;
}

} // namespace nebula::stress

/// --times N and --seed N stand for the environment's, and go before it.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int index = 1; index < argc; index += 2) {
    const bool is_times = std::strcmp(argv[index], "--times") == 0;
    if ((!is_times && std::strcmp(argv[index], "--seed") != 0) || index + 1 == argc) {
      std::fprintf(stderr, "error: '%s' is not an option with a number; there are --times N and --seed N\n",
                   argv[index]);
      return 2;
    }
    setenv(is_times ? "NEBULA_STRESS_TIMES" : "NEBULA_STRESS_SEED", argv[index + 1], 1);
  }
  std::printf("stress --seed %llu --times %llu\n", static_cast<unsigned long long>(nebula::stress::seed()),
              static_cast<unsigned long long>(nebula::stress::rounds(1)));
  return RUN_ALL_TESTS();
}
