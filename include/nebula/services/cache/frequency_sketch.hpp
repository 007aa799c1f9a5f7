// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <nebula/kernel/contract.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// About how often each of very many fingerprints was seen lately: never less than the truth, up to 15, and seldom more.
/// Four rows of counters of 4 bits, in each of which a fingerprint has one; its frequency is the least of the four, and
/// only those that are the least are counted up (Cormode and Muthukrishnan, "An improved data stream summary: the
/// count-min sketch and its applications", 2005; Estan and Varghese, conservative update, 2002). After ten times as many
/// as entries were counted, all are halved: what was long ago fades (Einziger, Friedman and Manes, "TinyLFU: a highly
/// efficient cache admission policy", 2017, section 3).
///
/// O(1), but for the halving, which is O(entries) once in five times as many calls, for it halves what was counted, too. 4 to 8 bytes for each entry. One owner.
class frequency_sketch {
public:
  static constexpr std::uint32_t row_count = 4;
  static constexpr std::uint32_t frequency_max = 15;
  static constexpr std::uint32_t sample_per_entry = 10;

  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    return row_count * words(entry_count_max) * sizeof(std::uint64_t);
  }
  /// Aligned as std::uint64_t. O(entry_count_max).
  frequency_sketch(std::byte* storage, std::uint32_t entry_count_max) noexcept
      : words_(make_array<std::uint64_t>(storage, row_count * words(entry_count_max))),
        words_per_row_(words(entry_count_max)),
        sample_(sample_of(entry_count_max)) {}

  [[nodiscard]] std::uint32_t frequency(std::uint32_t fingerprint) const noexcept {
    std::uint32_t least = frequency_max;
    for (std::uint32_t row = 0; row < row_count; ++row) {
      least = std::min(least, counter(row, fingerprint));
    }
    return least;
  }
  void count(std::uint32_t fingerprint) noexcept {
    const std::uint32_t least = frequency(fingerprint);
    if (least < frequency_max) {
      for (std::uint32_t row = 0; row < row_count; ++row) {
        if (counter(row, fingerprint) == least) {
          const std::uint64_t place = place_of(row, fingerprint);
          word_of(row, place) += std::uint64_t{1} << shift_of(place);
        }
      }
    }
    ++counted_;
    if (counted_ >= sample_) {
      halve();
    }
  }

private:
  static constexpr std::uint32_t counters_per_word = 16;
  static constexpr std::uint32_t bits = 4;

  /// Twice as many counters in a row as entries, rounded up to a power of two.
  [[nodiscard]] static constexpr std::size_t words(std::uint32_t entry_count_max) noexcept {
    return std::max(std::size_t{1}, std::bit_ceil(std::size_t{entry_count_max} * 2) / counters_per_word);
  }
  [[nodiscard]] static constexpr std::uint64_t sample_of(std::uint32_t entry_count) noexcept {
    return std::uint64_t{entry_count} * sample_per_entry;
  }
  /// The rows' places are independent: each multiplies by an odd number of its own, and takes the upper half.
  [[nodiscard]] NEBULA_WRAPS std::uint64_t place_of(std::uint32_t row, std::uint32_t fingerprint) const noexcept {
    constexpr std::uint64_t odd[row_count] = {0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F,
                                              0xCBF29CE484222325};
    const std::uint64_t mixed = (fingerprint + odd[row]) * odd[row];
    const std::uint64_t mask = words_per_row_ * counters_per_word - 1;
    return ((mixed ^ (mixed >> 32U)) >> 16U) & mask;
  }
  [[nodiscard]] static std::uint32_t shift_of(std::uint64_t place) noexcept {
    return static_cast<std::uint32_t>(place % counters_per_word) * bits;
  }
  [[nodiscard]] std::uint64_t& word_of(std::uint32_t row, std::uint64_t place) const noexcept {
    return words_[row * words_per_row_ + place / counters_per_word];
  }
  [[nodiscard]] std::uint32_t counter(std::uint32_t row, std::uint32_t fingerprint) const noexcept {
    const std::uint64_t place = place_of(row, fingerprint);
    return static_cast<std::uint32_t>(word_of(row, place) >> shift_of(place)) & frequency_max;
  }
  void halve() noexcept {
    constexpr std::uint64_t halves = 0x7777777777777777;
    for (std::size_t word = 0; word < row_count * words_per_row_; ++word) {
      words_[word] = (words_[word] >> 1U) & halves;
    }
    counted_ /= 2;
  }

  std::uint64_t* words_;
  std::size_t words_per_row_;
  std::uint64_t sample_;
  std::uint64_t counted_ = 0;
};

} // namespace nebula::services
