// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/bounded_text.hpp>

#include "number_text.hpp"

namespace nebula::services {

/// Of a failure with field, value, lowest and highest: which field has which value, and what is accepted. Nothing is, iff the
/// highest is below the lowest.
template <class Failure>
void add_range(bounded_text& text, const Failure& failure) noexcept {
  text.add(name(failure.field));
  text.add(" is ");
  add_number(text, failure.value);
  if (failure.highest < failure.lowest) {
    text.add("; no value would do as long as the other fields stay");
    return;
  }
  text.add("; accepted is ");
  add_number(text, failure.lowest);
  text.add("...");
  add_number(text, failure.highest);
}

} // namespace nebula::services
