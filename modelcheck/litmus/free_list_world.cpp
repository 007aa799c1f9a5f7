// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "free_list_world.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nebula::litmus {

namespace {

/// Who asks, and where the words of the list are: one thread plays all.
struct stage {
  machine* at = nullptr;
  const void* head = nullptr;
  std::vector<std::pair<const void*, unsigned>> places{};
  weakening weaker = shipped_orders;
  char call = ' ';
};
stage on_stage;

constexpr unsigned head_place = 0;
constexpr unsigned cells_place = 1 + 2 * free_list_bench<plain_atomics>::block_count;

unsigned place_of(const void* word) {
  for (const auto& [address, place] : on_stage.places) {
    if (address == word) {
      return place;
    }
  }
  return head_place;
}
access_order order_of(memory_order order) {
  switch (order) {
  case memory_order::acquire: return access_order::acquire;
  case memory_order::release: return access_order::release;
  case memory_order::acquire_release: return access_order::acquire_release;
  case memory_order::relaxed: break;
  }
  return access_order::relaxed;
}
access_order weakened(access_order shipped, weakening::kind what, unsigned place) {
  const bool is_push = on_stage.call >= '0' && on_stage.call <= '2';
  const char call = is_push || on_stage.call == 'b' ? '0' : on_stage.call;
  const bool is_it = place == head_place && what == on_stage.weaker.what && call == on_stage.weaker.call;
  return is_it ? on_stage.weaker.to : shipped;
}

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects" // a call ends by a jump at each operation that is new
#endif
/// The list's words have no values of their own: each operation is asked of the enumerator.
struct enumerated_atomics {
  [[maybe_unused]] static constexpr bool is_shared = true;
  using head_word = std::uint64_t;
  [[maybe_unused]] static constexpr std::size_t contention_align_bytes = 64;

  template <class T>
  class atomic {
  public:
    [[nodiscard]] T load(memory_order order) const noexcept NEBULA_NONBLOCKING {
      request wanted;
      wanted.place = place_of(this);
      wanted.order = weakened(order_of(order), weakening::kind::load, wanted.place);
      return static_cast<T>(on_stage.at->access(wanted).read);
    }
    void store(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      request wanted;
      wanted.what = request::kind::store;
      wanted.place = place_of(this);
      wanted.order = order_of(order);
      wanted.operand = value;
      static_cast<void>(on_stage.at->access(wanted));
    }
    [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                             memory_order failure) noexcept NEBULA_NONBLOCKING {
      request wanted;
      wanted.what = request::kind::compare;
      wanted.is_weak = true;
      wanted.place = place_of(this);
      wanted.order = weakened(order_of(success), weakening::kind::success, wanted.place);
      wanted.failure = weakened(order_of(failure), weakening::kind::failure, wanted.place);
      wanted.expected = expected;
      wanted.operand = desired;
      const response given = on_stage.at->access(wanted);
      expected = given.is_done ? expected : static_cast<T>(given.read);
      return given.is_done;
    }

  private:
    T value_{}; // so that each has an address of its own
  };

  template <class T>
  static constexpr bool is_lock_free = true;
};
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

struct enumerated_world {
  static void begins(char call) { on_stage.call = call; }
  static void note(const char* text) { on_stage.at->observe(text); }
  static void write(unsigned thread, std::uint32_t block) { touch(request::kind::store, block, thread + 1); }
  static void read(unsigned /*thread*/, std::uint32_t block) { touch(request::kind::load, block, 0); }

private:
  static void touch(request::kind what, std::uint32_t block, std::uint64_t value) {
    request wanted;
    wanted.what = what;
    wanted.place = cells_place + block;
    wanted.order = access_order::plain;
    wanted.operand = value;
    static_cast<void>(on_stage.at->access(wanted));
  }
};

struct plain_world {
  std::vector<std::string> notes{4};
  unsigned current = 0;
  void begins(char /*call*/) {}
  void note(const char* text) { notes[current] += (notes[current].empty() ? "" : " ") + std::string(text); }
  void write(unsigned /*thread*/, std::uint32_t /*block*/) {}
  void read(unsigned /*thread*/, std::uint32_t /*block*/) {}
};

} // namespace

search_outcome search_free_list(const free_list_program& calls, const axioms& rules, const weakening& weaker,
                                unsigned spurious_failures) {
  free_list_bench<enumerated_atomics> bench;
  enumerated_world world;
  on_stage = {};
  on_stage.weaker = weaker;
  program made;
  made.name = calls.name;
  made.spurious_failures = spurious_failures;
  made.initial.assign(cells_place + bench.block_count, 0); // all zero is the full list …
  made.initial[head_place] = calls.taken;                  // … and this, its tail
  for (unsigned block = 0; block < bench.block_count; ++block) {
    on_stage.places.emplace_back(&bench.records[block].link, 1 + block);
    on_stage.places.emplace_back(&bench.records[block].depth, 1 + bench.block_count + block);
  }
  for (unsigned thread = 0; thread < std::size(calls.threads) && calls.threads[thread] != nullptr; ++thread) {
    made.threads.emplace_back([&bench, &world, &calls, thread](machine& at) {
      on_stage.at = &at;
      run_calls(bench, world, thread, calls.threads[thread]);
    });
  }
  made.last = [&bench, &world](machine& at) {
    on_stage.at = &at;
    run_last(bench, world);
  };
  return enumerator(made, rules).search();
}

std::set<std::string> atomic_outcomes(const free_list_program& calls) {
  std::set<std::string> outcomes;
  std::vector<unsigned> schedule; // whose call is next
  for (unsigned thread = 0; thread < std::size(calls.threads) && calls.threads[thread] != nullptr; ++thread) {
    schedule.insert(schedule.end(), std::string(calls.threads[thread]).size(), thread);
  }
  do {
    using bench_type = free_list_bench<plain_atomics>;
    bench_type bench;
    for (unsigned each = 0; each < calls.taken; ++each) {
      static_cast<void>(bench.list.pop(bench.view(), bench_type::list_type::unlimited_retries));
    }
    plain_world world;
    std::vector<free_list_caller<plain_atomics, plain_world>> callers;
    std::vector<const char*> next;
    for (unsigned thread = 0; thread < std::size(calls.threads); ++thread) {
      callers.emplace_back(bench, world, thread);
      next.push_back(calls.threads[thread]);
    }
    for (const unsigned thread : schedule) {
      world.current = thread;
      callers[thread].perform(*next[thread]++);
    }
    world.current = 3;
    run_last(bench, world);
    std::string text;
    for (const std::string& part : world.notes) {
      text += (text.empty() || part.empty() ? "" : " ") + part;
    }
    outcomes.insert(text);
  } while (std::next_permutation(schedule.begin(), schedule.end()));
  return outcomes;
}

} // namespace nebula::litmus
