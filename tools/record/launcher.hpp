// SPDX-License-Identifier: Apache-2.0 OR MIT
// Starts a program under the recorder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nebula::record {

struct launch_options {
  std::string output;               // with or without .ntrace
  std::vector<std::string> program; // name and arguments
  std::string library;              // the recorder; empty: beside this command, or in ../lib
  bool has_children = true;         // record what the program forks and executes, too
};

/// Runs the program to its end and prints the traces that it left on stderr. Returns the program's exit status; 128 + n
/// iff signal n killed it; 127 iff it was not found, 126 iff it cannot be executed. Throws std::runtime_error iff the
/// output cannot be written or the recorder is not found.
[[nodiscard]] int run_recorded(const launch_options& options);

} // namespace nebula::record
