// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/async/async_failure.hpp>

#include <cstddef>

#include <nebula/kernel/bounded_text.hpp>

#include "../name_at.hpp"
#include "../number_text.hpp"
#include "../range_text.hpp"

namespace nebula::services {

const char* name(async_failure_code code) noexcept {
  constexpr const char* names[] = {"none",
                                   "invalid_configuration",
                                   "none_free",
                                   "timed_out",
                                   "cancelled",
                                   "shut_down",
                                   "refused_by_kernel",
                                   "no_frame",
                                   "queue_full",
                                   "thread_refused",
                                   "not_made",
                                   "no_task"};
  return name_at(names, code);
}

const char* name(async_field field) noexcept {
  constexpr const char* names[] = {"none", "thread_count", "queue_capacity"};
  return name_at(names, field);
}

std::size_t describe(const async_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case async_failure_code::none: text.add("no failure"); break;
  case async_failure_code::invalid_configuration: add_range(text, failure); break;
  case async_failure_code::none_free: text.add("none is free, or others wait for it; co_await acquire() waits"); break;
  case async_failure_code::timed_out: text.add("none came free before the deadline"); break;
  case async_failure_code::cancelled: text.add("cancelled: a stop was requested"); break;
  case async_failure_code::shut_down: text.add("it has been shut down"); break;
  case async_failure_code::refused_by_kernel:
    text.add("the kernel's allocator refuses, and waiting would not help: ");
    text.add(nebula::name(failure.kernel.code));
    break;
  case async_failure_code::no_frame:
    text.add("the frame pool has no block for the coroutine; configure more, or larger ones");
    break;
  case async_failure_code::queue_full:
    text.add("the executor's queue is full: ");
    add_number(text, failure.value);
    text.add(" items have been submitted and not begun");
    break;
  case async_failure_code::thread_refused:
    text.add("the system has refused a thread; started were ");
    add_number(text, failure.value);
    break;
  case async_failure_code::not_made: text.add("the hook make has made no object"); break;
  case async_failure_code::no_task: text.add("the task holds no coroutine"); break;
  }
  return text.finish();
}

} // namespace nebula::services
