// SPDX-License-Identifier: Apache-2.0 OR MIT
// What one allocator costs a small processor: compiled for each, with NEBULA_PROBE its type and NEBULA_PROBE_CONFIG that
// of its configuration, and measured. Without
// NEBULA_PROBE_WHOLE the two calls of every day; with it all that a program needs besides.
#include <cstddef>
#include <new>

#include <nebula/kernel.hpp>

extern "C" {
using subject = nebula::NEBULA_PROBE;
using subject_config = nebula::NEBULA_PROBE_CONFIG;

extern std::byte probe_object[sizeof(subject)];
alignas(subject) std::byte probe_object[sizeof(subject)]; // its size in .bss is the object's

std::byte* probe_allocate(subject& allocator, std::size_t size, std::size_t align) noexcept;
std::byte* probe_allocate(subject& allocator, std::size_t size, std::size_t align) noexcept {
  return allocator.allocate({size, align}).value();
}
bool probe_deallocate(subject& allocator, std::byte* block, std::size_t size, std::size_t align) noexcept;
bool probe_deallocate(subject& allocator, std::byte* block, std::size_t size, std::size_t align) noexcept {
  return allocator.deallocate(block, {size, align}).has_value();
}

#if defined(NEBULA_PROBE_WHOLE)
bool probe_make(const subject_config& config) noexcept;
bool probe_make(const subject_config& config) noexcept {
  const auto plan = config.validate();
  if (plan.has_value()) {
    ::new (static_cast<void*>(probe_object)) subject(plan.value());
  }
  return plan.has_value();
}
std::size_t probe_state(const subject& allocator) noexcept;
std::size_t probe_state(const subject& allocator) noexcept { return allocator.state().used_bytes; }
bool probe_check(const subject& allocator) noexcept;
bool probe_check(const subject& allocator) noexcept { return allocator.check_invariants().has_value(); }
#endif
}
