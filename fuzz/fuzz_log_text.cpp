// SPDX-License-Identifier: Apache-2.0 OR MIT
// Events and errors with hostile names, any numbers and tiny buffers, as text and as JSON: nothing is written beyond the
// buffer, what fits is the begin of the whole, a line is one line of well-formed UTF-8 without controls, and what is to be
// JSON is, by a reader that is not ours to bend.
// Target functions, those of these sources:
//   log_text: services/escaped_text.cpp services/log_text.cpp services/error_text.cpp services/error_json.cpp
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <nebula/services/error_json.hpp>
#include <nebula/services/error_text.hpp>
#include <nebula/services/log_text.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace nebula::services;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "log_text: %s\n", what);
  std::abort();
}

/// JSON by RFC 8259, and no more than that; takes what it has read from the text.
class json_reader {
public:
  explicit json_reader(std::string_view text) : rest_(text) {}
  bool is_object() { return object(8) && rest_.empty(); }

private:
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool escape() {
    if (!take('u')) {
      return std::string_view("\"\\/bfnrt").find(rest_.empty() ? ' ' : rest_.front()) != std::string_view::npos &&
             take(rest_.front());
    }
    for (int digit = 0; digit < 4; ++digit) {
      if (rest_.empty() || std::string_view("0123456789abcdefABCDEF").find(rest_.front()) == std::string_view::npos) {
        return false;
      }
      rest_.remove_prefix(1);
    }
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (!rest_.empty() && rest_.front() != '"') {
      if (static_cast<unsigned char>(rest_.front()) < 0x20U) return false;
      const bool escaped = rest_.front() == '\\';
      rest_.remove_prefix(1);
      if (escaped && !escape()) return false;
    }
    return take('"');
  }
  bool number() {
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const bool is_one = digits == 1 || (digits > 1 && rest_.front() != '0');
    rest_.remove_prefix(digits);
    return is_one;
  }
  bool array(int depth) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!value(depth)) return false;
    } while (take(','));
    return take(']');
  }
  bool object(int depth) {
    if (depth == 0 || !take('{')) return false;
    if (take('}')) return true;
    do {
      if (!string() || !take(':') || !value(depth - 1)) return false;
    } while (take(','));
    return take('}');
  }
  bool value(int depth) {
    if (rest_.empty()) return false;
    switch (rest_.front()) {
    case '{': return object(depth);
    case '[': return array(depth);
    case '"': return string();
    case 't': return take("true");
    case 'f': return take("false");
    default: return number();
    }
  }

  std::string_view rest_;
};

/// By the table of the Unicode standard, as ranges of the second byte.
bool is_utf_8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t more = 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (first >= 0x80) {
      if (first < 0xC2 || first > 0xF4) return false;
      more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
      low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
      high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
    }
    text.remove_prefix(1);
    for (; more != 0; --more) {
      if (text.empty()) return false;
      const auto next = static_cast<unsigned char>(text.front());
      if (next < low || next > high) return false;
      low = 0x80;
      high = 0xBF;
      text.remove_prefix(1);
    }
  }
  return true;
}

/// What was given, byte by byte; zeros at its end.
class bytes {
public:
  bytes(const std::uint8_t* data, std::size_t size) : rest_(data, data + size) {}
  std::uint8_t byte() {
    if (next_ == rest_.size()) return 0;
    return rest_[next_++];
  }
  /// Small, or of all widths up to the largest.
  std::size_t number() {
    const std::uint8_t width = byte();
    std::size_t value = 0;
    for (unsigned index = 0; index < width % (sizeof value + 1); ++index) {
      value = (value << 8U) | byte();
    }
    return value;
  }
  std::string name() {
    const std::size_t count = std::min<std::size_t>(rest_.size() - next_, allocator_name::bytes_max);
    return {rest_.begin() + static_cast<std::ptrdiff_t>(next_),
            rest_.begin() + static_cast<std::ptrdiff_t>(next_ + count)};
  }

private:
  std::vector<std::uint8_t> rest_;
  std::size_t next_ = 0;
};

nebula::error any_error(bytes& given) {
  return {static_cast<nebula::error_code>(given.byte()), static_cast<nebula::operation>(given.byte()),
          static_cast<nebula::component>(given.byte()), static_cast<nebula::configuration_field>(given.byte() % 20)};
}

/// The whole, after it has been written into a buffer of the size that was given too.
template <class Write>
std::string written(Write write, std::size_t small) {
  const std::size_t needed = write(nullptr, std::size_t{0});
  std::vector<char> whole(needed + 1);
  require(write(whole.data(), whole.size()) == needed && std::strlen(whole.data()) == needed,
          "the whole is as long as it was said to be");
  std::vector<char> cut(std::min(small, needed + 1)); // of exactly this size, so that a checker sees one byte more
  require(write(cut.data(), cut.size()) == needed, "the length does not depend on the buffer");
  require(cut.empty() || (cut.back() == '\0' && std::equal(cut.begin(), cut.end() - 1, whole.begin())),
          "what is kept is the begin of the whole");
  return {whole.data(), needed};
}
bool is_control(char each) { return static_cast<unsigned char>(each) < 0x20U || each == 0x7F; }

void log_lines(bytes given) {
  const std::size_t small = given.number();
  log_event event;
  event.level = static_cast<log_level>(given.byte());
  event.action = static_cast<log_action>(given.byte());
  event.during = static_cast<nebula::operation>(given.byte());
  event.failure = any_error(given);
  event.broken = static_cast<nebula::invariant>(given.byte());
  event.request = {given.number(), given.number()};
  event.offset = given.number();
  event.used_bytes = given.number();
  event.capacity_bytes = given.number();
  event.suppressed_before = given.number();
  const std::string name = given.name();
  event.allocator = name;
  for (const log_format format : {log_format::text, log_format::json_lines}) {
    const std::string line =
        written([&](char* buffer, std::size_t size) { return describe(event, format, buffer, size); }, small);
    require(line.size() < log_line_bytes_max && is_utf_8(line), "a line is bounded, and UTF-8");
    require(std::none_of(line.begin(), line.end(), is_control), "a line has a control character");
    require(format == log_format::text || json_reader(line).is_object(), "a line is no JSON");
  }
}

memory_error any_memory_error(bytes& given) {
  if (given.byte() % 2 == 0) {
    memory_failure failure;
    failure.code = static_cast<memory_failure_code>(given.byte() % 4);
    failure.field = static_cast<memory_field>(given.byte());
    failure.call = static_cast<system_call>(given.byte());
    failure.is_power_of_two = given.byte() % 2 == 0;
    failure.system_error = given.byte();
    failure.value = given.number();
    failure.lowest = given.number();
    failure.highest = given.number();
    return failure;
  }
  allocator_failure failure;
  failure.what = any_error(given);
  failure.request = {given.number(), given.number()};
  failure.largest = {given.number(), given.number()};
  failure.state.used_bytes = given.number();
  failure.state.capacity_bytes = given.number();
  failure.state.available_bytes = given.number();
  return failure;
}

void reports(bytes given) {
  const std::size_t small = given.number();
  const memory_error plain = any_memory_error(given);
  const memory_error failed = plain.named(std::string_view(given.name()));
  for (const text_style style : {text_style::plain, text_style::coloured}) {
    const std::string text =
        written([&](char* buffer, std::size_t size) { return describe(failed, style, buffer, size); }, small);
    require(is_utf_8(text) && text.ends_with('\n'), "a report is UTF-8, and ends with its last line");
    if (style == text_style::coloured) continue;
    require(std::none_of(text.begin(), text.end(), [](char each) { return is_control(each) && each != '\n'; }),
            "a plain report has a control character");
    const std::string unnamed = to_text(plain);
    require(std::count(text.begin(), text.end(), '\n') == std::count(unnamed.begin(), unnamed.end(), '\n'),
            "a name adds a line");
  }
  const std::string json =
      written([&](char* buffer, std::size_t size) { return describe_json(failed, buffer, size); }, small);
  require(is_utf_8(json) && std::none_of(json.begin(), json.end(), is_control) && json_reader(json).is_object(),
          "an error is no JSON");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  log_lines(bytes(data, size));
  reports(bytes(data, size));
  return 0;
}
