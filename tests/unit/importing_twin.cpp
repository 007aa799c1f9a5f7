// SPDX-License-Identifier: Apache-2.0 OR MIT
// A broken twin: a "kernel" object that takes memory from the heap.
#include <cstddef>
#include <cstdlib>

namespace nebula::test {
std::byte* block_from_the_heap(std::size_t size);
std::byte* block_from_the_heap(std::size_t size) { return static_cast<std::byte*>(std::malloc(size)); }
} // namespace nebula::test
