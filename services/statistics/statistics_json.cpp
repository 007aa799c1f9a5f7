// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/statistics_json.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp> // IWYU pragma: keep

#include <nebula/services/histogram.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>
#include <nebula/services/utf8_text.hpp>

namespace nebula::services {
namespace {

/// Text of a document whose leaves alone are nlohmann's: the end of a whole tree of its values asks the heap, and ends the
/// program where that has nothing.
class json_text {
public:
  void begin_object() { begin('{'); }
  void begin_array() { begin('['); }
  void end_object() { end('}'); }
  void end_array() { end(']'); }

  void key(std::string_view name) {
    separate();
    text_ += nlohmann::json(name).dump();
    text_ += ':';
    is_first_ = true;
  }
  template <class Leaf>
  void value(const Leaf& leaf) {
    separate();
    text_ += nlohmann::json(leaf).dump();
  }
  template <class Leaf>
  void member(std::string_view name, const Leaf& leaf) {
    key(name);
    value(leaf);
  }
  [[nodiscard]] std::string&& text() && noexcept { return std::move(text_); }

private:
  void separate() {
    if (!is_first_) {
      text_ += ',';
    }
    is_first_ = false;
  }
  void begin(char bracket) {
    separate();
    text_ += bracket;
    is_first_ = true;
  }
  void end(char bracket) {
    text_ += bracket;
    is_first_ = false;
  }

  std::string text_{};
  bool is_first_ = true; ///< nothing stands in front of the next value that a comma would have to part it from
};

void add_percentile(json_text& to, const char* name, const histogram& values, double percent) {
  to.key(name);
  const auto found = values.percentile(percent);
  if (!found) {
    to.value(nullptr);
    return;
  }
  to.begin_object();
  to.member("value", found.value().value);
  to.member("is_lower_bound", found.value().is_lower_bound);
  to.end_object();
}

void add_buckets(json_text& to, const histogram& values) {
  to.key("buckets");
  to.begin_array();
  for (std::size_t bucket = 0; bucket < values.bucket_count(); ++bucket) {
    if (const std::uint64_t count = values.count_in(bucket); count != 0) {
      to.begin_object();
      to.member("lowest", values.layout().lowest_of(bucket));
      to.member("highest", values.layout().highest_of(bucket));
      to.member("count", count);
      to.end_object();
    }
  }
  to.end_array();
}

void add_distribution(json_text& to, const histogram& values) {
  to.key("distribution");
  to.begin_object();
  to.member("count", values.count());
  to.member("sum", values.sum());
  to.member("overflow", values.overflow_count());
  to.member("precision_bits", values.layout().precision_bits);
  to.member("value_bits", values.layout().value_bits);
  if (values.count() == 0) {
    to.member("mean", nullptr);
    to.member("standard_deviation", nullptr);
  } else {
    to.member("mean", values.mean());
    to.member("standard_deviation", values.standard_deviation());
  }
  to.key("percentiles");
  to.begin_object();
  add_percentile(to, "0", values, 0);
  add_percentile(to, "50", values, 50);
  add_percentile(to, "90", values, 90);
  add_percentile(to, "99", values, 99);
  add_percentile(to, "99.9", values, 99.9);
  add_percentile(to, "100", values, 100);
  to.end_object();
  add_buckets(to, values);
  to.end_object();
}

void add_metric(json_text& to, const metric& each) {
  to.begin_object();
  to.member("name", each.name);
  to.member("kind", name(each.kind));
  to.member("is_restarted", each.is_restarted);
  to.key("label");
  if (each.label.empty()) {
    to.value(nullptr);
  } else {
    to.begin_object();
    to.member("name", each.label);
    to.member("value", valid_utf8(each.label_value));
    to.end_object();
  }
  if (each.kind == metric_kind::histogram) {
    add_distribution(to, each.distribution);
  } else {
    to.member("value", each.value);
  }
  to.end_object();
}

void add_source(json_text& to, const source_snapshot& source) {
  to.begin_object();
  to.member("id", static_cast<std::uint64_t>(source.id));
  to.member("name", valid_utf8(source.name));
  to.member("kind", valid_utf8(source.kind));
  to.member("refused", source.refused_count);
  to.key("metrics");
  to.begin_array();
  for (const metric& each : source.metrics) {
    add_metric(to, each);
  }
  to.end_array();
  to.end_object();
}

void add_snapshot(json_text& to, const statistics_snapshot& snapshot) {
  to.begin_object();
  to.member("format", "nebula-statistics-1");
  to.member("collector", snapshot.collector());
  to.member("sequence", snapshot.sequence());
  to.member("reset_count", snapshot.reset_count());
  to.member("elapsed_nanoseconds", snapshot.elapsed_nanoseconds());
  to.member("is_change", snapshot.is_change());
  to.key("ended_sources");
  to.begin_array();
  for (const source_id id : snapshot.ended_sources()) {
    to.value(static_cast<std::uint64_t>(id));
  }
  to.end_array();
  to.key("sources");
  to.begin_array();
  for (const source_snapshot& source : snapshot.sources()) {
    add_source(to, source);
  }
  to.end_array();
  to.end_object();
}

} // namespace

statistics_outcome<std::string> to_json(const statistics_snapshot& snapshot) noexcept {
  try {
    json_text document;
    add_snapshot(document, snapshot);
    return std::move(document).text();
  } catch (const std::exception&) { // of nlohmann's, which objects to what is no UTF-8, there is none
    return refused(statistics_failure_code::out_of_memory);
  }
}

} // namespace nebula::services
