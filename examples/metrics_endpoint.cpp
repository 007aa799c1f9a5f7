// SPDX-License-Identifier: Apache-2.0 OR MIT
// Shown in docs/services/statistics.md.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/services/allocator_statistics.hpp>
#include <nebula/services/counted.hpp>
#include <nebula/services/metrics_endpoint.hpp>
#include <nebula/services/state_publisher.hpp>
#include <nebula/services/statistics_prometheus.hpp>
#include <nebula/services/stats_collector.hpp>

namespace {

namespace services = nebula::services;

struct session {
  char data[256];
};

// What threads share: sessions, and how many requests there were.
nebula::static_pool<session, 64> sessions;
services::allocation_counts session_counts;
enum request_counter : std::size_t { answered, refused, request_counters };
services::thread_counters<request_counters> requests;

// Each thread has an arena of its own for a request, and shows its state after each.
void serve(std::size_t request_count, services::state_publisher& shown) {
  services::counted counted_sessions(sessions, session_counts);
  nebula::static_bump<4096> scratch;
  for (std::size_t request = 0; request < request_count; ++request) {
    const auto block = counted_sessions.allocate(nebula::layout::of<session>());
    requests.add(block && scratch.allocate({200, 8}) ? answered : refused);
    if (block && !counted_sessions.deallocate(block.value(), nebula::layout::of<session>())) {
      std::abort();
    }
    static_cast<void>(scratch.reset());
    shown.publish(scratch.state());
  }
}

void report_requests(const void*, services::source_report& report) noexcept {
  report.counter({"requests", "Requests, by their outcome.", "outcome"}, requests.total(answered), "answered");
  report.counter({"requests", "Requests, by their outcome.", "outcome"}, requests.total(refused), "refused");
}

int fail(const services::statistics_failure& failure) {
  char text[256];
  services::describe(failure, text, sizeof text);
  std::fprintf(stderr, "%s\n", text);
  return 1;
}

} // namespace

int main(int argument_count, char** arguments) {
  auto made = services::stats_collector::make();
  if (!made) {
    return fail(made.failure());
  }
  services::stats_collector& collector = made.value();
  services::state_publisher scratch; // outlives its registration, as each source does
  const auto pool = collector.add("sessions", "pool_allocator", services::source_of(sessions));
  const auto calls = collector.add("session calls", "counted", services::source_of_reporter(session_counts));
  const auto arena = collector.add("scratch of thread 1", "bump_allocator", services::source_of_owned(scratch));
  const auto server = collector.add("requests", "server", {report_requests, nullptr});
  const auto endpoint = services::metrics_endpoint::start({}, collector); // on loopback, on a free port
  if (!pool || !calls || !arena || !server || !endpoint) {
    return fail(endpoint ? server.failure() : endpoint.failure());
  }
  std::printf("http://127.0.0.1:%u/metrics\n", endpoint.value().port());
  std::fflush(stdout);

  services::state_publisher another;
  std::thread first([&] { serve(1000, scratch); });
  std::thread second([&] { serve(1000, another); });
  first.join();
  second.join();

  if (argument_count > 1 && std::string_view(arguments[1]) == "--until-end-of-input") { // for whoever is to scrape it
    while (std::getchar() != EOF) {
    }
  }
  // Exact, although the threads have ended: and the same that the endpoint serves.
  const auto text = services::to_prometheus(collector.snapshot().value());
  std::fputs(text.value().c_str(), stderr);
  return requests.total(answered) == 2000 ? 0 : 1;
}
