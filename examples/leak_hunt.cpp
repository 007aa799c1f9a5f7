// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/life_cycle.md shows this example: a program whose memory is watched, and which finds its own leak.
#include <array>
#include <cstddef>
#include <cstdio>
#include <utility>

#include <nebula/kernel.hpp>
#include <nebula/services/allocator_manager.hpp>
#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/tracked.hpp>

namespace {

namespace services = nebula::services;

alignas(64) std::array<std::byte, 16384> session_bytes;
alignas(64) std::array<std::byte, 8192> message_bytes;
constexpr nebula::layout session{96, 16};
constexpr nebula::layout message{48, 16};

nebula::pool_plan plan_of(nebula::byte_span storage, std::size_t block_bytes) {
  return nebula::pool_builder{}
      .storage(storage)
      .block_size_bytes(block_bytes)
      .block_align_bytes(16)
      .block_count(64)
      .build()
      .value();
}

template <class Failure>
int fail(const Failure& failure) {
  char text[256];
  services::describe(failure, text, sizeof text);
  std::fprintf(stderr, "%s\n", text);
  return 1;
}

/// A session is opened and closed; the third forgets one of its messages.
int serve(const services::allocator_manager& memory, services::allocator_id messages, int number) {
  const auto opened = memory.allocate(session);
  if (!opened) {
    return fail(opened.failure());
  }
  for (int each = 0; each < 3; ++each) {
    const services::allocator_scope scope(memory.registry(), messages); // this thread's blocks are messages now
    const auto received = memory.allocate(message);
    if (!received) {
      return fail(received.failure());
    }
    if (number == 3 && each == 1) {
      continue; // the leak
    }
    if (const auto freed = memory.deallocate(received.value(), message); !freed) {
      return fail(freed.failure());
    }
  }
  const auto closed = memory.deallocate(opened.value(), session); // goes to the sessions, whichever is in force
  return closed ? 0 : fail(closed.failure());
}

} // namespace

int main() {
  nebula::pool_allocator sessions(plan_of({session_bytes.data(), session_bytes.size()}, 96));
  nebula::pool_allocator pool(plan_of({message_bytes.data(), message_bytes.size()}, 48));
  auto table = services::tracking_table::make(64);
  if (!table) {
    return fail(table.failure());
  }
  services::tracked<nebula::pool_allocator> messages(pool, std::move(table).value());

  auto runtime = services::memory_runtime::initialize(services::runtime_config{}.validate().value());
  if (!runtime) {
    return fail(runtime.failure());
  }
  const auto& registry = runtime.value().registry();
  const auto of_sessions = registry.add("sessions", {sessions, services::allocator_threads::any});
  const auto of_messages = registry.add("messages", {messages, services::allocator_threads::any});
  if (!of_sessions || !of_messages) {
    return fail(of_sessions ? of_messages.failure() : of_sessions.failure());
  }
  const services::allocator_manager memory(registry, of_sessions.value().id());
  for (int number = 1; number <= 5; ++number) {
    if (serve(memory, of_messages.value().id(), number) != 0) {
      return 1;
    }
  }

  char text[256];
  services::describe(runtime.value().health_check(), text, sizeof text);
  std::printf("health: %s\n", text); // health: healthy; healthy 2, degraded 0, failed 0

  const auto refused = runtime.value().shutdown();
  if (refused) {
    return 1; // there is a leak: it must not be forgotten
  }
  fail(refused.failure()); // 1 block is live still, of 1 allocator: 'messages'; free them, or …

  const auto leaks = registry.leaks();
  if (!leaks || leaks.value().blocks() != 1 || leaks.value().leaks[0].first[0].sequence != 8) {
    return 1;
  }
  services::print(leaks.value(), stdout); // with the place where the message was allocated, if the build has backtraces
  runtime.value().report_leaks_to(nullptr); // or the end of the runtime says it once more, on stderr
  return 0;
}
