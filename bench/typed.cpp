// SPDX-License-Identifier: Apache-2.0 OR MIT
// Objects made and destroyed in blocks; one thread.
#include <new>

#include <nebula/construct/make.hpp>

#include "bench/single_pools.hpp"

namespace nebula::bench {
namespace {

/// Counts itself, so that neither constructor nor destructor is nothing.
struct particle {
  explicit particle(std::uint64_t name) noexcept : name_(name) { ++alive; }
  ~particle() { --alive; }
  particle(const particle&) = delete;
  particle& operator=(const particle&) = delete;
  std::uint64_t name_;
  double place_[7] = {};
  static inline std::uint64_t alive = 0;
};

class made_in_local_pool {
public:
  using front = made_in_local_pool&;
  explicit made_in_local_pool(const shape& /*sizes*/) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t name) noexcept {
    const result<particle*> made = make<particle>(pool_, name);
    if (!made) [[unlikely]] {
      give_up(made.error());
    }
    return made.value();
  }
  [[gnu::always_inline]] inline void deallocate(void* object, std::size_t /*bytes*/) noexcept {
    must(destroy(pool_, static_cast<particle*>(object)));
  }

private:
  static_local_pool<particle, 1024> pool_;
};

/// As new and delete do, over any of the untyped subjects.
template <class Untyped>
class made_by_hand {
public:
  using front = made_by_hand&;
  explicit made_by_hand(const shape& sizes) : untyped_(sizes), blocks_(untyped_) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t name) {
    return ::new (blocks_.allocate(opaque(sizeof(particle)))) particle(name);
  }
  [[gnu::always_inline]] inline void deallocate(void* object, std::size_t /*bytes*/) {
    static_cast<particle*>(object)->~particle();
    blocks_.deallocate(object, sizeof(particle));
  }

private:
  Untyped untyped_;
  typename Untyped::front blocks_;
};

struct make_and_destroy {
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 5'000;
  static constexpr std::size_t verified_entries = verified_rounds + ballast_count;
  static constexpr shape sizes{sizeof(particle), 1024, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t name = opaque(sizeof(particle)); // any number: of the untyped ballast, the size
    const ballast<Front, Run> held(pool, run, name);
    run.repeat([&] {
      void* const object = pool.allocate(name);
      run.take(object, sizeof(particle));
      run.before_free(object);
      pool.deallocate(object, sizeof(particle));
      keep(object);
    });
  }
};

} // namespace

void add_typed(registry& all) {
  constexpr const char* scenario = "make_and_destroy";
  using work = make_and_destroy;
  all.add<work, made_in_local_pool>(scenario, "nebula local_pool");
  all.add<work, made_by_hand<intrusive_list_subject>>(scenario, "unchecked list");
#if NEBULA_BENCH_HAS_BOOST
  all.add<work, made_by_hand<boost_pool_subject>>(scenario, "boost pool");
#endif
#if NEBULA_BENCH_HAS_FOONATHAN
  all.add<work, made_by_hand<foonathan_pool_subject>>(scenario, "foonathan pool");
#endif
  all.add<work, made_by_hand<pmr_unsynchronized_subject>>(scenario, "pmr unsynchronized");
  add_heaps<work, made_by_hand>(all, scenario);
}

} // namespace nebula::bench
