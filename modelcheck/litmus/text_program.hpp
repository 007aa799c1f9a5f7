// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <string_view>

#include "enumerator.hpp"
#include "litmus_text.hpp"

namespace nebula::litmus {

/// A litmus test as a program of the enumerator's, with the dependencies that its text has.
inline program program_of(const litmus_code& code) {
  program made;
  made.initial.assign(code.places, 0);
  made.shows_memory = true;
  for (unsigned thread = 0; thread < code.threads.size(); ++thread) {
    made.threads.emplace_back([&code, thread](machine& at) {
      registers values{};
      registers read_by{}; // bit i: what the register has depends on access i
      std::uint64_t control = 0;
      for (const statement& next : code.threads[thread]) {
        if (next.what == statement::kind::branch) {
          control |= read_by[next.source];
          if (values[next.source] == 0) {
            break;
          }
          continue;
        }
        request wanted;
        wanted.place = next.place;
        wanted.order = next.order;
        wanted.failure = next.failure;
        wanted.expected = next.expected;
        wanted.operand = next.from_register ? values[next.source] : next.value;
        // A load does not depend on a branch before it: machines read ahead.
        const bool writes = next.what != statement::kind::load;
        wanted.depends = (writes ? control : 0) | (next.from_register ? read_by[next.source] : 0);
        switch (next.what) {
        case statement::kind::store: wanted.what = request::kind::store; break;
        case statement::kind::add: wanted.what = request::kind::add; break;
        case statement::kind::exchange: wanted.what = request::kind::exchange; break;
        case statement::kind::compare: wanted.what = request::kind::compare; break;
        case statement::kind::load:
        case statement::kind::branch: break;
        }
        const response given = at.access(wanted);
        if (wanted.what != request::kind::store) {
          values[next.target] = given.read;
          read_by[next.target] = std::uint64_t{1} << given.access;
        }
      }
      remember(code, thread, values, [&at](const char* name, std::uint64_t value) { at.observe(name, value); });
    });
  }
  return made;
}

} // namespace nebula::litmus
