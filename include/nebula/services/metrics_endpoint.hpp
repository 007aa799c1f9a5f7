// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/stats_collector.hpp>

namespace nebula::services {

/// Where a program's numbers are to be had. Fill in; metrics_endpoint::start() says which field is wrong.
struct metrics_endpoint_config {
  std::string_view address =
      "127.0.0.1";        ///< IPv4, or IPv6 in brackets: whom it is open to, for it asks no one who he is
  std::uint32_t port = 0; ///< 0: one that is free, as port() tells
  std::string_view path = "/metrics";
  std::uint32_t thread_count = 2; ///< 1…64 requests at a time

  static constexpr std::uint32_t thread_count_max = 64;

  /// In this order: name_not_allowed, or out_of_range of a length in bytes, address and path; out_of_range, port (0…65535)
  /// and thread_count.
  [[nodiscard]] statistics_outcome<void> validate() const noexcept;
};

/// Serves a collector's numbers by HTTP for Prometheus, with prometheus-cpp's exposer, on threads of its own: each request
/// takes a snapshot. Sources are asked on those threads: allocators that are not shared go through a state_publisher.
/// A snapshot that failed serves the number of those that did, and no others. Can be moved. In target
/// nebula::statistics_prometheus. [SR-STAT-011]
class metrics_endpoint {
public:
  metrics_endpoint() noexcept; ///< of nothing, on port 0
  ~metrics_endpoint();         ///< waits for the requests under way
  metrics_endpoint(metrics_endpoint&& other) noexcept;
  metrics_endpoint& operator=(metrics_endpoint&& other) noexcept;
  metrics_endpoint(const metrics_endpoint&) = delete;
  metrics_endpoint& operator=(const metrics_endpoint&) = delete;

  /// Listens, from its return on. Shares the collector: sources may come and go. Failures: as the configuration's
  /// validate(); address_refused; out_of_memory.
  [[nodiscard]] static statistics_outcome<metrics_endpoint> start(const metrics_endpoint_config& config,
                                                                  const stats_collector& collector) noexcept;

  /// Where it listens; 0 iff of nothing.
  [[nodiscard]] std::uint32_t port() const noexcept;

private:
  struct server;
  std::unique_ptr<server> server_;
};

} // namespace nebula::services
