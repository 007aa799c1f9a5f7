// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <nebula/services/stream/stream_failure.hpp>

namespace nebula::services {

/// The reader's side of a stream as windows of one size, each a step further than the one before: with a step below the size they
/// overlap, and what two have in common stays in the ring, where it is. One owner: the reader, who peeks and consumes in
/// no other way meanwhile; so it can be moved, which leaves windows of no stream, and not copied. [SR-STREAM-007]
///
/// Buffer: basic_stream_buffer, over any atomics.
template <class Buffer>
class stream_windows {
public:
  stream_windows() noexcept = default; ///< of no stream: next() says end_of_stream
  stream_windows(stream_windows&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)),
        window_bytes_(other.window_bytes_),
        step_bytes_(other.step_bytes_),
        given_(other.given_),
        seen_(other.seen_) {}
  stream_windows& operator=(stream_windows&& other) noexcept {
    buffer_ = std::exchange(other.buffer_, nullptr); // it may be this one: so it stays
    window_bytes_ = other.window_bytes_;
    step_bytes_ = other.step_bytes_;
    given_ = other.given_;
    seen_ = other.seen_;
    return *this;
  }
  stream_windows(const stream_windows&) = delete;
  stream_windows& operator=(const stream_windows&) = delete;
  ~stream_windows() = default;

  /// invalid_configuration: window_bytes iff 0 or above the buffer's contiguous_max_bytes; step_bytes iff 0 or above
  /// window_bytes. The buffer outlives the windows.
  [[nodiscard]] static stream_outcome<stream_windows> make(Buffer& buffer, std::size_t window_bytes,
                                                           std::size_t step_bytes) noexcept {
    if (window_bytes == 0 || window_bytes > buffer.contiguous_max_bytes()) {
      return stream_failure{stream_failure_code::invalid_configuration, stream_field::window_bytes, window_bytes, 1,
                            buffer.contiguous_max_bytes()};
    }
    if (step_bytes == 0 || step_bytes > window_bytes) {
      return stream_failure{stream_failure_code::invalid_configuration, stream_field::step_bytes, step_bytes, 1,
                            window_bytes};
    }
    return stream_windows(buffer, window_bytes, step_bytes);
  }

  /// Ends the last window, and gives the next: its bytes are there until the following call. At the end of the stream the
  /// last window is shorter iff the rest does not fill one and has bytes that were in none; then end_of_stream. not_enough
  /// iff it is not whole yet: the last window has ended all the same, and the same call goes on later. closed iff the reader
  /// has closed. O(1).
  [[nodiscard]] stream_outcome<std::span<const std::byte>> next() noexcept {
    if (buffer_ == nullptr) {
      return stream_failure{stream_failure_code::end_of_stream, stream_field::none, 0, 0, 0};
    }
    end_window();
    stream_outcome<std::span<const std::byte>> window = buffer_->peek(window_bytes_);
    if (!window.has_value() && window.failure().code == stream_failure_code::end_of_stream) {
      const std::size_t rest = window.failure().highest;
      if (rest > seen_) {
        window = buffer_->peek(rest);
      } else if (rest != 0) { // in windows before, all of it
        static_cast<void>(buffer_->peek(rest));
        static_cast<void>(buffer_->consume(rest));
        seen_ = 0;
      }
    }
    given_ = window.has_value() ? window.value().size() : 0;
    return window;
  }

private:
  stream_windows(Buffer& buffer, std::size_t window_bytes, std::size_t step_bytes) noexcept
      : buffer_(&buffer), window_bytes_(window_bytes), step_bytes_(step_bytes) {}

  void end_window() noexcept {
    if (given_ != 0) {
      const std::size_t step = given_ == window_bytes_ ? step_bytes_ : given_; // a shorter one is the last
      if (buffer_->peek(step).has_value()) { // not iff the reader has closed, who then has no bytes to give back
        static_cast<void>(buffer_->consume(step));
      }
      seen_ = given_ - step;
      given_ = 0;
    }
  }

  Buffer* buffer_ = nullptr;
  std::size_t window_bytes_ = 0;
  std::size_t step_bytes_ = 0;
  std::size_t given_ = 0; ///< the bytes of the present window; 0 iff there is none
  std::size_t seen_ = 0;  ///< the first so many readable bytes were in a window already
};

} // namespace nebula::services
