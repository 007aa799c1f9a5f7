// SPDX-License-Identifier: Apache-2.0 OR MIT
// A write behind the top block of a stack runs up to its records.
// expect: corrupted
#include "fixtures.hpp"

using namespace misuse_corpus;

alignas(16) static std::byte lent_bytes[512];

// Free memory is forbidden to a program under a memory checker; this one is to be caught by the kernel.
__attribute__((no_sanitize("address"))) static void run_over(std::byte* from, const std::byte* end) {
  for (volatile std::byte* place = from; place != end; ++place) {
    *place = std::byte{0xFF};
  }
}

void misuse() {
  nebula::stack_allocator frames(prepared(nebula::stack_config{{lent_bytes, sizeof lent_bytes}}.validate()));
  std::byte* const block = prepared(frames.allocate(record_layout));
  run_over(block, lent_bytes + sizeof lent_bytes);
  returned(frames.check_invariants());
}
