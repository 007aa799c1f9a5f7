// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nebula::race {

/// How the detector goes through the executions of a model.
enum class search_kind : std::uint8_t {
  random,  ///< each execution seeded with its number: the same ones each time, up to `executions`
  bounded, ///< all executions with at most `bound` switches away from a thread that could have gone on
  full,    ///< all executions
};

/// One memory order of the kernel, weakened at one place of its source for the whole of a search. Orders are spelt as there.
struct weakening {
  std::string file{}; ///< how its path ends; empty: none is weakened
  int first_line = 0; ///< of the call
  int last_line = 0;
  bool on_failure = false; ///< the second order of a compare-exchange
  std::string from{};      ///< a call at this place that gives another order is left as it is
  std::string to{};
};

struct search_request {
  search_kind kind = search_kind::random;
  std::uint64_t first = 1;            ///< random: the number of the first execution
  std::uint64_t executions = 100'000; ///< random: how many
  unsigned bound = 2;                 ///< bounded: how many switches
  std::string replay{}; ///< the state of a failing execution, to be run alone, with its history on standard output
  bool show_progress = false; ///< on standard error
  weakening weaken{};
};

struct search_result {
  std::string verdict{};            ///< empty iff no execution failed
  std::uint64_t executions = 0;     ///< explored, the failing one included
  std::uint64_t last_execution = 0; ///< the number of the last one: of the failing one, if any
  std::string replay{};             ///< of the failing one
  double elapsed_seconds = 0;
  std::uint64_t weakened_operations = 0; ///< so many were carried out with the weaker order
};

struct model_description {
  std::string_view name;
  unsigned threads;
  std::string_view summary;
};

[[nodiscard]] std::vector<model_description> models();

/// The model is one of models().
[[nodiscard]] search_result search(std::string_view model, const search_request& request);

} // namespace nebula::race
