// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

/// Counts machine instructions exactly: the processor's trap flag stops the thread after each one, and a signal's handler
/// counts the stops. A stop costs microseconds, but no count depends on how fast the machine is or what else it does. A
/// repeated instruction counts once for each repetition, a system call as one. x86-64 under Linux.
namespace nebula::worst_case {

/// Installs the handler; ends the process, with a reason, iff that fails. Before the first count, in one thread.
void begin_counting();

namespace detail {
inline volatile std::uint64_t stops = 0;

// Functions of their own, for the asm uses the stack, of which a caller may have the red zone in use.
[[gnu::noinline]] inline void set_trap_flag() {
  asm volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
}
[[gnu::noinline]] inline void clear_trap_flag() {
  asm volatile("pushfq\n\tandq $-0x101, (%%rsp)\n\tpopfq" ::: "memory", "cc");
}

/// A function of its own, so that the call can be nowhere but between the flags. Its arguments lie in memory.
template <class Call, class Outcome>
[[gnu::noinline]] void make(Call& call, Outcome& outcome) {
  outcome = call();
}
template <class Call, class Outcome>
[[gnu::noinline]] std::uint64_t stops_of(Call& call, Outcome& outcome) {
  stops = 0;
  set_trap_flag();
  make(call, outcome);
  clear_trap_flag();
  return stops;
}
} // namespace detail

/// What a call takes, and what it came to: its outcome is kept in `outcome`. Counted are the instructions beyond those of
/// a call that does nothing and returns an Outcome that it has: all of its body, and the loads of its arguments.
template <class Outcome, class Call>
[[nodiscard]] std::uint64_t instructions_of(Call call, Outcome& outcome) {
  Outcome ignored = outcome;
  auto idle = [ignored]() { return ignored; };
  const std::uint64_t around = detail::stops_of(idle, ignored);
  const std::uint64_t all = detail::stops_of(call, outcome);
  return all > around ? all - around : 0;
}

} // namespace nebula::worst_case
