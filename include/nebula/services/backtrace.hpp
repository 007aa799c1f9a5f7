// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>

namespace nebula::services {

/// Where a thread was: the return addresses of the calls that were under way, innermost first. A plain value of fixed
/// size. [SR-MERR-005]
class backtrace {
public:
  static constexpr std::size_t frame_count_max = 24;

  constexpr backtrace() noexcept = default; ///< of no frames

  /// That of the calling thread, without `skipped` frames beside its own; of no frames iff backtraces were left out of
  /// the build. Without heap and locks of our own, so that it may be taken where memory has run out; O(depth of the
  /// stack). Deeper calls than frame_count_max are left out.
  [[nodiscard]] static backtrace capture(std::size_t skipped = 0) noexcept;
  /// True iff capture() finds frames: option NEBULA_SERVICES_BACKTRACE.
  [[nodiscard]] static bool is_supported() noexcept;

  [[nodiscard]] constexpr std::size_t frame_count() const noexcept { return count_; }
  /// An address of this process. Null iff there is no such frame.
  [[nodiscard]] constexpr const void* frame(std::size_t index) const noexcept {
    return index < count_ ? frames_[index] : nullptr;
  }

private:
  const void* frames_[frame_count_max] = {};
  std::size_t count_ = 0;
};

/// Adds what is known of a frame's code, for people, escaped: "function at file:line", as far as the program has symbols
/// and debug information; else "module+0x1a2b", which addr2line reads; else "unknown". Never the address itself, which
/// would tell where the program lies in memory. Looking up may take heap and read files; where heap is refused, the
/// module is said. Any thread, no interrupts. [SR-MERR-005]
void add_frame(bounded_text& text, const void* frame) noexcept;

} // namespace nebula::services
