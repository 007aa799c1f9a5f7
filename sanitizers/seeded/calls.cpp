// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whom the kernel calls: a hook of the type that it was promised, which does not ask the heap.
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <nebula/kernel.hpp>

#include "defects.hpp"

namespace {

int heard = 0;

void count(void* /*context*/, const nebula::fault& /*report*/) { ++heard; }
void count_by_number(int more) { heard += more; }
void count_and_ask_the_heap(void* /*context*/, const nebula::fault& /*report*/) {
  void* volatile asked_for = std::malloc(1);
  std::free(asked_for);
}

void free_twice(nebula::fault_function hook) {
  nebula::static_local_pool<long, 4> pool(nebula::fault_hook{hook, nullptr});
  std::byte* const block = pool.allocate(nebula::layout::of<long>()).value();
  static_cast<void>(pool.deallocate(block));
  static_cast<void>(pool.deallocate(block));
}

void nothing_wrong() { free_twice(seeded::unknown(&count)); }

void hook_of_another_type() {
  using any_function = void (*)();
  free_twice(
      reinterpret_cast<nebula::fault_function>(reinterpret_cast<any_function>(seeded::unknown(&count_by_number))));
}

void hook_that_asks_the_heap() { free_twice(seeded::unknown(&count_and_ask_the_heap)); }

struct animal {
  virtual ~animal() = default;
  virtual int legs() const { return 4; }
};
struct machine {
  virtual ~machine() = default;
  virtual int wheels() const { return 2; }
};

void method_of_another_class() {
  const machine bicycle;
  const void* volatile forgotten = &bicycle;
  std::printf("%d\n", static_cast<const animal*>(const_cast<const void*>(forgotten))->legs());
}

const seeded::defect defects[] = {{"hook_of_another_type", hook_of_another_type},
                                  {"hook_that_asks_the_heap", hook_that_asks_the_heap},
                                  {"method_of_another_class", method_of_another_class}};

} // namespace

int main(int argument_count, char** arguments) {
  return seeded::run(nothing_wrong, defects, argument_count, arguments);
}
