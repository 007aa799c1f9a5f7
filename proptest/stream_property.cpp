// SPDX-License-Identifier: Apache-2.0 OR MIT
// Random programs on a stream's ring, right calls and wrong ones, beside a queue of bytes that predicts each outcome; shrunk when one
// fails. One thread: what two threads can do to each other the race models show.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <ostream>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <nebula/services/stream/stream_buffer.hpp>

namespace nebula::services {
namespace {

using code = stream_failure_code;

enum class call : std::uint8_t { reserve, commit, peek, peek_all, consume, close_writer, close_reader };

struct step {
  call what = call::reserve;
  std::uint8_t bytes = 0;
};
std::ostream& operator<<(std::ostream& out, const step& each) {
  constexpr const char* names[] = {"reserve", "commit", "peek", "peek_all", "consume", "close_writer", "close_reader"};
  return out << names[static_cast<std::size_t>(each.what)] << ' ' << static_cast<unsigned>(each.bytes);
}

/// What the ring holds, and what it must say.
struct queue_model {
  std::size_t capacity;
  std::size_t contiguous_max;
  std::deque<std::byte> bytes{};
  std::size_t reserved = 0;
  std::size_t peeked = 0;
  std::size_t misuses = 0;
  bool writer_closed = false;
  bool reader_closed = false;

  [[nodiscard]] bool is_wrong(std::size_t count) const { return count == 0 || count > contiguous_max; }
  /// All that would be right: of a reader that has gone the writer need not have heard yet.
  [[nodiscard]] std::vector<code> of_reserve(std::size_t count) {
    if (writer_closed) {
      return {code::closed};
    }
    if (is_wrong(count)) {
      return {code::invalid_argument};
    }
    if (reserved != 0) {
      ++misuses;
      return {code::already_reserved};
    }
    const code otherwise = capacity - bytes.size() < count ? code::full : code::none;
    return reader_closed
               ? std::vector<code>{code::reader_gone, otherwise == code::full ? code::reader_gone : code::none}
               : std::vector<code>{otherwise};
  }
  [[nodiscard]] code of_peek(std::size_t count) const {
    if (reader_closed) {
      return code::closed;
    }
    if (is_wrong(count)) {
      return code::invalid_argument;
    }
    if (bytes.size() >= count) {
      return code::none;
    }
    return writer_closed ? code::end_of_stream : code::not_enough;
  }
};

bool is_one_of(code found, const std::vector<code>& allowed) {
  for (const code each : allowed) {
    if (each == found) {
      return true;
    }
  }
  return false;
}

void run(std::size_t capacity, std::size_t contiguous_max, const std::vector<step>& program) {
  std::vector<std::byte> storage(stream_config::storage_bytes(capacity, contiguous_max).value());
  stream_config config;
  config.storage = {storage.data(), storage.size()};
  config.capacity_bytes = capacity;
  config.contiguous_max_bytes = contiguous_max;
  config.hook = {[](void*, const fault&) {}, nullptr};
  stream_buffer ring(config.validate().value());
  queue_model model{capacity, contiguous_max};
  std::span<std::byte> room;
  std::uint8_t next = 0;
  for (const step& each : program) {
    const std::size_t count = each.bytes;
    switch (each.what) {
    case call::reserve: {
      const auto got = ring.reserve(count);
      RC_ASSERT(is_one_of(got.failure().code, model.of_reserve(count)));
      if (got.failure().code == code::full) {
        RC_ASSERT(got.failure().highest == capacity - model.bytes.size());
      }
      if (got) {
        RC_ASSERT(got.value().size() == count);
        room = got.value();
        model.reserved = count;
        for (std::byte& byte : room) {
          byte = static_cast<std::byte>(next++);
        }
      }
      break;
    }
    case call::commit: {
      const bool is_right = count <= model.reserved;
      RC_ASSERT(ring.commit(count).failure().code == (is_right ? code::none : code::over_commit));
      model.misuses += is_right ? 0U : 1U;
      if (is_right && count != 0) {
        model.bytes.insert(model.bytes.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
      }
      model.reserved = is_right ? 0 : model.reserved;
      break;
    }
    case call::peek:
    case call::peek_all: {
      const bool all = each.what == call::peek_all;
      const auto got = all ? ring.peek() : ring.peek(count);
      RC_ASSERT(got.failure().code == model.of_peek(all ? 1 : count));
      if (got) {
        RC_ASSERT((all ? got.value().size() <= model.bytes.size() : got.value().size() == count));
        for (std::size_t index = 0; index < got.value().size(); ++index) {
          RC_ASSERT(got.value()[index] == model.bytes[index]);
        }
        model.peeked = got.value().size();
      } else if (got.failure().code == code::end_of_stream || got.failure().code == code::not_enough) {
        RC_ASSERT(got.failure().highest == model.bytes.size());
      }
      break;
    }
    case call::consume: {
      const bool is_right = count <= model.peeked;
      RC_ASSERT(ring.consume(count).failure().code == (is_right ? code::none : code::over_consume));
      model.misuses += is_right ? 0U : 1U;
      if (is_right) {
        model.peeked -= count;
        model.bytes.erase(model.bytes.begin(), model.bytes.begin() + static_cast<std::ptrdiff_t>(count));
      }
      break;
    }
    case call::close_writer:
      ring.close_writer();
      model.writer_closed = true;
      model.reserved = 0;
      break;
    case call::close_reader:
      ring.close_reader();
      model.reader_closed = true;
      model.peeked = 0;
      break;
    }
    RC_ASSERT(ring.state().readable_bytes == model.bytes.size());
    RC_ASSERT(ring.state().misuses == model.misuses);
  }
}

} // namespace
} // namespace nebula::services

namespace rc {

template <>
struct Arbitrary<nebula::services::step> {
  static Gen<nebula::services::step> arbitrary() {
    using nebula::services::call;
    using nebula::services::step;
    const auto what = gen::weightedElement<call>({{30, call::reserve},
                                                  {30, call::commit},
                                                  {20, call::peek},
                                                  {8, call::peek_all},
                                                  {25, call::consume},
                                                  {1, call::close_writer},
                                                  {1, call::close_reader}});
    return gen::build<step>(gen::set(&step::what, what), gen::set(&step::bytes, gen::inRange<std::uint8_t>(0, 18)));
  }
};

} // namespace rc

namespace nebula::services {
namespace {

RC_GTEST_PROP(stream, is_a_queue_of_bytes, ()) {
  const auto capacity = *rc::gen::inRange<std::size_t>(1, 24);
  const auto contiguous_max = *rc::gen::inRange<std::size_t>(1, capacity + 1);
  run(capacity, contiguous_max, *rc::gen::arbitrary<std::vector<step>>());
}

} // namespace
} // namespace nebula::services
