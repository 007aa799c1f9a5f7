// SPDX-License-Identifier: Apache-2.0 OR MIT
// Backtraces, left out of the build.
#include <nebula/services/backtrace.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>

namespace nebula::services {

backtrace backtrace::capture(std::size_t /*skipped*/) noexcept { return {}; }
bool backtrace::is_supported() noexcept { return false; }
void add_frame(bounded_text& text, const void* /*frame*/) noexcept { text.add("unknown"); }

} // namespace nebula::services
