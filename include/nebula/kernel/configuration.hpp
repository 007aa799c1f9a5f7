// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/fault.hpp>

/// What the program chooses once, for all of its files and for the compiled part of the kernel: give each macro on the
/// command line, or leave it to its default here. CMake: the cache variable of the same name. docs/targets.md says what
/// fits which processor.

/// The width of the word that a shared free list's head is swapped as: an index, and a tag that must not come round
/// while a call is stalled. 64, or 32 where the machine has no lock-free compare-exchange of 64 bits (Cortex-M3 and
/// later): a shared pool then has at most 65,535 blocks, and a tag of at least 16 bits. [SR-ATOM-002]
#if !defined(NEBULA_HEAD_BITS)
#define NEBULA_HEAD_BITS 64
#endif
#if NEBULA_HEAD_BITS != 64 && NEBULA_HEAD_BITS != 32
#error "NEBULA_HEAD_BITS is neither 64 nor 32"
#endif

/// 1: shared allocators work in critical sections of a few instructions, with interrupts disabled, for processors
/// without any compare-exchange (Cortex-M0, Cortex-M0+). [SR-ATOM-003]
#if !defined(NEBULA_ATOMICS_CRITICAL_SECTION)
#define NEBULA_ATOMICS_CRITICAL_SECTION 0
#endif
#if NEBULA_ATOMICS_CRITICAL_SECTION != 0 && NEBULA_ATOMICS_CRITICAL_SECTION != 1
#error "NEBULA_ATOMICS_CRITICAL_SECTION is neither 0 nor 1"
#endif

/// 0: the paranoid level is left out, for small flash: the calls of the allocators with one owner are about half as long
/// then, and a configuration that asks for it is an error. No check of the standard level goes, and no size changes.
/// [SR-CHK-004]
#if !defined(NEBULA_PARANOID_LEVEL)
#define NEBULA_PARANOID_LEVEL 1
#endif
#if NEBULA_PARANOID_LEVEL != 0 && NEBULA_PARANOID_LEVEL != 1
#error "NEBULA_PARANOID_LEVEL is neither 0 nor 1"
#endif

/// NEBULA_CRITICAL_SECTION_HEADER, in quotes or angle brackets: the header that defines the program's own
/// nebula::program_section, for critical sections on other processors than Cortex-M, or between cores. Without it they
/// are those of primask_section. nebula/kernel/critical_section.hpp says what a section has.

/// Words that many threads write are kept so many bytes apart: a cache line, on processors that have caches.
#if !defined(NEBULA_CONTENTION_ALIGN_BYTES)
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#define NEBULA_CONTENTION_ALIGN_BYTES 8
#else
#define NEBULA_CONTENTION_ALIGN_BYTES 64
#endif
#endif

namespace nebula {

inline constexpr bool has_paranoid_level = NEBULA_PARANOID_LEVEL != 0;

/// True iff the value is one of the enumerators, and built: it may have come from outside of the program.
[[nodiscard]] constexpr bool is_check_level(check_level level) noexcept {
  return level == check_level::standard || (has_paranoid_level && level == check_level::paranoid);
}

/// What the allocators of a program have in common, for builders and configurations. No preset drops a check: what they
/// add to production() is reactions and further checks. [SR-CONF-001]
///
/// |               | level    | misuse, when the program has no hook          | corruption, likewise |
/// |---------------|----------|-----------------------------------------------|----------------------|
/// | production()  | standard | returns its error                             | traps                |
/// | development() | standard | traps, in the call that did it: for debuggers | traps                |
/// | paranoid()    | paranoid | traps                                         | traps                |
///
/// With a hook of the program's, each fault goes there, whichever the preset.
struct settings {
  check_level level = check_level::standard;
  fault_hook hook{}; ///< none: the program's, or the built-in reaction

  [[nodiscard]] static constexpr settings production() noexcept { return {}; }
  [[nodiscard]] static constexpr settings development() noexcept {
    return {check_level::standard, {&trap_on_fault, nullptr}};
  }
  [[nodiscard]] static constexpr settings paranoid() noexcept {
    return {check_level::paranoid, {&trap_on_fault, nullptr}};
  }
};

} // namespace nebula
