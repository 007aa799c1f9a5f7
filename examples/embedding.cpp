// SPDX-License-Identifier: Apache-2.0 OR MIT
// The README's example, as it stands there: tests compare the two, and run this.
#include <nebula/kernel.hpp>

struct message {
  int id;
  char text[60];
};

// Sixteen messages, checked at compile time; lock-free; safe in threads and interrupts; no heap, no start-up code.
static nebula::static_pool<message, 16> pool;

int main() {
  const auto block = pool.allocate(nebula::layout::of<message>());
  if (!block) {
    return 1; // block.error() says why; describe() says it to people
  }
  const auto freed = pool.deallocate(block.value());
  const auto again = pool.deallocate(block.value()); // a bug: refused, reported, and nothing is damaged
  return freed && again.code() == nebula::error_code::double_free && pool.state().live_blocks == 0 ? 0 : 1;
}
