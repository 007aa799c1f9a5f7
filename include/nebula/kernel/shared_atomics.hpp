// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/configuration.hpp>

#if NEBULA_ATOMICS_CRITICAL_SECTION
#include <nebula/kernel/critical_section.hpp>
#if defined(NEBULA_CRITICAL_SECTION_HEADER)
#include NEBULA_CRITICAL_SECTION_HEADER
#elif !(defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M')
#error \
    "the kernel has no critical section for this target: define NEBULA_CRITICAL_SECTION_HEADER, see configuration.hpp"
#endif
#endif

namespace nebula {

#if NEBULA_HEAD_BITS == 32
using configured_head = std::uint32_t;
#else
using configured_head = std::uint64_t;
#endif

#if NEBULA_ATOMICS_CRITICAL_SECTION
#if defined(NEBULA_CRITICAL_SECTION_HEADER)
using configured_section = program_section;
#else
using configured_section = primask_section;
#endif
/// The policy of pool_allocator, segregated_allocator and all others that are shared: the program's choice.
using shared_atomics = critical_section_atomics<configured_section, configured_head>;
#else
/// The policy of pool_allocator, segregated_allocator and all others that are shared: the program's choice.
using shared_atomics = basic_std_atomics<configured_head>;
#endif

static_assert(shared_atomics::is_lock_free<std::uint32_t>,
              "this target has no lock-free compare-exchange: define NEBULA_ATOMICS_CRITICAL_SECTION=1");
static_assert(shared_atomics::is_lock_free<shared_atomics::head_word>,
              "this target has no lock-free compare-exchange of 64 bits: define NEBULA_HEAD_BITS=32 (at most 65,535 "
              "blocks, a tag of at least 16 bits) or NEBULA_ATOMICS_CRITICAL_SECTION=1 (docs/targets.md)");

} // namespace nebula
