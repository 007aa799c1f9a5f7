// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include <nebula/services/object_waiting.hpp>
#include <nebula/services/stream/basic_stream_buffer.hpp>

namespace nebula::services {

/// A stream whose sides can wait for each other: the ring as it is, and a mutex for those who wait. Each commit and each
/// consume takes it once, to see whether the other side waits: whoever publishes before it takes the mutex cannot be
/// missed by one who looks while it holds it. What a ring alone costs, the ring alone costs: this is for sides that have
/// nothing else to do, and commit much at a time.
///
/// Waiting: a policy as steady_waiting. Calls as of the ring: one thread writes and one reads. Not for interrupts.
/// [SR-STREAM-008]
template <class Atomics, class Waiting>
class basic_waiting_stream {
public:
  using buffer_type = basic_stream_buffer<Atomics>;
  using nanoseconds = std::chrono::nanoseconds;
  using writing_outcome = stream_outcome<std::span<std::byte>>;
  using reading_outcome = stream_outcome<std::span<const std::byte>>;

  explicit basic_waiting_stream(const stream_plan& plan, Waiting waiting = Waiting{}) noexcept
      : waiting_(waiting), buffer_(plan) {}
  /// Nobody waits or calls any more.
  ~basic_waiting_stream() = default;
  basic_waiting_stream(const basic_waiting_stream&) = delete;
  basic_waiting_stream& operator=(const basic_waiting_stream&) = delete;

  /// As of the ring, and never full: waits until so many bytes are free, or the reader has closed.
  [[nodiscard]] writing_outcome reserve(std::size_t bytes) noexcept {
    return wait(writer_, stream_failure_code::full, nullptr, [&] { return buffer_.reserve(bytes); });
  }
  /// The same until the clock of Waiting reaches the deadline: then timed_out, if there was no room at the last moment.
  [[nodiscard]] writing_outcome reserve_until(std::size_t bytes, nanoseconds deadline) noexcept {
    return wait(writer_, stream_failure_code::full, &deadline, [&] { return buffer_.reserve(bytes); });
  }
  /// As of the ring: full iff there is no room now.
  [[nodiscard]] writing_outcome try_reserve(std::size_t bytes) noexcept { return buffer_.reserve(bytes); }
  stream_outcome<void> commit(std::size_t bytes) noexcept {
    const stream_outcome<void> done = buffer_.commit(bytes);
    wake(reader_);
    return done;
  }
  void close_writer() noexcept {
    buffer_.close_writer();
    wake(reader_);
  }

  /// As of the ring, and never not_enough: waits until so many bytes are readable, or the writer has closed.
  [[nodiscard]] reading_outcome peek(std::size_t bytes) noexcept {
    return wait(reader_, stream_failure_code::not_enough, nullptr, [&] { return buffer_.peek(bytes); });
  }
  /// As many as there are, once there is one.
  [[nodiscard]] reading_outcome peek() noexcept {
    return wait(reader_, stream_failure_code::not_enough, nullptr, [&] { return buffer_.peek(); });
  }
  [[nodiscard]] reading_outcome peek_until(std::size_t bytes, nanoseconds deadline) noexcept {
    return wait(reader_, stream_failure_code::not_enough, &deadline, [&] { return buffer_.peek(bytes); });
  }
  [[nodiscard]] reading_outcome try_peek(std::size_t bytes) noexcept { return buffer_.peek(bytes); }
  stream_outcome<void> consume(std::size_t bytes) noexcept {
    const stream_outcome<void> done = buffer_.consume(bytes);
    wake(writer_);
    return done;
  }
  void close_reader() noexcept {
    buffer_.close_reader();
    wake(writer_);
  }

  [[nodiscard]] std::size_t contiguous_max_bytes() const noexcept { return buffer_.contiguous_max_bytes(); }
  [[nodiscard]] stream_state state() const noexcept { return buffer_.state(); }
  /// Since the moment that deadlines are counted from.
  [[nodiscard]] nanoseconds now() const noexcept { return waiting_.now(); }

private:
  struct side {
    typename Waiting::condition_type condition{};
    bool waits = false;
  };

  template <class Call>
  [[nodiscard]] auto wait(side& own, stream_failure_code lacks, const nanoseconds* deadline, Call call) noexcept
      -> decltype(call()) {
    auto outcome = call();
    if (outcome.has_value() || outcome.failure().code != lacks) {
      return outcome;
    }
    mutex_.lock();
    bool is_in_time = true;
    for (;;) {
      outcome = call(); // with the mutex: who publishes after this look finds that this side waits
      if (outcome.has_value() || outcome.failure().code != lacks || !is_in_time) {
        break;
      }
      own.waits = true;
      if (deadline == nullptr) {
        waiting_.wait(own.condition, mutex_);
      } else {
        is_in_time = waiting_.wait_until(own.condition, mutex_, *deadline);
      }
      own.waits = false;
    }
    mutex_.unlock();
    if (!outcome.has_value() && outcome.failure().code == lacks) {
      stream_failure late = outcome.failure();
      late.code = stream_failure_code::timed_out;
      return late;
    }
    return outcome;
  }
  void wake(side& other) noexcept {
    mutex_.lock();
    if (other.waits) {
      other.waits = false;
      waiting_.notify(other.condition);
    }
    mutex_.unlock();
  }

  Waiting waiting_;
  typename Waiting::mutex_type mutex_{};
  side writer_{};
  side reader_{};
  buffer_type buffer_;
};

/// By the threads and the clock of the machine.
using waiting_stream = basic_waiting_stream<std_atomics, steady_waiting>;

} // namespace nebula::services
