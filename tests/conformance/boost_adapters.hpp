// SPDX-License-Identifier: Apache-2.0 OR MIT
// boost::pool, with the two ways of freeing that it has.
#pragma once

#include <cstddef>

#include <boost/pool/pool.hpp>
#include <nebula/verify/foreign_promises.hpp>

#include "span_heap.hpp"

namespace nebula::conformance {

// A pool knows where its chunks come from by a type alone: one pool at a time.
struct boost_source {
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  static inline span_heap* heap = nullptr;

  // NOLINTBEGIN(readability-identifier-naming): the names that Boost asks for
  static char* malloc BOOST_PREVENT_MACRO_SUBSTITUTION(size_type size) {
    return static_cast<char*>(heap->get(size, alignof(std::max_align_t)));
  }
  static void free BOOST_PREVENT_MACRO_SUBSTITUTION(const char* chunk) { heap->put(chunk); }
  // NOLINTEND(readability-identifier-naming)
};

template <bool IsOrdered>
struct boost_adapter {
  static constexpr const char* name = IsOrdered ? "boost::pool, ordered_free" : "boost::pool, free";
  static constexpr verify::allocator_promises promises{.storage_min_bytes = 160,
                                                       .storage_max_bytes = 320,
                                                       .size_max_bytes = 32,
                                                       .align_max_bytes = 8,
                                                       .memory = verify::reuse::always};

  explicit boost_adapter(byte_span storage) : heap_(storage), pool_(promises.size_max_bytes, 4) {
    boost_source::heap = &heap_;
  }

  void* allocate(std::size_t /*size*/, std::size_t /*align*/) {
    return IsOrdered ? pool_.ordered_malloc() : pool_.malloc();
  }
  void deallocate(void* block, std::size_t /*size*/, std::size_t /*align*/) {
    IsOrdered ? pool_.ordered_free(block) : pool_.free(block);
  }
  void reset() {
    pool_.purge_memory();
    heap_.expect_all_back();
  }
  bool owns(const void* place) const { return pool_.is_from(const_cast<void*>(place)); }
  bool intact() const { return heap_.is_right(); }

private:
  span_heap heap_;
  boost::pool<boost_source> pool_;
};

} // namespace nebula::conformance
