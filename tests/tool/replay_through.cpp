// SPDX-License-Identifier: Apache-2.0 OR MIT
// One vehicle, which CMakeLists.txt names, on a trace: replay_through FILE. Small enough to be built for each broken
// allocator that a replay must tell from the shipped one.
#include <cstdio>
#include <exception>

#include "tools/replay/adaptor_vehicles.hpp"
#include "tools/replay/engine.hpp"
#include "tools/replay/vehicle.hpp"

#if !defined(NEBULA_VEHICLE)
#error "define NEBULA_VEHICLE, as in stack_vehicle"
#endif

namespace nebula::replay {
namespace {

using segregated = segregated_vehicle<segregated_allocator>;
using pools = pools_vehicle<bare_pool<pool_allocator>, pool_config>;
using caches = pools_vehicle<cached_pool, pool_config>;
using bump = bump_vehicle<bump_allocator, bump_config, gives_back_last::yes>;
using shared_bump = bump_vehicle<shared_bump_allocator, shared_bump_config, gives_back_last::no>;
using vehicle = NEBULA_VEHICLE;

bool replay_file(const char* path) {
  const auto bytes = trace::read_file(path);
  const trace::trace_image image(bytes);
  const sizing sized = size_from_trace(image, false);
  const storage_need need = vehicle::need(image, sized);
  std::vector<std::byte> memory(need.bytes + need.align);
  const auto past = reinterpret_cast<std::uintptr_t>(memory.data()) % need.align;
  vehicle allocator(sized, {memory.data() + (past == 0 ? 0 : need.align - past), need.bytes});
  engine<vehicle> engine(allocator, sized.summary.slots, contents::verified);
  trace::operation_reader reader(image);
  for (trace::operation item{}; reader.next(item);) {
    engine.perform(item);
    if (reader.tracker().followed_events() % 100 == 0) {
      engine.check_invariants();
    }
  }
  engine.finish();
  const findings& found = engine.found();
  std::printf("refused %llu, misuse %llu, corruption %llu, damaged %llu, misplaced %llu, accounting %llu\n",
              static_cast<unsigned long long>(found.refused), static_cast<unsigned long long>(found.misuse),
              static_cast<unsigned long long>(found.corruption), static_cast<unsigned long long>(found.damaged_blocks),
              static_cast<unsigned long long>(found.misplaced_blocks),
              static_cast<unsigned long long>(found.accounting_errors));
  return found.is_intact();
}

} // namespace
} // namespace nebula::replay

int main(int argument_count, char** arguments) {
  try {
    return argument_count == 2 && nebula::replay::replay_file(arguments[1]) ? 0 : 1;
  } catch (const std::exception& problem) {
    std::printf("%s\n", problem.what());
    return 2;
  }
}
