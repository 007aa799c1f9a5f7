// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <span>

#include <nebula/services/object_pool.hpp>
#include <nebula/services/stream/waiting_stream.hpp>

#include "object_pool_models.hpp"

namespace nebula::race {

/// The shipped waiting stream over the detector's threads and atomics. Whoever is not woken sleeps for
/// ever: the detector's deadlock, or the other side is told that it would be one.
class waiting_stream_bench : public scenario {
public:
  using stream_type = services::basic_waiting_stream<relacy_atomics, modelled_waiting>;
  using code = services::stream_failure_code;

  waiting_stream_bench() : stream_(plan(), modelled_waiting(nullptr)) {}
  void inspect() override { require(stream_.state().misuses == 0, "a right call was taken for misuse"); }

protected:
  static constexpr std::size_t capacity = 2;

  [[nodiscard]] stream_type& stream() { return stream_; }

private:
  [[nodiscard]] services::stream_plan plan() {
    services::stream_config config;
    config.storage = {storage_.data(), storage_.size()};
    config.capacity_bytes = capacity;
    config.contiguous_max_bytes = capacity;
    return config.validate().value();
  }

  std::array<std::byte, 2 * capacity - 1> storage_{};
  stream_type stream_;
};

/// More bytes than there is room for: each side waits, and is woken; the end wakes, too.
class waiting_stream_wakes final : public waiting_stream_bench {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      for (unsigned written = 0; written < 3; ++written) {
        const auto room = stream().reserve(1);
        require(room.has_value(), "wrong failure");
        room.value().front() = static_cast<std::byte>(written);
        require(stream().commit(1).has_value(), "a right commit was refused");
      }
      stream().close_writer();
      return;
    }
    unsigned read = 0;
    for (;;) {
      const auto seen = stream().peek(1);
      if (!seen.has_value()) {
        require(seen.failure().code == code::end_of_stream && read == 3, "lost bytes");
        return;
      }
      require(seen.value().front() == static_cast<std::byte>(read), "another byte");
      ++read;
      require(stream().consume(1).has_value(), "a right consume was refused");
    }
  }
};

/// The deadline comes whenever the detector wants it to: the byte is read then, or is still there afterwards.
class waiting_stream_deadline final : public waiting_stream_bench {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      const auto room = stream().reserve(1);
      require(room.has_value(), "wrong failure");
      require(stream().commit(1).has_value(), "a right commit was refused");
      return;
    }
    const auto seen = stream().peek_until(1, std::chrono::nanoseconds{1});
    require(seen.has_value() || seen.failure().code == code::timed_out, "wrong failure");
  }
  void inspect() override {
    require(stream().try_peek(1).has_value(), "lost bytes");
    waiting_stream_bench::inspect();
  }
};

/// One byte is readable of two, and each side wants two in one piece: they would wait for each other for ever. Exactly one of them is
/// told, whichever comes second, and goes on with what there is; no byte is lost.
class waiting_stream_wants_too_much final : public waiting_stream_bench {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      write(1);
      if (const auto room = stream().reserve(2); room.has_value()) {
        room.value()[0] = static_cast<std::byte>(written_++);
        room.value()[1] = static_cast<std::byte>(written_++);
        require(stream().commit(2).has_value(), "a right commit was refused");
      } else {
        is_told(room.failure());
        write(1);
      }
      stream().close_writer();
      return;
    }
    for (;;) {
      const auto seen = stream().peek(2);
      if (seen.has_value()) {
        read(seen.value());
        continue;
      }
      if (seen.failure().code == code::end_of_stream) {
        require(seen.failure().highest == 0, "lost bytes");
        return;
      }
      is_told(seen.failure());
      read(stream().peek(1).value());
    }
  }
  void inspect() override {
    require(told_writer_ + told_reader_ == 1, "wrong count of those told");
    require(read_ == written_ && written_ == (told_writer_ == 1 ? 2U : 3U), "lost bytes");
    waiting_stream_bench::inspect();
  }

private:
  void write(std::size_t bytes) {
    const auto room = stream().reserve(bytes);
    require(room.has_value(), "wrong failure");
    room.value().front() = static_cast<std::byte>(written_++);
    require(stream().commit(bytes).has_value(), "a right commit was refused");
  }
  void read(std::span<const std::byte> bytes) {
    for (const std::byte each : bytes) {
      require(each == static_cast<std::byte>(read_++), "another byte");
    }
    require(stream().consume(bytes.size()).has_value(), "a right consume was refused");
  }
  void is_told(const services::stream_failure& failure) {
    require(failure.code == code::would_deadlock && failure.highest == 1, "wrong failure");
    (rl::thread_index() == 0 ? told_writer_ : told_reader_) += 1;
  }

  unsigned written_ = 0; ///< the writer's
  unsigned told_writer_ = 0;
  unsigned read_ = 0; ///< the reader's
  unsigned told_reader_ = 0;
};

/// The writer waits for room that never comes.
class waiting_stream_reader_closes final : public waiting_stream_bench {
public:
  void thread(unsigned self) override {
    if (self == 1) {
      require(stream().peek(1).has_value() && stream().consume(1).has_value(), "wrong failure");
      stream().close_reader();
      return;
    }
    for (unsigned written = 0; written < 4; ++written) {
      const auto room = stream().reserve(1);
      if (!room.has_value()) {
        require(room.failure().code == code::reader_gone && written >= capacity, "wrong failure");
        return;
      }
      require(stream().commit(1).has_value(), "a right commit was refused");
    }
    fail("the writer is not told");
  }
};

} // namespace nebula::race
