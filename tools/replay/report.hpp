// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "tools/replay/replay.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::replay {

/// One replayed trace, as the report needs it.
struct replayed_trace {
  std::string path;
  std::string program;
  trace::ending ending;
  bool is_cut;
  std::uint64_t dropped_events;
  outcome result;
};

void print_report(std::ostream& out, const std::vector<replayed_trace>& traces, bool has_colour);
void print_json(std::ostream& out, const std::vector<replayed_trace>& traces, bool all_were_read);

} // namespace nebula::replay
