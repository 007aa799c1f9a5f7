// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/statistics_csv.hpp>

#include <charconv>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>
#include <nebula/services/utf8_text.hpp>

namespace nebula::services {
namespace {

constexpr std::string_view line_end = "\r\n";

bool must_be_quoted(std::string_view field) noexcept {
  const auto is_special = [](char character) {
    return character == ',' || character == '"' || static_cast<unsigned char>(character) < ' ' || character == '\x7F';
  };
  for (const char character : field) {
    if (is_special(character)) {
      return true;
    }
  }
  return !field.empty() && (field.front() == ' ' || field.back() == ' ');
}

void add_field(std::string& row, std::string_view text) {
  const std::string field = valid_utf8(text);
  if (!must_be_quoted(field)) {
    row += field;
    return;
  }
  row += '"';
  for (const char character : field) {
    row += character;
    if (character == '"') {
      row += '"';
    }
  }
  row += '"';
}

template <class Number>
std::string text_of(Number number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

/// What the rows of a metric begin with.
std::string row_begin(const source_snapshot& source, const metric& each) {
  std::string row = text_of(static_cast<std::uint64_t>(source.id));
  for (const std::string_view field :
       {std::string_view(source.name), std::string_view(source.kind), std::string_view(each.name),
        std::string_view(name(each.kind)), std::string_view(each.label), std::string_view(each.label_value)}) {
    row += ',';
    add_field(row, field);
  }
  row += ',';
  return row;
}

void add_row(std::string& text, const std::string& begin, std::string_view statistic, std::string_view value) {
  text += begin;
  text += statistic;
  text += ',';
  text += value;
  text += line_end;
}

void add_distribution(std::string& text, const std::string& begin, const histogram& values) {
  const bool is_empty = values.count() == 0;
  add_row(text, begin, "count", text_of(values.count()));
  add_row(text, begin, "sum", text_of(values.sum()));
  add_row(text, begin, "overflow", text_of(values.overflow_count()));
  add_row(text, begin, "mean", is_empty ? "" : text_of(values.mean()));
  add_row(text, begin, "standard_deviation", is_empty ? "" : text_of(values.standard_deviation()));
  for (const double percent : {0.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto found = values.percentile(percent);
    std::string statistic = "p";
    statistic += text_of(percent); // g++ 12 at -O3 sees a sum of the two overlap
    add_row(text, begin, statistic, found ? text_of(found.value().value) : "");
  }
}

} // namespace

statistics_outcome<std::string> to_csv(const statistics_snapshot& snapshot) noexcept {
  try {
    std::string text = statistics_csv_header;
    text += line_end;
    for (const source_snapshot& source : snapshot.sources()) {
      for (const metric& each : source.metrics) {
        const std::string begin = row_begin(source, each);
        if (each.kind == metric_kind::histogram) {
          add_distribution(text, begin, each.distribution);
        } else {
          add_row(text, begin, "value", text_of(each.value));
        }
      }
    }
    return text;
  } catch (const std::bad_alloc&) {
    return refused(statistics_failure_code::out_of_memory);
  }
}

} // namespace nebula::services
