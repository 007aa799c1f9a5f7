// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// One class of a segregated allocator: a pool of equal blocks.
struct size_class {
  std::size_t block_size_bytes = 0;
  std::size_t block_align_bytes = alignof(std::max_align_t);
  std::size_t block_count = 0;
};

/// From a size to the smallest class that holds it, in constant time: a table over buckets, eight to each doubling, and
/// at most one step, for no bucket has two classes in it. [SR-SEG-001]
class size_class_table {
public:
  static constexpr std::size_t class_count_max = 128;

  constexpr size_class_table() noexcept = default;

  /// True iff classes ascend in size and no two begin in the same bucket: sizes up to 16 may be any, above they differ
  /// by at least about an eighth.
  [[nodiscard]] static constexpr bool accepts(const size_class* classes, std::size_t count) noexcept {
    if (classes == nullptr || count == 0 || count > class_count_max) {
      return false;
    }
    for (std::size_t index = 1; index < count; ++index) {
      const std::size_t smaller = classes[index - 1].block_size_bytes;
      const std::size_t larger = classes[index].block_size_bytes;
      if (larger <= smaller || bucket_of(larger) == bucket_of(smaller)) {
        return false;
      }
    }
    return true;
  }

  /// The smallest size that the class after one of `size` bytes may have: the first that begins another bucket. Does not
  /// fit iff no class can be larger.
  [[nodiscard]] static constexpr checked_size next_class_size(std::size_t size) noexcept {
    const unsigned width = bit_width(size);
    const unsigned shift = width <= bucket_bits ? 0 : width - bucket_bits - 1;
    return checked_multiply((size >> shift) + 1, std::size_t{1} << shift);
  }

  /// The largest size that the class before one of `size` bytes may have: the last of the bucket before; 0 iff none.
  [[nodiscard]] static constexpr std::size_t largest_before(std::size_t size) noexcept {
    const unsigned width = bit_width(size);
    const unsigned shift = width <= bucket_bits ? 0 : width - bucket_bits - 1;
    const std::size_t first = (size >> shift) << shift;
    return first == 0 ? 0 : first - 1;
  }

  /// O(buckets + count). The classes are such as accepts() accepts.
  constexpr void fill(const size_class* classes, std::size_t count) noexcept {
    std::size_t next = 0;
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
      while (next < count && bucket_of(classes[next].block_size_bytes) < bucket) {
        ++next; // at most count times in all
      }
      first_class_[bucket] = static_cast<std::uint8_t>(next);
    }
  }

  /// The first class that may hold `size`: it, or the one after it, is the smallest that does. The number of classes
  /// iff none does.
  [[nodiscard]] constexpr std::size_t candidate(std::size_t size) const noexcept {
    return first_class_[bucket_of(size)];
  }

  void add_to(seal& sum) const noexcept {
    for (const std::uint8_t first : first_class_) {
      sum.add(first);
    }
  }

private:
  static constexpr unsigned bucket_bits = 3;
  static constexpr std::size_t buckets_per_doubling = std::size_t{1} << bucket_bits;
  static constexpr std::size_t bucket_count =
      (static_cast<std::size_t>(std::numeric_limits<std::size_t>::digits) - bucket_bits + 1) * buckets_per_doubling;

  // Sizes below 8 are their own buckets; above, the leading one and the three bits that follow it name the bucket.
  [[nodiscard]] static constexpr std::size_t bucket_of(std::size_t size) noexcept {
    const unsigned width = bit_width(size);
    if (width <= bucket_bits) {
      return size;
    }
    const unsigned shift = width - bucket_bits - 1;
    return (shift + 1) * buckets_per_doubling + ((size >> shift) & (buckets_per_doubling - 1));
  }

  std::uint8_t first_class_[bucket_count] = {};
};

} // namespace nebula
