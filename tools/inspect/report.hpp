// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <iosfwd>
#include <string>

#include "tools/inspect/profile.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::inspect {

void print_report(std::ostream& out, const std::string& path, const trace::trace_image& image, const profile& seen);
void print_json(std::ostream& out, const std::string& path, const trace::trace_image& image, const profile& seen);

/// How the trace ended, for people: "exited", "killed (...)".
[[nodiscard]] std::string describe_ending(const trace::trace_image& image);

} // namespace nebula::inspect
