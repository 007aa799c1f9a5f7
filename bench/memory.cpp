// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a live block costs in memory beyond its own bytes, of ours and of peers: `nebula-memory` prints a table. Each cell is a process of its
// own: it allocates blocks of one size until they have 64 MiB, writes each byte of them, and divides what the system has
// lent it meanwhile. Of ours the figure is also computed, by storage_bytes(): the two must agree, or the exit status is 1.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/shared_pools.hpp"
#include "bench/single_pools.hpp"

namespace nebula::bench {
namespace {

constexpr std::size_t live_bytes = std::size_t{64} << 20U;
constexpr std::array<std::size_t, 6> block_sizes{16, 32, 64, 256, 1024, 4096};

/// Of this process, counted page by page: the short forms in /proc are kept up to date by and by.
std::size_t resident_bytes() {
  std::ifstream pages("/proc/self/smaps_rollup");
  for (std::string word; pages >> word;) {
    if (word == "Rss:") {
      std::size_t kibibytes = 0;
      pages >> kibibytes;
      return kibibytes * 1024;
    }
  }
  give_up("/proc/self/smaps_rollup", "does not say Rss");
}

/// Blocks of one size, live together; `when_full` is called while they are.
using fill = std::function<void(std::size_t block_bytes, std::size_t count, const std::function<void()>& when_full)>;

struct column {
  std::string name;
  fill run;
  /// What it says itself that it needs for so many blocks; none of peers.
  std::function<std::size_t(std::size_t block_bytes, std::size_t count)> storage_bytes;
};

void write_all(void* block, std::size_t bytes) {
  std::memset(block, 0x5A, bytes);
  keep(block);
}

template <class Subject>
fill filled_by() {
  return [](std::size_t block_bytes, std::size_t count, const std::function<void()>& when_full) {
    Subject subject(shape{block_bytes, count, 0});
    typename Subject::front front(subject);
    for (std::size_t number = 0; number < count; ++number) {
      write_all(front.allocate(block_bytes), block_bytes);
    }
    when_full();
    ::_exit(0); // peers' blocks are not given back one by one
  };
}

/// One of ours, in storage of exactly the size that it says it needs.
template <class Allocator, class Config>
column ours(const char* name, Config config, std::function<std::size_t(std::size_t, std::size_t)> storage_bytes,
            std::function<void(Config&, std::size_t, std::size_t)> shape_it) {
  return {name,
          [=](std::size_t block_bytes, std::size_t count, const std::function<void()>& when_full) {
            Config wanted = config;
            const std::size_t bytes = storage_bytes(block_bytes, count);
            const address_range range(bytes);
            wanted.storage = {range.data(), bytes};
            shape_it(wanted, block_bytes, count);
            Allocator allocator(must_plan(wanted.validate()));
            for (std::size_t number = 0; number < count; ++number) {
              write_all(must(allocator.allocate({block_bytes, block_align_bytes})), block_bytes);
            }
            when_full();
            ::_exit(0);
          },
          storage_bytes};
}

template <class Allocator, class Config>
column our_pool(const char* name) {
  const auto bytes = [](std::size_t block_bytes, std::size_t count) {
    return must_plan(Config::storage_bytes(block_bytes, block_align_bytes, count));
  };
  const auto shaped = [](Config& config, std::size_t block_bytes, std::size_t count) {
    config.block_size_bytes = block_bytes;
    config.block_align_bytes = block_align_bytes;
    config.block_count = count;
  };
  return ours<Allocator, Config>(name, Config{}, bytes, shaped);
}

template <class Allocator, class Config>
column our_segregated(const char* name) {
  const auto bytes = [](std::size_t block_bytes, std::size_t count) {
    const size_class only{block_bytes, block_align_bytes, count};
    return must_plan(Config::storage_bytes(&only, 1));
  };
  const auto shaped = [](Config& config, std::size_t block_bytes, std::size_t count) {
    static size_class only{};
    only = {block_bytes, block_align_bytes, count};
    config.classes = &only;
    config.class_count = 1;
  };
  return ours<Allocator, Config>(name, Config{}, bytes, shaped);
}

std::vector<column> our_columns() {
  const auto nothing = [](auto&, std::size_t, std::size_t) {};
  std::vector<column> all;
  all.push_back(ours<bump_allocator, bump_config>(
      "nebula bump", {}, [](std::size_t block_bytes, std::size_t count) { return block_bytes * count; }, nothing));
  all.push_back(our_pool<local_pool_allocator, local_pool_config>("nebula local_pool"));
  all.push_back(our_pool<pool_allocator, pool_config>("nebula pool"));
  all.push_back(our_segregated<local_segregated_allocator, local_segregated_config>("nebula local_segregated"));
  all.push_back(our_segregated<segregated_allocator, segregated_config>("nebula segregated"));
  all.push_back(ours<stack_allocator, stack_config>(
      "nebula stack", {},
      [](std::size_t block_bytes, std::size_t count) {
        return (block_bytes + stack_allocator::record_bytes()) * count;
      },
      nothing));
  return all;
}

std::vector<column> peers() {
  registry nowhere;
  load_heaps(nowhere);
  std::vector<column> all;
  const auto add = [&]<heap Which>(const char* name) {
    if (heaps[static_cast<std::size_t>(Which)].allocate != nullptr) {
      all.push_back({name, filled_by<heap_subject<Which>>(), nullptr});
    }
  };
  add.template operator()<heap::glibc>("glibc");
  add.template operator()<heap::jemalloc>("jemalloc");
  add.template operator()<heap::mimalloc>("mimalloc");
  add.template operator()<heap::mimalloc_secure>("mimalloc-secure");
  add.template operator()<heap::tcmalloc>("tcmalloc");
#if NEBULA_BENCH_HAS_BOOST
  all.push_back({"boost pool", filled_by<boost_pool_subject>(), nullptr});
#endif
#if NEBULA_BENCH_HAS_FOONATHAN
  all.push_back({"foonathan pool", filled_by<foonathan_pool_subject>(), nullptr});
#endif
  all.push_back({"pmr unsynchronized", filled_by<pmr_unsynchronized_subject>(), nullptr});
  return all;
}

/// Not below 0: what a process had before it was measured may serve for some blocks.
double beyond_the_block(std::size_t bytes, std::size_t block_bytes, std::size_t count) {
  return std::max(0.0, static_cast<double>(bytes) / static_cast<double>(count) - static_cast<double>(block_bytes));
}

/// Bytes that the system has lent meanwhile, in a process of its own; nothing iff that has failed, after a message.
std::optional<std::size_t> lent_for(const fill& run, std::size_t block_bytes, std::size_t count) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    give_up("a pipe", "could not be made");
  }
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) {
    give_up("a process", "could not be made");
  }
  if (child == 0) {
    const std::size_t before = resident_bytes();
    run(block_bytes, count, [&] {
      const std::size_t lent = resident_bytes() - before;
      if (::write(ends[1], &lent, sizeof lent) != static_cast<ssize_t>(sizeof lent)) {
        ::_exit(1);
      }
    });
    ::_exit(1); // it has ended itself
  }
  ::close(ends[1]);
  std::size_t lent = 0;
  const bool is_told = ::read(ends[0], &lent, sizeof lent) == static_cast<ssize_t>(sizeof lent);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return is_told && status == 0 ? std::optional<std::size_t>(lent) : std::nullopt;
}

/// What a process comes to need by being measured.
std::size_t bytes_of_measuring() {
  const auto nothing = [](std::size_t, std::size_t, const std::function<void()>& when_full) {
    when_full();
    ::_exit(0);
  };
  const std::optional<std::size_t> lent = lent_for(nothing, 0, 0);
  if (!lent) {
    give_up("a process that allocates nothing", "could not be measured");
  }
  return *lent;
}

/// False iff one of ours takes more than it says, or less: then it would not have been measured.
bool print_row(const column& each, std::size_t of_measuring) {
  bool is_as_computed = true;
  std::printf("| %-27s |", each.name.c_str());
  for (const std::size_t block_bytes : block_sizes) {
    const std::size_t count = live_bytes / block_bytes;
    const std::optional<std::size_t> all_lent = lent_for(each.run, block_bytes, count);
    if (!all_lent || *all_lent < of_measuring) {
      give_up(each.name.c_str(), "could not be measured");
    }
    const std::size_t lent = *all_lent - of_measuring;
    std::printf(" %8.2f |", beyond_the_block(lent, block_bytes, count));
    if (each.storage_bytes != nullptr) {
      constexpr std::size_t allowance_bytes = std::size_t{64}
                                              << 10U; // code that is read from files meanwhile, and stack
#if defined(NEBULA_MEMORY_TWIN)                       // the records of a pool forgotten
      const std::size_t computed = block_bytes * count;
#else
      const std::size_t computed = each.storage_bytes(block_bytes, count);
#endif
      if (lent > computed + allowance_bytes || lent + allowance_bytes < computed) {
        is_as_computed = false;
        std::fprintf(stderr, "nebula-memory: %s: %zu blocks of %zu bytes take %zu bytes; it says %zu\n",
                     each.name.c_str(), count, block_bytes, lent, computed);
      }
    }
  }
  std::printf("\n");
  std::fflush(stdout);
  return is_as_computed;
}

int run() {
  std::printf("| bytes beyond a block of     |");
  for (const std::size_t block_bytes : block_sizes) {
    std::printf(" %8zu |", block_bytes);
  }
  std::printf("\n|-----------------------------|");
  for ([[maybe_unused]] const std::size_t block_bytes : block_sizes) {
    std::printf("---------:|");
  }
  std::printf("\n");
  const std::size_t of_measuring = bytes_of_measuring();
  bool is_as_computed = true;
  for (const column& each : our_columns()) {
    is_as_computed = print_row(each, of_measuring) && is_as_computed;
  }
  for (const column& each : peers()) {
    is_as_computed = print_row(each, of_measuring) && is_as_computed;
  }
  std::printf(
      "\nThe allocators themselves: bump %zu, stack %zu, local_pool %zu, pool %zu, local_segregated %zu, segregated "
      "%zu bytes\n",
      sizeof(bump_allocator), sizeof(stack_allocator), sizeof(local_pool_allocator), sizeof(pool_allocator),
      sizeof(local_segregated_allocator), sizeof(segregated_allocator));
  return is_as_computed ? 0 : 1;
}

} // namespace
} // namespace nebula::bench

int main(int argument_count, char** arguments) {
  if (argument_count != 1) {
    std::fprintf(stderr, "nebula-memory: '%s' is no option of this program; it takes none\n", arguments[1]);
    return 2;
  }
  nebula::bench::make_room_for_libraries(arguments);
  return nebula::bench::run();
}
