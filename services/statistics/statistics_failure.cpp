// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/statistics_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>

#include "../name_at.hpp"
#include "../number_text.hpp"

namespace nebula::services {
namespace {

void add_range(bounded_text& text, const statistics_failure& failure) noexcept {
  text.add(name(failure.field));
  text.add(" is ");
  if (failure.field == statistics_field::percentile) {
    add_number(text, failure.number);
  } else {
    add_number(text, failure.value);
  }
  const bool is_length = (failure.field >= statistics_field::source_name && failure.field <= statistics_field::help) ||
                         failure.field == statistics_field::address || failure.field == statistics_field::path;
  text.add(is_length ? " bytes long; accepted is " : "; accepted is ");
  add_number(text, failure.lowest);
  text.add("...");
  add_number(text, failure.highest);
}

const char* explanation(statistics_failure_code code) noexcept {
  switch (code) {
  case statistics_failure_code::none: return "no failure";
  case statistics_failure_code::out_of_memory: return "the heap has no room for the answer";
  case statistics_failure_code::no_values: return "a histogram that has recorded nothing has no percentiles";
  case statistics_failure_code::layout_differs: return "the two histograms have other buckets";
  case statistics_failure_code::reported_twice:
    return "one source reported the same metric with the same label value again";
  case statistics_failure_code::kind_changed: return "the metric was first reported to this collector as another kind";
  case statistics_failure_code::other_collector: return "the two snapshots are of different collectors";
  case statistics_failure_code::snapshots_reversed: return "the earlier snapshot was given as the later one";
  case statistics_failure_code::reset_between: return "the collector was reset between the two snapshots";
  case statistics_failure_code::snapshot_is_change: return "a change was given where a snapshot is expected";
  case statistics_failure_code::called_by_source: return "a source called its own collector while it reported";
  case statistics_failure_code::address_refused:
    return "the system does not let the endpoint listen there: the port is taken, or the address is not this machine's";
  case statistics_failure_code::out_of_range:
  case statistics_failure_code::name_not_allowed: break; // told with their numbers
  }
  return "unknown";
}

const char* accepted_in(statistics_field field) noexcept {
  if (field == statistics_field::metric_name) {
    return "a-z, then a-z, 0-9 and _, without a suffix _total, _bucket, _count, _sum, _created or _info";
  }
  if (field == statistics_field::label_name) {
    return "a-z, then a-z, 0-9 and _, but not id, source, kind, le or quantile";
  }
  return field == statistics_field::path ? "'/', then letters, digits, '/', '-', '_' and '.'"
                                         : "letters, digits, '.' and ':', and brackets about IPv6";
}

void add_name(bounded_text& text, const statistics_failure& failure) noexcept {
  text.add(name(failure.field));
  text.add(" is not allowed at byte ");
  add_number(text, failure.value);
  text.add("; accepted are ");
  text.add(accepted_in(failure.field));
}

} // namespace

const char* name(statistics_failure_code code) noexcept {
  constexpr const char* names[] = {"none",
                                   "out_of_range",
                                   "out_of_memory",
                                   "no_values",
                                   "layout_differs",
                                   "name_not_allowed",
                                   "reported_twice",
                                   "kind_changed",
                                   "other_collector",
                                   "snapshots_reversed",
                                   "reset_between",
                                   "snapshot_is_change",
                                   "called_by_source",
                                   "address_refused"};
  return name_at(names, code);
}

const char* name(statistics_field field) noexcept {
  constexpr const char* names[] = {"none",        "precision_bits", "value_bits",  "percentile",
                                   "source_name", "source_kind",    "metric_name", "label_name",
                                   "label_value", "help",           "snapshot",    "report",
                                   "address",     "port",           "path",        "thread_count"};
  return name_at(names, field);
}

std::size_t describe(const statistics_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  if (failure.code == statistics_failure_code::out_of_range) {
    add_range(text, failure);
  } else if (failure.code == statistics_failure_code::name_not_allowed) {
    add_name(text, failure);
  } else {
    text.add(explanation(failure.code));
  }
  return text.finish();
}

} // namespace nebula::services
