// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <tuple>
#include <type_traits>
#include <vector>

#include <nebula/kernel/contract.hpp>
#include <nebula/verify/stray_write.hpp>

namespace nebula::verify {

/// Tells states apart by 128 bits: of a million states, two share theirs with a probability below 10^-26.
struct state_digest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const state_digest&, const state_digest&) = default;
};

/// Collects what later outcomes may depend on. Two programs that end with the same key end in the same state, as far as
/// any operation can tell; so whatever is not shown to be irrelevant is added, and what is left out says why. To add
/// too much costs time only. A model says by members() what it goes by; all else is taken byte by byte.
class state_key {
public:
  /// An address in these bytes counts by its distance from the first of them, so that it does not matter where they
  /// are.
  void relative_to(const void* first, std::size_t bytes) {
    origins_.push_back({reinterpret_cast<std::uintptr_t>(first), bytes});
  }
  /// add_bytes() passes these by, if they are in bytes that addresses are relative to.
  void leave_out(const void* first, std::size_t bytes) {
    const auto begin = reinterpret_cast<std::uintptr_t>(first);
    if (std::any_of(origins_.begin(), origins_.end(), [begin](const extent& each) { return each.holds(begin); })) {
      omitted_.push_back({begin, bytes});
    }
  }

  /// A number, an address, a container, an optional, or an object with members(), which says all there is to say of its
  /// bytes.
  template <class Value>
  void add(const Value& value) {
    if constexpr (requires { value.members(); }) {
      leave_out(&value, sizeof value);
      add(value.members());
    } else if constexpr (requires { value.has_value(); }) {
      add_word(value.has_value() ? 1 : 0);
      if (value.has_value()) {
        add(*value);
      }
    } else if constexpr (requires { value.begin(); }) {
      add_word(value.size());
      for (const auto& each : value) {
        add(each);
      }
    } else if constexpr (std::is_integral_v<Value> || std::is_enum_v<Value>) {
      add_word(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_pointer_v<Value>) {
      add_word(reinterpret_cast<std::uintptr_t>(value));
    } else if constexpr (requires { std::tuple_size<Value>::value; }) {
      std::apply([this](const auto&... each) { (this->add(each), ...); }, value);
    } else {
      static_assert(std::has_unique_object_representations_v<Value> && sizeof(Value) % sizeof(std::uintptr_t) == 0,
                    "give it members(): bytes that are not part of its value would count");
      std::uintptr_t words[sizeof(Value) / sizeof(std::uintptr_t)];
      std::memcpy(words, &value, sizeof value);
      for (const std::uintptr_t word : words) {
        add_word(word);
      }
    }
  }

  /// The bytes as they are, but for what is left out and for addresses.
  void add_bytes(const void* first, std::size_t bytes) {
    const auto begin = reinterpret_cast<std::uintptr_t>(first);
    const std::size_t lead = begin % word_bytes; // by words that may hold an address
    copy_.assign((lead + bytes + word_bytes - 1) / word_bytes, 0);
    auto* const copied = static_cast<std::byte*>(static_cast<void*>(copy_.data())) + lead;
    copy_unseen(copied, static_cast<const std::byte*>(first), bytes);
    for (const extent& each : omitted_) {
      const std::uintptr_t from = each.begin > begin ? each.begin : begin;
      const std::uintptr_t to = each.end() < begin + bytes ? each.end() : begin + bytes;
      if (from < to) {
        std::memset(copied + (from - begin), 0, to - from);
      }
    }
    for (const std::uintptr_t word : copy_) {
      add_word(word);
    }
  }

  [[nodiscard]] NEBULA_WRAPS state_digest digest() const { return {mixed(low_ ^ high_ >> 32U), mixed(high_ + low_)}; }

private:
  struct extent {
    std::uintptr_t begin;
    std::size_t bytes;
    [[nodiscard]] std::uintptr_t end() const { return begin + bytes; }
    [[nodiscard]] bool holds(std::uintptr_t place) const { return place >= begin && place - begin < bytes; }
  };
  static constexpr std::size_t word_bytes = sizeof(std::uintptr_t);

  // Free bytes may be marked as such, and padding never written: memory checkers need not know. Volatile, or the loop
  // becomes a call of memcpy, where they would look.
  NEBULA_UNSEEN static void copy_unseen(std::byte* to, const std::byte* from, std::size_t bytes) {
    const auto* const source = reinterpret_cast<const volatile unsigned char*>(from);
    auto* const target = reinterpret_cast<unsigned char*>(to);
    for (std::size_t place = 0; place < bytes; ++place) {
      target[place] = source[place];
    }
  }

  NEBULA_WRAPS void add_word(std::uint64_t word) {
    std::uint64_t origin = 0;
    for (std::size_t index = 0; index < origins_.size(); ++index) {
      if (word >= origins_[index].begin && word - origins_[index].begin < origins_[index].bytes) {
        word -= origins_[index].begin;
        origin = index + 1;
        break;
      }
    }
    low_ = (low_ ^ (word + origin * 0x9E3779B97F4A7C15U)) * 0xD6E8FEB86659FD93U;
    low_ ^= low_ >> 29U;
    high_ = (high_ + (word ^ origin << 56U) + 0x2545F4914F6CDD1DU) * 0xC2B2AE3D27D4EB4FU;
    high_ ^= high_ >> 31U;
  }
  [[nodiscard]] NEBULA_WRAPS static std::uint64_t mixed(std::uint64_t word) {
    word = (word ^ word >> 33U) * 0xFF51AFD7ED558CCDU;
    return word ^ word >> 33U;
  }

  std::vector<extent> origins_;
  std::vector<extent> omitted_;
  std::vector<std::uintptr_t> copy_;
  std::uint64_t low_ = 0x243F6A8885A308D3U;
  std::uint64_t high_ = 0x13198A2E03707344U;
};

} // namespace nebula::verify
