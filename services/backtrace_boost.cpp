// SPDX-License-Identifier: Apache-2.0 OR MIT
// Backtraces by Boost.Stacktrace, whose capture neither allocates nor locks, and libbacktrace behind it for symbols.
#include <nebula/services/backtrace.hpp>

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/stacktrace/frame.hpp> // NOLINT(misc-include-cleaner): what it is made of stands in headers of its own
#include <boost/stacktrace/safe_dump_to.hpp>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/escaped_text.hpp>

namespace nebula::services {
namespace {

void add_hexadecimal(bounded_text& text, std::uintptr_t value) noexcept {
  char digits[2 * sizeof value];
  std::size_t count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value & 0xFU];
    value >>= 4U;
  } while (value != 0);
  while (count != 0) {
    text.add(digits[--count]);
  }
}

void add_module(bounded_text& text, const void* frame) noexcept {
  Dl_info found{};
  if (::dladdr(frame, &found) == 0 || found.dli_fname == nullptr) {
    text.add("unknown");
    return;
  }
  add_escaped(text, found.dli_fname);
  text.add("+0x");
  add_hexadecimal(text, reinterpret_cast<std::uintptr_t>(frame) - reinterpret_cast<std::uintptr_t>(found.dli_fbase));
}

/// Where nothing has a name, the library writes the address.
bool is_a_name(std::string_view name) noexcept { return !name.empty() && !name.starts_with("0x"); }

void add_symbol(bounded_text& text, const void* address) {
  const boost::stacktrace::frame frame(address); // NOLINT(misc-include-cleaner)
  const std::string name = frame.name();
  if (!is_a_name(name)) {
    add_module(text, address);
    return;
  }
  const std::string file = frame.source_file();
  add_escaped(text, name);
  if (!file.empty()) {
    text.add(" at ");
    add_escaped(text, file);
    text.add(':');
    text.add_decimal(frame.source_line());
  }
}

} // namespace

// Not inlined: it is a frame of its own, which is left out.
[[gnu::noinline]] backtrace backtrace::capture(std::size_t skipped) noexcept {
  backtrace taken;
  // One more: the library ends what it has found with a null frame.
  const void* frames[frame_count_max + 1] = {};
  static_cast<void>(boost::stacktrace::safe_dump_to(skipped + 1, static_cast<void*>(frames), sizeof frames));
  while (taken.count_ < frame_count_max && frames[taken.count_] != nullptr) {
    taken.frames_[taken.count_] = frames[taken.count_];
    ++taken.count_;
  }
  return taken;
}

bool backtrace::is_supported() noexcept { return true; }

void add_frame(bounded_text& text, const void* frame) noexcept {
  bounded_text mark = text; // where a look-up that ends half way is taken back to
  try {
    add_symbol(text, frame);
  } catch (...) {
    text = mark;
    add_module(text, frame);
  }
}

} // namespace nebula::services
