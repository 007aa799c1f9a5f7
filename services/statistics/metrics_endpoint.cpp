// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/metrics_endpoint.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/stats_collector.hpp>
#include "prometheus_families.hpp"

namespace nebula::services {
namespace {

constexpr std::size_t address_bytes_max = 64;
constexpr std::size_t path_bytes_max = 256;
constexpr std::uint32_t port_max = 65535;

constexpr bool is_letter_or_digit(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

/// The place of the first byte that is neither letter nor digit nor one of the others; npos iff there is none.
std::size_t place_of_other(std::string_view text, std::string_view others) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_letter_or_digit(text[at]) && others.find(text[at]) == std::string_view::npos) {
      return at;
    }
  }
  return std::string_view::npos;
}

statistics_failure judge(statistics_field field, std::string_view text, std::size_t bytes_max,
                         std::string_view others) noexcept {
  if (text.empty() || text.size() > bytes_max) {
    return out_of_range(field, text.size(), 1, bytes_max);
  }
  if (field == statistics_field::path && text.front() != '/') {
    return refused(statistics_failure_code::name_not_allowed, field, 0);
  }
  const std::size_t wrong = place_of_other(text, others); // a comma would begin another port
  return wrong == std::string_view::npos ? statistics_failure{}
                                         : refused(statistics_failure_code::name_not_allowed, field, wrong);
}

/// What the exposer asks: a snapshot for each request.
class collected : public prometheus::Collectable {
public:
  explicit collected(const stats_collector& collector) noexcept : collector_(collector) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    try {
      const auto taken = collector_.snapshot();
      if (!taken) {
        failed_.fetch_add(1, std::memory_order_relaxed);
      }
      std::vector<prometheus::MetricFamily> families = detail::families_of(taken.value());
      add_failed_snapshots(families);
      return families;
    } catch (const std::bad_alloc&) { // the server that calls is C
      failed_.fetch_add(1, std::memory_order_relaxed);
      return {};
    }
  }

private:
  /// A source may have a counter of this name: a family is told once.
  void add_failed_snapshots(std::vector<prometheus::MetricFamily>& families) const {
    constexpr const char* own = "nebula_failed_snapshots_total";
    auto family = std::find_if(families.begin(), families.end(), [](const auto& each) { return each.name == own; });
    if (family == families.end()) {
      family = families.emplace(families.end());
      family->name = own;
      family->help = "Requests for numbers that found no memory for them.";
      family->type = prometheus::MetricType::Counter;
    }
    family->metric.emplace_back().counter.value = static_cast<double>(failed_.load(std::memory_order_relaxed));
  }

  mutable stats_collector collector_; // asking changes its sequence
  mutable std::atomic<std::uint64_t> failed_{0};
};

} // namespace

statistics_outcome<void> metrics_endpoint_config::validate() const noexcept {
  for (const statistics_failure& wrong : {judge(statistics_field::address, address, address_bytes_max, ".:[]"),
                                          judge(statistics_field::path, path, path_bytes_max, "/-_.")}) {
    if (wrong.code != statistics_failure_code::none) {
      return wrong;
    }
  }
  if (port > port_max) {
    return out_of_range(statistics_field::port, port, 0, port_max);
  }
  if (thread_count < 1 || thread_count > thread_count_max) {
    return out_of_range(statistics_field::thread_count, thread_count, 1, thread_count_max);
  }
  return {};
}

/// In this order: the exposer ends first.
struct metrics_endpoint::server {
  std::shared_ptr<collected> numbers;
  std::unique_ptr<prometheus::Exposer> exposer;
  std::uint32_t port = 0;
};

metrics_endpoint::metrics_endpoint() noexcept = default;
metrics_endpoint::~metrics_endpoint() = default;
metrics_endpoint::metrics_endpoint(metrics_endpoint&& other) noexcept = default;
metrics_endpoint& metrics_endpoint::operator=(metrics_endpoint&& other) noexcept = default;

statistics_outcome<metrics_endpoint> metrics_endpoint::start(const metrics_endpoint_config& config,
                                                             const stats_collector& collector) noexcept {
  if (const auto valid = config.validate(); !valid) {
    return valid.failure();
  }
  try {
    auto made = std::make_unique<server>();
    made->numbers = std::make_shared<collected>(collector);
    const std::string place = std::string(config.address) + ":" + std::to_string(config.port);
    made->exposer = std::make_unique<prometheus::Exposer>(place, config.thread_count);
    made->exposer->RegisterCollectable(made->numbers, std::string(config.path));
    made->port = static_cast<std::uint32_t>(made->exposer->GetListeningPorts().at(0));
    metrics_endpoint started;
    started.server_ = std::move(made);
    return started;
  } catch (const std::bad_alloc&) {
    return refused(statistics_failure_code::out_of_memory);
  } catch (const std::exception&) { // of the server, whose type is not part of the exposer's interface
    return refused(statistics_failure_code::address_refused, statistics_field::address, config.port);
  }
}

std::uint32_t metrics_endpoint::port() const noexcept { return server_ == nullptr ? 0 : server_->port; }

} // namespace nebula::services
