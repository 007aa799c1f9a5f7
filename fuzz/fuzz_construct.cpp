// SPDX-License-Identifier: Apache-2.0 OR MIT
// Arenas of objects, handles, and raw blocks and marks of somebody else in one allocator, with constructors that throw: the
// programs and the model of property.construct. Bytes: the allocator, the level, two of the capacity, four of the swarm
// mask, and three for each step.
// Target functions, those of these headers:
//   construct: include/nebula/construct/typed_arena.hpp include/nebula/construct/unique_handle.hpp include/nebula/construct/pooled.hpp include/nebula/construct/block_claim.hpp include/nebula/construct/make.hpp
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <nebula/verify/program.hpp>
#include "construct_property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t step_kinds = 17;

std::vector<nebula::test::step> read_steps(nebula::verify::byte_reader& bytes) {
  const nebula::verify::swarm<std::uint8_t, step_kinds> chosen(bytes.four_bytes());
  std::vector<nebula::test::step> steps;
  while (!bytes.empty() && steps.size() < nebula::verify::program_length_max) {
    const std::uint8_t what = chosen(bytes.byte());
    const std::uint8_t target = bytes.byte();
    steps.push_back({what, target, bytes.byte()});
  }
  return steps;
}

void require_nothing(const char* where, const std::string& found, const std::vector<nebula::test::step>& steps) {
  if (!found.empty()) {
    std::fprintf(stderr, "construct: in a %s: %s\n", where, found.c_str());
    for (const nebula::test::step& each : steps) {
      std::fprintf(stderr, "  {%d, %d, %d}\n", each.what, each.target, each.amount);
    }
    std::abort();
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nebula::test;
  nebula::verify::byte_reader bytes(std::span<const std::uint8_t>(data, size));
  const std::uint8_t which = bytes.byte();
  const auto level = bytes.byte() % 4 == 3 ? nebula::check_level::paranoid : nebula::check_level::standard;
  const std::size_t capacity = 200 + bytes.two_bytes() % 3896U; // as the property has it
  const std::vector<step> steps = read_steps(bytes);
  switch (which % 6) {
  case 0: require_nothing("bump", run_in_bump(capacity, level, steps), steps); break;
  case 1: require_nothing("stack", run_in_stack(capacity, level, steps), steps); break;
  case 2: require_nothing("arena", run_in_arena(capacity, level, steps), steps); break;
  case 3: require_nothing("arena that tracks", run_in_arena_that_tracks(capacity, level, steps), steps); break;
  case 4: require_nothing("pool", run_in_pool(level, steps), steps); break;
  default: require_nothing("local pool", run_in_local_pool(level, steps), steps); break;
  }
  return 0;
}
