// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs on the allocator of one subject, which CMakeLists.txt names; ci/fuzz_coverage holds each target to what it names here.
// Target functions, those of these headers and sources, by target; static_, local_ and c_ variants are as what they are
// variants of, and a c_ variant is its kernel/c_api_….cpp too:
//   arena: include/nebula/kernel/arena.hpp include/nebula/kernel/arena_chunks.hpp include/nebula/kernel/chunk_source.hpp
//   bump: include/nebula/kernel/bump.hpp
//   stack: include/nebula/kernel/stack.hpp
//   pool: include/nebula/kernel/pool.hpp include/nebula/kernel/free_list.hpp
//   local_pool: include/nebula/kernel/pool.hpp include/nebula/kernel/free_list.hpp
//   segregated: include/nebula/kernel/segregated.hpp include/nebula/kernel/size_class.hpp
//   pool_cache: include/nebula/kernel/pool_cache.hpp include/nebula/kernel/cache_slot.hpp
//   shared_bump: include/nebula/kernel/shared_bump_allocator.hpp
//   budgeted_bump: include/nebula/kernel/budgeted.hpp
//   budgeted_stack: include/nebula/kernel/budgeted.hpp
//   budgeted_pool: include/nebula/kernel/budgeted.hpp
//   budgeted_segregated: include/nebula/kernel/budgeted.hpp
//   fallback: include/nebula/kernel/fallback.hpp
//   observed_stack: include/nebula/kernel/observed.hpp
#include "fuzz_subject.hpp"

#if !defined(NEBULA_SUBJECT)
#error "define NEBULA_SUBJECT, as in stack_subject"
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return nebula::fuzz::run_bytes<nebula::verify::NEBULA_SUBJECT>(data, size);
}
