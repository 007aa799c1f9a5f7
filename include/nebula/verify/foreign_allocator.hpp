// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/foreign_misuse.hpp>
#include <nebula/verify/foreign_subject.hpp>

/// The kit for allocators that are not ours: an adapter (foreign_front.hpp says what it is) is all that it takes. One
/// file of a program has NEBULA_VERIFY_ALLOCATOR(adapter type), outside of any namespace; the main functions of the
/// campaign (random programs, all short ones, a fuzzer's, single mistakes) are compiled once, and know the allocator by
/// what follows. docs/verify_your_allocator.md shows how.
namespace nebula::verify {

/// A program on a fresh allocator, operation by operation: for a driver that looks at it in between.
class foreign_steps {
public:
  foreign_steps() = default;
  foreign_steps(const foreign_steps&) = delete;
  foreign_steps& operator=(const foreign_steps&) = delete;
  virtual ~foreign_steps() = default;

  virtual void perform(const operation& step) = 0;
  /// What is compared when a program has ended.
  virtual void finish() = 0;
  /// The first difference, in words; empty iff there was none.
  [[nodiscard]] virtual const std::string& wrong() const = 0;
  [[nodiscard]] virtual const coverage& covered() const = 0;
};

/// An allocator, for whoever does not know its type.
struct foreign_allocator {
  const char* name;
  allocator_promises promises;
  bool has_reset;
  bool has_marks;
  std::size_t (*storage_bytes)(const configuration&);
  std::optional<finding> (*run)(const configuration&, std::span<const operation>, coverage*, walks);
  std::unique_ptr<foreign_steps> (*begin)(const configuration&);
  bool (*applies)(const misuse_trial&);
  void (*run_misuse)(const misuse_trial&, trial_progress&);
};

namespace detail {
template <class Adapter>
class foreign_steps_of final : public foreign_steps {
public:
  explicit foreign_steps_of(const configuration& made_of) : subject_(made_of), run_(subject_) {}

  void perform(const operation& step) override { run_.perform(step); }
  void finish() override { run_.finish(); }
  [[nodiscard]] const std::string& wrong() const override { return run_.checks().wrong(); }
  [[nodiscard]] const coverage& covered() const override { return run_.covered(); }

private:
  foreign_subject<Adapter> subject_;
  execution<foreign_subject<Adapter>> run_;
};
} // namespace detail

template <class Adapter>
[[nodiscard]] foreign_allocator foreign_allocator_of() {
  return {Adapter::name,
          Adapter::promises,
          foreign_front<Adapter>::has_reset,
          foreign_front<Adapter>::has_marks,
          &foreign_subject<Adapter>::bytes_of,
          &run_program<foreign_subject<Adapter>, configuration>,
          [](const configuration& made_of) -> std::unique_ptr<foreign_steps> {
            return std::make_unique<detail::foreign_steps_of<Adapter>>(made_of);
          },
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
    const configuration& made_of, std::span<const operation> steps, coverage* covered, walks walked) {
  return allocator_under_test().run(made_of, steps, covered, walked);
}

} // namespace nebula::verify

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): what it defines has to be found by the linker
#define NEBULA_VERIFY_ALLOCATOR(...)                                         \
  nebula::verify::foreign_allocator nebula::verify::allocator_under_test() { \
    return nebula::verify::foreign_allocator_of<__VA_ARGS__>();              \
  }
