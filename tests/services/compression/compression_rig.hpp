// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <nebula/services/compression/compressed_store.hpp>

namespace nebula::services {

/// The way to the bytes as they are stored, and to the store's own record of them.
struct compressed_store_access {
  static compressed_store::entry& entry_of(compressed_store& store, compressed_handle handle) {
    return *store.place_of(handle).value();
  }
  /// As if what is there now had been put so.
  static void seal(compressed_store& store, compressed_handle handle) {
    compressed_store::entry& value = entry_of(store, handle);
    value.seal = compressed_store::seal_of(value, handle);
  }
  static std::uint32_t& link(compressed_store& store, std::uint32_t index) { return store.block_records_[index].next; }
  static std::uint32_t& owner(compressed_store& store, std::uint32_t index) {
    return store.block_records_[index].owner;
  }
  static std::uint32_t& generation(compressed_store& store, std::uint32_t index) { return store.generations_[index]; }
  static std::size_t& blocks_used(compressed_store& store) { return store.counts_.blocks_used; }
  static local_pool_allocator& entries(compressed_store& store) { return store.entries_; }
  static local_pool_allocator& blocks(compressed_store& store) { return store.blocks_; }
  static local_pool_allocator& slabs(compressed_store& store) { return store.slabs_; }

  /// The stored byte, of which the value has more.
  static std::byte& stored_byte(compressed_store& store, compressed_handle handle, std::size_t place) {
    const compressed_store::entry& value = entry_of(store, handle);
    std::uint32_t index = value.first;
    for (; place >= store.block_bytes_; place -= store.block_bytes_) {
      index = store.block_records_[index].next;
    }
    return store.block_at(index)[place];
  }
  static std::size_t stored(compressed_store& store, compressed_handle handle) {
    return entry_of(store, handle).stored;
  }
  static bool is_compressed(compressed_store& store, compressed_handle handle) {
    return entry_of(store, handle).is_compressed != 0;
  }
};

namespace test {

using bytes = std::vector<std::byte>;

inline bytes bytes_of(const std::string& text) {
  bytes all(text.size());
  std::transform(text.begin(), text.end(), all.begin(), [](char each) { return static_cast<std::byte>(each); });
  return all;
}
/// Compresses well.
inline bytes repeated(std::size_t size, const std::string& word = "memory, time, order; ") {
  std::string text;
  while (text.size() < size) {
    text += word;
  }
  text.resize(size);
  return bytes_of(text);
}
/// Does not compress.
inline bytes random_bytes(std::size_t size, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  bytes all(size);
  for (std::byte& each : all) {
    each = static_cast<std::byte>(random() & 0xFFU);
  }
  return all;
}

/// A clock that goes on by a millisecond with each look.
struct ticking_clock {
  std::uint64_t looks = 0;
  [[nodiscard]] compression_clock clock() {
    return {this, [](void* context) noexcept { return ++static_cast<ticking_clock*>(context)->looks * 1'000'000; }};
  }
};

inline compressed_store_config small_config() {
  compressed_store_config config;
  config.value_count_max = 8;
  config.value_max_bytes = 4096;
  config.block_count = 64;
  config.block_bytes = 64;
  config.threshold_bytes = 128;
  config.pin_count_max = 2;
  return config;
}

/// A store with its storage, which has guards on both sides.
class compression_rig {
public:
  explicit compression_rig(compressed_store_config config = small_config(), std::size_t offset = 0)
      : storage_(guard_bytes + offset + compressed_store_config::storage_bytes(config).value() + guard_bytes, guard),
        store_(plan(config, offset)),
        guard_begin_(guard_bytes + offset) {}
  compression_rig(const compression_rig&) = delete;
  compression_rig& operator=(const compression_rig&) = delete;
  ~compression_rig() = default;

  compressed_store& operator*() { return store_; }
  compressed_store* operator->() { return &store_; }
  /// The value; empty iff it is not to be had. With the failure, if that is asked for.
  bytes get(compressed_handle handle, compression_failure_code* failure = nullptr) {
    bytes buffer(store_.value_max_bytes());
    const auto size = store_.get(handle, buffer);
    buffer.resize(size ? size.value() : 0);
    if (failure != nullptr) {
      *failure = size.failure().code;
    }
    return buffer;
  }
  [[nodiscard]] bool guards_are_whole() const {
    const auto is_guard = [](std::byte each) { return each == guard; };
    return std::all_of(storage_.begin(), storage_.begin() + static_cast<std::ptrdiff_t>(guard_begin_), is_guard) &&
           std::all_of(storage_.end() - guard_bytes, storage_.end(), is_guard);
  }
  std::vector<error> misuses; ///< at most misuses_max

private:
  static constexpr std::size_t misuses_max = 64;
  static constexpr std::ptrdiff_t guard_bytes = 256;
  static constexpr std::byte guard{0xD7};

  compressed_store_plan plan(compressed_store_config config, std::size_t offset) {
    config.storage = {storage_.data() + guard_bytes + offset, storage_.size() - offset - 2 * guard_bytes};
    if (config.hook.function == nullptr) {
      misuses.reserve(misuses_max); // a hook asks for no memory
      config.hook = {[](void* context, const fault& report) {
                       std::vector<error>& heard = static_cast<compression_rig*>(context)->misuses;
                       if (heard.size() == misuses_max) {
                         std::abort();
                       }
                       heard.push_back(report.what);
                     },
                     this};
    }
    return config.validate().value();
  }

  bytes storage_;
  compressed_store store_;
  std::size_t guard_begin_;
};

} // namespace test
} // namespace nebula::services
