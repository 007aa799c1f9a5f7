// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/stream/stream_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>

#include "../name_at.hpp"
#include "../range_text.hpp"

namespace nebula::services {
namespace {

void add_of(bounded_text& text, const stream_failure& failure, const char* before, const char* after) noexcept {
  text.add_decimal(failure.value);
  text.add(before);
  text.add_decimal(failure.highest);
  text.add(after);
}

} // namespace

const char* name(stream_failure_code code) noexcept {
  constexpr const char* names[] = {"none",
                                   "invalid_configuration",
                                   "invalid_argument",
                                   "full",
                                   "not_enough",
                                   "end_of_stream",
                                   "reader_gone",
                                   "closed",
                                   "already_reserved",
                                   "over_commit",
                                   "over_consume",
                                   "timed_out",
                                   "would_deadlock"};
  return name_at(names, code);
}

const char* name(stream_field field) noexcept {
  constexpr const char* names[] = {"none",         "capacity_bytes", "contiguous_max_bytes", "storage", "bytes",
                                   "window_bytes", "step_bytes"};
  return name_at(names, field);
}

std::size_t describe(const stream_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case stream_failure_code::none: text.add("no failure"); break;
  case stream_failure_code::invalid_configuration:
  case stream_failure_code::invalid_argument: add_range(text, failure); break;
  case stream_failure_code::full:
    add_of(text, failure, " bytes do not fit: ", " are free; the reader is behind");
    break;
  case stream_failure_code::not_enough: add_of(text, failure, " bytes are not there yet: ", " are"); break;
  case stream_failure_code::end_of_stream:
    add_of(text, failure, " bytes will never be there: the writer has closed, and ", " are left");
    break;
  case stream_failure_code::reader_gone: text.add("the reader has closed"); break;
  case stream_failure_code::closed: text.add("this side of the stream has been closed"); break;
  case stream_failure_code::already_reserved:
    text.add_decimal(failure.value);
    text.add(" bytes are reserved already: commit them, or commit(0)");
    break;
  case stream_failure_code::over_commit: add_of(text, failure, " bytes committed, of ", " that are reserved"); break;
  case stream_failure_code::over_consume: add_of(text, failure, " bytes consumed, of ", " that were peeked at"); break;
  case stream_failure_code::timed_out:
    add_of(text, failure, " bytes were not to be had before the deadline: ", " were");
    break;
  case stream_failure_code::would_deadlock:
    add_of(text, failure, " bytes would never come: ", " are there, and the other side waits for this one");
    break;
  }
  return text.finish();
}

} // namespace nebula::services
