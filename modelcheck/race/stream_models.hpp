// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <nebula/services/stream/basic_stream_buffer.hpp>

#include "pool_bench.hpp"

namespace nebula::race {

/// The shipped ring over the detector's atomics, with its oracle: each byte comes once and in order, and no byte has two
/// owners. Beside each byte of the ring stands a variable of the detector's, which whoever has the byte uses as its own.
class stream_bench : public scenario {
public:
  using ring_type = services::basic_stream_buffer<relacy_atomics>;
  using code = services::stream_failure_code;

  stream_bench() : ring_(plan()) {}

  void inspect() override {
    while (read(1)) {
    }
    require(read_ == written_, "lost bytes");
    const services::stream_state now = ring_.state();
    require(now.readable_bytes == 0 && now.free_bytes == capacity, "wrong count");
    require(now.misuses == 0, "a right call was taken for misuse");
  }

protected:
  static constexpr std::size_t capacity = 3;
  static constexpr std::size_t contiguous_max = 2;

  [[nodiscard]] ring_type& ring() { return ring_; }

  /// False iff there was no room.
  bool write(std::size_t bytes) {
    const auto room = ring_.reserve(bytes);
    if (!room.has_value()) {
      require(room.failure().code == code::full || room.failure().code == code::reader_gone, "wrong failure");
      is_reader_gone_ = room.failure().code == code::reader_gone;
      return false;
    }
    for (std::byte& each : room.value()) {
      own(each)(RL_INFO).store(written_);
      each = static_cast<std::byte>(written_++);
    }
    require(ring_.commit(bytes).has_value(), "a right commit was refused");
    return true;
  }
  /// False iff nothing is there, or will be.
  bool read(std::size_t bytes) {
    const auto seen = ring_.peek(bytes);
    if (!seen.has_value()) {
      has_ended_ = seen.failure().code == code::end_of_stream && seen.failure().highest == 0;
      require(seen.failure().code == code::not_enough || seen.failure().code == code::end_of_stream ||
                  seen.failure().code == code::closed,
              "wrong failure");
      return false;
    }
    for (const std::byte& each : seen.value()) {
      require(own(each)(RL_INFO).load() == read_ && each == static_cast<std::byte>(read_), "another byte");
      ++read_;
    }
    require(ring_.consume(bytes).has_value(), "a right consume was refused");
    return true;
  }
  /// A byte that is reserved and written, and never committed.
  void begin_to_write() {
    const auto room = ring_.reserve(1);
    if (room.has_value()) {
      own(room.value().front())(RL_INFO).store(written_);
    }
  }
  /// A byte that is read, and never consumed.
  void look() {
    const auto seen = ring_.peek(1);
    if (seen.has_value()) {
      static_cast<void>(own(seen.value().front())(RL_INFO).load());
    }
  }
  /// What a side does when it knows that the other one is gone.
  void take_all() {
    for (std::size_t index = 0; index < capacity; ++index) {
      own_[index](RL_INFO).store(0);
    }
  }
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  [[nodiscard]] bool is_reader_gone() const { return is_reader_gone_; }

private:
  rl::var<unsigned>& own(const std::byte& place) {
    const auto offset = static_cast<std::size_t>(&place - storage_.data());
    require(offset < storage_.size(), "a byte from nowhere");
    return own_[offset % capacity]; // the mirror is a second place of the same bytes
  }
  [[nodiscard]] services::stream_plan plan() {
    services::stream_config config;
    config.storage = {storage_.data(), storage_.size()};
    config.capacity_bytes = capacity;
    config.contiguous_max_bytes = contiguous_max;
    config.hook = {[](void*, const fault&) { fail("misuse was reported", ""); }, nullptr};
    return config.validate().value();
  }

  std::array<std::byte, capacity + contiguous_max - 1> storage_{};
  std::array<rl::var<unsigned>, capacity> own_{};
  ring_type ring_;
  unsigned written_ = 0; ///< the writer's
  unsigned read_ = 0;    ///< the reader's
  bool has_ended_ = false;
  bool is_reader_gone_ = false;
};

/// More than one round of the ring, in pieces that stand across its end.
class stream_round final : public stream_bench {
public:
  void thread(unsigned self) override {
    for (unsigned attempt = 0; attempt < 5; ++attempt) {
      static_cast<void>(self == 0 ? write(2) : read(1 + attempt % 2));
    }
  }
};

/// The writer closes, with room or without: what it has committed comes before the end, all of it; and once the reader knows of the
/// end, all of the ring is its own, also what the writer had reserved.
class stream_writer_closes final : public stream_bench {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      static_cast<void>(write(2));
      static_cast<void>(write(1));
      begin_to_write();
      ring().close_writer();
      return;
    }
    for (unsigned attempt = 0; attempt < 5 && !has_ended(); ++attempt) {
      static_cast<void>(read(1));
    }
    if (has_ended()) {
      take_all();
    }
  }
};

/// The reader closes: once the writer knows it, all of the ring is its own, also what the reader had looked at.
class stream_reader_closes final : public stream_bench {
public:
  void thread(unsigned self) override {
    if (self == 1) {
      static_cast<void>(read(1));
      look();
      ring().close_reader();
      return;
    }
    for (unsigned attempt = 0; attempt < 4 && !is_reader_gone(); ++attempt) {
      static_cast<void>(write(2));
    }
    if (is_reader_gone() || ring().is_reader_gone()) {
      take_all();
    }
  }
  void inspect() override {
    require(ring().state().is_reader_closed, "wrong count");
    require(ring().is_reader_gone(), "the writer is not told");
    require(ring().reserve(1).failure().code == code::reader_gone, "the writer is not told");
  }
};

} // namespace nebula::race
