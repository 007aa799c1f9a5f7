// SPDX-License-Identifier: Apache-2.0 OR MIT
// The memory resources of the standard library, over an upstream that sees whether all comes back.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <type_traits>

#include <nebula/verify/foreign_promises.hpp>

#include "span_heap.hpp"

namespace nebula::conformance {

// With little memory behind it, programs come to its end; with much, to what lies beyond that.
template <class Resource, bool IsRoomy = false>
struct pmr_adapter {
  static constexpr bool is_monotonic = std::is_same_v<Resource, std::pmr::monotonic_buffer_resource>;
  static constexpr const char* name = is_monotonic ? "std::pmr::monotonic_buffer_resource"
                                      : std::is_same_v<Resource, std::pmr::synchronized_pool_resource>
                                          ? "std::pmr::synchronized_pool_resource"
                                          : "std::pmr::unsynchronized_pool_resource";
  static constexpr verify::allocator_promises promises{
      .storage_min_bytes = IsRoomy        ? 65536
                           : is_monotonic ? 256
                                          : 4096,
      .storage_max_bytes = IsRoomy ? 65536 : 4096,
      .align_max_bytes = 4096,
      .memory = is_monotonic ? verify::reuse::after_reset : verify::reuse::until_reset};

  explicit pmr_adapter(byte_span storage) : heap_(storage), resource_(&heap_) {}

  void* allocate(std::size_t size, std::size_t align) { return resource_.allocate(size, align); }
  void deallocate(void* block, std::size_t size, std::size_t align) { resource_.deallocate(block, size, align); }
  void reset() {
    resource_.release();
    heap_.expect_all_back();
  }
  bool intact() const { return heap_.is_right(); }

private:
  span_heap heap_;
  Resource resource_;
};
using pmr_monotonic = pmr_adapter<std::pmr::monotonic_buffer_resource>;
using pmr_unsynchronized = pmr_adapter<std::pmr::unsynchronized_pool_resource>;
using pmr_unsynchronized_roomy = pmr_adapter<std::pmr::unsynchronized_pool_resource, true>;
using pmr_synchronized = pmr_adapter<std::pmr::synchronized_pool_resource>;

} // namespace nebula::conformance
