// SPDX-License-Identifier: Apache-2.0 OR MIT
// Output for people: numbers, tables, progress.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace nebula::text {

/// 1234567 as "1,234,567".
[[nodiscard]] std::string count(std::uint64_t value);
/// 1536 as "1.50 KiB"; below 1 KiB whole bytes.
[[nodiscard]] std::string bytes(std::uint64_t value);
/// 0.1234 as "12.3 %"; "-" iff the whole is 0.
[[nodiscard]] std::string share(std::uint64_t part, std::uint64_t whole);
[[nodiscard]] std::string fixed(double value, int decimals);
/// The text with everything but printable ASCII escaped: what comes from a file may hold terminal commands.
[[nodiscard]] std::string printable(std::string_view text);

enum class alignment : std::uint8_t { left, right };

class table {
public:
  struct column {
    std::string title;
    alignment side;
  };
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}
  /// Precondition: as many cells as columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(std::ostream& out, std::string_view indent = "  ") const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// "name   value" lines with the values in one column.
class facts {
public:
  void add(std::string name, std::string value) { lines_.emplace_back(std::move(name), std::move(value)); }
  void print(std::ostream& out, std::string_view indent = "  ") const;

private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// A progress line on stderr: rewritten in place on a terminal, else a line every few seconds; nothing for short work.
class progress {
public:
  /// `whole` in any unit; `is_shown` as should_show_progress says.
  progress(std::string stage, std::uint64_t whole, bool is_shown);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  progress(progress&&) = delete;
  progress& operator=(progress&&) = delete;

  void update(std::uint64_t done);

private:
  std::string stage_;
  std::uint64_t whole_;
  bool is_shown_;
  bool is_terminal_;
  bool has_line_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

[[nodiscard]] bool should_show_progress(bool is_forced);

} // namespace nebula::text
