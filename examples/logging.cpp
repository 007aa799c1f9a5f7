// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/logging.md shows this example.
#include <array>
#include <cstddef>
#include <cstdio>

#include <nebula/kernel.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/logged.hpp>
#include <nebula/services/stream_sink.hpp>

namespace {

namespace services = nebula::services;
using nebula::layout;

struct message {
  alignas(8) std::byte text[64];
};

/// A sink of one's own: counts refusals, and hands each event on.
class refusal_counter final : public services::log_sink {
public:
  explicit refusal_counter(services::log_sink& next) : next_(next) {}
  void write(const services::log_event& event) noexcept override {
    refusals += event.action == services::log_action::refused ? 1 : 0;
    next_.write(event);
  }
  void flush() noexcept override { next_.flush(); }

  int refusals = 0;

private:
  services::log_sink& next_;
};

} // namespace

int main() {
  services::stream_sink lines(stdout, services::log_format::json_lines);
  refusal_counter sink(lines);

  services::event_log_config config;
  config.name = "messages";
  config.level = services::log_level::info;
  // Of refusals at most ten a second, five at once after silence; the next line says how many were left out.
  config.limits[static_cast<std::size_t>(services::log_level::error)] = {
      .sample_every = 1, .events_per_second = 10, .burst_events = 5};
  const auto plan = config.validate();
  if (!plan) {
    std::array<char, 160> text{};
    services::describe(plan.failure(), text.data(), text.size()); // as "near_percent is 101; accepted is 0...100"
    std::fprintf(stderr, "%s\n", text.data());
    return 1;
  }
  services::event_log log(plan.value(), sink);

  // Misuse and corruption come through the pool's own hook, whoever calls it.
  static nebula::static_pool<message, 20> pool(log.hook());
  const services::logged_life life(pool, log);
  auto&& messages = services::log_calls(pool, log); // each thread has its own; as cheap as its level allows

  std::array<std::byte*, 20> held{};
  for (std::byte*& block : held) {
    block = messages.allocate(layout::of<message>()).value();
  }
  for (int tries = 0; tries < 1000; ++tries) {
    if (messages.allocate(layout::of<message>())) {
      return 1; // all twenty are live
    }
  }
  for (std::byte* block : held) {
    if (!messages.deallocate(block, layout::of<message>())) {
      return 1;
    }
  }
  log.flush(); // says how many refusals were not told of
  const services::log_counts counts = log.counts();
  const bool is_limited = sink.refusals >= 5 && counts.over_rate == 1000U - static_cast<unsigned>(sink.refusals);
  return is_limited && lines.lost_events() == 0 ? 0 : 1;
}
