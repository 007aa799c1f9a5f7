// SPDX-License-Identifier: Apache-2.0 OR MIT
// Functions of which the object code is compared: with an allocator as it is, and logged at a level that is compiled in
// or out. [SR-LOG-007]
#include <cstddef>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/kernel/stack_allocator.hpp>
#include <nebula/services/logged.hpp>

namespace services = nebula::services;

#if defined(NEBULA_PROBE_LEVEL)
#define NEBULA_PROBED(allocator) services::log_calls<services::log_level{NEBULA_PROBE_LEVEL}>(allocator, log)
#else
#define NEBULA_PROBED(allocator) allocator
#endif

nebula::result<std::byte*> probe_pool(nebula::pool_allocator& pool, services::event_log& log, nebula::layout request);
nebula::result<std::byte*> probe_pool(nebula::pool_allocator& pool, services::event_log& log, nebula::layout request) {
  static_cast<void>(log);
  auto&& told = NEBULA_PROBED(pool);
  return told.allocate(request);
}
bool probe_local_pool(nebula::local_pool_allocator& pool, services::event_log& log, nebula::layout request);
bool probe_local_pool(nebula::local_pool_allocator& pool, services::event_log& log, nebula::layout request) {
  static_cast<void>(log);
  auto&& told = NEBULA_PROBED(pool);
  const auto block = told.allocate(request);
  return block && told.deallocate(block.value(), request) && told.reset();
}
bool probe_stack(nebula::stack_allocator& stack, services::event_log& log, nebula::layout request);
bool probe_stack(nebula::stack_allocator& stack, services::event_log& log, nebula::layout request) {
  static_cast<void>(log);
  auto&& told = NEBULA_PROBED(stack);
  const auto point = told.mark();
  const auto block = told.allocate(request);
  return point && block && told.resize_top(block.value(), request, 2 * request.size) && told.restore(point.value());
}
