// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/statistics_json.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <nebula/services/histogram.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>
#include <nebula/services/utf8_text.hpp>

namespace nebula::services {
namespace {

using json = nlohmann::ordered_json;

json percentile_of(const histogram& values, double percent) {
  const auto found = values.percentile(percent);
  if (!found) {
    return nullptr;
  }
  return {{"value", found.value().value}, {"is_lower_bound", found.value().is_lower_bound}};
}

json buckets_of(const histogram& values) {
  json buckets = json::array();
  for (std::size_t bucket = 0; bucket < values.bucket_count(); ++bucket) {
    if (const std::uint64_t count = values.count_in(bucket); count != 0) {
      buckets.push_back({{"lowest", values.layout().lowest_of(bucket)},
                         {"highest", values.layout().highest_of(bucket)},
                         {"count", count}});
    }
  }
  return buckets;
}

json distribution_of(const histogram& values) {
  const bool is_empty = values.count() == 0;
  json shown;
  shown["count"] = values.count();
  shown["sum"] = values.sum();
  shown["overflow"] = values.overflow_count();
  shown["precision_bits"] = values.layout().precision_bits;
  shown["value_bits"] = values.layout().value_bits;
  shown["mean"] = is_empty ? json(nullptr) : json(values.mean());
  shown["standard_deviation"] = is_empty ? json(nullptr) : json(values.standard_deviation());
  shown["percentiles"] = {{"0", percentile_of(values, 0)},       {"50", percentile_of(values, 50)},
                          {"90", percentile_of(values, 90)},     {"99", percentile_of(values, 99)},
                          {"99.9", percentile_of(values, 99.9)}, {"100", percentile_of(values, 100)}};
  shown["buckets"] = buckets_of(values);
  return shown;
}

json metric_of(const metric& each) {
  json shown;
  shown["name"] = each.name;
  shown["kind"] = name(each.kind);
  shown["is_restarted"] = each.is_restarted;
  shown["label"] =
      each.label.empty() ? json(nullptr) : json{{"name", each.label}, {"value", valid_utf8(each.label_value)}};
  if (each.kind == metric_kind::histogram) {
    shown["distribution"] = distribution_of(each.distribution);
  } else {
    shown["value"] = each.value;
  }
  return shown;
}

json source_of(const source_snapshot& source) {
  json shown;
  shown["id"] = static_cast<std::uint64_t>(source.id);
  shown["name"] = valid_utf8(source.name);
  shown["kind"] = valid_utf8(source.kind);
  shown["refused"] = source.refused_count;
  shown["metrics"] = json::array();
  for (const metric& each : source.metrics) {
    shown["metrics"].push_back(metric_of(each));
  }
  return shown;
}

json snapshot_of(const statistics_snapshot& snapshot) {
  json shown;
  shown["format"] = "nebula-statistics-1";
  shown["collector"] = snapshot.collector();
  shown["sequence"] = snapshot.sequence();
  shown["reset_count"] = snapshot.reset_count();
  shown["elapsed_nanoseconds"] = snapshot.elapsed_nanoseconds();
  shown["is_change"] = snapshot.is_change();
  shown["ended_sources"] = json::array();
  for (const source_id id : snapshot.ended_sources()) {
    shown["ended_sources"].push_back(static_cast<std::uint64_t>(id));
  }
  shown["sources"] = json::array();
  for (const source_snapshot& source : snapshot.sources()) {
    shown["sources"].push_back(source_of(source));
  }
  return shown;
}

} // namespace

statistics_outcome<std::string> to_json(const statistics_snapshot& snapshot) noexcept {
  try {
    return snapshot_of(snapshot).dump();
  } catch (const std::bad_alloc&) {
    return refused(statistics_failure_code::out_of_memory);
  }
}

} // namespace nebula::services
