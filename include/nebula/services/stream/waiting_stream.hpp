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
/// The two sides may want more than the ring has: with k bytes readable of a capacity c, a reserve(n), n > c - k, and a
/// peek(m), m > k, wait for each other. That can be iff n + m > c + 1. It is found with the mutex, when the second of them
/// begins to wait: what a side has published it has told the other one before it waits itself, so that whoever still waits
/// then has looked at all that there is, and will have no more. The second one is told, and none sleeps for ever; with
/// n + m <= c + 1, as where no call exceeds half of the capacity, that never happens.
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

  /// As of the ring, and never full: waits until so many bytes are free, or the reader has closed. would_deadlock, with the
  /// number that is free, iff it would wait while the reader waits without a deadline for more than is readable: commit
  /// something, or reserve less. [SR-STREAM-009]
  [[nodiscard]] writing_outcome reserve(std::size_t bytes) noexcept {
    return wait(writer_, reader_, stream_failure_code::full, nullptr, [&] { return buffer_.reserve(bytes); });
  }
  /// The same until the clock of Waiting reaches the deadline: then timed_out, if there was no room at the last moment.
  /// Who waits with a deadline makes no one else would_deadlock: it will go on.
  [[nodiscard]] writing_outcome reserve_until(std::size_t bytes, nanoseconds deadline) noexcept {
    return wait(writer_, reader_, stream_failure_code::full, &deadline, [&] { return buffer_.reserve(bytes); });
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
  /// would_deadlock, with the number that is readable, iff it would wait while the writer waits without a deadline for more
  /// than is free: consume something; peek(number) gets what there is. [SR-STREAM-009]
  [[nodiscard]] reading_outcome peek(std::size_t bytes) noexcept {
    return wait(reader_, writer_, stream_failure_code::not_enough, nullptr, [&] { return buffer_.peek(bytes); });
  }
  /// As many as there are, once there is one.
  [[nodiscard]] reading_outcome peek() noexcept {
    return wait(reader_, writer_, stream_failure_code::not_enough, nullptr, [&] { return buffer_.peek(); });
  }
  [[nodiscard]] reading_outcome peek_until(std::size_t bytes, nanoseconds deadline) noexcept {
    return wait(reader_, writer_, stream_failure_code::not_enough, &deadline, [&] { return buffer_.peek(bytes); });
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
    bool has_deadline = false; ///< while it waits
  };

  template <class Call>
  [[nodiscard]] auto wait(side& own, const side& other, stream_failure_code lacks, const nanoseconds* deadline,
                          Call call) noexcept -> decltype(call()) {
    const typename buffer_type::looking look(buffer_, lacks);
    auto outcome = call();
    if (outcome.has_value() || outcome.failure().code != lacks) {
      return outcome;
    }
    mutex_.lock();
    bool is_in_time = true;
    bool is_deadlock = false;
    for (;;) {
      outcome = call(); // with the mutex: who publishes after this look finds that this side waits
      if (outcome.has_value() || outcome.failure().code != lacks || !is_in_time) {
        break;
      }
      if (other.waits && !other.has_deadline) {
        is_deadlock = true; // it has looked since this side last published, and sleeps until that does so again
        break;
      }
      own.waits = true;
      own.has_deadline = deadline != nullptr;
      if (deadline == nullptr) {
        waiting_.wait(own.condition, mutex_);
      } else {
        is_in_time = waiting_.wait_until(own.condition, mutex_, *deadline);
      }
      own.waits = false;
    }
    mutex_.unlock();
    if (!outcome.has_value() && outcome.failure().code == lacks) {
      look.count_refusal();
      stream_failure refused = outcome.failure();
      refused.code = is_deadlock ? stream_failure_code::would_deadlock : stream_failure_code::timed_out;
      return refused;
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
