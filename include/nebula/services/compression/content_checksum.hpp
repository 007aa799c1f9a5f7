// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <nebula/kernel/contract.hpp>

namespace nebula::services {

/// A number of 64 bits for the bytes, to find damage with, not to resist anybody. Damage within one group of eight bytes
/// (counted from the first) always changes it: each step is one to one in the number so far, and in what is added. Other
/// damage, if it is random, goes unseen with a chance of about one in 2^64; damage that is made to go unseen does. Not for
/// other machines: it is of words as this one has them.
///
/// Four lanes, each a chain of steps, so that a processor has four multiplications under way. A step multiplies twice, with
/// a rotation between: a product's highest bit is of the factors' highest bits alone, and the rotation takes it to the
/// middle, from where the second factor spreads it. With one factor a second flipped bit, in the lane's next word, took the
/// first one back. O(size). Any thread. [SR-COMPRESS-004]
[[nodiscard]] NEBULA_WRAPS inline std::uint64_t content_checksum(std::span<const std::byte> bytes) noexcept {
  constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15U;    // 2^64 divided by the golden ratio: half of its bits are set
  constexpr std::uint64_t spread = 0xBF58'476D'1CE4'E5B9U; // of D. Stafford's mixer 13 of 64 bits (2011)
  constexpr std::size_t lane_count = 4;
  constexpr std::size_t group_bytes = lane_count * sizeof(std::uint64_t);
  std::uint64_t lanes[lane_count] = {1, 2, 3, 4};
  const auto add = [&lanes](const std::byte* group) NEBULA_WRAPS {
    for (std::size_t lane = 0; lane < lane_count; ++lane) {
      std::uint64_t word = 0;
      std::memcpy(&word, group + lane * sizeof word, sizeof word);
      lanes[lane] = std::rotl((lanes[lane] ^ word) * odd, 29) * spread;
    }
  };
  std::size_t done = 0;
  for (; bytes.size() - done >= group_bytes; done += group_bytes) {
    add(bytes.data() + done);
  }
  if (done != bytes.size()) {
    std::byte rest[group_bytes] = {}; // the zeros are told from bytes of the content by the size
    std::memcpy(rest, bytes.data() + done, bytes.size() - done);
    add(rest);
  }
  // one to one in each lane, and another for each order of them
  std::uint64_t sum = std::uint64_t{bytes.size()} * odd;
  for (const std::uint64_t lane : lanes) {
    sum = std::rotl(sum, 13) * odd + lane;
  }
  sum = (sum ^ (sum >> 32U)) * odd;
  return sum ^ (sum >> 29U);
}

} // namespace nebula::services
