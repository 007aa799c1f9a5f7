// SPDX-License-Identifier: Apache-2.0 OR MIT
// The only source that sees Relacy; the broken twins recompile it and nothing else.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

// A twin names its model and the family of it, and compiles no other.
#if !defined(NEBULA_RACE_POOL) && !defined(NEBULA_RACE_SEGREGATED) && !defined(NEBULA_RACE_CACHE) &&            \
    !defined(NEBULA_RACE_SHARED_BUMP) && !defined(NEBULA_RACE_BUDGET) && !defined(NEBULA_RACE_OBJECT_POOL) &&   \
    !defined(NEBULA_RACE_STATISTICS) && !defined(NEBULA_RACE_STREAM) && !defined(NEBULA_RACE_WAITING_STREAM) && \
    !defined(NEBULA_RACE_ASYNC)
#define NEBULA_RACE_POOL
#define NEBULA_RACE_SEGREGATED
#define NEBULA_RACE_CACHE
#define NEBULA_RACE_SHARED_BUMP
#define NEBULA_RACE_BUDGET
#define NEBULA_RACE_STATISTICS
#define NEBULA_RACE_STREAM
#endif

#if defined(NEBULA_RACE_WAITING_STREAM)
#include "waiting_stream_models.hpp" // first: the library's headers that it needs come before Relacy
#endif
#if defined(NEBULA_RACE_OBJECT_POOL)
#include "object_pool_models.hpp" // likewise
#endif
#if defined(NEBULA_RACE_ASYNC)
#include "async_models.hpp" // likewise
#endif
#if defined(NEBULA_RACE_BUDGET)
#include "budget_models.hpp"
#endif
#if defined(NEBULA_RACE_CACHE)
#include "cache_models.hpp"
#endif
#if defined(NEBULA_RACE_POOL)
#include "free_models.hpp"
#include "latch_models.hpp"
#include "pool_models.hpp"
#endif
#if defined(NEBULA_RACE_SEGREGATED)
#include "segregated_models.hpp"
#endif
#if defined(NEBULA_RACE_SHARED_BUMP)
#include "shared_bump_models.hpp"
#endif
#if defined(NEBULA_RACE_STATISTICS)
#include "statistics_models.hpp"
#endif
#if defined(NEBULA_RACE_STREAM)
#include "stream_models.hpp"
#endif

#include "search.hpp"

namespace nebula::race {
namespace {

constexpr std::size_t scenario_bytes_max = 16384;
constexpr std::size_t scenario_align_max = 64;

struct model {
  model_description description;
  scenario* (*make)(void* place);
};

template <class Scenario>
scenario* make(void* place) {
  static_assert(sizeof(Scenario) <= scenario_bytes_max && alignof(Scenario) <= scenario_align_max);
  return ::new (place) Scenario();
}

/// True iff a model is compiled: all, or the one that a twin names.
constexpr bool is_compiled([[maybe_unused]] std::string_view name) {
#if defined(NEBULA_RACE_ONLY)
  return name == NEBULA_RACE_ONLY;
#else
  return true;
#endif
}
template <bool IsCompiled, class Scenario>
constexpr auto maker() -> scenario* (*)(void*) {
  if constexpr (IsCompiled) {
    return &make<Scenario>;
  } else {
    return nullptr;
  }
}
#define NEBULA_RACE_MODEL(name, threads, summary, ...) \
  {{name, threads, summary}, maker<is_compiled(name), __VA_ARGS__>()}

constexpr model catalogue[] = {
#if defined(NEBULA_RACE_POOL)
    NEBULA_RACE_MODEL("three_threads", 3, "3 threads, 3 blocks: each takes two and gives them back", three_threads),
    NEBULA_RACE_MODEL("one_brings_back", 3, "3 threads, 4 blocks: one takes two and gives one back, two take one",
                      one_brings_back),
    NEBULA_RACE_MODEL("three_threads_two_blocks", 3, "3 threads, 2 blocks: exhaustion and refill",
                      three_threads_two_blocks),
    NEBULA_RACE_MODEL("two_threads_two_each", 2, "2 threads, 4 blocks: each holds two", two_threads_two_each),
    NEBULA_RACE_MODEL("free_meets_allocate", 2, "2 threads: one frees, one allocates", free_meets_allocate),
    NEBULA_RACE_MODEL("allocate_meets_allocate", 2, "2 threads: both allocate", allocate_meets_allocate),
    NEBULA_RACE_MODEL("bounded_retries", 2, "2 threads, 2 blocks: contended, never exhausted", bounded_retries),
    NEBULA_RACE_MODEL("state_reader", 3, "2 threads allocate and free, 1 reads state()", state_reader),
    NEBULA_RACE_MODEL("stalled_popper", 2, "2 threads: one takes a block, one changes the head 16 times meanwhile",
                      stalled_popper),
    NEBULA_RACE_MODEL("reset_refused", 3, "3 threads: one resets with a block live, two allocate and free",
                      reset_refused),
    NEBULA_RACE_MODEL("reset_meets_allocate", 2, "2 threads: one resets, one has begun to allocate",
                      reset_meets_allocate),
    NEBULA_RACE_MODEL("corruption_latch", 3, "3 threads meet two damaged blocks", corruption_latch),
    NEBULA_RACE_MODEL("hook_published", 2, "2 threads: one sets the program's fault hook twice, one uses it",
                      hook_published),
    NEBULA_RACE_MODEL("double_free_two", 2, "2 threads free one block", double_free<2>),
    NEBULA_RACE_MODEL("double_free_three", 3, "3 threads free one block", double_free<3>),
    NEBULA_RACE_MODEL("double_free_while_allocating", 3, "2 threads free one block, 1 allocates it",
                      double_free_while_allocating),
    NEBULA_RACE_MODEL("handle_free_two", 2, "2 threads free one handle", handle_free<2, false>),
    NEBULA_RACE_MODEL("handle_free_then_allocate", 2, "2 threads free one handle, then allocate", handle_free<2, true>),
    NEBULA_RACE_MODEL("handle_free_three", 3, "2 threads free one handle, then allocate; 1 resolves it",
                      handle_free<3, true>),
#endif
#if defined(NEBULA_RACE_SEGREGATED)
    NEBULA_RACE_MODEL("segregated_pair", 2, "2 threads, 2 size classes with fallback", segregated<2, false>),
    NEBULA_RACE_MODEL("segregated_two", 2, "2 threads, 2 size classes with fallback, state() read",
                      segregated<2, true>),
    NEBULA_RACE_MODEL("segregated_three", 3, "3 threads, 2 size classes with fallback, state() read",
                      segregated<3, true>),
    NEBULA_RACE_MODEL("segregated_bounded", 2, "2 threads, 2 size classes, no retries: contended, never exhausted",
                      segregated<2, false, 0>),
    NEBULA_RACE_MODEL("segregated_double_free", 3, "2 threads free one block and take a smaller one, 1 allocates it",
                      segregated_double_free),
#endif
#if defined(NEBULA_RACE_CACHE)
    NEBULA_RACE_MODEL("cache_meets_pool", 2, "2 threads, 4 blocks: one through a cache, one without", cache_meets_pool),
    NEBULA_RACE_MODEL("cache_meets_cache", 2, "2 threads, 4 blocks: two caches refill, flush and end",
                      cache_meets_cache),
    NEBULA_RACE_MODEL("cache_three_threads", 3, "3 threads, 4 blocks: two through caches, one without",
                      cache_three_threads),
    NEBULA_RACE_MODEL("cache_flush_meets_refill", 2,
                      "2 threads, 4 blocks: a full magazine gives back half, another refills",
                      cache_flush_meets_refill),
    NEBULA_RACE_MODEL("cache_slot_changes_hands", 2, "2 threads, 2 blocks, 1 slot: attach, use, end",
                      cache_slot_changes_hands),
    NEBULA_RACE_MODEL("cache_double_free_two", 2, "2 threads free one block through caches", cache_double_free<2>),
    NEBULA_RACE_MODEL("cache_double_free_three", 3, "2 threads free one block through caches, 1 in the pool",
                      cache_double_free<3>),
    NEBULA_RACE_MODEL("cache_handle_free", 2, "2 threads free one handle through caches, then allocate",
                      cache_handle_free),
    NEBULA_RACE_MODEL("cache_state_reader", 3, "2 threads use caches, 1 reads state()", cache_state_reader),
    NEBULA_RACE_MODEL("cache_bounded", 2, "2 threads, magazines of 1, no retries: contended, never half done",
                      cache_bounded),
#endif
#if defined(NEBULA_RACE_SHARED_BUMP)
    NEBULA_RACE_MODEL("shared_bump_two", 2, "2 threads, 4 cells: each takes one, then two", shared_bump_disjoint<2>),
    NEBULA_RACE_MODEL("shared_bump_three", 3, "3 threads, 4 cells: each takes one, then two", shared_bump_disjoint<3>),
    NEBULA_RACE_MODEL("shared_bump_bounded", 2, "2 threads, 4 cells: contended, never exhausted", shared_bump_bounded),
    NEBULA_RACE_MODEL("shared_bump_reader", 3, "2 threads take cells, 1 reads state()", shared_bump_reader),
#endif
#if defined(NEBULA_RACE_BUDGET)
    NEBULA_RACE_MODEL("budget_pair", 2, "2 threads reserve in 2 children of a budget that has room for one",
                      budget_pair),
    NEBULA_RACE_MODEL("budget_siblings", 2, "2 threads reserve and release in 2 children of one budget",
                      budget_siblings<2>),
    NEBULA_RACE_MODEL("budget_three_siblings", 3, "3 threads reserve in 2 children of one budget", budget_siblings<3>),
    NEBULA_RACE_MODEL("budget_release_meets_reserve", 2, "2 threads: one releases what the other waits for",
                      budget_release_meets_reserve),
    NEBULA_RACE_MODEL("budget_refused_above", 2, "2 threads: one is refused by the root, one reserves in between",
                      budget_refused_above),
    NEBULA_RACE_MODEL("budget_over_release", 2, "2 threads release the same bytes of a child", budget_over_release),
    NEBULA_RACE_MODEL("budget_early_release", 2, "2 threads: one releases what the other is reserving",
                      budget_early_release),
    NEBULA_RACE_MODEL("budget_limit_lowered", 2, "2 threads: one reserves, one lowers the limit", budget_limit_lowered),
    NEBULA_RACE_MODEL("budget_bounded", 2, "2 threads reserve without retries: contended, never over budget",
                      budget_bounded),
    NEBULA_RACE_MODEL("budget_child_ends", 2, "2 threads: a child ends with bytes, which one releases above it",
                      budget_child_ends),
    NEBULA_RACE_MODEL("budgeted_pool", 2, "2 threads, a pool of 2 blocks, a budget of 1", budgeted_pool),
#endif
#if defined(NEBULA_RACE_OBJECT_POOL)
    NEBULA_RACE_MODEL("object_pool_two", 2, "2 threads, 1 object: each acquires it twice", object_pool_turns<2>),
    NEBULA_RACE_MODEL("object_pool_three", 3, "3 threads, 1 object, 1 of them urgent", object_pool_turns<3>),
    NEBULA_RACE_MODEL("object_pool_timed", 2, "2 threads, 1 object: one waits until a deadline", object_pool_timed<2>),
    NEBULA_RACE_MODEL("object_pool_timed_three", 3, "3 threads, 1 object: two wait until deadlines",
                      object_pool_timed<3>),
    NEBULA_RACE_MODEL("object_pool_double_release", 2, "2 threads release one lease", object_pool_double_release<2>),
    NEBULA_RACE_MODEL("object_pool_double_release_waited_for", 3, "2 threads release one lease, 1 acquires",
                      object_pool_double_release<3>),
    NEBULA_RACE_MODEL("object_pool_shutdown", 3, "3 threads: one releases, one waits, one shuts down",
                      object_pool_shutdown<false>),
    NEBULA_RACE_MODEL("object_pool_timed_shutdown", 3,
                      "3 threads: one releases, one waits until a deadline, one shuts down",
                      object_pool_shutdown<true>),
    NEBULA_RACE_MODEL("object_pool_detached", 2, "2 threads, 1 object: each detaches what it acquires",
                      object_pool_detached),
    NEBULA_RACE_MODEL("object_pool_not_made", 2, "2 threads, 1 object: the first time none is made",
                      object_pool_not_made),
    NEBULA_RACE_MODEL("object_pool_family", 3, "3 threads, a pool and its parent: who waits is served by either",
                      object_pool_family<false>),
    NEBULA_RACE_MODEL("object_pool_family_shutdown", 3, "3 threads, a pool and its parent, which is shut down",
                      object_pool_family<true>),
#endif
#if defined(NEBULA_RACE_ASYNC)
    NEBULA_RACE_MODEL("async_two", 2, "2 threads, 1 unit: each asks twice and gives it back", async_turns<2>),
    NEBULA_RACE_MODEL("async_three", 3, "3 threads, 1 unit: each asks and gives it back", async_turns<3>),
    NEBULA_RACE_MODEL("async_cancel", 3, "3 threads: one gives back, one asks, one cancels", async_cancel),
    NEBULA_RACE_MODEL("async_destroy", 3, "3 threads: one gives back, one destroys who waits, one asks", async_destroy),
    NEBULA_RACE_MODEL("async_destroy_inline", 3,
                      "3 threads: one gives back, one destroys who waits by its executor, one asks",
                      async_destroy_inline),
    NEBULA_RACE_MODEL("async_shutdown", 3, "3 threads: one gives back, one asks, one shuts down", async_shutdown<true>),
    NEBULA_RACE_MODEL("async_shutdown_held", 3, "3 threads: two ask for what stays out, one shuts down",
                      async_shutdown<false>),
    NEBULA_RACE_MODEL("async_deadline", 3, "3 threads: one gives back, one asks until a deadline, one tells the time",
                      async_deadline),
    NEBULA_RACE_MODEL("async_all", 3, "3 threads: one gives back, one cancels and expires, one destroys and shuts down",
                      async_all),
    NEBULA_RACE_MODEL("async_leaver", 2, "2 threads, 2 units: who wants both leaves the line, who wants one asks",
                      async_leaver<false>),
    NEBULA_RACE_MODEL("async_late_leaver", 2, "2 threads, 2 units: the deadline of who wants both comes, another asks",
                      async_leaver<true>),
    NEBULA_RACE_MODEL("async_inline_executor", 3, "3 threads bring 2 items each", async_inline_executor),
#endif
#if defined(NEBULA_RACE_STATISTICS)
    NEBULA_RACE_MODEL("statistics_counters_two", 2, "2 threads come and go, and count: 1 number",
                      statistics_counters<2>),
    NEBULA_RACE_MODEL("statistics_counters_three", 3, "3 threads come and go, and count: 1 number",
                      statistics_counters<3>),
    NEBULA_RACE_MODEL("statistics_reader", 3, "2 threads count, 1 reads the sum", statistics_reader),
    NEBULA_RACE_MODEL("statistics_publisher", 2, "2 threads: one publishes three states, one reads",
                      statistics_publisher),
#endif
#if defined(NEBULA_RACE_WAITING_STREAM)
    NEBULA_RACE_MODEL("waiting_stream_wakes", 2,
                      "2 threads: one writes and closes, one reads, each waits for the other", waiting_stream_wakes),
    NEBULA_RACE_MODEL("waiting_stream_wants_too_much", 2, "2 threads: each wants more than the other leaves it",
                      waiting_stream_wants_too_much),
    NEBULA_RACE_MODEL("waiting_stream_deadline", 2, "2 threads: one writes, one waits for it until a deadline",
                      waiting_stream_deadline),
    NEBULA_RACE_MODEL("waiting_stream_reader_closes", 2, "2 threads: one waits for room, one reads and closes",
                      waiting_stream_reader_closes),
#endif
#if defined(NEBULA_RACE_STREAM)
    NEBULA_RACE_MODEL("stream_round", 2, "2 threads: one writes and one reads, more than a round of the ring",
                      stream_round),
    NEBULA_RACE_MODEL("stream_writer_closes", 2, "2 threads: one writes and closes, one reads to the end",
                      stream_writer_closes),
    NEBULA_RACE_MODEL("stream_reader_closes", 2, "2 threads: one reads and closes, one writes until it is told",
                      stream_reader_closes),
#endif
};

const model* selected = nullptr;

template <int Threads>
struct suite : rl::test_suite<suite<Threads>, Threads> {
  void before() {
    at_rest = true;
    current_ = selected->make(place_.data() + padding_bytes(reinterpret_cast<std::uintptr_t>(place_.data()),
                                                            scenario_align_max)); // the suite's own is malloc's
    at_rest = false;
  }
  void thread(unsigned thread_index) { current_->thread(thread_index); }
  void after() {
    at_rest = true;
    current_->inspect();
    current_->~scenario();
    at_rest = false;
  }

private:
  scenario* current_ = nullptr;
  alignas(std::max_align_t) std::array<std::byte, scenario_bytes_max + scenario_align_max> place_;
};

/// Only what a compiled model can ask for: the detector is compiled for each number of threads anew, and slowly.
template <int Threads>
[[nodiscard]] bool simulate(rl::test_params& params) {
  constexpr bool is_asked_for = [] {
    for (const model& each : catalogue) {
      if (each.make != nullptr && each.description.threads == Threads) {
        return true;
      }
    }
    return false;
  }();
  if constexpr (is_asked_for) {
    return rl::simulate<suite<Threads>>(params);
  } else {
    std::abort();
  }
}

[[nodiscard]] memory_order order_named(std::string_view name) {
  return name == "acquire"           ? memory_order::acquire
         : name == "release"         ? memory_order::release
         : name == "acquire_release" ? memory_order::acquire_release
                                     : memory_order::relaxed;
}

[[nodiscard]] rl::scheduler_type_e scheduler(search_kind kind) {
  switch (kind) {
  case search_kind::bounded: return rl::sched_bound;
  case search_kind::full: return rl::sched_full;
  case search_kind::random: break;
  }
  return rl::sched_random;
}

} // namespace

std::vector<model_description> models() {
  std::vector<model_description> list;
  for (const model& each : catalogue) {
    if (each.make != nullptr) {
      list.push_back(each.description);
    }
  }
  return list;
}

search_result search(std::string_view name, const search_request& request) {
  for (const model& each : catalogue) {
    selected = each.description.name == name ? &each : selected;
  }
  std::ostream nowhere(nullptr);
  rl::test_params params;
  params.search_type = scheduler(request.kind);
  params.context_bound = request.bound;
  params.execution_depth_limit = 20'000;
  params.iteration_count = request.first + request.executions - 1;
  params.initial_state = request.first == 1 ? "" : std::to_string(request.first).c_str();
  params.output_stream = &nowhere;
  params.progress_stream = request.show_progress ? &std::cerr : &nowhere;
  if (!request.replay.empty()) {
    params.initial_state = request.replay.c_str();
    params.iteration_count = std::stoull(request.replay);
    params.collect_history = true;
    params.output_stream = &std::cout;
  }
  verdict_text = {};
  weakened = {request.weaken.file,       request.weaken.first_line,        request.weaken.last_line,
              request.weaken.on_failure, order_named(request.weaken.from), order_named(request.weaken.to)};
  const auto start = std::chrono::steady_clock::now();
  const bool clean = selected->description.threads == 2 ? simulate<2>(params) : simulate<3>(params);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  search_result result;
  result.last_execution = params.stop_iteration;
  result.executions = params.stop_iteration - request.first + 1;
  result.elapsed_seconds = elapsed.count();
  result.weakened_operations = weakened.operations;
  if (!clean) {
    const bool ours = params.test_result == rl::test_result_user_assert_failed;
    result.verdict = ours ? verdict_text.data() : rl::test_result_str(params.test_result);
    result.replay = params.final_state.c_str();
  }
  return result;
}

} // namespace nebula::race
