// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/outcome.hpp>

/// What the operating system writes about memory, read as text: pure functions, of which none reads beyond the text,
/// allocates, throws, wraps or loops more often than the text has bytes, whatever the bytes are. [SR-SYS-003]
namespace nebula::services {

/// What a text had to be at the place where it is not.
enum class text_rule : std::uint8_t {
  none = 0,
  number = 1,        ///< decimal digits
  fits = 2,          ///< a number that fits in size_t, in bytes
  unit = 3,          ///< "kB" behind a number
  key_present = 4,   ///< a line with the key that was looked for
  in_order = 5,      ///< ascending numbers, parts not above the whole
  absolute_path = 6, ///< a path that begins with / and goes up nowhere
  end = 7,           ///< nothing more
};

/// Where a text is not what it had to be.
struct text_failure {
  text_rule rule = text_rule::none;
  std::size_t line = 0; ///< from 1; 0: of the text as a whole

  friend constexpr bool operator==(const text_failure&, const text_failure&) noexcept = default;
};

template <class T>
using text_outcome = outcome<T, text_failure>;

/// The identifier as spelled here, "unknown" iff none of them.
[[nodiscard]] constexpr const char* name(text_rule rule) noexcept {
  constexpr const char* names[] = {"none", "number", "fits", "unit", "key_present", "in_order", "absolute_path", "end"};
  const auto index = static_cast<std::size_t>(rule);
  return index < sizeof names / sizeof names[0] ? names[index] : "unknown";
}

/// Writes one line for people, as "line 2: expected a number in decimal digits". As describe() of a memory_failure.
inline std::size_t describe(const text_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  constexpr const char* expected[] = {"nothing",
                                      "a number in decimal digits",
                                      "a number of bytes that fits in size_t",
                                      "the unit kB",
                                      "a line with the key",
                                      "ascending numbers, and no part above the whole",
                                      "a path that begins with / and has no part ..",
                                      "the end"};
  const auto index = static_cast<std::size_t>(failure.rule);
  bounded_text text(buffer, size_bytes);
  if (failure.line != 0) {
    text.add("line ");
    text.add_decimal(failure.line);
    text.add(": ");
  }
  text.add("expected ");
  text.add(index < sizeof expected / sizeof expected[0] ? expected[index] : "unknown");
  return text.finish();
}

namespace detail {

constexpr bool is_blank(char character) noexcept {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}
constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}
/// The text up to the first separator, which with it is taken off the rest.
constexpr std::string_view take_until(std::string_view& rest, char separator) noexcept {
  const std::size_t end = rest.find(separator);
  const std::string_view first = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return first;
}
/// Decimal digits at the beginning of the text, which are taken off it.
constexpr text_outcome<std::size_t> take_number(std::string_view& rest, std::size_t line) noexcept {
  std::size_t value = 0;
  bool has_digit = false;
  for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
    const checked_size tenfold = checked_multiply(value, 10);
    const checked_size next = checked_add(tenfold.value, static_cast<std::size_t>(rest.front() - '0'));
    if (!tenfold.fits || !next.fits) {
      return text_failure{text_rule::fits, line};
    }
    value = next.value;
    has_digit = true;
  }
  if (!has_digit) {
    return text_failure{text_rule::number, line};
  }
  return value;
}

/// The same, SIZE_MAX iff the number does not fit. All digits are taken off.
constexpr text_outcome<std::size_t> take_number_at_most(std::string_view& rest, std::size_t line) noexcept {
  const text_outcome<std::size_t> value = take_number(rest, line);
  if (value || value.failure().rule != text_rule::fits) {
    return value;
  }
  while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
    rest.remove_prefix(1);
  }
  return std::numeric_limits<std::size_t>::max();
}

} // namespace detail

/// The text is one decimal number, blanks around it. Failures: number, fits, end.
[[nodiscard]] constexpr text_outcome<std::size_t> parse_number(std::string_view text, std::size_t line = 1) noexcept {
  text = detail::trimmed(text);
  const text_outcome<std::size_t> value = detail::take_number(text, line);
  if (value && !text.empty()) {
    return text_failure{text_rule::end, line};
  }
  return value;
}

/// What a limit file of a control group says: "max" is SIZE_MAX, as is what does not fit in size_t; else a number of
/// bytes. Failures: number, end.
[[nodiscard]] constexpr text_outcome<std::size_t> parse_byte_limit(std::string_view text) noexcept {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  if (detail::trimmed(text) == "max") {
    return most;
  }
  text = detail::trimmed(text);
  const text_outcome<std::size_t> value = detail::take_number_at_most(text, 1);
  return value && !text.empty() ? text_outcome<std::size_t>(text_failure{text_rule::end, 1}) : value;
}

/// What /proc/meminfo says of the machine.
struct meminfo_numbers {
  std::size_t total_bytes = 0;
  std::size_t available_bytes = 0;         ///< MemAvailable, or, on kernels before 3.14, MemFree
  std::size_t huge_page_default_bytes = 0; ///< Hugepagesize; 0 iff the kernel has none
};

/// /proc/meminfo. Lines with other keys are not looked at; of two lines with one key the first counts; bytes that do not
/// fit in size_t, as a process of 32 bits may be told, are SIZE_MAX. Failures: number, unit at the line of a key that is
/// needed; key_present iff MemTotal, or both MemAvailable and MemFree, are
/// missing; in_order iff more is available than there is. O(bytes).
[[nodiscard]] constexpr text_outcome<meminfo_numbers> parse_meminfo(std::string_view text) noexcept {
  constexpr std::string_view keys[] = {"MemTotal", "MemAvailable", "MemFree", "Hugepagesize"};
  std::size_t values[4] = {};
  bool is_found[4] = {};
  for (std::size_t line = 1; !text.empty(); ++line) {
    std::string_view words = detail::take_until(text, '\n');
    const std::string_view key = detail::trimmed(detail::take_until(words, ':'));
    for (std::size_t which = 0; which < 4; ++which) {
      if (key != keys[which] || is_found[which]) {
        continue;
      }
      words = detail::trimmed(words);
      const text_outcome<std::size_t> kibibytes = detail::take_number_at_most(words, line);
      if (!kibibytes) {
        return kibibytes.failure();
      }
      if (detail::trimmed(words) != "kB") {
        return text_failure{text_rule::unit, line};
      }
      const checked_size bytes = checked_multiply(kibibytes.value(), 1024);
      values[which] = bytes.fits ? bytes.value : std::numeric_limits<std::size_t>::max();
      is_found[which] = true;
    }
  }
  if (!is_found[0] || (!is_found[1] && !is_found[2])) {
    return text_failure{text_rule::key_present, 0};
  }
  const std::size_t available_bytes = is_found[1] ? values[1] : values[2];
  if (available_bytes > values[0]) {
    return text_failure{text_rule::in_order, 0};
  }
  return meminfo_numbers{values[0], available_bytes, values[3]};
}

/// The number behind a key in lines of "key number", as in a control group's memory.stat. Failures: number, fits, end at
/// the key's line; key_present iff there is none. O(bytes).
[[nodiscard]] constexpr text_outcome<std::size_t> parse_keyed_number(std::string_view text,
                                                                     std::string_view key) noexcept {
  for (std::size_t line = 1; !text.empty(); ++line) {
    std::string_view words = detail::take_until(text, '\n');
    if (detail::take_until(words, ' ') == key) {
      return parse_number(words, line);
    }
  }
  return text_failure{text_rule::key_present, 0};
}

/// Resident bytes of /proc/self/statm: its second number, in pages. Failures: number, fits.
[[nodiscard]] constexpr text_outcome<std::size_t> parse_resident_bytes(std::string_view text,
                                                                       std::size_t page_bytes) noexcept {
  static_cast<void>(detail::take_until(text, ' '));
  const text_outcome<std::size_t> pages = detail::take_number(text, 1);
  if (!pages) {
    return pages;
  }
  const checked_size bytes = checked_multiply(pages.value(), page_bytes);
  if (!bytes.fits) {
    return text_failure{text_rule::fits, 1};
  }
  return bytes.value;
}

/// A list of numbers and of ranges, as "0-3,8": of nodes, or of processors.
struct index_list {
  std::size_t count = 0;
  std::size_t highest = 0;
};

/// Failures: number, fits; in_order iff the numbers do not ascend; end iff something else stands between or behind them.
/// O(bytes).
[[nodiscard]] constexpr text_outcome<index_list> parse_index_list(std::string_view text) noexcept {
  index_list found;
  text = detail::trimmed(text);
  for (;;) {
    const text_outcome<std::size_t> first = detail::take_number(text, 1);
    if (!first) {
      return first.failure();
    }
    std::size_t last = first.value();
    if (!text.empty() && text.front() == '-') {
      text.remove_prefix(1);
      const text_outcome<std::size_t> end = detail::take_number(text, 1);
      if (!end) {
        return end.failure();
      }
      last = end.value();
    }
    if (last < first.value() || (found.count != 0 && first.value() <= found.highest)) {
      return text_failure{text_rule::in_order, 1};
    }
    const checked_size more = checked_add(last - first.value(), 1);
    const checked_size count = checked_add(found.count, more.value);
    if (!more.fits || !count.fits) {
      return text_failure{text_rule::fits, 1};
    }
    found = {count.value, last};
    if (text.empty()) {
      return found;
    }
    if (text.front() != ',') {
      return text_failure{text_rule::end, 1};
    }
    text.remove_prefix(1);
  }
}

/// True iff, in a list of words of which one is in brackets, as "always [madvise] never", a word other than `never` is.
[[nodiscard]] constexpr bool is_switched_on(std::string_view text) noexcept {
  static_cast<void>(detail::take_until(text, '['));
  const std::size_t end = text.find(']');
  return end != std::string_view::npos && end != 0 && text.substr(0, end) != "never";
}

} // namespace nebula::services
