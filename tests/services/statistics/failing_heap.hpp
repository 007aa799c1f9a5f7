// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace nebula::services::test {

/// This program's operator new, made to fail. Of this thread.
enum class heap_failures : std::uint8_t { once, for_good };

/// The request after so many others fails, and, with for_good, all after it.
void fail_heap_after(std::size_t requests, heap_failures how) noexcept;
/// It serves again. True iff it had failed.
bool mend_heap() noexcept;

/// Calls with each request to the heap in turn refused, until none is: `call` gets to know nothing of it, and `judge` what
/// it returned, and whether the heap had failed. Returns how many requests there were.
template <class Call, class Judge>
std::size_t with_each_failure_of_the_heap(heap_failures how, Call call, Judge judge) {
  for (std::size_t requests = 0;; ++requests) {
    fail_heap_after(requests, how);
    auto outcome = call();
    const bool has_failed = mend_heap();
    judge(std::move(outcome), has_failed);
    if (!has_failed) {
      return requests;
    }
  }
}

} // namespace nebula::services::test
