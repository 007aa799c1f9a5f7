// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "orders.hpp"

namespace nebula::litmus {

/// One statement of a litmus test. Registers are a…h, places x, y, z and w; all are 0 at first.
///
///     x=1.rel            stores 1; `x=a.rlx` stores what a has: a dependency
///     a=x.acq            loads
///     a=x+1.ar           adds 1; a gets what was there before
///     a=x:1.ar           exchanges for 1
///     a=x?0:1.ar.rlx     compares with 0 and exchanges for 1, strongly; the second order is that of a failure
///     if(a)              goes on only if a is not 0: what follows depends on it
///
/// Orders: na (not atomic), rlx, acq, rel, ar, sc.
struct statement {
  enum class kind : std::uint8_t { store, load, add, exchange, compare, branch };
  kind what = kind::load;
  unsigned place = 0;
  unsigned target = 0;        ///< register
  bool from_register = false; ///< store: of register `source`, in place of `value`
  unsigned source = 0;
  std::uint64_t value = 0;
  std::uint64_t expected = 0;
  access_order order = access_order::relaxed;
  access_order failure = access_order::relaxed;
};

inline constexpr unsigned register_count = 8;
inline constexpr std::string_view place_names = "xyzw";
using registers = std::array<std::uint64_t, register_count>;

/// The threads, parted by |, of statements, parted by ;.
struct litmus_code {
  std::vector<std::vector<statement>> threads{};
  unsigned places = 0;
  std::vector<std::vector<unsigned>> targets{}; ///< the registers of each thread, in the order of first use
};

namespace text_detail {

[[noreturn]] inline void wrong(std::string_view text, const char* why) {
  throw std::invalid_argument("'" + std::string(text) + "': " + why);
}
inline access_order order_of(std::string_view name, std::string_view statement_text) {
  constexpr std::array<std::string_view, 6> names{"na", "rlx", "acq", "rel", "ar", "sc"};
  for (unsigned each = 0; each < names.size(); ++each) {
    if (name == names[each]) {
      return static_cast<access_order>(each);
    }
  }
  wrong(statement_text, "an order must be na, rlx, acq, rel, ar or sc");
}
inline unsigned register_of(char name, std::string_view text) {
  if (name < 'a' || name >= static_cast<char>('a' + register_count)) {
    wrong(text, "a register must be a to h");
  }
  return static_cast<unsigned>(name - 'a');
}

inline statement parse(std::string_view text) {
  statement made;
  if (text.substr(0, 3) == "if(" && text.size() == 5) {
    made.what = statement::kind::branch;
    made.source = register_of(text[3], text);
    return made;
  }
  std::string_view left = text.substr(0, text.find('.'));
  if (left.size() < 3 || left.size() == text.size() || left[1] != '=') {
    wrong(text, "must be TARGET=SOURCE.ORDER, or if(REGISTER)");
  }
  std::string_view orders = text.substr(left.size() + 1);
  made.order = order_of(orders.substr(0, orders.find('.')), text);
  const std::size_t stored = place_names.find(left[0]);
  if (stored != std::string_view::npos) {
    made.what = statement::kind::store;
    made.place = static_cast<unsigned>(stored);
    made.from_register = left[2] >= 'a' && left[2] <= 'h';
    made.source = made.from_register ? register_of(left[2], text) : 0;
    made.value = made.from_register ? 0 : static_cast<std::uint64_t>(left[2] - '0');
    return made;
  }
  made.target = register_of(left[0], text);
  made.place = static_cast<unsigned>(place_names.find(left[2]));
  if (made.place >= place_names.size()) {
    wrong(text, "a place must be x, y, z or w");
  }
  if (left.size() == 5 && (left[3] == '+' || left[3] == ':')) {
    made.what = left[3] == '+' ? statement::kind::add : statement::kind::exchange;
    made.value = static_cast<std::uint64_t>(left[4] - '0');
  } else if (left.size() == 7 && left[3] == '?' && left[5] == ':') {
    made.what = statement::kind::compare;
    made.expected = static_cast<std::uint64_t>(left[4] - '0');
    made.value = static_cast<std::uint64_t>(left[6] - '0');
    made.failure = orders.find('.') == std::string_view::npos ? access_order::relaxed
                                                              : order_of(orders.substr(orders.find('.') + 1), text);
  } else if (left.size() != 3) {
    wrong(text, "there is no such statement");
  }
  return made;
}

} // namespace text_detail

inline litmus_code parse_litmus(std::string_view text) {
  litmus_code code;
  std::string word;
  code.threads.emplace_back();
  code.targets.emplace_back();
  const auto end_of_statement = [&] {
    if (word.empty()) {
      return;
    }
    const statement next = text_detail::parse(word);
    code.threads.back().push_back(next);
    if (next.what != statement::kind::branch && next.place >= code.places) {
      code.places = next.place + 1;
    }
    if (next.what != statement::kind::branch && next.what != statement::kind::store) {
      code.targets.back().push_back(next.target);
    }
    word.clear();
  };
  for (const char each : text) {
    if (each == ';' || each == '|') {
      end_of_statement();
    } else if (each != ' ') {
      word += each;
    }
    if (each == '|') {
      code.threads.emplace_back();
      code.targets.emplace_back();
    }
  }
  end_of_statement();
  return code;
}

/// What an execution is remembered by: the registers of each thread in turn, and the last value of each place.
template <class Append>
void remember(const litmus_code& code, unsigned thread, const registers& values, Append append) {
  for (const unsigned target : code.targets[thread]) {
    const std::array<char, 2> name{static_cast<char>('a' + target), '\0'};
    append(name.data(), values[target]);
  }
}

/// True iff the execution is one of those asked for: each of the words of `condition` is among the words of the outcome.
inline bool answers(const std::string& outcome, std::string_view condition) {
  std::string word;
  for (std::size_t each = 0; each <= condition.size(); ++each) {
    if (each == condition.size() || condition[each] == ' ') {
      if (!word.empty() && (" " + outcome + " ").find(" " + word + " ") == std::string::npos) {
        return false;
      }
      word.clear();
    } else {
      word += condition[each];
    }
  }
  return true;
}

} // namespace nebula::litmus
