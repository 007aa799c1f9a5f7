// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nebula/services/stream/stream_windows.hpp>
#include "stream_rig.hpp"

namespace nebula::services {
namespace {

using code = stream_failure_code;
using rig = test::stream_rig<>;
using windows_type = stream_windows<stream_buffer>;

/// What the windows of a text should be: from its own start, a step apart, the last one shorter if it has bytes that none before has.
std::vector<std::string> expected_windows(const std::string& text, std::size_t window, std::size_t step) {
  std::vector<std::string> all;
  std::size_t seen = 0;
  for (std::size_t from = 0; from < text.size() && seen < text.size(); from += step) {
    all.push_back(text.substr(from, window));
    seen = std::min(from + window, text.size());
  }
  return all;
}

// [SR-STREAM-007] Every window and step, on a ring so small that windows stand across its end.
TEST(windows, are_a_step_apart_and_overlap) {
  const std::string text = "abcdefghijklmnopqrstuvw";
  for (std::size_t window = 1; window <= 7; ++window) {
    for (std::size_t step = 1; step <= window; ++step) {
      rig ring(9, 7);
      windows_type windows = windows_type::make(*ring, window, step).value();
      std::vector<std::string> seen;
      std::size_t written = 0;
      for (;;) {
        while (written < text.size() && ring.write(text.substr(written, 1))) {
          ++written;
        }
        if (written == text.size()) {
          ring->close_writer();
        }
        const auto next = windows.next();
        if (!next && next.failure().code == code::end_of_stream) {
          break;
        }
        ASSERT_TRUE(next || next.failure().code == code::not_enough);
        if (next) {
          seen.push_back(rig::text_of(next.value()));
        }
      }
      EXPECT_EQ(seen, expected_windows(text, window, step)) << "window " << window << " step " << step;
      EXPECT_EQ(windows.next().failure().code, code::end_of_stream);
      EXPECT_EQ(ring->state().readable_bytes, 0U);
      EXPECT_EQ(ring->state().misuses, 0U);
    }
  }
}

// [SR-STREAM-007]
TEST(windows, that_are_not_whole_yet_come_later_and_advance_once) {
  rig ring(8, 4);
  windows_type windows = windows_type::make(*ring, 3, 1).value();
  EXPECT_EQ(windows.next().failure(), (stream_failure{code::not_enough, stream_field::none, 3, 0, 0}));
  ASSERT_TRUE(ring.write("abc"));
  EXPECT_EQ(rig::text_of(windows.next().value()), "abc");
  EXPECT_EQ(windows.next().failure(), (stream_failure{code::not_enough, stream_field::none, 3, 0, 2}));
  EXPECT_EQ(windows.next().failure().highest, 2U);
  ASSERT_TRUE(ring.write("d"));
  EXPECT_EQ(rig::text_of(windows.next().value()), "bcd");
}

// [SR-STREAM-007]
TEST(windows, of_an_empty_stream_are_none) {
  rig ring(8, 4);
  windows_type windows = windows_type::make(*ring, 3, 1).value();
  ring->close_writer();
  EXPECT_EQ(windows.next().failure().code, code::end_of_stream);
  windows_type none;
  EXPECT_EQ(none.next().failure().code, code::end_of_stream);
}

// [SR-STREAM-007] The reader gives the last window up with all the rest: no misuse.
TEST(windows, of_a_reader_that_has_closed_are_no_misuse) {
  rig ring(8, 4);
  windows_type windows = windows_type::make(*ring, 4, 2).value();
  ASSERT_TRUE(ring.write("abcd"));
  ASSERT_TRUE(windows.next());
  ring->close_reader();
  EXPECT_EQ(windows.next().failure().code, code::closed);
  EXPECT_EQ(windows.next().failure().code, code::closed);
  EXPECT_EQ(ring->state().misuses, 0U);
  EXPECT_TRUE(ring.misuses().seen.empty());
}

// [SR-STREAM-007] Two that stand at one place would consume it twice.
TEST(windows, have_one_owner) {
  static_assert(!std::is_copy_constructible_v<windows_type> && !std::is_copy_assignable_v<windows_type>);
  rig ring(8, 4);
  windows_type first = windows_type::make(*ring, 3, 1).value();
  ASSERT_TRUE(ring.write("abcd"));
  EXPECT_EQ(rig::text_of(first.next().value()), "abc");
  windows_type second = std::move(first);
  EXPECT_EQ(first.next().failure().code, code::end_of_stream); // NOLINT(bugprone-use-after-move): it is the point
  EXPECT_EQ(rig::text_of(second.next().value()), "bcd");
  first = std::move(second);
  EXPECT_EQ(second.next().failure().code, code::end_of_stream); // NOLINT(bugprone-use-after-move)
  ring->close_writer();
  EXPECT_EQ(first.next().failure().code, code::end_of_stream);
  EXPECT_EQ(ring->state().readable_bytes, 0U);
  EXPECT_EQ(ring->state().misuses, 0U);
}

// [SR-STREAM-007]
TEST(windows, are_refused_with_the_field_and_its_range) {
  rig ring(8, 4);
  const auto failure = [&](std::size_t window, std::size_t step) {
    return windows_type::make(*ring, window, step).failure();
  };
  EXPECT_EQ(failure(0, 1), (stream_failure{code::invalid_configuration, stream_field::window_bytes, 0, 1, 4}));
  EXPECT_EQ(failure(5, 1), (stream_failure{code::invalid_configuration, stream_field::window_bytes, 5, 1, 4}));
  EXPECT_EQ(failure(3, 0), (stream_failure{code::invalid_configuration, stream_field::step_bytes, 0, 1, 3}));
  EXPECT_EQ(failure(3, 4), (stream_failure{code::invalid_configuration, stream_field::step_bytes, 4, 1, 3}));
}

} // namespace
} // namespace nebula::services
