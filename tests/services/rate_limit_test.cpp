// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>

#include <nebula/services/rate_limit.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

// [SR-LOG-004]
TEST(rate_limits, let_a_burst_pass_and_then_one_for_each_interval) {
  rate_limit limit(10, 3);
  for (int count = 0; count < 3; ++count) {
    EXPECT_TRUE(limit.take(5 * second));
  }
  EXPECT_FALSE(limit.take(5 * second));
  EXPECT_FALSE(limit.take(5 * second + second / 10 - 1));
  EXPECT_TRUE(limit.take(5 * second + second / 10));
  EXPECT_FALSE(limit.take(5 * second + second / 10));
}

TEST(rate_limits, fill_up_to_the_burst_and_no_further) {
  rate_limit limit(10, 3);
  EXPECT_TRUE(limit.take(0));
  int taken = 0;
  while (limit.take(3600 * second)) {
    ++taken;
  }
  EXPECT_EQ(taken, 3);
}

TEST(rate_limits, of_no_rate_limit_nothing) {
  rate_limit none;
  rate_limit zero(0, 1);
  for (int count = 0; count < 1000; ++count) {
    EXPECT_TRUE(none.take(0));
    EXPECT_TRUE(zero.take(0));
  }
}

TEST(rate_limits, never_exceed_their_rate_though_it_divides_no_second) {
  rate_limit limit(3, 1);
  EXPECT_TRUE(limit.take(0));
  EXPECT_FALSE(limit.take(333'333'333));
  EXPECT_TRUE(limit.take(333'333'334));
}

TEST(rate_limits, have_no_tokens_while_the_clock_is_back_and_some_when_it_has_caught_up) {
  rate_limit limit(10, 1);
  EXPECT_TRUE(limit.take(100 * second));
  EXPECT_FALSE(limit.take(50 * second));
  EXPECT_FALSE(limit.take(0));
  EXPECT_TRUE(limit.take(100 * second + second / 10));
}

TEST(rate_limits, do_not_wrap_where_time_ends) {
  constexpr std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
  rate_limit limit(1, 2);
  EXPECT_TRUE(limit.take(end - 1));
  EXPECT_TRUE(limit.take(end - 1)) << "the bucket is full until the end of time, and no wrap empties it";
  rate_limit slow(1, std::numeric_limits<std::uint32_t>::max());
  EXPECT_TRUE(slow.take(end));
}

// The model has the bucket itself: tokens as nanoseconds, which come back one for each that passes.
TEST(rate_limits, take_what_a_bucket_of_tokens_would) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 numbers(seed);
  for (int round = 0; round < 300; ++round) {
    const auto rate = static_cast<std::uint32_t>(1 + numbers() % 2000);
    const auto burst = static_cast<std::uint32_t>(1 + numbers() % 20);
    const std::uint64_t interval = (second + rate - 1) / rate;
    rate_limit limit(rate, burst);
    std::uint64_t tokens = burst * interval;
    std::uint64_t now = numbers() % (10 * second);
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t passed = numbers() % 4 == 0 ? numbers() % (30 * interval) : numbers() % (interval / 2 + 1);
      now += passed;
      tokens = std::min(tokens + passed, burst * interval);
      const bool expected = tokens >= interval;
      tokens -= expected ? interval : 0;
      ASSERT_EQ(limit.take(now), expected) << "rate " << rate << " burst " << burst << " step " << step;
    }
  }
}

TEST(rate_limits, give_each_token_to_one_thread) {
  constexpr std::uint32_t burst = 5000;
  rate_limit limit(1, burst);
  std::uint32_t taken[2] = {};
  const auto take_all = [&](std::uint32_t& count) {
    for (std::uint32_t tries = 0; tries < burst; ++tries) {
      count += limit.take(second) ? 1U : 0U;
    }
  };
  std::thread other([&] { take_all(taken[0]); });
  take_all(taken[1]);
  other.join();
  EXPECT_EQ(taken[0] + taken[1], burst);
}

} // namespace
} // namespace nebula::services
