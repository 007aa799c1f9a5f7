// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "abi_probe.hpp"
#include "gtest.hpp"

namespace {

using namespace nebula::test;

// SR-CHK-001
TEST(abi, is_the_same_with_and_without_ndebug) {
  const std::vector<abi_fact> with = abi_with_ndebug();
  const std::vector<abi_fact> without = abi_without_ndebug();
  ASSERT_EQ(with.size(), without.size());
  ASSERT_GT(with.size(), 60U);
  for (std::size_t index = 0; index < with.size(); ++index) {
    EXPECT_EQ(with[index].of, without[index].of);
    EXPECT_EQ(with[index].bytes, without[index].bytes) << with[index].of;
  }
}

} // namespace
