// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/metrics_endpoint.hpp>
#include <nebula/services/statistics_prometheus.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using test::new_collector;
using test::numbers;

/// The whole answer to a GET on loopback; empty iff nobody listens.
std::string answer_of(std::uint32_t port, const std::string& path) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(connection, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (send(connection, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
      char part[4096];
      for (ssize_t bytes = 0; (bytes = recv(connection, part, sizeof part, 0)) > 0;) {
        answer.append(part, static_cast<std::size_t>(bytes));
      }
    }
  }
  close(connection);
  return answer;
}

// [SR-STAT-011]
TEST(endpoint, serves_the_numbers_as_they_are_when_asked) {
  stats_collector collector = new_collector();
  numbers one{.served = 7};
  const auto registered = collector.add("front", "server", source_of_reporter(one));
  const auto endpoint = metrics_endpoint::start({}, collector);
  ASSERT_TRUE(test::succeeded(endpoint));
  ASSERT_NE(endpoint.value().port(), 0U);
  const std::string first = answer_of(endpoint.value().port(), "/metrics");
  EXPECT_TRUE(first.starts_with("HTTP/1.1 200"));
  EXPECT_NE(first.find("nebula_served_requests_total{id=\"1\",kind=\"server\",source=\"front\"} 7\n"),
            std::string::npos);
  EXPECT_NE(first.find("nebula_failed_snapshots_total 0\n"), std::string::npos);
  one.served = 8;
  const auto late = collector.add("late", "server", {});
  EXPECT_NE(answer_of(endpoint.value().port(), "/metrics").find("source=\"front\"} 8\n"), std::string::npos);
  EXPECT_TRUE(answer_of(endpoint.value().port(), "/other").starts_with("HTTP/1.1 404"));
}

TEST(endpoint, of_a_collector_that_could_not_be_made_says_so) {
  const auto endpoint = metrics_endpoint::start({}, stats_collector());
  ASSERT_TRUE(test::succeeded(endpoint));
  EXPECT_NE(answer_of(endpoint.value().port(), "/metrics").find("nebula_failed_snapshots_total 1\n"),
            std::string::npos);
}

TEST(endpoint, tells_a_family_once_whoever_has_numbers_of_it) {
  stats_collector collector = new_collector();
  const auto counts = [](const void*, source_report& report) noexcept {
    report.counter({"failed_snapshots", "Of the program's own."}, 3);
  };
  const auto registered = collector.add("program", "", {counts, nullptr});
  const auto endpoint = metrics_endpoint::start({}, collector);
  const std::string answer = answer_of(endpoint.value().port(), "/metrics");
  const std::string type = "# TYPE nebula_failed_snapshots_total counter";
  EXPECT_NE(answer.find(type), std::string::npos);
  EXPECT_EQ(answer.find(type), answer.rfind(type));
  EXPECT_NE(answer.find("source=\"program\"} 3\n"), std::string::npos);
  EXPECT_NE(answer.find("nebula_failed_snapshots_total 0\n"), std::string::npos);
}

TEST(endpoint, ends_with_its_object_and_moves) {
  stats_collector collector = new_collector();
  std::uint32_t port = 0;
  {
    auto started = metrics_endpoint::start({.path = "/numbers"}, collector);
    metrics_endpoint moved = std::move(started).value();
    metrics_endpoint again;
    EXPECT_EQ(again.port(), 0U);
    again = std::move(moved);
    port = again.port();
    EXPECT_TRUE(answer_of(port, "/numbers").starts_with("HTTP/1.1 200"));
  }
  EXPECT_EQ(answer_of(port, "/numbers"), "");
}

TEST(endpoint, on_a_port_that_is_taken_is_refused) {
  stats_collector collector = new_collector();
  const auto first = metrics_endpoint::start({}, collector);
  const std::uint32_t port = first.value().port();
  EXPECT_TRUE(test::failed(metrics_endpoint::start({.port = port}, collector),
                           refused(statistics_failure_code::address_refused, statistics_field::address, port)));
}

TEST(endpoint, of_a_wrong_configuration_is_refused) {
  const auto not_allowed = statistics_failure_code::name_not_allowed;
  const auto verdict = [](const metrics_endpoint_config& config) { return config.validate().failure(); };
  EXPECT_EQ(verdict({}).code, statistics_failure_code::none);
  EXPECT_EQ(verdict({.address = "[::1]"}).code, statistics_failure_code::none);
  EXPECT_EQ(verdict({.address = ""}), out_of_range(statistics_field::address, 0, 1, 64));
  EXPECT_EQ(verdict({.address = "127.0.0.1,0.0.0.0"}), refused(not_allowed, statistics_field::address, 9));
  EXPECT_EQ(verdict({.port = 65536}), out_of_range(statistics_field::port, 65536, 0, 65535));
  EXPECT_EQ(verdict({.path = "metrics"}), refused(not_allowed, statistics_field::path, 0));
  EXPECT_EQ(verdict({.path = "/a b"}), refused(not_allowed, statistics_field::path, 2));
  EXPECT_EQ(verdict({.path = ""}), out_of_range(statistics_field::path, 0, 1, 256));
  EXPECT_EQ(verdict({.thread_count = 0}), out_of_range(statistics_field::thread_count, 0, 1, 64));
  EXPECT_EQ(verdict({.thread_count = 65}), out_of_range(statistics_field::thread_count, 65, 1, 64));
  EXPECT_TRUE(test::failed(metrics_endpoint::start({.path = "x"}, new_collector()),
                           refused(not_allowed, statistics_field::path, 0)));
}

TEST(endpoint, answers_several_at_a_time) {
  stats_collector collector = new_collector();
  const numbers one{.served = 7};
  const auto registered = collector.add("front", "server", source_of_reporter(one));
  const auto endpoint = metrics_endpoint::start({.thread_count = 4}, collector);
  std::vector<std::thread> asking;
  for (int each = 0; each < 4; ++each) {
    asking.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        EXPECT_NE(answer_of(endpoint.value().port(), "/metrics").find("source=\"front\"} 7\n"), std::string::npos);
      }
    });
  }
  for (std::thread& each : asking) {
    each.join();
  }
}

} // namespace
} // namespace nebula::services
