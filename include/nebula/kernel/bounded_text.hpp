// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/arithmetic.hpp>

namespace nebula {

/// Writes text into a caller's buffer: counts all that it is given, and keeps what fits. Without heap and without
/// floating point. One owner. [SR-ERR-004]
class bounded_text {
public:
  bounded_text(char* buffer, std::size_t size) noexcept : buffer_(buffer), size_(size) {}

  void add(char character) noexcept {
    if (length_ + 1 < size_) {
      buffer_[length_] = character;
    }
    ++length_;
  }
  /// Words end with a zero byte.
  void add(const char* words) noexcept {
    for (; *words != '\0'; ++words) {
      add(*words);
    }
  }
  /// At most 20 rounds.
  void add_decimal(std::size_t value) noexcept {
    char digits[20];
    std::size_t count = 0;
    do {
      const division by_ten = divide(value, 10);
      digits[count++] = digit(by_ten.remainder);
      value = by_ten.quotient;
    } while (value != 0);
    while (count != 0) {
      add(digits[--count]);
    }
  }
  /// In people's units, 1024 to the next, two decimals rounded down: "95 B", "3.80 MiB".
  void add_size(std::size_t bytes) noexcept {
    constexpr const char* units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    std::size_t unit = 0;
    std::size_t rest = 0; // of the unit before, in 0…1023
    for (; bytes >= 1024 && unit < 6; ++unit) {
      rest = bytes % 1024;
      bytes /= 1024;
    }
    add_decimal(bytes);
    if (unit != 0) {
      const division hundredths = divide(rest * 100 / 1024, 10);
      add('.');
      add(digit(hundredths.quotient));
      add(digit(hundredths.remainder));
    }
    add(units[unit]);
  }
  /// Ends what was kept with a zero byte, unless the buffer has no byte at all. Returns the bytes of all that was
  /// given, so that a return of at least the buffer's size says that the text was cut.
  std::size_t finish() noexcept {
    if (size_ != 0) {
      buffer_[length_ < size_ ? length_ : size_ - 1] = '\0';
    }
    return length_;
  }

private:
  [[nodiscard]] static char digit(std::size_t value) noexcept { return static_cast<char>('0' + value); }

  char* buffer_;
  std::size_t size_;
  std::size_t length_ = 0;
};

} // namespace nebula
