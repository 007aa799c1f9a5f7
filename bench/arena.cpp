// SPDX-License-Identifier: Apache-2.0 OR MIT
// A request's small allocations, given back all together; one thread.
#include <array>

#include "bench/arenas.hpp"
#include "bench/workload.hpp"

namespace nebula::bench {
namespace {

struct request {
  static constexpr std::size_t count = 128; // of which 100 are used: sizes come in powers of two
  static constexpr std::size_t used = 100;
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 50;
  static constexpr std::size_t verified_entries = used * verified_rounds;
  static constexpr shape sizes{0, 0, 4 * chunk_bytes};

  template <class Front, class Run>
  static void body(Front& arena, Run& run) {
    static const auto all_bytes = even_sizes<count>(16, 64, 8);
    std::array<void*, used> blocks{};
    keep(blocks.data()); // so that it is there in each column, not only in those that free from it
    run.repeat([&] {
      for (std::size_t index = 0; index < used; ++index) {
        const std::size_t bytes = opaque(all_bytes[index]);
        blocks[index] = arena.allocate(bytes);
        run.write(blocks[index], bytes);
      }
      run.before_reset();
      arena.reset(blocks.data(), used);
    });
  }
};

} // namespace

void add_arena(registry& all) {
  constexpr const char* scenario = "arena_reset";
  add_arenas<request>(all, scenario);
  add_heaps<request>(all, scenario);
}

} // namespace nebula::bench
