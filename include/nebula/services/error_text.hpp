// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include <nebula/services/memory_error.hpp>

namespace nebula::services {

/// How a report looks.
enum class text_style : std::uint8_t {
  plain = 0,
  coloured = 1, ///< with the escape sequences of terminals: the title red, what to do yellow
};

/// Whether reports to a file are to be coloured, decided where they are written and nowhere else: coloured iff it is a
/// terminal, which TERM does not call dumb, and NO_COLOR is not set or is empty. Windows: plain. Any thread, as long as
/// none changes the environment. [SR-MERR-003]
[[nodiscard]] text_style style_for(std::FILE* file) noexcept;
/// The same decision of the facts; null: not set.
[[nodiscard]] text_style style_for(bool is_terminal, const char* term, const char* no_color) noexcept;

/// Writes a report for people, of several lines: the allocator's name, escaped, and the kernel's own report of the error
/// (describe.hpp: what failed, cause, what was requested, use, retry, advice), or the like of the services' failure;
/// then the backtrace, if one was taken. Nothing of it is made of anything but the error itself. [SR-MERR-002]
///
/// Returns the bytes that the whole report has, its final zero not counted; writes at most size_bytes of it, and ends what
/// it writes with a zero byte unless size_bytes is 0: a return of at least size_bytes says that it was cut. No heap but
/// what add_frame() takes for symbols. Any thread. [SR-MERR-001]
std::size_t describe(const memory_error& failed, text_style style, char* buffer, std::size_t size_bytes) noexcept;

/// The same as a string, whole: for where there is memory. Throws std::bad_alloc iff there is none.
[[nodiscard]] std::string to_text(const memory_error& failed, text_style style = text_style::plain);

/// Writes the report to a file, in the style for it, in one call of fwrite() and without heap of its own; what is beyond
/// 8 KiB is cut. False iff the file took less. Any thread. [SR-MERR-003]
bool print(const memory_error& failed, std::FILE* file) noexcept;

} // namespace nebula::services
