// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

// 10,000 cases from a fixed seed, unless RC_PARAMS says otherwise: RC_PARAMS="max_success=1000000 seed=7" for a
// campaign.
int main(int argument_count, char** arguments) {
  if (setenv("RC_PARAMS", "max_success=10000 max_size=150 seed=20261120", /*overwrite=*/0) != 0) {
    std::perror("RC_PARAMS");
    return 2;
  }
  std::printf("RC_PARAMS=\"%s\"\n", std::getenv("RC_PARAMS"));
  testing::InitGoogleTest(&argument_count, arguments);
  return RUN_ALL_TESTS();
}
