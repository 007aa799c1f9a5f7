// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/kernel/fault.hpp>

#include <nebula/kernel/published.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {
namespace {

// Constant-initialised; the kernel's only mutable variable outside of objects.
published<shared_atomics, fault_hook> program_hook;

} // namespace

void set_program_fault_hook(const fault_hook* hook) noexcept NEBULA_NONBLOCKING { program_hook.set(hook); }

// What a hook does in the context of a fault is the application's decision, and beyond what the kernel can prove.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
namespace {

/// True iff the program has a hook: it has then been told.
bool told_program(const fault& report) noexcept NEBULA_NONBLOCKING {
  const fault_hook* const program = program_hook.get();
  const bool has_hook = program != nullptr && program->function != nullptr;
  if (has_hook) {
    program->function(program->context, report);
  }
  return has_hook;
}

} // namespace

void trap_on_fault(void* /*context*/, const fault& report) noexcept NEBULA_NONBLOCKING {
  if (!told_program(report)) {
    __builtin_trap();
  }
}

void report_fault(const fault_hook& hook, const fault& report) noexcept NEBULA_NONBLOCKING {
  if (hook.function != nullptr) {
    hook.function(hook.context, report);
    return;
  }
  if (!told_program(report) && is_corruption(report.what.code)) {
    __builtin_trap(); // an allocator that is broken, and nobody who would hear of it
  }
}
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

} // namespace nebula
