// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <nebula/services/stream/stream_buffer.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services::test {

/// Counts misuses by their codes.
struct misuse_log {
  std::vector<error> seen;
  [[nodiscard]] fault_hook hook() {
    return {[](void* context, const fault& report) { static_cast<misuse_log*>(context)->seen.push_back(report.what); },
            this};
  }
};

/// A ring with its storage, which has guards on both sides.
template <class Buffer = stream_buffer>
class stream_rig {
public:
  stream_rig(std::size_t capacity, std::size_t contiguous_max)
      : bytes_(guard_bytes + stream_config::storage_bytes(capacity, contiguous_max).value() + guard_bytes, guard),
        buffer_(plan(capacity, contiguous_max)) {}
  ~stream_rig() {
    for (std::size_t index = 0; index < guard_bytes; ++index) {
      EXPECT_EQ(bytes_[index], guard) << "written in front of the storage";
      EXPECT_EQ(bytes_[bytes_.size() - 1 - index], guard) << "written behind the storage";
    }
  }
  stream_rig(const stream_rig&) = delete;
  stream_rig& operator=(const stream_rig&) = delete;

  Buffer& operator*() { return buffer_; }
  Buffer* operator->() { return &buffer_; }
  misuse_log& misuses() { return log_; }

  /// Reserves, writes and commits; false iff there was no room.
  bool write(const std::string& text) {
    const auto room = buffer_.reserve(text.size());
    if (!room) {
      return false;
    }
    EXPECT_EQ(room.value().size(), text.size());
    std::memcpy(room.value().data(), text.data(), text.size());
    EXPECT_TRUE(buffer_.commit(text.size()));
    return true;
  }
  /// Peeks at so many, and consumes some of them.
  std::string read(std::size_t bytes, std::size_t consumed) {
    const auto seen = buffer_.peek(bytes);
    const std::string text = seen ? text_of(seen.value()) : name(seen.failure().code);
    if (seen) {
      EXPECT_TRUE(buffer_.consume(consumed));
    }
    return text;
  }
  std::string read(std::size_t bytes) { return read(bytes, bytes); }
  [[nodiscard]] static std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

private:
  static constexpr std::size_t guard_bytes = 16;
  static constexpr std::byte guard{0xD7};

  stream_plan plan(std::size_t capacity, std::size_t contiguous_max) {
    stream_config config;
    config.storage = {bytes_.data() + guard_bytes, bytes_.size() - 2 * guard_bytes};
    config.capacity_bytes = capacity;
    config.contiguous_max_bytes = contiguous_max;
    config.hook = log_.hook();
    return config.validate().value();
  }

  misuse_log log_;
  std::vector<std::byte> bytes_;
  Buffer buffer_;
};

} // namespace nebula::services::test
