// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/invariant.hpp>

namespace nebula {

/// A misuse or a corruption, as the fault hook sees it. [SR-FAULT-001]
struct fault {
  error what{};
  invariant broken = invariant::none; ///< which invariant does not hold; none iff the fault is a misuse
  const void* allocator = nullptr;    ///< the object that reports
  const void* address = nullptr;      ///< the pointer that the caller gave, if any
};

/// Called on each misuse, and once on corruption, in the context of the failing call: possibly an interrupt, possibly
/// several at a time. It may log, count, restart the system or not return. It must not call the allocator that reports.
using fault_function = void (*)(void* context, const fault& report);

/// A hook is given to an allocator in its configuration, so that one component's reaction is not another's.
struct fault_hook {
  fault_function function = nullptr;
  void* context = nullptr; ///< passed to the function unchanged
};

/// Installs the hook for all allocators that were given none; null brings back the built-in reaction, which lets misuse
/// return its error and traps on corruption. The hook must outlive its use. Safe from any thread; a fault that is being
/// reported at the time goes to the one or to the other. [SR-FAULT-002]
void set_program_fault_hook(const fault_hook* hook) noexcept NEBULA_NONBLOCKING;

/// A hook's function that hands the fault to the program's hook if there is one, and traps if there is none, on misuse
/// too: a debugger then stands in the call that did it. Its context is not used. [SR-FAULT-004]
void trap_on_fault(void* context, const fault& report) noexcept NEBULA_NONBLOCKING;

/// Hands a fault to the hook if it has a function, else to the program's hook if there is one, else to the built-in
/// reaction.
NEBULA_COLD void report_fault(const fault_hook& hook, const fault& report) noexcept NEBULA_NONBLOCKING;

} // namespace nebula
