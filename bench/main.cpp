// SPDX-License-Identifier: Apache-2.0 OR MIT
// nebula-bench: what the kernel and its peers cost. docs/performance.md.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bench/harness.hpp"
#include "bench/peers.hpp"

namespace nebula::bench {
namespace {

constexpr const char* usage = R"(usage: nebula-bench [OPTION of Google Benchmark]…
       nebula-bench --list               scenarios and columns, one a line, between a tab
       nebula-bench --verify [SCENARIO]  runs each column some rounds and checks what it has done; nothing is timed
       nebula-bench --verify-broken      the same for columns that are broken on purpose: fails
       nebula-bench --work SCENARIO COLUMN UNITS
                                         does so much work without a clock, for profilers; prints the operations
)";

int verify(const registry& all, const std::string& only) {
  int verified = 0;
  int failed = 0;
  for (const column& each : all.columns()) {
    if (!only.empty() && each.scenario != only) {
      continue;
    }
    const std::string wrong = each.verified();
    ++verified;
    failed += wrong.empty() ? 0 : 1;
    std::printf("%-6s  %s, %s%s%s\n", wrong.empty() ? "passed" : "FAILED", each.scenario.c_str(), each.name.c_str(),
                wrong.empty() ? "" : ": ", wrong.c_str());
  }
  std::printf("%d columns do their work, %d do not\n", verified - failed, failed);
  if (verified == 0) {
    std::fprintf(stderr, "nebula-bench: no scenario is called '%s'; --list names them\n", only.c_str());
  }
  return verified != 0 && failed == 0 ? 0 : 1;
}

int work(const registry& all, const std::string& scenario, const std::string& name, const char* units) {
  char* end = nullptr;
  const unsigned long long count = std::strtoull(units, &end, 10);
  if (count == 0 || *end != '\0') {
    std::fprintf(stderr, "nebula-bench: UNITS is a number above 0, got: %s\n", units);
    return 2;
  }
  for (const column& each : all.columns()) {
    if (each.scenario == scenario && each.name == name) {
      each.work(count);
      std::printf("%.0f\n", static_cast<double>(count) * each.operations);
      return 0;
    }
  }
  std::fprintf(stderr, "nebula-bench: no column '%s' of '%s'; --list names them\n", name.c_str(), scenario.c_str());
  return 2;
}

void list(const registry& all) {
  for (const column& each : all.columns()) {
    std::printf("%s\t%s\n", each.scenario.c_str(), each.name.c_str());
  }
}

void add_to_benchmark(const registry& all) {
  for (const column& each : all.columns()) {
    benchmark::RegisterBenchmark((each.scenario + "/" + each.name).c_str(), each.timed)
        ->Setup(each.set_up)
        ->Teardown(each.tear_down)
        ->Threads(each.threads);
  }
}

int run(int argument_count, char** arguments) {
  make_room_for_libraries(arguments);
  const std::string first = argument_count > 1 ? arguments[1] : "";
  if (first == "--help" || first == "-h") {
    std::fputs(usage, stdout);
    return 0;
  }
  registry all;
  load_heaps(all);
#if !NEBULA_BENCH_HAS_BOOST
  all.leave_out("boost pool, boost lockfree", "libboost-dev was not there when this was built");
#endif
#if !NEBULA_BENCH_HAS_FOONATHAN
  all.leave_out("foonathan pool and stack", "libfoonathan-memory-dev was not there when this was built");
#endif
#if !NEBULA_BENCH_HAS_CK
  all.leave_out("ck_stack", "libck-dev was not there when this was built");
#endif
  if (first == "--verify-broken") {
    add_broken(all);
    return verify(all, "");
  }
  add_bump(all);
  add_shared_bump(all);
  add_pool(all);
  add_pool_cache(all);
  add_stack(all);
  add_arena(all);
  add_typed(all);
  add_segregated(all);
  add_counters(all);
#if NEBULA_BENCH_HAS_SERVICES
  add_logging(all);
#endif
  add_workloads(all);
  add_growth(all);
#if NEBULA_BENCH_HAS_STATISTICS
  add_request(all);
#endif
  if (first == "--list") {
    list(all);
    return 0;
  }
  if (first == "--verify") {
    return verify(all, argument_count > 2 ? arguments[2] : "");
  }
  if (first == "--work") {
    if (argument_count != 5) {
      std::fprintf(stderr, "nebula-bench: --work takes SCENARIO COLUMN UNITS\n%s", usage);
      return 2;
    }
    return work(all, arguments[2], arguments[3], arguments[4]);
  }
  add_to_benchmark(all);
  benchmark::Initialize(&argument_count, arguments);
  if (argument_count > 1) {
    std::fprintf(stderr, "nebula-bench: '%s' is no option of this program\n%s", arguments[1], usage);
    return 2;
  }
  return benchmark::RunSpecifiedBenchmarks() != 0 ? 0 : 1;
}

} // namespace
} // namespace nebula::bench

int main(int argument_count, char** arguments) { return nebula::bench::run(argument_count, arguments); }
