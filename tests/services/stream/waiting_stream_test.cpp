// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/stream/waiting_stream.hpp>
#include "../../unit/gtest.hpp"
#include "../manual_waiting.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using code = stream_failure_code;
using manual_stream = basic_waiting_stream<std_atomics, test::manual_waiting>;

class waiting : public ::testing::Test {
protected:
  [[nodiscard]] stream_plan plan() {
    bytes.resize(stream_config::storage_bytes(8, 4).value());
    stream_config config;
    config.storage = {bytes.data(), bytes.size()};
    config.capacity_bytes = 8;
    config.contiguous_max_bytes = 4;
    return config.validate().value();
  }
  template <class Stream>
  static void write(Stream& stream, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
      ASSERT_TRUE(stream.reserve(1));
      ASSERT_TRUE(stream.commit(1));
    }
  }
  std::vector<std::byte> bytes;
};

// [SR-STREAM-008]
TEST_F(waiting, ends_at_the_deadline_with_what_there_is) {
  test::manual_clock clock;
  clock.jump_to_deadlines();
  manual_stream stream(plan(), test::manual_waiting(clock));
  write(stream, 3);
  const auto late = stream.peek_until(4, stream.now() + 1s);
  EXPECT_EQ(late.failure(), (stream_failure{code::timed_out, stream_field::none, 4, 0, 3}));
  write(stream, 4);
  EXPECT_EQ(stream.reserve_until(2, stream.now() + 1s).failure(),
            (stream_failure{code::timed_out, stream_field::none, 2, 0, 1}));
  EXPECT_TRUE(stream.peek_until(4, stream.now())); // what is there is given, the deadline past or not
  EXPECT_TRUE(stream.reserve_until(1, stream.now()));
}

// [SR-STREAM-006] One refusal for each call that failed for want of room or bytes, however often it has looked; none for one that got it.
TEST_F(waiting, counts_a_refusal_for_each_call_that_fails) {
  test::manual_clock clock;
  clock.jump_to_deadlines();
  manual_stream stream(plan(), test::manual_waiting(clock));
  EXPECT_EQ(stream.peek_until(1, stream.now() + 1s).failure().code, code::timed_out);
  EXPECT_EQ(stream.state().refused_peeks, 1U);
  EXPECT_EQ(stream.try_peek(1).failure().code, code::not_enough);
  EXPECT_EQ(stream.state().refused_peeks, 2U);
  write(stream, 8);
  EXPECT_EQ(stream.reserve_until(1, stream.now() + 1s).failure().code, code::timed_out);
  EXPECT_EQ(stream.state().refused_reserves, 1U);
  EXPECT_EQ(stream.try_reserve(1).failure().code, code::full);
  EXPECT_EQ(stream.state().refused_reserves, 2U);
  EXPECT_TRUE(stream.peek(1));
  EXPECT_EQ(stream.state().refused_peeks, 2U);
}

/// Waits no time at all, and lets the other side act meanwhile.
struct late_waiting {
  using mutex_type = std::mutex;
  using condition_type = int;
  void (*act)(void*) = nullptr;
  void* context = nullptr;

  [[nodiscard]] static std::chrono::nanoseconds now() noexcept { return {}; }
  static void wait(condition_type& /*condition*/, mutex_type& /*mutex*/) noexcept {}
  [[nodiscard]] bool wait_until(condition_type& /*condition*/, mutex_type& mutex,
                                std::chrono::nanoseconds /*deadline*/) const noexcept {
    mutex.unlock();
    act(context);
    mutex.lock();
    return false; // too late
  }
  static void notify(condition_type& /*condition*/) noexcept {}
};
// [SR-STREAM-008]
TEST_F(waiting, gives_what_came_at_the_last_moment) {
  using late_stream = basic_waiting_stream<std_atomics, late_waiting>;
  late_stream* made = nullptr;
  late_stream stream(plan(),
                     late_waiting{[](void* context) { write(**static_cast<late_stream**>(context), 2); }, &made});
  made = &stream;
  EXPECT_TRUE(stream.peek_until(2, stream.now() + 1s));
  EXPECT_EQ(stream.peek_until(4, 1s).value().size(), 4U);
  EXPECT_EQ(stream.state().refused_peeks, 0U); // it has looked several times, and was refused nothing
}

/// Does what the test says while a side waits, once, and goes on; a deadline has come then. Where nothing is to be done, whoever waits would
/// sleep for ever: a failure, and the stream is closed.
struct acting_waiting {
  using mutex_type = std::mutex;
  using condition_type = int;
  void (**act)(void*) = nullptr;
  void (*close)(void*) = nullptr;
  void* context = nullptr;

  [[nodiscard, maybe_unused]] static std::chrono::nanoseconds now() noexcept { return {}; }
  void wait(condition_type& /*condition*/, mutex_type& mutex) const noexcept {
    mutex.unlock();
    EXPECT_NE(*act, nullptr) << "sleeps for ever";
    const auto next = std::exchange(*act, nullptr);
    (next != nullptr ? next : close)(context);
    mutex.lock();
  }
  [[nodiscard]] bool wait_until(condition_type& condition, mutex_type& mutex,
                                std::chrono::nanoseconds /*deadline*/) const noexcept {
    wait(condition, mutex);
    return false;
  }
  static void notify(condition_type& /*condition*/) noexcept {}
};
class waiting_for_each_other : public waiting {
public:
  using acting_stream = basic_waiting_stream<std_atomics, acting_waiting>;

  /// Room for eight, and all of it in one piece: the two sides may want more than there is.
  [[nodiscard]] stream_plan wide_plan() {
    bytes.resize(stream_config::storage_bytes(8, 8).value());
    stream_config config;
    config.storage = {bytes.data(), bytes.size()};
    config.capacity_bytes = 8;
    config.contiguous_max_bytes = 8;
    return config.validate().value();
  }
  static waiting_for_each_other& of(void* context) { return *static_cast<waiting_for_each_other*>(context); }

  void (*act)(void*) = nullptr;
  acting_stream stream{wide_plan(), acting_waiting{&act,
                                                   [](void* context) {
                                                     of(context).stream.close_writer();
                                                     of(context).stream.close_reader();
                                                   },
                                                   this}};
  stream_failure told{};
};
// [SR-STREAM-009] Four readable of eight, and each side wants six.
TEST_F(waiting_for_each_other, is_told_to_a_writer_with_what_is_free) {
  write(stream, 4);
  act = [](void* context) { // while the reader waits
    waiting_for_each_other& self = of(context);
    self.told = self.stream.reserve(6).failure();
    write(self.stream, 2);
  };
  EXPECT_TRUE(stream.peek(6)); // the writer, once told, has done what the reader waited for
  EXPECT_EQ(told, (stream_failure{code::would_deadlock, stream_field::none, 6, 0, 4}));
  EXPECT_EQ(stream.state().refused_reserves, 1U);
  EXPECT_EQ(stream.state().refused_peeks, 0U);
}
// [SR-STREAM-009] With a deadline of its own, too: until then nothing could come.
TEST_F(waiting_for_each_other, is_told_to_a_reader_with_what_is_readable) {
  write(stream, 4);
  act = [](void* context) { // while the writer waits
    waiting_for_each_other& self = of(context);
    self.told = self.stream.peek_until(6, 1s).failure();
    EXPECT_TRUE(self.stream.peek(self.told.highest));
    EXPECT_TRUE(self.stream.consume(2));
  };
  EXPECT_TRUE(stream.reserve(6));
  EXPECT_EQ(told, (stream_failure{code::would_deadlock, stream_field::none, 6, 0, 4}));
}
// [SR-STREAM-009] Who waits with a deadline will go on: the other one waits for that.
TEST_F(waiting_for_each_other, is_not_told_where_the_first_has_a_deadline) {
  write(stream, 4);
  act = [](void* context) {             // while the reader waits
    of(context).act = [](void* again) { // while the writer waits as well
      waiting_for_each_other& self = of(again);
      EXPECT_TRUE(self.stream.try_peek(4));
      EXPECT_TRUE(self.stream.consume(4));
    };
    EXPECT_TRUE(of(context).stream.reserve(6));
  };
  EXPECT_EQ(stream.peek_until(6, 1s).failure().code, code::timed_out);
}
// [SR-STREAM-009] Two sides that want no more than the ring has, and one byte: neither is ever told.
TEST_F(waiting_for_each_other, cannot_be_within_the_bound) {
  write(stream, 4);
  act = [](void* context) {
    waiting_for_each_other& self = of(context);
    EXPECT_TRUE(self.stream.reserve(4)); // 5 + 4 = 8 + 1
    EXPECT_TRUE(self.stream.commit(4));
  };
  EXPECT_TRUE(stream.peek(5));
}

// [SR-STREAM-008]
TEST_F(waiting, does_not_happen_where_it_would_be_in_vain) {
  waiting_stream stream(plan());
  EXPECT_EQ(stream.try_peek(1).failure().code, code::not_enough);
  EXPECT_EQ(stream.peek(5).failure().code, code::invalid_argument);
  EXPECT_EQ(stream.reserve(5).failure().code, code::invalid_argument);
  write(stream, 8);
  EXPECT_EQ(stream.try_reserve(1).failure().code, code::full);
  EXPECT_EQ(stream.commit(1).failure().code, code::over_commit);
  EXPECT_EQ(stream.consume(1).failure().code, code::over_consume);
  stream.close_reader();
  EXPECT_EQ(stream.reserve(1).failure().code, code::reader_gone);
  stream.close_writer();
  EXPECT_EQ(stream.reserve(1).failure().code, code::closed);
  EXPECT_EQ(stream.peek().failure().code, code::closed);
  EXPECT_EQ(stream.contiguous_max_bytes(), 4U);
  EXPECT_TRUE(stream.state().is_writer_closed);
}

// [SR-STREAM-008] A reader that waits is woken by the commit, by the close, and a writer by the consume, and by the close: each thread
// would hang here otherwise.
TEST_F(waiting, ends_when_the_other_side_goes_on) {
  constexpr std::size_t total = 2000;
  waiting_stream stream(plan());
  std::size_t wrong = 0;
  std::thread reader([&] {
    std::size_t position = 0;
    for (;;) {
      const auto seen = stream.peek();
      if (!seen) {
        wrong += seen.failure().code == code::end_of_stream && position == total ? 0U : 1U;
        return;
      }
      for (const std::byte each : seen.value()) {
        wrong += each == static_cast<std::byte>(position++ % 251) ? 0U : 1U;
      }
      wrong += stream.consume(seen.value().size()) ? 0U : 1U;
    }
  });
  for (std::size_t position = 0; position < total;) {
    const std::size_t piece = std::min<std::size_t>(1 + position % 4, total - position);
    const auto room = stream.reserve(piece);
    ASSERT_TRUE(room);
    for (std::byte& each : room.value()) {
      each = static_cast<std::byte>(position++ % 251);
    }
    ASSERT_TRUE(stream.commit(piece));
  }
  stream.close_writer();
  reader.join();
  EXPECT_EQ(wrong, 0U);
}
// [SR-STREAM-008]
TEST_F(waiting, of_a_writer_ends_when_the_reader_closes) {
  waiting_stream stream(plan());
  write(stream, 8);
  std::thread reader([&] { stream.close_reader(); });
  EXPECT_EQ(stream.reserve(1).failure().code, code::reader_gone);
  reader.join();
}

} // namespace
} // namespace nebula::services
