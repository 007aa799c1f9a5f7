// SPDX-License-Identifier: Apache-2.0 OR MIT
// The only source that sees Relacy; the broken twins recompile it and nothing else.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

// A twin names the family of its model, and compiles no other.
#if !defined(NEBULA_RACE_POOL) && !defined(NEBULA_RACE_SEGREGATED) && !defined(NEBULA_RACE_CACHE) && \
    !defined(NEBULA_RACE_SHARED_BUMP) && !defined(NEBULA_RACE_BUDGET)
#define NEBULA_RACE_POOL
#define NEBULA_RACE_SEGREGATED
#define NEBULA_RACE_CACHE
#define NEBULA_RACE_SHARED_BUMP
#define NEBULA_RACE_BUDGET
#endif

#include "budget_models.hpp"
#include "cache_models.hpp"
#include "free_models.hpp"
#include "pool_models.hpp"
#include "segregated_models.hpp"
#include "shared_bump_models.hpp"

#include "search.hpp"

namespace nebula::race {
namespace {

constexpr std::size_t scenario_bytes_max = 16384;

struct model {
  model_description description;
  scenario* (*make)(void* place);
};

template <class Scenario>
scenario* make(void* place) {
  static_assert(sizeof(Scenario) <= scenario_bytes_max && alignof(Scenario) <= alignof(std::max_align_t));
  return ::new (place) Scenario();
}

constexpr model catalogue[] = {
#if defined(NEBULA_RACE_POOL)
    {{"three_threads", 3, "3 threads, 3 blocks: each takes two and gives them back"}, &make<three_threads>},
    {{"one_brings_back", 3, "3 threads, 4 blocks: one takes two and gives one back, two take one"},
     &make<one_brings_back>},
    {{"three_threads_two_blocks", 3, "3 threads, 2 blocks: exhaustion and refill"}, &make<three_threads_two_blocks>},
    {{"two_threads_two_each", 2, "2 threads, 4 blocks: each holds two"}, &make<two_threads_two_each>},
    {{"free_meets_allocate", 2, "2 threads: one frees, one allocates"}, &make<free_meets_allocate>},
    {{"allocate_meets_allocate", 2, "2 threads: both allocate"}, &make<allocate_meets_allocate>},
    {{"bounded_retries", 2, "2 threads, 2 blocks: contended, never exhausted"}, &make<bounded_retries>},
    {{"state_reader", 3, "2 threads allocate and free, 1 reads state()"}, &make<state_reader>},
    {{"double_free_two", 2, "2 threads free one block"}, &make<double_free<2>>},
    {{"double_free_three", 3, "3 threads free one block"}, &make<double_free<3>>},
    {{"double_free_while_allocating", 3, "2 threads free one block, 1 allocates it"},
     &make<double_free_while_allocating>},
    {{"handle_free_two", 2, "2 threads free one handle"}, &make<handle_free<2, false>>},
    {{"handle_free_then_allocate", 2, "2 threads free one handle, then allocate"}, &make<handle_free<2, true>>},
    {{"handle_free_three", 3, "2 threads free one handle, then allocate; 1 resolves it"}, &make<handle_free<3, true>>},
#endif
#if defined(NEBULA_RACE_SEGREGATED)
    {{"segregated_pair", 2, "2 threads, 2 size classes with fallback"}, &make<segregated<2, false>>},
    {{"segregated_two", 2, "2 threads, 2 size classes with fallback, state() read"}, &make<segregated<2, true>>},
    {{"segregated_three", 3, "3 threads, 2 size classes with fallback, state() read"}, &make<segregated<3, true>>},
    {{"segregated_bounded", 2, "2 threads, 2 size classes, no retries: contended, never exhausted"},
     &make<segregated<2, false, 0>>},
    {{"segregated_double_free", 3, "2 threads free one block and take a smaller one, 1 allocates it"},
     &make<segregated_double_free>},
#endif
#if defined(NEBULA_RACE_CACHE)
    {{"cache_meets_pool", 2, "2 threads, 4 blocks: one through a cache, one without"}, &make<cache_meets_pool>},
    {{"cache_meets_cache", 2, "2 threads, 4 blocks: two caches refill, flush and end"}, &make<cache_meets_cache>},
    {{"cache_three_threads", 3, "3 threads, 4 blocks: two through caches, one without"}, &make<cache_three_threads>},
    {{"cache_flush_meets_refill", 2, "2 threads, 4 blocks: a full magazine gives back half, another refills"},
     &make<cache_flush_meets_refill>},
    {{"cache_slot_changes_hands", 2, "2 threads, 2 blocks, 1 slot: attach, use, end"}, &make<cache_slot_changes_hands>},
    {{"cache_double_free_two", 2, "2 threads free one block through caches"}, &make<cache_double_free<2>>},
    {{"cache_double_free_three", 3, "2 threads free one block through caches, 1 in the pool"},
     &make<cache_double_free<3>>},
    {{"cache_handle_free", 2, "2 threads free one handle through caches, then allocate"}, &make<cache_handle_free>},
    {{"cache_state_reader", 3, "2 threads use caches, 1 reads state()"}, &make<cache_state_reader>},
    {{"cache_bounded", 2, "2 threads, magazines of 1, no retries: contended, never half done"}, &make<cache_bounded>},
#endif
#if defined(NEBULA_RACE_SHARED_BUMP)
    {{"shared_bump_two", 2, "2 threads, 4 cells: each takes one, then two"}, &make<shared_bump_disjoint<2>>},
    {{"shared_bump_three", 3, "3 threads, 4 cells: each takes one, then two"}, &make<shared_bump_disjoint<3>>},
    {{"shared_bump_bounded", 2, "2 threads, 4 cells: contended, never exhausted"}, &make<shared_bump_bounded>},
    {{"shared_bump_reader", 3, "2 threads take cells, 1 reads state()"}, &make<shared_bump_reader>},
#endif
#if defined(NEBULA_RACE_BUDGET)
    {{"budget_pair", 2, "2 threads reserve in 2 children of a budget that has room for one"}, &make<budget_pair>},
    {{"budget_siblings", 2, "2 threads reserve and release in 2 children of one budget"}, &make<budget_siblings<2>>},
    {{"budget_three_siblings", 3, "3 threads reserve in 2 children of one budget"}, &make<budget_siblings<3>>},
    {{"budget_release_meets_reserve", 2, "2 threads: one releases what the other waits for"},
     &make<budget_release_meets_reserve>},
    {{"budget_refused_above", 2, "2 threads: one is refused by the root, one reserves in between"},
     &make<budget_refused_above>},
    {{"budget_over_release", 2, "2 threads release the same bytes of a child"}, &make<budget_over_release>},
    {{"budget_early_release", 2, "2 threads: one releases what the other is reserving"}, &make<budget_early_release>},
    {{"budget_limit_lowered", 2, "2 threads: one reserves, one lowers the limit"}, &make<budget_limit_lowered>},
    {{"budget_bounded", 2, "2 threads reserve without retries: contended, never over budget"}, &make<budget_bounded>},
    {{"budgeted_pool", 2, "2 threads, a pool of 2 blocks, a budget of 1"}, &make<budgeted_pool>},
#endif
};

const model* selected = nullptr;

template <int Threads>
struct suite : rl::test_suite<suite<Threads>, Threads> {
  void before() {
    at_rest = true;
    current_ = selected->make(place_.data());
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
  alignas(std::max_align_t) std::array<std::byte, scenario_bytes_max> place_;
};

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
    list.push_back(each.description);
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
  const auto start = std::chrono::steady_clock::now();
  const bool clean =
      selected->description.threads == 2 ? rl::simulate<suite<2>>(params) : rl::simulate<suite<3>>(params);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;

  search_result result;
  result.last_execution = params.stop_iteration;
  result.executions = params.stop_iteration - request.first + 1;
  result.elapsed_seconds = elapsed.count();
  if (!clean) {
    const bool ours = params.test_result == rl::test_result_user_assert_failed;
    result.verdict = ours ? verdict_text.data() : rl::test_result_str(params.test_result);
    result.replay = params.final_state.c_str();
  }
  return result;
}

} // namespace nebula::race
