// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include <nebula/services/stream/stream_buffer.hpp>
#include "stream_rig.hpp"

namespace nebula::services {
namespace {

using code = stream_failure_code;

// [SR-STREAM-001] Pieces of random sizes on both sides, whatever they meet: each byte comes once, in order, and the end after the last.
TEST(stream_of_two_threads, hands_each_byte_on_once_and_in_order) {
  constexpr unsigned seed = 20261130;
  for (const std::size_t capacity : {1U, 3U, 7U, 64U, 1000U}) {
    const std::size_t total =
        capacity < 16 ? 500 : 20'000; // in a small ring each thread waits for the other all the time
    test::stream_rig<> ring(capacity, capacity < 9 ? capacity : 9);
    std::size_t read = 0;
    std::size_t wrong = 0;
    std::thread reader([&] {
      std::mt19937 random(seed);
      for (;;) {
        const std::size_t most = 1 + random() % ring->contiguous_max_bytes();
        auto seen = random() % 2 == 0 ? ring->peek(most) : ring->peek();
        if (!seen && seen.failure().code == code::end_of_stream && seen.failure().highest != 0) {
          seen = ring->peek(seen.failure().highest);
        }
        if (!seen && seen.failure().code == code::end_of_stream) {
          return;
        }
        if (!seen) {
          std::this_thread::yield();
          continue;
        }
        const std::size_t consumed = random() % (seen.value().size() + 1);
        for (std::size_t index = 0; index < consumed; ++index) {
          wrong += seen.value()[index] == static_cast<std::byte>(read++ % 251) ? 0U : 1U;
        }
        wrong += ring->consume(consumed) ? 0U : 1U;
      }
    });
    std::mt19937 random(seed + 1);
    for (std::size_t written = 0; written < total;) {
      const std::size_t bytes = 1 + random() % ring->contiguous_max_bytes();
      const auto room = ring->reserve(bytes);
      if (!room) {
        ASSERT_EQ(room.failure().code, code::full);
        std::this_thread::yield();
        continue;
      }
      const std::size_t committed = random() % (std::min(bytes, total - written) + 1);
      for (std::size_t index = 0; index < committed; ++index) {
        room.value()[index] = static_cast<std::byte>(written++ % 251);
      }
      ASSERT_TRUE(ring->commit(committed));
    }
    ring->close_writer();
    reader.join();
    EXPECT_EQ(read, total) << "seed " << seed << " capacity " << capacity;
    EXPECT_EQ(wrong, 0U) << "seed " << seed << " capacity " << capacity;
    EXPECT_EQ(ring->state().misuses, 0U);
  }
}

// [SR-STREAM-005] Once the writer knows that the reader is gone, the storage is its own.
TEST(stream_of_two_threads, tells_the_writer_that_the_reader_is_gone) {
  std::vector<std::byte> bytes(stream_config::storage_bytes(16, 4).value());
  stream_config config;
  config.storage = {bytes.data(), bytes.size()};
  config.capacity_bytes = 16;
  config.contiguous_max_bytes = 4;
  stream_buffer ring(config.validate().value());
  std::thread reader([&] {
    std::size_t seen = 0;
    while (seen < 3) {
      seen += ring.peek(1) && ring.consume(1) ? 1U : 0U;
      std::this_thread::yield();
    }
    ring.close_reader();
  });
  for (;;) {
    const auto room = ring.reserve(2);
    if (room) {
      ASSERT_TRUE(ring.commit(2));
    } else if (room.failure().code == code::reader_gone) {
      break;
    } else {
      std::this_thread::yield();
    }
  }
  std::fill(bytes.begin(), bytes.end(), std::byte{1}); // a thread sanitizer would tell if the reader still looked
  reader.join();
}

} // namespace
} // namespace nebula::services
