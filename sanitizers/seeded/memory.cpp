// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the kernel tells the checkers of memory: a free block is nobody's, a new one has no values yet. [SR-CHK-003]
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <nebula/kernel.hpp>

#include "defects.hpp"

namespace {

struct record {
  unsigned char bytes[32];
};
nebula::static_pool<record, 4> pool;

std::byte* new_block() { return pool.allocate(nebula::layout::of<record>()).value(); }

void nothing_wrong() {
  std::byte* const block = new_block();
  *block = std::byte{1};
  if (*block == std::byte{1}) {
    std::puts("written, then read");
  }
  static_cast<void>(pool.deallocate(block));
}

void read_after_free() {
  std::byte* const block = new_block();
  *block = std::byte{1};
  static_cast<void>(pool.deallocate(block));
  if (*static_cast<const volatile std::byte*>(block) == std::byte{1}) {
    std::puts("read after it was freed");
  }
}

void write_beyond() {
  std::byte* const block = new_block();
  std::byte* const next = new_block();
  static_cast<void>(pool.deallocate(next));
  static_cast<volatile std::byte*>(block)[sizeof(record)] = std::byte{1};
}

void read_unwritten() {
  const auto* const block = static_cast<const volatile std::byte*>(new_block());
  if (*block == std::byte{1}) {
    std::puts("read before it was written");
  }
}

void lose_heap_memory() {
  void* volatile lost = std::malloc(24);
  lost = nullptr;
  static_cast<void>(lost);
}

const seeded::defect defects[] = {{"read_after_free", read_after_free},
                                  {"write_beyond", write_beyond},
                                  {"read_unwritten", read_unwritten},
                                  {"lose_heap_memory", lose_heap_memory}};

} // namespace

int main(int argument_count, char** arguments) {
  return seeded::run(nothing_wrong, defects, argument_count, arguments);
}
