// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "enumerator.hpp"
#include "free_list_programs.hpp"

namespace nebula::litmus {

/// One order of the free list, made weaker.
struct weakening {
  const char* name;
  char call; ///< as in free_list_program; '0' for every push
  enum class kind : std::uint8_t { none, load, success, failure } what;
  access_order to;
  const char* shown_by; ///< the first program that shows it, pinned; nullptr: none does, and need not
};
inline constexpr weakening shipped_orders{"shipped", ' ', weakening::kind::none, access_order::relaxed, nullptr};
inline constexpr weakening weakenings[] = {
    {"pop: load relaxed", 'p', weakening::kind::load, access_order::relaxed, "push_pop_empty"},
    {"pop: failure relaxed", 'p', weakening::kind::failure, access_order::relaxed, "push_push_pop"},
    {"pop: success relaxed", 'p', weakening::kind::success, access_order::relaxed, nullptr},
    {"push: load relaxed", '0', weakening::kind::load, access_order::relaxed, "push_push"},
    {"push: success acquire", '0', weakening::kind::success, access_order::acquire, "push_pop"},
    {"push: success release", '0', weakening::kind::success, access_order::release, nullptr},
    {"push: failure relaxed", '0', weakening::kind::failure, access_order::relaxed, "push_push"},
    {"size: load relaxed", 's', weakening::kind::load, access_order::relaxed, "push_size"},
    {"pop_many: load relaxed", 'm', weakening::kind::load, access_order::relaxed, "pop_two_meets_push"},
    {"pop_many: failure relaxed", 'm', weakening::kind::failure, access_order::relaxed, "pop_two_meets_push"},
    {"pop_many: success relaxed", 'm', weakening::kind::success, access_order::relaxed, nullptr},
    {"push_many: load relaxed", 'k', weakening::kind::load, access_order::relaxed, "push_two_meets_push"},
    {"push_many: success acquire", 'k', weakening::kind::success, access_order::acquire, "push_two_meets_pop"},
    {"push_many: success release", 'k', weakening::kind::success, access_order::release, nullptr},
    {"push_many: failure relaxed", 'k', weakening::kind::failure, access_order::relaxed, "push_two_meets_push"},
};

/// All executions of the shipped template in this program, under these rules, with one order weakened or none.
/// `spurious_failures` as in program.
search_outcome search_free_list(const free_list_program& calls, const axioms& rules, const weakening& weaker,
                                unsigned spurious_failures);

/// The outcomes if each call is one step: what a list whose calls are atomic can show.
std::set<std::string> atomic_outcomes(const free_list_program& calls);

} // namespace nebula::litmus
