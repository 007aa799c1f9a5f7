// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <deque>
#include <random>
#include <string>

#include <nebula/services/stream/stream_buffer.hpp>
#include "stream_rig.hpp"

namespace nebula::services {
namespace {

using code = stream_failure_code;
using test::stream_rig;

// [SR-STREAM-002]
TEST(stream, hands_bytes_on_in_order_and_in_place) {
  stream_rig<> ring(8, 4);
  const auto room = ring->reserve(3);
  ASSERT_TRUE(room);
  room.value()[0] = std::byte{'a'};
  room.value()[1] = std::byte{'b'};
  room.value()[2] = std::byte{'c'};
  EXPECT_EQ(ring->peek(1).failure(), (stream_failure{code::not_enough, stream_field::none, 1, 0, 0}));
  ASSERT_TRUE(ring->commit(2)); // the third is given up
  const auto seen = ring->peek(2);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen.value().data(), room.value().data());
  EXPECT_EQ(ring.text_of(seen.value()), "ab");
  ASSERT_TRUE(ring->consume(1));
  EXPECT_EQ(ring.read(1), "b");
}

// [SR-STREAM-002] Wherever the ring stands, a reservation of any size up to contiguous_max succeeds iff so many bytes are free, and
// peek likewise: no byte is lost at the ring's end.
TEST(stream_of_any_capacity, refuses_nothing_that_fits) {
  for (const std::size_t capacity : {1U, 2U, 3U, 5U, 7U, 8U, 12U}) {
    for (std::size_t contiguous_max = 1; contiguous_max <= capacity; ++contiguous_max) {
      for (std::size_t start = 0; start < 2 * capacity; ++start) {
        stream_rig<> ring(capacity, contiguous_max);
        for (std::size_t moved = 0; moved < start; ++moved) {
          ASSERT_TRUE(ring.write("x"));
          ASSERT_EQ(ring.read(1), "x");
        }
        for (std::size_t held = 0; held <= capacity; ++held) {
          for (std::size_t bytes = 1; bytes <= contiguous_max; ++bytes) {
            ASSERT_EQ(ring->reserve(bytes).has_value(), bytes <= capacity - held) << capacity << ' ' << start;
            ASSERT_TRUE(ring->commit(0));
            ASSERT_EQ(ring->peek(bytes).has_value(), bytes <= held) << capacity << ' ' << start;
          }
          ASSERT_EQ(ring->state().readable_bytes, held);
          ASSERT_EQ(ring->state().free_bytes, capacity - held);
          ASSERT_EQ(ring.write("y"), held != capacity);
        }
      }
    }
  }
}

// [SR-STREAM-002] Against a queue of bytes, with pieces of every size, across the end in both of its places.
TEST(stream_of_any_capacity, is_a_queue_of_bytes) {
  constexpr unsigned seed = 20261130;
  std::mt19937 random(seed);
  for (std::size_t capacity = 1; capacity <= 24; ++capacity) {
    for (std::size_t contiguous_max = 1; contiguous_max <= capacity; ++contiguous_max) {
      stream_rig<> ring(capacity, contiguous_max);
      std::deque<char> model;
      char next = 'a';
      for (int step = 0; step < 200; ++step) {
        const std::size_t bytes = 1 + random() % contiguous_max;
        if (random() % 2 == 0) {
          std::string text(bytes, ' ');
          for (char& each : text) {
            each = next;
            next = next == 'z' ? 'a' : static_cast<char>(next + 1);
          }
          const bool fits = model.size() + bytes <= capacity;
          ASSERT_EQ(ring.write(text), fits) << "seed " << seed << " capacity " << capacity << " step " << step;
          if (fits) {
            model.insert(model.end(), text.begin(), text.end());
          } else {
            next = text.front();
          }
        } else if (model.size() >= bytes) {
          const std::size_t consumed = random() % (bytes + 1);
          const std::string expected(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(bytes));
          ASSERT_EQ(ring.read(bytes, consumed), expected)
              << "seed " << seed << " capacity " << capacity << " step " << step;
          model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(consumed));
        } else {
          ASSERT_EQ(ring->peek(bytes).failure(),
                    (stream_failure{code::not_enough, stream_field::none, bytes, 0, model.size()}));
        }
      }
    }
  }
}

// [SR-STREAM-002]
TEST(stream_peek_without_a_number, gives_all_that_lies_in_one_piece) {
  stream_rig<> ring(8, 3); // a mirror of two bytes
  EXPECT_EQ(ring->peek().failure().code, code::not_enough);
  ASSERT_TRUE(ring.write("ab"));
  ASSERT_TRUE(ring.write("cde"));
  EXPECT_EQ(ring.text_of(ring->peek().value()), "abcde"); // more than contiguous_max
  ASSERT_TRUE(ring->consume(5));
  ASSERT_TRUE(ring.write("fgh"));
  ASSERT_TRUE(ring.write("ijk"));
  ASSERT_TRUE(ring.write("lm"));
  const auto piece = ring->peek(); // from offset 5: three up to the end, and the two of the mirror
  EXPECT_EQ(ring.text_of(piece.value()), "fghij");
  ASSERT_TRUE(ring->consume(4));
  EXPECT_EQ(ring.text_of(ring->peek().value()), "jklm");
}

// [SR-STREAM-002] Back-pressure: it is told how much is free.
TEST(stream, tells_the_writer_how_much_is_free) {
  stream_rig<> ring(8, 8);
  ASSERT_TRUE(ring.write("abcde"));
  EXPECT_EQ(ring->reserve(4).failure(), (stream_failure{code::full, stream_field::none, 4, 0, 3}));
  EXPECT_EQ(ring.read(2), "ab");
  EXPECT_EQ(ring->reserve(6).failure(), (stream_failure{code::full, stream_field::none, 6, 0, 5}));
  EXPECT_TRUE(ring->reserve(5));
  const stream_state now = ring->state();
  EXPECT_EQ(now.refused_reserves, 2U);
  EXPECT_EQ(now.refused_peeks, 0U);
  EXPECT_EQ(now.misuses, 0U);
}

// [SR-STREAM-002]
TEST(stream, refuses_pieces_that_it_can_never_give) {
  stream_rig<> ring(8, 3);
  EXPECT_EQ(ring->reserve(0).failure(), (stream_failure{code::invalid_argument, stream_field::bytes, 0, 1, 3}));
  EXPECT_EQ(ring->reserve(4).failure(), (stream_failure{code::invalid_argument, stream_field::bytes, 4, 1, 3}));
  EXPECT_EQ(ring->reserve(SIZE_MAX).failure().code, code::invalid_argument);
  EXPECT_EQ(ring->peek(0).failure(), (stream_failure{code::invalid_argument, stream_field::bytes, 0, 1, 3}));
  EXPECT_EQ(ring->peek(SIZE_MAX).failure().code, code::invalid_argument);
  EXPECT_EQ(ring->state().refused_reserves, 0U);
  EXPECT_TRUE(ring.misuses().seen.empty());
}

// [SR-STREAM-003]
TEST(stream_misuse_by_the_writer, is_told_and_changes_nothing) {
  stream_rig<> ring(8, 8);
  EXPECT_EQ(ring->commit(1).failure(), (stream_failure{code::over_commit, stream_field::bytes, 1, 0, 0}));
  const auto room = ring->reserve(3);
  ASSERT_TRUE(room);
  EXPECT_EQ(ring->reserve(1).failure(), (stream_failure{code::already_reserved, stream_field::none, 3, 0, 0}));
  EXPECT_EQ(ring->commit(4).failure(), (stream_failure{code::over_commit, stream_field::bytes, 4, 0, 3}));
  EXPECT_EQ(ring->state().readable_bytes, 0U);
  EXPECT_TRUE(ring->commit(3)); // the reservation has stayed
  EXPECT_EQ(ring->state().readable_bytes, 3U);
  EXPECT_EQ(ring->commit(1).failure().code, code::over_commit);
  EXPECT_EQ(ring->state().misuses, 4U);
  ASSERT_EQ(ring.misuses().seen.size(), 4U);
  EXPECT_EQ(ring.misuses().seen[0], (error{error_code::over_release, operation::release, component::none}));
  EXPECT_EQ(ring.misuses().seen[1], (error{error_code::blocks_live, operation::reserve, component::none}));
}

// [SR-STREAM-004]
TEST(stream_misuse_by_the_reader, is_told_and_changes_nothing) {
  stream_rig<> ring(8, 8);
  ASSERT_TRUE(ring.write("abcde"));
  EXPECT_EQ(ring->consume(1).failure(), (stream_failure{code::over_consume, stream_field::bytes, 1, 0, 0}));
  ASSERT_TRUE(ring->peek(3));
  EXPECT_EQ(ring->consume(4).failure(), (stream_failure{code::over_consume, stream_field::bytes, 4, 0, 3}));
  ASSERT_TRUE(ring->consume(2));
  EXPECT_EQ(ring->consume(2).failure(), (stream_failure{code::over_consume, stream_field::bytes, 2, 0, 1}));
  ASSERT_TRUE(ring->consume(1)); // of the same peek
  EXPECT_EQ(ring->peek(9).failure().code, code::invalid_argument);
  ASSERT_TRUE(ring->peek(1));
  EXPECT_EQ(ring->peek(3).failure().code, code::not_enough);
  EXPECT_TRUE(ring->consume(1)); // what was peeked at before has stayed
  EXPECT_EQ(ring->state().misuses, 3U);
  ASSERT_EQ(ring.misuses().seen.size(), 3U);
  EXPECT_EQ(ring.misuses().seen[0], (error{error_code::over_release, operation::release, component::none}));
}

// [SR-STREAM-005]
TEST(stream_closed_by_the_writer, is_read_to_its_end) {
  stream_rig<> ring(8, 8);
  ASSERT_TRUE(ring.write("abcde"));
  ASSERT_TRUE(ring->reserve(2)); // given up
  ring->close_writer();
  ring->close_writer();
  EXPECT_EQ(ring->reserve(1).failure(), (stream_failure{code::closed, stream_field::none, 1, 0, 0}));
  EXPECT_EQ(ring->commit(2).failure().code, code::over_commit);
  EXPECT_TRUE(ring->state().is_writer_closed);
  EXPECT_FALSE(ring->state().is_reader_closed);
  EXPECT_EQ(ring.read(4, 3), "abcd");
  EXPECT_EQ(ring->peek(3).failure(), (stream_failure{code::end_of_stream, stream_field::none, 3, 0, 2}));
  EXPECT_EQ(ring.read(2), "de");
  EXPECT_EQ(ring->peek().failure(), (stream_failure{code::end_of_stream, stream_field::none, 1, 0, 0}));
  EXPECT_EQ(ring->state().refused_peeks, 0U); // the end is no want of bytes
}

// [SR-STREAM-005]
TEST(stream_closed_by_the_reader, tells_the_writer_when_it_looks) {
  stream_rig<> ring(4, 4);
  ASSERT_TRUE(ring.write("ab"));
  EXPECT_FALSE(ring->is_reader_gone());
  ASSERT_TRUE(ring->peek(2));
  ring->close_reader();
  ring->close_reader();
  EXPECT_EQ(ring->peek(1).failure(), (stream_failure{code::closed, stream_field::none, 1, 0, 0}));
  EXPECT_EQ(ring->consume(1).failure().code, code::over_consume);
  ASSERT_TRUE(ring.write("cd")); // known to be free: not looked
  EXPECT_EQ(ring->reserve(1).failure(), (stream_failure{code::reader_gone, stream_field::none, 1, 0, 0}));
  EXPECT_EQ(ring->reserve(1).failure().code, code::reader_gone);
  EXPECT_TRUE(ring->is_reader_gone());
  EXPECT_TRUE(ring->state().is_reader_closed);
  EXPECT_EQ(ring->state().refused_reserves, 0U);
}
TEST(stream_closed_by_the_reader, tells_a_writer_who_asks_at_once) {
  stream_rig<> ring(4, 4);
  ring->close_reader();
  EXPECT_TRUE(ring->is_reader_gone());
  EXPECT_EQ(ring->reserve(1).failure().code, code::reader_gone);
}

// [SR-STREAM-001] The same source without atomic operations.
TEST(stream_of_one_thread, is_the_same) {
  stream_rig<local_stream_buffer> ring(5, 5);
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(ring.write("abc"));
    ASSERT_EQ(ring.read(3), "abc");
  }
  EXPECT_EQ(ring->state().free_bytes, 5U);
  EXPECT_EQ(ring->capacity_bytes(), 5U);
  EXPECT_EQ(ring->contiguous_max_bytes(), 5U);
}

} // namespace
} // namespace nebula::services
