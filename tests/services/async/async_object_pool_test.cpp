// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <nebula/services/async/async_object_pool.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::frame_rig;
using code = async_failure_code;

struct connection {
  int number = 0;
};
using pool_type = async_object_pool<connection>;

struct maker {
  int made = 0;
  bool makes = true;
  bool throws = false;
};

class async_object_pool_test : public ::testing::Test {
protected:
  [[nodiscard]] object_pool_plan<connection> plan() {
    object_pool_config<connection> config;
    config.object_count = 2;
    config.storage = {storage.data(), storage.size()};
    config.hooks.context = &life;
    config.hooks.make = [](void* self, object_place<connection>& place) {
      auto& hooks = *static_cast<maker*>(self);
      if (hooks.throws) {
        throw std::runtime_error("make");
      }
      if (hooks.makes) {
        place.emplace(connection{++hooks.made});
      }
    };
    return config.validate().value();
  }
  void TearDown() override { static_cast<void>(pool.shutdown()); } // nobody waits when the group ends
  void start(task<void> begun) { ASSERT_TRUE(group.start(std::move(begun), here)); }
  maker life;
  alignas(64) std::array<std::byte, 1024> storage{};
  pool_type pool{plan()};
  frame_rig frames;
  inline_executor here;
  task_group group;
  std::string log;
};

task<void> ask(frame_pool& /*frames*/, pool_type& pool, std::string& log, std::stop_token stop = {},
               std::chrono::nanoseconds deadline = 1s) {
  auto acquired = co_await pool.acquire_until(deadline, std::move(stop));
  log += acquired ? std::to_string(acquired.value()->number) : name(acquired.failure().code);
}
task<void> ask_simply(frame_pool& /*frames*/, pool_type& pool, std::string& log) {
  auto acquired = co_await pool.acquire();
  log += acquired ? std::to_string((*acquired.value()).number) : name(acquired.failure().code);
}

// [SR-ASYNC-001]
TEST_F(async_object_pool_test, suspends_until_an_object_comes_back_and_hands_it_over) {
  auto first = pool.try_acquire().value();
  auto second = pool.try_acquire().value();
  EXPECT_EQ(pool.try_acquire().failure().code, code::none_free);
  start(ask_simply(*frames, pool, log));
  start(ask_simply(*frames, pool, log));
  EXPECT_EQ(log, "");
  EXPECT_TRUE(second.release().has_value());
  EXPECT_EQ(log, "22"); // the object that came back, and it came back again
  EXPECT_EQ(first->number, 1);
  EXPECT_EQ(life.made, 2);
}

TEST_F(async_object_pool_test, gives_the_place_of_a_detached_object_to_the_next) {
  auto first = pool.try_acquire().value();
  auto second = pool.try_acquire().value();
  start(ask_simply(*frames, pool, log));
  EXPECT_TRUE(first.detach().has_value());
  first = pool_type::handle_type();
  EXPECT_EQ(log, "3");
  EXPECT_EQ(second.get()->number, 2);
}

TEST_F(async_object_pool_test, cancels_expires_and_shuts_down) {
  auto first = pool.try_acquire().value();
  auto second = pool.try_acquire().value();
  std::stop_source source;
  start(ask(*frames, pool, log, source.get_token()));
  source.request_stop();
  EXPECT_EQ(std::exchange(log, {}), "cancelled");
  start(ask(*frames, pool, log, {}, 5ns));
  EXPECT_EQ(pool.next_deadline(), 5ns);
  EXPECT_EQ(pool.expire(5ns), 1U);
  EXPECT_EQ(std::exchange(log, {}), "timed_out");
  start(ask(*frames, pool, log));
  EXPECT_EQ(pool.shutdown(), 2U);
  EXPECT_EQ(std::exchange(log, {}), "shut_down");
  EXPECT_EQ(pool.try_acquire().failure().code, code::shut_down);
}

// A hook that makes nothing, or throws, costs nobody a permit. [SR-ASYNC-004]
TEST_F(async_object_pool_test, gives_the_permit_back_when_no_object_is_made) {
  life.makes = false;
  start(ask_simply(*frames, pool, log));
  EXPECT_EQ(std::exchange(log, {}), "not_made");
  EXPECT_EQ(pool.state().out, 0U);
  life.throws = true;
  ASSERT_TRUE(group.start(ask_simply(*frames, pool, log), here));
  EXPECT_THROW(group.wait(), std::runtime_error);
  EXPECT_EQ(pool.state().out, 0U);
  life = {};
  start(ask_simply(*frames, pool, log));
  EXPECT_EQ(log, "1");
}

// Whoever takes objects out of the pool below takes them from here.
TEST_F(async_object_pool_test, says_so_when_objects_are_taken_from_under_it) {
  auto first = pool.objects().try_acquire().value();
  auto second = pool.objects().try_acquire().value();
  EXPECT_EQ(pool.try_acquire().failure().code, code::none_free);
  EXPECT_EQ(pool.state().out, 0U);
  static_cast<void>(pool.objects().shutdown());
  EXPECT_EQ(pool.try_acquire().failure().code, code::shut_down);
}

TEST_F(async_object_pool_test, moves_handles) {
  auto first = pool.try_acquire().value();
  pool_type::handle_type second(std::move(first));
  EXPECT_FALSE(first.has_value());
  EXPECT_TRUE(second);
  first = std::move(second);
  EXPECT_EQ(pool.state().out, 1U);
  EXPECT_TRUE(first.release().has_value());
  EXPECT_EQ(pool.state().out, 0U);
  EXPECT_TRUE(first.release().has_value());
}

} // namespace
} // namespace nebula::services
