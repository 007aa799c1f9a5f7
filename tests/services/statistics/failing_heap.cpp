// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "failing_heap.hpp"

#include <cstdlib>
#include <new>

namespace nebula::services::test {
namespace {

struct heap_plan {
  bool is_set = false;
  bool has_failed = false;
  heap_failures how = heap_failures::once;
  std::size_t left = 0;
};
constinit thread_local heap_plan plan;

bool fails_now() noexcept {
  if (!plan.is_set) {
    return false;
  }
  if (plan.left != 0) {
    --plan.left;
    return false;
  }
  plan.is_set = plan.how == heap_failures::for_good;
  plan.has_failed = true;
  return true;
}

} // namespace

void fail_heap_after(std::size_t requests, heap_failures how) noexcept { plan = {true, false, how, requests}; }

bool mend_heap() noexcept {
  const bool had_failed = plan.has_failed;
  plan = {};
  return had_failed;
}

} // namespace nebula::services::test

void* operator new(std::size_t bytes) {
  void* const block = nebula::services::test::fails_now() ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return block;
}
void operator delete(void* block) noexcept { std::free(block); }
#if defined(__clang__) && !defined(__cpp_sized_deallocation)
void operator delete(void* block, std::size_t bytes) noexcept; // the library declares it where the compiler calls it
#endif
void operator delete(void* block, std::size_t /*bytes*/) noexcept { std::free(block); }
