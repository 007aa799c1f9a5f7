// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/system_memory.md shows this example.
#include <cstdio>

#include <nebula/kernel.hpp>
#include <nebula/services/capabilities.hpp>
#include <nebula/services/memory_info.hpp>
#include <nebula/services/page_source.hpp>

namespace {

namespace services = nebula::services;

int fail(const services::memory_failure& failure) {
  char text[160];
  services::describe(failure, text, sizeof text);
  std::fprintf(stderr, "%s\n", text);
  return 1;
}

} // namespace

int main() {
  const auto machine = services::system_memory::detect();
  if (!machine) {
    return fail(machine.failure());
  }
  char report[512];
  services::describe(services::detect_capabilities(machine.value()), report, sizeof report);
  std::fputs(report, stdout);

  // An arena that grows by mappings: huge pages if there are some, else normal ones, each chunk between two guards.
  services::page_source_config config;
  config.chunk.pages = services::page_kind::explicit_huge;
  config.chunk.prefault = true;
  const auto plan = config.validate(machine.value());
  if (!plan) {
    return fail(plan.failure()); // as "guard_pages is 70000; accepted is 0...65536"
  }
  services::page_source chunks(plan.value()); // outlives the arena
  const auto arena_plan = nebula::arena_builder{}
                              .source(chunks.source())
                              .chunk_bytes(std::size_t{2} << 20U)
                              .growth(nebula::arena_growth::doubling)
                              .capacity_max_bytes(std::size_t{64} << 20U)
                              .build();
  if (!arena_plan) {
    return 1;
  }
  nebula::arena arena(arena_plan.value());
  if (!arena.allocate({100000, 64})) {
    return fail(chunks.last_failure()); // which call of the system was refused, and its error
  }
  std::printf("chunk of %s pages\n", services::name(chunks.last_provision().pages));

  // How near the machine, or the control group of this process, is to its limit.
  services::pressure_config thresholds;
  thresholds.high_per_mille = 850;
  thresholds.critical_per_mille = 950;
  const auto scale = thresholds.validate();
  const auto info = services::read_memory_info(machine.value());
  if (!scale || !info) {
    return fail(scale ? info.failure() : scale.failure());
  }
  std::printf("pressure: %s\n", services::name(info.value().pressure(scale.value())));
  return arena.reset() && chunks.chunk_count() == 1 ? 0 : 1;
}
