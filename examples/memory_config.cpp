// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/memory_config.md shows this example: a file first, then the environment; with --keys it lists what there is.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include <nebula/services/memory_config_text.hpp>
#include <nebula/services/memory_runtime.hpp>

namespace {

namespace services = nebula::services;

// What a program would read from a file of its own.
constexpr const char* file = R"({
  "preset": "production",
  "health": { "near_capacity_per_mille": 800 },
  "log": { "level": "info", "events_per_second": 100 }
})";

int refuse(const services::config_failure& failure) {
  char text[256];
  services::describe(failure, text, sizeof text);
  std::fprintf(stderr, "configuration: %s\n", text);
  return 1;
}

} // namespace

int main(int argument_count, char** arguments) {
  if (argument_count == 2 && std::strcmp(arguments[1], "--keys") == 0) {
    std::fputs(services::config_keys_text().c_str(), stdout);
    return 0;
  }
  const auto from_file = services::read_json(file);
  if (!from_file) {
    return refuse(from_file.failure());
  }
  const auto config = services::read_environment(from_file.value(), environ); // NEBULA_MEMORY_LOG_LEVEL=debug
  if (!config) {
    return refuse(config.failure());
  }
  auto runtime = services::memory_runtime::initialize(config.value().runtime().validate().value());
  return runtime && runtime.value().shutdown() ? EXIT_SUCCESS : EXIT_FAILURE;
}
