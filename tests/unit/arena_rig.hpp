// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "support.hpp"

namespace nebula::test {

/// A chunk source that gives pieces of the heap exactly as they are asked for, keeps a record of all that happens, and
/// can be told to misbehave.
class recording_source {
public:
  recording_source() = default;
  recording_source(const recording_source&) = delete;
  recording_source& operator=(const recording_source&) = delete;

  [[nodiscard]] chunk_source source() {
    return {[](void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
              return static_cast<recording_source*>(context)->acquire(bytes, align);
            },
            [](void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING {
              return static_cast<recording_source*>(context)->release(chunk);
            },
            this};
  }

  /// What the arena has now, oldest first.
  [[nodiscard]] const std::vector<byte_span>& out() const { return out_; }
  [[nodiscard]] std::size_t acquired() const { return acquired_; }
  [[nodiscard]] std::size_t asked_bytes() const { return asked_bytes_; }
  /// True iff each release was of the youngest chunk that was out.
  [[nodiscard]] bool was_last_in_first_out() const { return was_last_in_first_out_; }

  error_code refusal = error_code::none;                 ///< of each later acquire
  error_code release_refusal = error_code::none;         ///< of each later release
  std::function<byte_span(byte_span)> instead = nullptr; ///< what each later acquire gives

private:
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects" // the heap is what a test needs, and no kernel would use
#endif
  result<byte_span> acquire(std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
    asked_bytes_ = bytes;
    EXPECT_EQ(align, chunk_align_bytes);
    if (refusal != error_code::none) {
      return error{refusal, operation::grow, component::chunk_source};
    }
    ++acquired_;
    memory_.push_back(std::make_unique<std::byte[]>(bytes + 4 * chunk_align_bytes));
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.back().get());
    byte_span chunk{memory_.back().get() + padding_bytes(address, chunk_align_bytes), bytes};
    chunk = instead ? instead(chunk) : chunk;
    out_.push_back(chunk);
    return chunk;
  }
  result<void> release(byte_span chunk) noexcept NEBULA_NONBLOCKING {
    if (release_refusal != error_code::none) {
      return error{release_refusal, operation::release, component::chunk_source};
    }
    was_last_in_first_out_ = was_last_in_first_out_ && !out_.empty() && out_.back().data == chunk.data;
    const auto found = std::find_if(out_.begin(), out_.end(),
                                    [&](byte_span each) { return each.data == chunk.data && each.size == chunk.size; });
    if (found != out_.end()) {
      out_.erase(found);
      return {};
    }
    ADD_FAILURE() << "released what was not out";
    return {};
  }
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<byte_span> out_;
  std::size_t acquired_ = 0;
  std::size_t asked_bytes_ = 0;
  bool was_last_in_first_out_ = true;
};

/// Room for so many bytes of blocks beside a chunk's header.
constexpr std::size_t chunk_for(std::size_t bytes) { return arena::header_bytes() + bytes; }

/// An arena over such a source, with its log. The first chunk has room for 1,024 bytes.
struct arena_rig {
  explicit arena_rig(bool tracks = true, arena_growth growth = arena_growth::fixed,
                     std::size_t capacity_max_bytes = arena_config::unlimited_bytes,
                     check_level level = check_level::standard)
      : made_of(make_config(tracks, growth, capacity_max_bytes, level)) {}

  fault_log log{};
  recording_source chunks{};
  arena_config made_of;
  arena subject{made_of.validate().value()};

  [[nodiscard]] std::byte* take(std::size_t size, std::size_t align = 1) {
    const result<std::byte*> block = subject.allocate({size, align});
    EXPECT_TRUE(succeeded(block));
    EXPECT_TRUE(is_aligned(block.value(), align));
    EXPECT_TRUE(succeeded(subject.check_invariants()));
    return block.value();
  }
  [[nodiscard]] marker take_mark() {
    const result<marker> point = subject.mark();
    EXPECT_TRUE(succeeded(point));
    EXPECT_TRUE(succeeded(subject.check_invariants()));
    return point.value();
  }
  template <class Call>
  [[nodiscard]] testing::AssertionResult refuses(error_code expected, Call call) {
    return refused(subject, log, expected, call);
  }

private:
  arena_config make_config(bool tracks, arena_growth growth, std::size_t capacity_max_bytes, check_level level) {
    arena_config config;
    config.source = chunks.source();
    config.chunk_bytes = chunk_for(1024);
    config.growth = growth;
    config.growth_bytes = 100;
    config.capacity_max_bytes = capacity_max_bytes;
    config.track_allocations = tracks;
    config.hook = log.hook();
    config.level = level;
    return config;
  }
};

} // namespace nebula::test
