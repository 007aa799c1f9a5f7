// SPDX-License-Identifier: Apache-2.0 OR MIT
// Sizes from 16 B to 4 KiB, mixed; one thread.
#include <array>
#include <memory>

#include "bench/segregated_blocks.hpp"
#include "bench/single_pools.hpp"
#include "bench/workload.hpp"

namespace nebula::bench {
namespace {

/// 512 live blocks of mixed sizes, as many small as large in each doubling; one after the other is freed, and a block of
/// another size allocated in its place.
struct mixed_sizes {
  static constexpr std::size_t live = 512;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(live);
  static constexpr std::size_t verified_rounds = 8;
  static constexpr std::size_t verified_entries = live + live * verified_rounds;
  static constexpr shape sizes{0, live, 0};

  static std::array<std::size_t, 4 * live> all_sizes() noexcept {
    std::array<std::size_t, 4 * live> bytes{};
    number_stream numbers(4);
    for (std::size_t& each : bytes) {
      const std::size_t doubling = std::size_t{16} << numbers.below(8);
      each = doubling + numbers.below(doubling + 1);
    }
    return bytes;
  }

  template <class Front, class Run>
  static void body(Front& heap, Run& run) {
    static const auto all_bytes = all_sizes();
    static const auto places = shuffled<live>(5);
    struct block {
      void* begin;
      std::size_t bytes;
    };
    const auto blocks = std::make_unique<block[]>(live);
    std::size_t next = 0;
    const auto allocate = [&](block& into) {
      const std::size_t bytes = opaque(all_bytes[next]);
      next = (next + 1) % all_bytes.size();
      into = {heap.allocate(bytes), bytes};
      run.write(into.begin, bytes);
    };
    for (std::size_t index = 0; index < live; ++index) {
      allocate(blocks[index]);
    }
    run.repeat([&] {
      for (const std::uint32_t place : places) {
        block& each = blocks[place];
        run.before_free(each.begin);
        heap.deallocate(each.begin, each.bytes);
        keep(each.begin);
        allocate(each);
      }
    });
    for (std::size_t index = 0; index < live; ++index) {
      run.before_free(blocks[index].begin);
      heap.deallocate(blocks[index].begin, blocks[index].bytes);
    }
  }
};

} // namespace

void add_segregated(registry& all) {
  constexpr const char* scenario = "mixed_sizes";
  all.add<mixed_sizes, local_segregated_subject>(scenario, "nebula local_segregated");
  all.add<mixed_sizes, shared_segregated_subject>(scenario, "nebula segregated");
  all.add<mixed_sizes, pmr_unsynchronized_subject>(scenario, "pmr unsynchronized");
  add_heaps<mixed_sizes>(all, scenario);
}

} // namespace nebula::bench
