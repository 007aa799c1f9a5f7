// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>

#include <nebula/kernel/free_list.hpp>

namespace nebula::litmus {

/// The litmus programs of the free list: a few calls of the shipped template, whose blocks have one plain word each,
/// which the owner of a block writes and reads. Each engine brings its atomics and its cells, and a way to remember.
template <class Atomics>
struct free_list_bench {
  using list_type = free_list<Atomics>;
  static constexpr std::uint32_t block_count = 3;
  static constexpr std::size_t unlimited = list_type::unlimited_retries;

  std::array<typename list_type::record_type, block_count> records{};
  list_type list{};

  [[nodiscard]] typename list_type::records view() noexcept {
    return {records.data(), block_count, list_type::index_mask_for(block_count)};
  }
};

/// What a thread does in turn: letters, one a call.
///
///     p          pops; what is popped is written into, and kept
///     0 1 2      pushes this block, which the thread has from the start, after it has written into it
///     b          pushes what it popped last, after it has read what it wrote
///     m          pops two; k pushes them back, the one that was popped first on top
///     s          reads the number of free blocks
struct free_list_program {
  const char* name;
  const char* threads[3]; ///< nullptr: no such thread
  unsigned taken;         ///< blocks 0, 1, … that are off the list at first
};
inline constexpr free_list_program free_list_programs[] = {
    {"pop_pop", {"p", "p", nullptr}, 0},
    {"push_pop", {"0", "p", nullptr}, 1},
    {"push_push", {"0", "1", nullptr}, 2},
    {"push_pop_empty", {"0", "p", nullptr}, 3},
    {"push_size", {"0", "s", nullptr}, 3},
    {"pop_back_pop", {"pb", "p", nullptr}, 2},
    {"push_push_pop", {"0", "1", "p"}, 3},
    {"push_pop_push", {"0", "p1", nullptr}, 2},
    {"pop_two_meets_push", {"m", "0", nullptr}, 2},
    {"push_two_meets_pop", {"mk", "p", nullptr}, 1},
    {"push_two_meets_push", {"mk", "0", nullptr}, 1},
};

/// One thread's calls. A world has plain cells, `write(thread, block)` and `read(thread, block)`, and keeps a `note(text)`;
/// it is told which call `begins(call)`. No member has a destructor, for engines that leave calls by a jump.
template <class Atomics, class World>
class free_list_caller {
public:
  free_list_caller(free_list_bench<Atomics>& bench, World& world, unsigned thread) noexcept
      : bench_(bench), world_(world), thread_(thread) {}

  void perform(char call) {
    if (is_broken_ || ((call == 'b' || call == 'k') && kept_count_ == 0)) {
      return;
    }
    world_.begins(call);
    const list_outcome outcome = outcome_of(call);
    char text[32] = "";
    switch (outcome.verdict) {
    case list_verdict::done:
      static_cast<void>(std::snprintf(text, sizeof text, "%c=%uof%u", call, outcome.index, outcome.free_before));
      break;
    case list_verdict::empty: static_cast<void>(std::snprintf(text, sizeof text, "%c=empty", call)); break;
    case list_verdict::contended: static_cast<void>(std::snprintf(text, sizeof text, "%c=contended", call)); break;
    case list_verdict::broken:
      static_cast<void>(std::snprintf(text, sizeof text, "%c=broken:%s", call, nebula::name(outcome.broken)));
      break;
    }
    is_broken_ = outcome.verdict == list_verdict::broken;
    world_.note(text);
  }

private:
  list_outcome outcome_of(char call) {
    constexpr std::size_t unlimited = free_list_bench<Atomics>::list_type::unlimited_retries;
    list_outcome outcome;
    switch (call) {
    case 'p':
    case 'm':
      outcome = call == 'p' ? bench_.list.pop(bench_.view(), unlimited)
                            : bench_.list.pop_many(bench_.view(), kept_.data(), 2, unlimited);
      kept_count_ = 0;
      if (outcome.verdict == list_verdict::done) {
        const std::uint32_t most = call == 'p' ? 1 : 2;
        kept_count_ = outcome.free_before < most ? outcome.free_before : most;
        kept_[0] = call == 'p' ? outcome.index : kept_[0];
        for (std::uint32_t each = 0; each < kept_count_; ++each) {
          world_.write(thread_, kept_[each]);
        }
      }
      return outcome;
    case 's': return {list_verdict::done, invariant::none, 0, bench_.list.size(bench_.view())};
    case 'b':
    case 'k':
      for (std::uint32_t each = 0; each < kept_count_; ++each) {
        world_.read(thread_, kept_[each]);
      }
      return call == 'b' ? bench_.list.push(bench_.view(), kept_[0])
                         : bench_.list.push_many(bench_.view(), kept_.data(), kept_count_, unlimited);
    default:
      world_.write(thread_, static_cast<std::uint32_t>(call - '0'));
      return bench_.list.push(bench_.view(), static_cast<std::uint32_t>(call - '0'));
    }
  }

  free_list_bench<Atomics>& bench_;
  World& world_;
  unsigned thread_;
  std::array<std::uint32_t, 2> kept_{};
  std::uint32_t kept_count_ = 0;
  bool is_broken_ = false;
};

template <class Atomics, class World>
void run_calls(free_list_bench<Atomics>& bench, World& world, unsigned thread, const char* calls) {
  free_list_caller<Atomics, World> caller(bench, world, thread);
  for (const char* call = calls; *call != '\0'; ++call) {
    caller.perform(*call);
  }
}

/// When all have ended: the blocks on the list, from the top, each with its depth.
template <class Atomics, class World>
void run_last(free_list_bench<Atomics>& bench, World& world) {
  using list_type = free_list<Atomics>;
  world.begins('e');
  std::uint32_t next = bench.list.first(bench.view());
  for (std::uint32_t each = 0; each <= bench.block_count; ++each) {
    char text[32] = "end";
    if (next >= bench.block_count || each == bench.block_count) {
      world.note(next == bench.block_count ? text : "no end");
      return;
    }
    static_cast<void>(std::snprintf(text, sizeof text, "%u:%u", next, list_type::depth_of(bench.view(), next)));
    world.read(0, next);
    world.note(text);
    next = list_type::successor(bench.view(), next);
  }
}

} // namespace nebula::litmus
