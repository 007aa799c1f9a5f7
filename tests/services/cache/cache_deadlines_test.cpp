// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <nebula/services/cache/cache_deadlines.hpp>
#include "../../unit/gtest.hpp"
#include "cache_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using deadlines = cache_deadlines<test::manual_cache_clock>;

struct life {
  nanoseconds dies = nanoseconds::max();
  nanoseconds used{};
};

// [SR-CACHE-106] As a map that is searched whole.
TEST(deadlines_of_entries, agree_with_a_map) {
  constexpr std::uint32_t count = 13;
  for (const nanoseconds idle : {0ns, 40ns}) {
    for (std::uint32_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE(seed);
      std::mt19937 lots(seed);
      std::vector<std::byte> storage(deadlines::storage_bytes(count));
      deadlines times(storage.data(), count + 1, 60ns, idle);
      std::map<std::uint32_t, life> model;
      nanoseconds now{0};
      const auto is_expired = [&](const life& of) { return of.dies <= now || (idle != 0ns && of.used + idle <= now); };
      for (int step = 0; step < 5000; ++step) {
        const std::uint32_t entry = static_cast<std::uint32_t>(lots()) % count;
        const nanoseconds own{static_cast<std::int64_t>(lots() % 3 == 0 ? lots() % 90 : 0)};
        const life anew{now + (own == 0ns ? 60ns : own), now};
        switch (lots() % 5) {
        case 0: now += nanoseconds{static_cast<std::int64_t>(lots() % 9)}; break;
        case 1:
          if (model.count(entry) != 0) {
            times.on_erase(entry);
            model.erase(entry);
          }
          break;
        case 2:
          if (model.count(entry) != 0) {
            times.on_access(entry, now);
            model[entry].used = now;
          }
          break;
        default:
          if (model.count(entry) != 0) {
            times.on_update(entry, now, own);
          } else {
            times.on_insert(entry, now, own);
          }
          model[entry] = anew;
        }
        std::set<std::uint32_t> said;
        times.for_each_expired(now, [&](std::uint32_t each) { EXPECT_TRUE(said.insert(each).second); });
        std::set<std::uint32_t> expected;
        for (const auto& [each, of] : model) {
          ASSERT_EQ(times.is_expired(each, now), is_expired(of));
          if (is_expired(of)) {
            expected.insert(each);
          }
        }
        ASSERT_EQ(said, expected) << "step " << step;
        if (lots() % 4 == 0) {
          for (std::uint32_t each = times.due(now); each != no_entry; each = times.due(now)) {
            ASSERT_EQ(expected.erase(each), 1U);
            times.on_erase(each);
            model.erase(each);
          }
          ASSERT_TRUE(expected.empty());
        }
        ASSERT_TRUE(times.is_whole());
        ASSERT_EQ(times.count(), model.size());
      }
    }
  }
}

// [SR-CACHE-106]
TEST(deadlines_of_entries, beyond_the_end_of_time_never_come) {
  std::vector<std::byte> storage(deadlines::storage_bytes(1));
  deadlines times(storage.data(), 2, 0ns, 0ns);
  times.on_insert(0, nanoseconds::max() - 5ns, 6ns);
  EXPECT_EQ(times.count(), 0U) << "it cannot expire";
  EXPECT_FALSE(times.is_expired(0, nanoseconds::max())) << "nor at the end of time";
  times.on_insert(1, -10ns, nanoseconds::max());
  EXPECT_FALSE(times.is_expired(1, nanoseconds::max() - 11ns));
  EXPECT_TRUE(times.is_expired(1, nanoseconds::max() - 10ns)) << "a clock may begin before 0";
}

} // namespace
} // namespace nebula::services
