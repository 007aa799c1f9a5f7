// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/error_text.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#if !defined(_WIN32)
#include <unistd.h>
#endif

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/kernel/describe.hpp>
#include <nebula/services/backtrace.hpp>
#include <nebula/services/escaped_text.hpp>
#include <nebula/services/memory_error.hpp>
#include <nebula/services/memory_failure.hpp>

#include "whole_text.hpp"

namespace nebula::services {
namespace {

/// The longest report of the kernel, of any error and any numbers, is shorter; a test tries them.
constexpr std::size_t report_bytes_max = 1024;

std::size_t report_of(std::monostate /*nothing*/, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  text.add("nothing failed\n");
  return text.finish();
}
std::size_t report_of(const allocator_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  return failure.largest.size == 0
             ? nebula::describe(failure.what, failure.request, failure.state, buffer, size_bytes)
             : nebula::describe(failure.what, failure.request, failure.largest, failure.state, buffer, size_bytes);
}
std::size_t report_of(const budget_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  return nebula::describe(failure.what, failure.bytes, failure.state, buffer, size_bytes);
}
std::size_t report_of(const configuration_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  return nebula::describe(failure.what, failure.wrong, buffer, size_bytes);
}
void add_line(bounded_text& text, const char* label, const char* words) noexcept {
  if (words != nullptr) {
    text.add(label);
    text.add(words);
    text.add('\n');
  }
}
std::size_t report_of(const memory_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  char line[256];
  static_cast<void>(describe(failure, line, sizeof line));
  bounded_text text(buffer, size_bytes);
  text.add(name(failure.code));
  text.add(": ");
  text.add(line);
  text.add('\n');
  const memory_error whole(failure);
  add_line(text, "  cause:     ", cause_of(whole));
  add_line(text, "  retry:     ", retry_of(whole));
  add_line(text, "  advice:    ", advice_for(whole));
  return text.finish();
}

void add_words(bounded_text& text, std::string_view words) noexcept {
  for (const char each : words) {
    text.add(each);
  }
}

const char* colour_of(std::string_view line, bool is_title) noexcept {
  if (is_title) {
    return "\x1b[1;31m"; // bold red
  }
  return line.starts_with("  advice:") ? "\x1b[1;33m" : nullptr; // bold yellow
}

/// One line, without its end.
void add_coloured(bounded_text& text, std::string_view line, bool is_title) noexcept {
  const char* const colour = colour_of(line, is_title);
  if (colour != nullptr) {
    text.add(colour);
  }
  add_words(text, line);
  if (colour != nullptr) {
    text.add("\x1b[0m");
  }
}

void add_report(bounded_text& text, std::string_view report, text_style style) noexcept {
  if (style == text_style::plain) {
    add_words(text, report);
    return;
  }
  bool is_title = true;
  while (!report.empty()) {
    const std::string_view line = report.substr(0, report.find('\n'));
    add_coloured(text, line, is_title);
    report.remove_prefix(line.size());
    if (!report.empty()) {
      text.add('\n');
      report.remove_prefix(1);
    }
    is_title = false;
  }
}

void add_trace(bounded_text& text, const backtrace& trace) noexcept {
  if (trace.frame_count() == 0) {
    return;
  }
  text.add("  backtrace:\n");
  for (std::size_t index = 0; index < trace.frame_count(); ++index) {
    text.add("    ");
    text.add_decimal(index);
    text.add(": ");
    add_frame(text, trace.frame(index));
    text.add('\n');
  }
}

} // namespace

text_style style_for(bool is_terminal, const char* term, const char* no_color) noexcept {
  const bool is_dumb = term != nullptr && std::string_view(term) == "dumb";
  const bool is_unwanted = no_color != nullptr && *no_color != '\0';
  return is_terminal && !is_dumb && !is_unwanted ? text_style::coloured : text_style::plain;
}

text_style style_for(std::FILE* file) noexcept {
#if defined(_WIN32)
  static_cast<void>(file);
  return text_style::plain;
#else
  // NOLINTBEGIN(concurrency-mt-unsafe,misc-include-cleaner): the contract is that nobody changes the environment
  // meanwhile; fileno() is POSIX's part of <cstdio>
  return style_for(::isatty(::fileno(file)) == 1, std::getenv("TERM"), std::getenv("NO_COLOR"));
  // NOLINTEND(concurrency-mt-unsafe,misc-include-cleaner)
#endif
}

// NOLINTNEXTLINE(bugprone-exception-escape): a variant of what is trivially copied is never without a value
std::size_t describe(const memory_error& failed, text_style style, char* buffer, std::size_t size_bytes) noexcept {
  char report[report_bytes_max];
  static_cast<void>(
      std::visit([&](const auto& failure) { return report_of(failure, report, sizeof report); }, failed.failure()));
  char title[4 * allocator_name::bytes_max + 3]; // each byte escaped, a colon, a space, the zero
  bounded_text prefix(title, sizeof title);
  if (!failed.allocator().empty()) {
    add_escaped(prefix, failed.allocator().view());
    prefix.add(": ");
  }
  static_cast<void>(prefix.finish());
  char whole[sizeof report + sizeof title];
  bounded_text both(whole, sizeof whole);
  both.add(title);
  both.add(report);
  const std::size_t bytes = both.finish();

  bounded_text text(buffer, size_bytes);
  add_report(text, {whole, bytes}, style);
  add_trace(text, failed.trace());
  return text.finish();
}

std::string to_text(const memory_error& failed, text_style style) {
  return whole_text([&](char* buffer, std::size_t size_bytes) { return describe(failed, style, buffer, size_bytes); });
}

bool print(const memory_error& failed, std::FILE* file) noexcept {
  char buffer[8192];
  const std::size_t bytes = describe(failed, style_for(file), buffer, sizeof buffer);
  std::size_t kept = bytes;
  if (bytes >= sizeof buffer) {
    constexpr std::string_view end = "...\n";
    kept = sizeof buffer - 1;
    end.copy(buffer + kept - end.size(), end.size());
  }
  return std::fwrite(buffer, 1, kept, file) == kept;
}

} // namespace nebula::services
