// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/escaped_text.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nebula/kernel/bounded_text.hpp>

namespace nebula::services {
namespace {

/// A code point and the bytes that it has; of 0 bytes iff the text does not begin with well-formed UTF-8.
struct decoded {
  std::uint32_t point = 0;
  std::size_t bytes = 0;
};

constexpr std::uint32_t byte_at(std::string_view words, std::size_t index) noexcept {
  return static_cast<unsigned char>(words[index]);
}

/// By table 3-7 of the Unicode standard: overlong forms, surrogates and what is above U+10FFFF are not well-formed. The
/// text is not empty.
decoded decode(std::string_view words) noexcept {
  const std::uint32_t first = byte_at(words, 0);
  if (first < 0x80U) {
    return {first, 1};
  }
  const std::size_t bytes = first < 0xC2U ? 0 : first < 0xE0U ? 2 : first < 0xF0U ? 3 : first < 0xF5U ? 4 : 0;
  if (bytes == 0 || words.size() < bytes) {
    return {};
  }
  std::uint32_t point = first & (0xFFU >> (bytes + 1));
  for (std::size_t index = 1; index < bytes; ++index) {
    const std::uint32_t next = byte_at(words, index);
    if ((next & 0xC0U) != 0x80U) {
      return {};
    }
    point = (point << 6U) | (next & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0x80, 0x800, 0x10000}; // of 2, 3 and 4 bytes
  const bool is_surrogate = point >= 0xD800U && point < 0xE000U;
  if (point < least[bytes - 2] || is_surrogate || point > 0x10FFFFU) {
    return {};
  }
  return {point, bytes};
}

/// Controls, line and paragraph separators, interlinear marks, and what is Default_Ignorable_Code_Point in Unicode 15
/// (DerivedCoreProperties.txt): marks of direction, what has no width, selectors of variants.
constexpr bool is_unseen(std::uint32_t point) noexcept {
  constexpr struct {
    std::uint32_t first;
    std::uint32_t last;
  } unseen[] = {{0x0, 0x1F},      {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},    {0x61C, 0x61C},
                {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},  {0x2028, 0x202E},
                {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0},
                {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  for (const auto& range : unseen) {
    if (point >= range.first && point <= range.last) {
      return true;
    }
  }
  return false;
}

constexpr char hex_digit(std::uint32_t value) noexcept { return "0123456789abcdef"[value & 0xFU]; }

void add_bytes(bounded_text& text, std::string_view words) noexcept {
  for (const char each : words) {
    text.add(each);
  }
}

void add_hex_bytes(bounded_text& text, std::string_view words) noexcept {
  for (std::size_t index = 0; index < words.size(); ++index) {
    text.add("\\x");
    text.add(hex_digit(byte_at(words, index) >> 4U));
    text.add(hex_digit(byte_at(words, index)));
  }
}

void add_json_unit(bounded_text& text, std::uint32_t unit) noexcept {
  text.add("\\u");
  for (std::uint32_t shift = 16; shift != 0; shift -= 4) {
    text.add(hex_digit(unit >> (shift - 4)));
  }
}

/// In UTF-16, as JSON has it.
void add_json_escape(bounded_text& text, std::uint32_t point) noexcept {
  if (point < 0x10000U) {
    add_json_unit(text, point);
    return;
  }
  add_json_unit(text, 0xD800U + ((point - 0x10000U) >> 10U));
  add_json_unit(text, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
}

} // namespace

void add_escaped(bounded_text& text, std::string_view words) noexcept {
  while (!words.empty()) {
    const decoded next = decode(words);
    const std::size_t bytes = next.bytes == 0 ? 1 : next.bytes;
    if (next.bytes == 0 || is_unseen(next.point)) {
      add_hex_bytes(text, words.substr(0, bytes));
    } else if (next.point == '\\') {
      text.add("\\\\");
    } else {
      add_bytes(text, words.substr(0, bytes));
    }
    words.remove_prefix(bytes);
  }
}

void add_json_string(bounded_text& text, std::string_view words) noexcept {
  text.add('"');
  while (!words.empty()) {
    const decoded next = decode(words);
    const std::size_t bytes = next.bytes == 0 ? 1 : next.bytes;
    if (next.bytes == 0) {
      add_json_unit(text, 0xFFFD);
    } else if (next.point == '"' || next.point == '\\') {
      text.add('\\');
      text.add(words.front());
    } else if (is_unseen(next.point)) {
      add_json_escape(text, next.point);
    } else {
      add_bytes(text, words.substr(0, bytes));
    }
    words.remove_prefix(bytes);
  }
  text.add('"');
}

} // namespace nebula::services
