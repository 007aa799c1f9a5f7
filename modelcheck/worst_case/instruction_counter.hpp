// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

/// Counts machine instructions exactly; no count depends on how fast the machine is or what else it does.
///
/// x86-64 under Linux: the processor's trap flag stops the thread after each one, and a signal's handler counts the stops.
/// A stop costs microseconds. A repeated instruction counts once for each repetition, a system call as one.
///
/// Cortex-M under QEMU with `-icount shift=10`: each instruction takes 1,024 ns of the emulated clock, by which the system
/// timer counts down once in 40 ns, so that it tells single instructions apart. Up to 655,359 of them.
namespace nebula::worst_case {

/// Prepares for it; ends the process, with a reason, iff that fails. Before the first count, in one thread.
void begin_counting();

namespace detail {
#if defined(__arm__)
/// The system timer's value, which falls (Armv7-M Architecture Reference Manual, B3.3).
inline std::uint32_t timer() noexcept { return *reinterpret_cast<volatile std::uint32_t*>(0xE000E018U); }

template <class Call, class Outcome>
[[gnu::noinline]] void make(Call& call, Outcome& outcome) {
  outcome = call();
}
template <class Call, class Outcome>
[[gnu::noinline]] std::uint64_t stops_of(Call& call, Outcome& outcome) {
  const std::uint32_t before = timer();
  make(call, outcome);
  const std::uint32_t ticks = (before - timer()) & 0xFFFFFFU;
  return (std::uint64_t{ticks} * 10 + 128) / 256; // 25.6 ticks an instruction
}
#else
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
#endif
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
