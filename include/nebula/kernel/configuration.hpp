// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/fault.hpp>

namespace nebula {

/// What the allocators of a program have in common, for builders and configurations. No preset drops a check: what they
/// add to production() is reactions and further checks. [SR-CONF-001]
///
/// |              | level    | misuse, when the program has no hook         | corruption, likewise |
/// |--------------|----------|----------------------------------------------|----------------------|
/// | production() | standard | returns its error                            | traps                |
/// | development()| standard | traps, in the call that did it: for debuggers | traps               |
/// | paranoid()   | paranoid | traps                                        | traps                |
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
