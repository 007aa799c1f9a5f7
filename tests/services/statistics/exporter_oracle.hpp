// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <nebula/services/statistics_csv.hpp>
#include <nebula/services/statistics_json.hpp>
#include <nebula/services/statistics_prometheus.hpp>
#include <nebula/services/stats_collector.hpp>
#include <nebula/services/utf8_text.hpp>
#include "csv_reader.hpp"

namespace nebula::services::test {

/// A source of any texts: its own name and kind, and a counter, a gauge and a histogram with a label.
struct text_source {
  std::string name{};
  std::string kind{};
  std::string label_value{};
  std::string help{};
  std::uint64_t value = 0;

  void report(source_report& report) const noexcept {
    report.counter({"calls", help, "reason"}, value, label_value);
    report.gauge({"level", help}, value);
    auto sizes = histogram::make({1, 8});
    sizes.value().record(value);
    report.distribution({"size_bytes", help, "of"}, sizes.value(), label_value);
  }
  [[nodiscard]] bool has_help() const { return !help.empty() && help.size() <= metric_description::help_bytes_max; }
  [[nodiscard]] bool has_label() const { return label_value.size() <= metric_description::text_bytes_max; }
};

/// A sample of Prometheus' text format.
struct sample {
  std::string name{};
  std::map<std::string, std::string> labels{};
  std::string value{};
};

/// The quoted value of a label, which is taken off the line; nothing iff there is none.
inline std::optional<std::string> take_quoted(std::string_view& line) {
  if (!line.starts_with('"')) {
    return std::nullopt;
  }
  line.remove_prefix(1);
  std::string value;
  while (!line.starts_with('"')) {
    if (line.starts_with('\\')) {
      const std::string_view escaped = line.substr(0, 2);
      if (escaped != "\\n" && escaped != "\\\\" && escaped != "\\\"") {
        return std::nullopt;
      }
      value += escaped[1] == 'n' ? '\n' : escaped[1];
      line.remove_prefix(2);
      continue;
    }
    if (line.empty()) {
      return std::nullopt;
    }
    value += line.front();
    line.remove_prefix(1);
  }
  line.remove_prefix(1);
  return value;
}

inline std::string_view take_word(std::string_view& line) {
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

inline std::optional<sample> read_sample(std::string_view line) {
  sample read;
  read.name = take_word(line);
  if (!line.starts_with('{')) {
    return std::nullopt;
  }
  do {
    line.remove_prefix(1);
    const std::string label(take_word(line));
    if (label.empty() || !line.starts_with('=')) {
      return std::nullopt;
    }
    line.remove_prefix(1);
    const auto value = take_quoted(line);
    if (!value || !read.labels.emplace(label, *value).second) {
      return std::nullopt;
    }
  } while (line.starts_with(','));
  if (!line.starts_with("} ")) {
    return std::nullopt;
  }
  read.value = line.substr(2);
  return read;
}

/// The samples of a text, by its grammar: each family is introduced once, by its help and its type; nothing iff it is none.
inline std::optional<std::vector<sample>> read_prometheus(std::string_view text) {
  std::vector<sample> samples;
  std::set<std::string> introduced;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
      if (!introduced.insert(std::string(line.substr(0, line.find(' ', 7)))).second) {
        return std::nullopt;
      }
      continue;
    }
    auto read = read_sample(line);
    if (!read) {
      return std::nullopt;
    }
    samples.push_back(std::move(*read));
  }
  return samples;
}

inline std::string wrong_with_prometheus(const std::vector<text_source>& sources, const statistics_snapshot& taken) {
  const auto text = to_prometheus(taken);
  if (!text || !is_valid_utf8(text.value())) {
    return "prometheus: no UTF-8";
  }
  const auto samples = read_prometheus(text.value());
  if (!samples) {
    return "prometheus: not its grammar";
  }
  std::size_t found = 0;
  std::size_t expected = 0;
  for (const text_source& each : sources) {
    expected += each.has_help() ? 1U : 0U;
  }
  for (const sample& each : *samples) {
    const auto id = each.labels.find("id");
    const std::size_t index = id == each.labels.end() ? 0 : std::strtoul(id->second.c_str(), nullptr, 10);
    if (index == 0 || index > sources.size() || each.labels.at("source") != valid_utf8(sources[index - 1].name) ||
        each.labels.at("kind") != valid_utf8(sources[index - 1].kind)) {
      return "prometheus: a source by another name";
    }
    const auto label = each.labels.find("reason");
    if (label != each.labels.end() && label->second != valid_utf8(sources[index - 1].label_value)) {
      return "prometheus: another label";
    }
    found += each.name == "nebula_level" ? 1U : 0U;
  }
  return found == expected ? "" : "prometheus: other samples";
}

inline std::string wrong_with_csv(const std::vector<text_source>& sources, const statistics_snapshot& taken) {
  const auto text = to_csv(taken);
  if (!text || !is_valid_utf8(text.value())) {
    return "csv: no UTF-8";
  }
  const auto rows = read_csv(text.value());
  if (!rows || rows->empty()) {
    return "csv: not its grammar";
  }
  std::size_t expected = 1;
  for (const text_source& each : sources) {
    expected += each.has_help() ? 1U + (each.has_label() ? 12U : 0U) : 0U;
  }
  if (rows->size() != expected) {
    return "csv: other rows";
  }
  for (std::size_t row = 1; row < rows->size(); ++row) {
    const std::vector<std::string>& each = (*rows)[row];
    const std::size_t index = each.size() == 9 ? std::strtoul(each[0].c_str(), nullptr, 10) : 0;
    if (index == 0 || index > sources.size()) {
      return "csv: another shape";
    }
    const text_source& source = sources[index - 1];
    const bool has_label = each[3] != "level";
    if (each[1] != valid_utf8(source.name) || each[2] != valid_utf8(source.kind) ||
        each[6] != (has_label ? valid_utf8(source.label_value) : "") ||
        (each[7] == "value" && each[8] != std::to_string(source.value))) {
      return "csv: a row says something else";
    }
  }
  return "";
}

inline std::string wrong_with_json(const std::vector<text_source>& sources, const statistics_snapshot& taken) {
  const auto text = to_json(taken);
  if (!text || !is_valid_utf8(text.value())) {
    return "json: no UTF-8";
  }
  const auto read = nlohmann::json::parse(text.value(), nullptr, /*allow_exceptions=*/false);
  if (read.is_discarded() || read["sources"].size() != sources.size()) {
    return "json: not its grammar";
  }
  for (std::size_t index = 0; index < sources.size(); ++index) {
    const auto& source = read["sources"][index];
    if (source["name"] != valid_utf8(sources[index].name) || source["kind"] != valid_utf8(sources[index].kind)) {
      return "json: a source by another name";
    }
    for (const auto& each : source["metrics"]) {
      if (!each["label"].is_null() && each["label"]["value"] != valid_utf8(sources[index].label_value)) {
        return "json: another label";
      }
      if (each["kind"] != "histogram" && each["value"] != sources[index].value) {
        return "json: another value";
      }
    }
  }
  return "";
}

/// Registers the sources, exports them in each form, reads what was written, and says what of that is not as it was; empty
/// iff nothing. Sources whose name or kind is of a length that is not accepted are to be left out before.
inline std::string wrong_with_exporters(const std::vector<text_source>& sources) {
  auto made = stats_collector::make();
  std::vector<statistics_registration> registrations;
  for (const text_source& each : sources) {
    auto registered = made.value().add(each.name, each.kind, source_of_reporter(each));
    if (!registered) {
      return "a source is refused";
    }
    registrations.push_back(std::move(registered).value());
  }
  const auto taken = made.value().snapshot();
  if (!taken) {
    return "no snapshot";
  }
  for (const auto check : {wrong_with_csv, wrong_with_json, wrong_with_prometheus}) {
    if (const std::string wrong = check(sources, taken.value()); !wrong.empty()) {
      return wrong;
    }
  }
  return "";
}

} // namespace nebula::services::test
