// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/subject.hpp>

#include "fields.hpp"

/// What the injector needs of a subject beyond its own functions. Allocators have one language and one driver; budgets
/// have others.
namespace nebula::fault_injection {

template <class Subject>
struct driving {
  using configuration = verify::configuration;
  using operation = verify::operation;
  using execution = verify::execution<Subject>;

  /// What fields and parts are asked of.
  static auto& object(Subject& subject) { return subject.allocator(); }
  static byte_span storage(Subject& subject) { return subject.storage().span(); }
  /// What lies between the guards, and may be written to.
  static byte_span guarded(Subject& subject) { return subject.storage().guarded(); }
  static bool is_sound(Subject& subject) { return subject.allocator().check_invariants().has_value(); }
  static const verify::differences& seen(const execution& run) { return run.checks().seen(); }
  static const std::string& wrong(const execution& run) { return run.checks().wrong(); }
  static const std::vector<verify::held_block>& live(const execution& run) { return run.checks().live(); }
};

template <class Budget>
struct driving<verify::budget_subject<Budget>> {
  using subject_type = verify::budget_subject<Budget>;
  using configuration = verify::budget_tree;
  using operation = verify::budget_operation;
  using execution = verify::budget_execution<subject_type>;

  static subject_type& object(subject_type& subject) { return subject; }
  // Budgets have no memory to give.
  static byte_span storage(subject_type&) { return {}; }
  static byte_span guarded(subject_type&) { return {}; }
  static bool is_sound(subject_type& subject) {
    bool is_sound = true;
    for (std::size_t which = 0; which < subject.size(); ++which) {
      is_sound = subject.at(which).check_invariants().has_value() && is_sound;
    }
    return is_sound;
  }
  static const verify::differences& seen(const execution& run) { return run.seen(); }
  static const std::string& wrong(const execution& run) { return run.wrong(); }
  static std::vector<verify::held_block> live(const execution&) { return {}; }
};

} // namespace nebula::fault_injection
