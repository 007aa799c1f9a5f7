// SPDX-License-Identifier: Apache-2.0 OR MIT
// One program on two allocators that are to behave alike: the two widths of a free list's head, the atomic and the plain,
// the two check levels, C++ and C. The byte behind the configuration chooses the pair.
// Target functions, those of these headers and sources:
//   differential: include/nebula/kernel/free_list.hpp include/nebula/kernel/atomics.hpp include/nebula/kernel/c_object.hpp
#include "fuzz_subject.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <nebula/kernel/atomics.hpp>
#include <nebula/verify/differential.hpp>

namespace nebula::verify {
namespace {

template <class Atomics>
using pool_of = basic_pool<Atomics, span_block_storage<Atomics>>;
template <class Atomics>
using pool_subject_of = basic_pool_subject<pool_of<Atomics>, basic_pool_config<Atomics>>;
template <class Atomics>
using segregated_subject_of = basic_segregated_subject<basic_segregated<Atomics>, basic_segregated_config<Atomics>>;

struct bytes_of_an_input {
  configuration made_of;
  program steps;
};

void run(const char* pair, const bytes_of_an_input& input, differential_side& first, differential_side& second,
         likeness alike, std::vector<std::size_t> block_counts) {
  const auto found = differential_execution(first, second, alike, std::move(block_counts)).run(input.steps);
  if (found) {
    std::fprintf(stderr, "differential: step %zu: %s: %s\n%s%s", found->step, pair, found->what.c_str(),
                 to_text(input.made_of).c_str(), to_text(std::span<const operation>(input.steps)).c_str());
    std::abort();
  }
}

/// Two that differ by their types alone.
template <class First, class Second>
void run_types(const char* pair, const bytes_of_an_input& input, likeness alike = likeness::same_places,
               std::vector<std::size_t> block_counts = {}) {
  differential_side_of<First> first(input.made_of);
  differential_side_of<Second> second(input.made_of);
  run(pair, input, first, second, alike, std::move(block_counts));
}

template <class Subject>
void run_levels(const char* pair, const bytes_of_an_input& input, likeness alike,
                std::vector<std::size_t> block_counts) {
  configuration standard = input.made_of;
  standard.check_level = 0;
  configuration paranoid = input.made_of;
  paranoid.check_level = 1;
  differential_side_of<Subject> first(standard);
  differential_side_of<Subject> second(paranoid);
  run(pair, input, first, second, alike, std::move(block_counts));
}

[[nodiscard]] std::vector<std::size_t> counts_of_classes(const configuration& made_of) {
  std::vector<std::size_t> counts;
  for (const size_class& each : segregated_subject::classes_of(made_of)) {
    counts.push_back(each.block_count);
  }
  return counts;
}

/// The subject of C has another use for the variety, and the standard level alone: where all is to be paranoid, they are
/// not alike.
void run_arenas(const char* pair, const bytes_of_an_input& input) {
  if (always_paranoid) {
    return;
  }
  configuration in_cpp = input.made_of;
  in_cpp.check_level = 0;
  const unsigned variety = input.made_of.variety;
  in_cpp.variety = static_cast<std::uint8_t>(variety % 2U + variety / 2U % 3U * 8U + variety / 6U % 2U * 24U);
  differential_side_of<arena_subject> first(in_cpp);
  differential_side_of<c_arena_subject> second(input.made_of);
  run(pair, input, first, second, likeness::same_places, {});
}

void run_pair(std::uint8_t which, const bytes_of_an_input& input) {
  const std::size_t count = std::max<std::size_t>(input.made_of.block_count, 1);
  switch (which % 16U) {
  case 0:
    run_types<pool_subject_of<std_atomics>, pool_subject_of<std_atomics_32>>("pools with heads of 64 and 32 bits",
                                                                             input);
    break;
  case 1:
    run_types<segregated_subject_of<std_atomics>, segregated_subject_of<std_atomics_32>>(
        "segregated with heads of 64 and 32 bits", input, likeness::same_blocks, counts_of_classes(input.made_of));
    break;
  case 2: // records, which stand before the blocks, are of different sizes
    run_types<pool_subject, local_pool_subject>("pool and local_pool", input, likeness::same_blocks, {count});
    break;
  case 3: // the objects of their pools, which stand before the blocks, are of different sizes; so above, if need be
    run_types<segregated_subject, local_segregated_subject>("segregated and local_segregated", input,
                                                            likeness::same_blocks, counts_of_classes(input.made_of));
    break;
  case 4: run_levels<pool_subject>("pools at both levels", input, likeness::same_blocks, {count}); break;
  case 5:
    run_levels<segregated_subject>("segregated at both levels", input, likeness::same_blocks,
                                   counts_of_classes(input.made_of));
    break;
  case 6: run_levels<bump_subject>("bumps at both levels", input, likeness::until_exhausted, {}); break;
  case 7: run_levels<stack_subject>("stacks at both levels", input, likeness::until_exhausted, {}); break;
  case 8: run_types<pool_subject, c_pool_subject>("pool and c_pool", input); break;
  case 9: run_types<local_pool_subject, c_local_pool_subject>("local_pool and c_local_pool", input); break;
  case 10: run_types<segregated_subject, c_segregated_subject>("segregated and c_segregated", input); break;
  case 11: run_types<bump_subject, c_bump_subject>("bump and c_bump", input); break;
  case 12: run_types<stack_subject, c_stack_subject>("stack and c_stack", input); break;
  case 13: run_types<shared_bump_subject, c_shared_bump_subject>("shared_bump and c_shared_bump", input); break;
  case 14: run_arenas("arena and c_arena", input); break;
  default:
    run_types<local_segregated_subject, c_local_segregated_subject>("local_segregated and c_local_segregated", input);
    break;
  }
}

} // namespace
} // namespace nebula::verify

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nebula::verify::byte_reader bytes(std::span<const std::uint8_t>(data, size));
  nebula::verify::bytes_of_an_input input{nebula::verify::read_configuration(bytes), {}};
  const std::uint8_t pair = bytes.byte();
  input.steps = nebula::verify::read_program(bytes);
  nebula::verify::run_pair(pair, input);
  return 0;
}
