// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdio>
#include <cstdlib>

#include "instruction_counter.hpp"

namespace nebula::worst_case {
namespace {

volatile std::uint32_t& timer_register(std::uint32_t address) noexcept {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

// As many as can be counted, known from outside.
struct thousand_instructions {
  std::uint32_t operator()() const noexcept {
    asm volatile(".rept 1000\n\tnop\n\t.endr");
    return 0;
  }
};

} // namespace

void begin_counting() {
  constexpr std::uint32_t from_processor_clock_without_interrupt = 5;
  timer_register(0xE000E014U) = 0xFFFFFFU; // counts down from there
  timer_register(0xE000E018U) = 0;
  timer_register(0xE000E010U) = from_processor_clock_without_interrupt;
  std::uint32_t outcome = 0;
  const std::uint64_t counted = instructions_of(thousand_instructions{}, outcome);
  if (counted != 1000) {
    std::printf(
        "1000 instructions are counted as %lu: run this under qemu-system-arm with -icount shift=10,sleep=off\n",
        static_cast<unsigned long>(counted));
    std::exit(2);
  }
}

} // namespace nebula::worst_case
