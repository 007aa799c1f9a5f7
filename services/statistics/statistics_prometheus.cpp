// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/statistics_prometheus.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ios>
#include <map>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include <nebula/kernel/atomics.hpp>
#include <nebula/services/histogram.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>
#include <nebula/services/thread_counters.hpp>
#include <nebula/services/utf8_text.hpp>
#include "prometheus_families.hpp"

namespace nebula::services {
namespace {

/// As a help line must have it, which the serializer writes as it is.
std::string escaped_help(std::string_view help) {
  std::string escaped;
  for (const char character : valid_utf8(help)) {
    if (character == '\\') {
      escaped += "\\\\";
    } else if (character == '\n') {
      escaped += "\\n";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

/// The serializer escapes quotes, backslashes and line feeds in values of labels.
prometheus::ClientMetric labelled(const source_snapshot& source, const metric& each) {
  prometheus::ClientMetric shown;
  shown.label.push_back({"id", std::to_string(static_cast<std::uint64_t>(source.id))});
  shown.label.push_back({"kind", valid_utf8(source.kind)});
  shown.label.push_back({"source", valid_utf8(source.name)});
  if (!each.label.empty()) {
    shown.label.push_back({each.label, valid_utf8(each.label_value)});
  }
  return shown;
}

prometheus::ClientMetric::Histogram distribution_of(const histogram& values) {
  const histogram_layout& layout = values.layout();
  prometheus::ClientMetric::Histogram shown;
  shown.sample_count = values.count();
  shown.sample_sum = static_cast<double>(values.sum());
  std::uint64_t below = 0;
  for (std::size_t bucket = 0; bucket < values.bucket_count(); ++bucket) {
    below = counter_cell<plain_atomics>::capped_sum(below, values.count_in(bucket)); // as count() does
    const std::uint64_t highest = layout.highest_of(bucket);
    if ((highest & (highest + 1)) == 0 && highest >> layout.precision_bits != 0) { // the last below a power of two
      shown.bucket.push_back({below, static_cast<double>(highest)});
    }
  }
  return shown; // the serializer adds +Inf
}

prometheus::MetricType type_of(metric_kind kind) noexcept {
  switch (kind) {
  case metric_kind::counter: return prometheus::MetricType::Counter;
  case metric_kind::gauge: return prometheus::MetricType::Gauge;
  case metric_kind::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric shown_metric(const source_snapshot& source, const metric& each) {
  prometheus::ClientMetric shown = labelled(source, each);
  switch (each.kind) {
  case metric_kind::counter: shown.counter.value = static_cast<double>(each.value); break;
  case metric_kind::gauge: shown.gauge.value = static_cast<double>(each.value); break;
  case metric_kind::histogram: shown.histogram = distribution_of(each.distribution); break;
  }
  return shown;
}

prometheus::MetricFamily new_family(const metric& each) {
  prometheus::MetricFamily family;
  family.name = "nebula_" + each.name + (each.kind == metric_kind::counter ? "_total" : "");
  family.help = escaped_help(each.help);
  family.type = type_of(each.kind);
  return family;
}

} // namespace

std::vector<prometheus::MetricFamily> detail::families_of(const statistics_snapshot& snapshot) {
  std::vector<prometheus::MetricFamily> families;
  std::map<std::string, std::size_t, std::less<>> places; // a name has one kind in a snapshot
  for (const source_snapshot& source : snapshot.sources()) {
    for (const metric& each : source.metrics) {
      const auto [place, is_new] = places.try_emplace(each.name, families.size());
      if (is_new) {
        families.push_back(new_family(each));
      }
      families[place->second].metric.push_back(shown_metric(source, each));
    }
  }
  return families;
}

statistics_outcome<std::string> to_prometheus(const statistics_snapshot& snapshot) noexcept {
  try {
    std::ostringstream text;
    text.exceptions(std::ios::badbit); // a stream without memory would say so by a flag, and be cut short
    prometheus::TextSerializer().Serialize(text, detail::families_of(snapshot));
    return text.str();
  } catch (const std::bad_alloc&) {
    return refused(statistics_failure_code::out_of_memory);
  }
}

} // namespace nebula::services
