// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/statistics_source.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>

#include <nebula/services/histogram.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>

namespace nebula::services {
namespace {

/// The place of the first byte that a word must not have; npos iff it is a word.
std::size_t wrong_byte(std::string_view word) noexcept {
  const auto is_letter = [](char byte) { return byte >= 'a' && byte <= 'z'; };
  for (std::size_t at = 0; at < word.size(); ++at) {
    const bool is_digit = word[at] >= '0' && word[at] <= '9';
    if (!is_letter(word[at]) && (at == 0 || (!is_digit && word[at] != '_'))) {
      return at;
    }
  }
  return std::string_view::npos;
}

statistics_failure judge_length(statistics_field field, std::string_view text, std::size_t least,
                                std::size_t most) noexcept {
  return text.size() < least || text.size() > most ? out_of_range(field, text.size(), least, most)
                                                   : statistics_failure{};
}

/// Whether it is a word, and not among those reserved, by `is_reserved`.
template <class IsReserved>
statistics_failure judge_word(statistics_field field, std::string_view word, IsReserved is_reserved) noexcept {
  if (const statistics_failure wrong = judge_length(field, word, 1, metric_description::name_bytes_max);
      wrong.code != statistics_failure_code::none) {
    return wrong;
  }
  if (const std::size_t at = wrong_byte(word); at != std::string_view::npos) {
    return refused(statistics_failure_code::name_not_allowed, field, at);
  }
  const std::size_t reserved_from = is_reserved(word);
  return reserved_from != std::string_view::npos
             ? refused(statistics_failure_code::name_not_allowed, field, reserved_from)
             : statistics_failure{};
}

std::size_t reserved_suffix(std::string_view word) noexcept {
  for (const std::string_view suffix : {"_total", "_bucket", "_count", "_sum", "_created", "_info"}) {
    if (word.ends_with(suffix)) {
      return word.size() - suffix.size();
    }
  }
  return std::string_view::npos;
}

std::size_t reserved_label(std::string_view word) noexcept {
  for (const std::string_view label : {"id", "source", "kind", "le", "quantile"}) {
    if (word == label) {
      return 0;
    }
  }
  return std::string_view::npos;
}

} // namespace

statistics_outcome<void> metric_description::validate() const noexcept {
  statistics_failure wrong = judge_word(statistics_field::metric_name, name, reserved_suffix);
  if (wrong.code == statistics_failure_code::none && !label.empty()) {
    wrong = judge_word(statistics_field::label_name, label, reserved_label);
  }
  if (wrong.code == statistics_failure_code::none) {
    wrong = judge_length(statistics_field::help, help, 1, help_bytes_max);
  }
  return wrong.code == statistics_failure_code::none ? statistics_outcome<void>() : wrong;
}

void source_report::refuse(const statistics_failure& failure) noexcept {
  if (refused_count_ == 0) {
    first_refusal_ = failure;
  }
  ++refused_count_;
  ran_out_of_memory_ = ran_out_of_memory_ || failure.code == statistics_failure_code::out_of_memory;
}

statistics_failure source_report::judge(const metric_description& what, metric_kind kind,
                                        std::string_view label_value) const noexcept {
  if (const auto valid = what.validate(); !valid) {
    return valid.failure();
  }
  const std::size_t most = what.label.empty() ? 0 : metric_description::text_bytes_max;
  if (label_value.size() > most) {
    return out_of_range(statistics_field::label_value, label_value.size(), 0, most);
  }
  for (const metric& each : metrics_) {
    if (each.name != what.name) {
      continue;
    }
    if (each.kind != kind) {
      return refused(statistics_failure_code::kind_changed, statistics_field::metric_name);
    }
    // Prometheus takes a label without a value for no label.
    if (each.label_value == label_value && (each.label == what.label || label_value.empty())) {
      return refused(statistics_failure_code::reported_twice, statistics_field::metric_name);
    }
  }
  return {};
}

metric* source_report::add(const metric_description& what, metric_kind kind, std::string_view label_value) noexcept {
  if (const statistics_failure wrong = judge(what, kind, label_value); wrong.code != statistics_failure_code::none) {
    refuse(wrong);
    return nullptr;
  }
  try {
    metric added;
    added.kind = kind;
    added.name = what.name;
    added.help = what.help;
    added.label = what.label;
    added.label_value = label_value;
    metrics_.push_back(std::move(added));
    return &metrics_.back();
  } catch (const std::bad_alloc&) {
    refuse(refused(statistics_failure_code::out_of_memory, statistics_field::report));
    return nullptr;
  }
}

void source_report::counter(const metric_description& what, std::uint64_t value,
                            std::string_view label_value) noexcept {
  if (metric* const added = add(what, metric_kind::counter, label_value); added != nullptr) {
    added->value = value;
  }
}

void source_report::gauge(const metric_description& what, std::uint64_t value, std::string_view label_value) noexcept {
  if (metric* const added = add(what, metric_kind::gauge, label_value); added != nullptr) {
    added->value = value;
  }
}

void source_report::distribution(const metric_description& what, const histogram& values,
                                 std::string_view label_value) noexcept {
  metric* const added = add(what, metric_kind::histogram, label_value);
  if (added == nullptr) {
    return;
  }
  try {
    added->distribution = values;
  } catch (const std::bad_alloc&) {
    metrics_.pop_back();
    refuse(refused(statistics_failure_code::out_of_memory, statistics_field::report));
  }
}

} // namespace nebula::services
