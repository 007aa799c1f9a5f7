// SPDX-License-Identifier: Apache-2.0 OR MIT
// Statistics with hostile names, for readers that are not ours: prints them as json, csv or prometheus, or serves them until
// the end of its input.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nebula/services/metrics_endpoint.hpp>
#include <nebula/services/statistics_csv.hpp>
#include <nebula/services/statistics_json.hpp>
#include <nebula/services/statistics_prometheus.hpp>
#include <nebula/services/stats_collector.hpp>

namespace {

namespace services = nebula::services;

const std::vector<std::string> hostile_texts = {
    "plain",
    "comma, quote \" backslash \\ tab \t",
    "line\nfeed and\r\nreturn",
    "} 1\nnebula_injected{source=\"x",
    "\"} 1 # \\",
    "\\\\\\",
    "not utf-8: \xff \xc3\x28 \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82",
    "utf-8: \xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xa9",
    "=cmd|' /C calc'!A0",
    "\xef\xbb\xbf byte order mark",
    " blank at both ends ",
    std::string("zero \0 byte", 11),
    std::string(1024, '"'),
    "control \x01\x1b[31m\x7f",
    "</script><!-- &amp;",
};

struct hostile_source {
  std::size_t number = 0;
  services::histogram sizes{};

  void report(services::source_report& report) const noexcept {
    report.counter({"calls", "Calls.\nOf \\ all kinds.", "reason"}, number + 1, hostile_texts[number]);
    report.counter({"calls", "Calls.\nOf \\ all kinds.", "reason"}, number + 2, "another");
    report.gauge({"open_connections", "Connections now."}, number * 10);
    report.distribution({"size_bytes", "Sizes of requests."}, sizes);
  }
};

template <class Outcome>
int print(const Outcome& text) {
  return text && std::fwrite(text.value().data(), 1, text.value().size(), stdout) == text.value().size() ? 0 : 1;
}

int serve(const services::stats_collector& collector) {
  const auto endpoint = services::metrics_endpoint::start({}, collector);
  if (!endpoint) {
    return 1;
  }
  std::printf("http://127.0.0.1:%u/metrics\n", endpoint.value().port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

} // namespace

int main(int argument_count, char** arguments) {
  const std::string_view form = argument_count > 1 ? arguments[1] : "";
  auto made = services::stats_collector::make();
  services::stats_collector& collector = made.value();
  std::vector<hostile_source> sources(hostile_texts.size());
  std::vector<services::statistics_registration> registrations;
  for (std::size_t number = 0; number < sources.size(); ++number) {
    hostile_source& source = sources[number];
    source.number = number;
    source.sizes = services::histogram::make().value();
    for (std::size_t value = 0; value < number * 100; ++value) { // the first has none
      source.sizes.record(value * value * value * value * value);
    }
    auto registered = collector.add(hostile_texts[number], hostile_texts[number], services::source_of_reporter(source));
    if (!registered) {
      return 1;
    }
    registrations.push_back(std::move(registered).value());
  }
  const auto taken = collector.snapshot();
  if (form == "json") {
    return print(services::to_json(taken.value()));
  }
  if (form == "change") {
    registrations.pop_back();
    const auto changed = services::change(taken.value(), collector.snapshot().value());
    return print(services::to_json(changed.value()));
  }
  if (form == "csv") {
    return print(services::to_csv(taken.value()));
  }
  if (form == "prometheus") {
    return print(services::to_prometheus(taken.value()));
  }
  if (form == "serve") {
    return serve(collector);
  }
  std::fputs("usage: specimen json|change|csv|prometheus|serve\n", stderr);
  return 2;
}
