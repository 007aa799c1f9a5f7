// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/life_cycle.md shows this example: chunks from the program's own pool, and from the system once it is empty.
#include <cstddef>
#include <cstdio>

#include <nebula/kernel.hpp>
#include <nebula/services/page_source.hpp>

namespace {

namespace services = nebula::services;

constexpr std::size_t chunk_bytes = 16384;
alignas(64) std::byte chunk_storage[4 * chunk_bytes + 4096];

/// Chunks from the pool first, and from the system when it is empty. A chunk goes back to where it came from.
class two_sources {
public:
  two_sources(nebula::pool_allocator& pool, services::page_source& pages) : pool_(pool), pages_(pages) {}

// The system may keep the caller waiting: an arena over it grows as little in interrupts as that.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
  [[nodiscard]] nebula::chunk_source source() noexcept {
    return {[](void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
              return static_cast<two_sources*>(context)->acquire(bytes, align);
            },
            [](void* context, nebula::byte_span chunk) noexcept NEBULA_NONBLOCKING {
              return static_cast<two_sources*>(context)->release(chunk);
            },
            this};
  }
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif
  [[nodiscard]] int from_pool() const noexcept { return from_pool_; }
  [[nodiscard]] int from_system() const noexcept { return from_system_; }

private:
  [[nodiscard]] nebula::result<nebula::byte_span> acquire(std::size_t bytes, std::size_t align) noexcept {
    const nebula::chunk_source first = nebula::pool_chunk_source(pool_);
    const auto chunk = first.acquire(first.context, bytes, align);
    if (chunk.has_value()) {
      ++from_pool_;
      return chunk;
    }
    ++from_system_;
    return pages_.acquire(bytes, align);
  }
  [[nodiscard]] nebula::result<void> release(nebula::byte_span chunk) noexcept {
    return pool_.owns(chunk.data) ? pool_.deallocate(chunk.data) : pages_.release(chunk);
  }

  nebula::pool_allocator& pool_;
  services::page_source& pages_;
  int from_pool_ = 0;
  int from_system_ = 0;
};

} // namespace

int main() {
  const auto machine = services::system_memory::detect();
  const auto pages_plan = services::page_source_config{}.validate(machine.value());
  const auto pool_plan = nebula::pool_builder{}
                             .storage(chunk_storage)
                             .block_size_bytes(chunk_bytes)
                             .block_align_bytes(64)
                             .block_count(4)
                             .build();
  if (!machine || !pages_plan || !pool_plan) {
    return 1;
  }
  services::page_source pages(pages_plan.value());
  nebula::pool_allocator pool(pool_plan.value());
  two_sources both(pool, pages);
  {
    const auto plan = nebula::arena_builder{}.source(both.source()).chunk_bytes(chunk_bytes).build();
    if (!plan) {
      return 1;
    }
    nebula::arena arena(plan.value());
    for (int block = 0; block < 100; ++block) {
      if (!arena.allocate({1000, 16})) {
        return 1;
      }
    }
    std::printf("%d chunks from the pool, %d from the system\n", both.from_pool(), both.from_system());
    if (both.from_pool() != 4 || both.from_system() != 3) {
      return 1;
    }
  } // the arena gives all of them back
  return pool.state().live_blocks == 0 && pages.chunk_count() == 0 ? 0 : 1;
}
