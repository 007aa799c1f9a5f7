// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>

#include <nebula/services/stream/stream_failure.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

using code = stream_failure_code;

std::string text_of(const stream_failure& failure) {
  char buffer[200];
  const std::size_t length = describe(failure, buffer, sizeof buffer);
  EXPECT_EQ(length, std::string(buffer).size());
  return buffer;
}

// [SR-STREAM-006]
TEST(stream_failures, are_described_with_value_and_range) {
  EXPECT_EQ(text_of({}), "no failure");
  EXPECT_EQ(text_of({code::invalid_configuration, stream_field::capacity_bytes, 0, 1, 9}),
            "capacity_bytes is 0; accepted is 1...9");
  EXPECT_EQ(text_of({code::invalid_argument, stream_field::bytes, 10, 1, 9}), "bytes is 10; accepted is 1...9");
  EXPECT_EQ(text_of({code::invalid_configuration, stream_field::storage, 3, 4, 2}),
            "storage is 3; no value would do as long as the other fields stay");
  EXPECT_EQ(text_of({code::full, stream_field::none, 8, 0, 3}), "8 bytes do not fit: 3 are free; the reader is behind");
  EXPECT_EQ(text_of({code::not_enough, stream_field::none, 8, 0, 3}), "8 bytes are not there yet: 3 are");
  EXPECT_EQ(text_of({code::end_of_stream, stream_field::none, 8, 0, 3}),
            "8 bytes will never be there: the writer has closed, and 3 are left");
  EXPECT_EQ(text_of({code::reader_gone}), "the reader has closed");
  EXPECT_EQ(text_of({code::closed}), "this side of the stream has been closed");
  EXPECT_EQ(text_of({code::already_reserved, stream_field::none, 5}),
            "5 bytes are reserved already: commit them, or commit(0)");
  EXPECT_EQ(text_of({code::over_commit, stream_field::bytes, 5, 0, 4}), "5 bytes committed, of 4 that are reserved");
  EXPECT_EQ(text_of({code::over_consume, stream_field::bytes, 5, 0, 4}), "5 bytes consumed, of 4 that were peeked at");
  EXPECT_EQ(text_of({code::timed_out, stream_field::none, 5, 0, 4}),
            "5 bytes were not to be had before the deadline: 4 were");
  EXPECT_EQ(text_of({code::would_deadlock, stream_field::none, 5, 0, 4}),
            "5 bytes would never come: 4 are there, and the other side waits for this one");
}

// [SR-STREAM-006]
TEST(stream_failures, are_cut_where_the_buffer_ends) {
  char buffer[6] = "?????";
  EXPECT_EQ(describe(stream_failure{}, buffer, 4), 10U);
  EXPECT_STREQ(buffer, "no ");
  EXPECT_EQ(buffer[4], '?');
}

TEST(stream_failures, have_names) {
  EXPECT_STREQ(name(code::none), "none");
  EXPECT_STREQ(name(code::timed_out), "timed_out");
  EXPECT_STREQ(name(code::already_reserved), "already_reserved");
  EXPECT_STREQ(name(code::would_deadlock), "would_deadlock");
  EXPECT_STREQ(name(static_cast<code>(13)), "unknown");
  EXPECT_STREQ(name(stream_field::step_bytes), "step_bytes");
  EXPECT_STREQ(name(static_cast<stream_field>(7)), "unknown");
}

} // namespace
} // namespace nebula::services
