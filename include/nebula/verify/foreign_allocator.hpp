// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/foreign_misuse.hpp>
#include <nebula/verify/foreign_subject.hpp>

/// The kit for allocators that are not ours: an adapter (foreign_front.hpp says what it is) is all that it takes. One
/// file of a program has NEBULA_VERIFY_ALLOCATOR(adapter type), outside of any namespace; the main functions of the
/// campaign (random programs, all short ones, a fuzzer's, single mistakes) are compiled once, and know the allocator by
/// what follows. docs/verify_your_allocator.md shows how.
namespace nebula::verify {

/// An allocator, for whoever does not know its type.
struct foreign_allocator {
  const char* name;
  allocator_promises promises;
  bool has_reset;
  bool has_marks;
  std::optional<finding> (*run)(const configuration&, std::span<const operation>, coverage*);
  bool (*applies)(const misuse_trial&);
  void (*run_misuse)(const misuse_trial&, trial_progress&);
};

template <class Adapter>
[[nodiscard]] foreign_allocator foreign_allocator_of() {
  return {Adapter::name,
          Adapter::promises,
          foreign_front<Adapter>::has_reset,
          foreign_front<Adapter>::has_marks,
          &run_program<foreign_subject<Adapter>, configuration>,
          &is_applicable<Adapter>,
          [](const misuse_trial& trial, trial_progress& seen) { misuse_run<Adapter>(seen).run(trial); }};
}

/// The one of this program.
[[nodiscard]] foreign_allocator allocator_under_test();

/// Stands for its type wherever a driver wants the type of a subject.
struct subject_under_test {
  static inline const char* const name = allocator_under_test().name;
};
template <>
[[nodiscard]] inline std::optional<finding> run_program<subject_under_test, configuration>(
    const configuration& made_of, std::span<const operation> steps, coverage* covered) {
  return allocator_under_test().run(made_of, steps, covered);
}

} // namespace nebula::verify

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): what it defines has to be found by the linker
#define NEBULA_VERIFY_ALLOCATOR(...)                                         \
  nebula::verify::foreign_allocator nebula::verify::allocator_under_test() { \
    return nebula::verify::foreign_allocator_of<__VA_ARGS__>();              \
  }
