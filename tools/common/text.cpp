// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/common/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <utility>

namespace nebula::text {

std::string count(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t left = digits.size(); left > 3;) {
    left -= 3;
    digits.insert(left, 1, ',');
  }
  return digits;
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.*f", decimals, value));
  return text.data();
}

std::string bytes(std::uint64_t value) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (value < 1024) {
    return std::to_string(value) + " B";
  }
  auto scaled = static_cast<double>(value) / 1024;
  std::size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < units.size()) {
    scaled /= 1024;
    ++unit;
  }
  return fixed(scaled, 2) + " " + units[unit];
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : fixed(100 * static_cast<double>(part) / static_cast<double>(whole), 1) + " %";
}

std::string printable(std::string_view text) {
  std::string result;
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    if (code >= 0x20 && code < 0x7f && character != '\\') {
      result += character;
    } else {
      std::array<char, 8> escaped{};
      static_cast<void>(std::snprintf(escaped.data(), escaped.size(), "\\x%02x", unsigned{code}));
      result += escaped.data();
    }
  }
  return result;
}

void table::print(std::ostream& out, std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    std::size_t width = columns_[at].title.size();
    for (const auto& row : rows_) {
      width = std::max(width, row[at].size());
    }
    widths.push_back(width);
  }
  const auto print_row = [&](const auto& cell_of) {
    std::string line(indent);
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const std::string& cell = cell_of(at);
      const std::string fill(widths[at] - cell.size(), ' ');
      line += columns_[at].side == alignment::right ? fill + cell : cell + fill;
      line += at + 1 < columns_.size() ? "  " : "";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row([&](std::size_t at) -> const std::string& { return columns_[at].title; });
  for (const auto& row : rows_) {
    print_row([&](std::size_t at) -> const std::string& { return row[at]; });
  }
}

void facts::print(std::ostream& out, std::string_view indent) const {
  std::size_t width = 0;
  for (const auto& line : lines_) {
    width = std::max(width, line.first.size());
  }
  for (const auto& [name, value] : lines_) {
    out << indent << name << std::string(width - name.size() + 2, ' ') << value << '\n';
  }
}

bool should_show_progress(bool is_forced) { return is_forced || isatty(STDERR_FILENO) == 1; }

progress::progress(std::string stage, std::uint64_t whole, bool is_shown)
    : stage_(std::move(stage)),
      whole_(whole),
      is_shown_(is_shown),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

void progress::update(std::uint64_t done) {
  if (!is_shown_) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  const auto interval = is_terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(2000);
  if (now - last_ < interval) {
    return;
  }
  last_ = now;
  has_line_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double part = whole_ == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(whole_);
  const double left = part > 0 ? elapsed / part - elapsed : 0;
  std::cerr << (is_terminal_ ? "\r" : "") << stage_ << ": " << fixed(100 * part, 0) << " %, " << fixed(elapsed, 0)
            << " s elapsed, about " << fixed(left, 0) << " s left" << (is_terminal_ ? "\x1b[K" : "\n") << std::flush;
}

progress::~progress() {
  if (has_line_ && is_terminal_) {
    std::cerr << "\r\x1b[K" << std::flush;
  }
}

} // namespace nebula::text
