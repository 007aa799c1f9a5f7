// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/ledger.hpp"

namespace nebula::bench {

/// Ends the process with one line: a column that cannot do its work must not be timed.
[[noreturn]] void give_up(const char* what, const char* why);

/// A value that the optimiser knows nothing of. In a register: benchmark::DoNotOptimize() may take it through memory,
/// which costs more than some of the calls that are measured.
template <class T>
[[gnu::always_inline]] inline T opaque(T value) noexcept {
  __asm__ volatile("" : "+r"(value));
  return value;
}

/// The block is used, and all memory may have been read and written: an allocator's state goes back into its object, as
/// in a program that does something between two calls.
[[gnu::always_inline]] inline void keep(const void* block) noexcept { __asm__ volatile("" : : "r"(block) : "memory"); }

/// What a column's allocator is made for.
struct shape {
  std::size_t block_bytes = 64;
  std::size_t block_count = 0;   ///< live at a time, all threads together
  std::size_t storage_bytes = 0; ///< of allocators of variable blocks
};

/// What is done with a block where only the allocator is to be measured.
class timed_work {
public:
  [[gnu::always_inline]] inline void write(void* block, std::size_t /*bytes*/) const noexcept {
    std::memcpy(block, &word_, sizeof(word_));
    keep(block);
  }
  /// The block is there, and nobody writes into it.
  [[gnu::always_inline]] inline void take(void* block, std::size_t /*bytes*/) const noexcept { keep(block); }
  /// The block is there, and the scenario writes into it what it looks at later.
  [[gnu::always_inline]] inline void lend(void* block, std::size_t /*bytes*/) const noexcept { keep(block); }
  [[gnu::always_inline]] inline void before_free(const void* /*block*/) const noexcept {}
  [[gnu::always_inline]] inline void before_reset() const noexcept {}
  void at_end() const noexcept {}
  void counted(std::size_t /*events*/) const noexcept {}

private:
  std::uint64_t word_ = opaque(std::uint64_t{0x5EED});
};

/// Runs one thread's share of a scenario against the clock.
class timed_run : public timed_work {
public:
  explicit timed_run(benchmark::State& state) noexcept : state_(state) {}

  template <class Unit>
  [[gnu::always_inline]] inline void repeat(Unit unit) {
    for ([[maybe_unused]] auto iteration : state_) {
      unit();
    }
  }
  [[nodiscard]] int thread() const noexcept { return state_.thread_index(); }

private:
  benchmark::State& state_;
};

/// Runs one thread's share so many times without a clock, for those who count instructions.
class counted_run : public timed_work {
public:
  counted_run(int thread, std::size_t units) noexcept : thread_(thread), units_(units) {}
  template <class Unit>
  [[gnu::always_inline]] inline void repeat(Unit unit) {
    for (std::size_t done = 0; done < units_; ++done) {
      unit();
    }
  }
  [[nodiscard]] int thread() const noexcept { return thread_; }

private:
  int thread_;
  std::size_t units_;
};

/// Runs the same code some rounds, and enters each block in a ledger.
class verified_run {
public:
  verified_run(ledger& book, int thread, std::size_t rounds) noexcept : book_(book), thread_(thread), rounds_(rounds) {}

  template <class Unit>
  void repeat(Unit unit) {
    for (std::size_t round = 0; round < rounds_; ++round) {
      unit();
    }
  }
  void write(void* block, std::size_t bytes) { book_.enter(block, bytes); }
  void take(void* block, std::size_t bytes) { book_.enter(block, bytes); }
  void lend(void* block, std::size_t bytes) { book_.lend(block, bytes); }
  void before_free(const void* block) { book_.remove(block); }
  void before_reset() { book_.remove_all(); }
  /// The blocks are given back with their allocator.
  void at_end() { book_.expect_live(); }
  void counted(std::size_t events) { book_.add(events); }
  [[nodiscard]] int thread() const noexcept { return thread_; }

private:
  ledger& book_;
  int thread_;
  std::size_t rounds_;
};

/// Blocks of a ballast.
inline constexpr std::size_t ballast_count = 32;

/// Blocks that are live meanwhile: an allocator that has nothing else to hold may give memory back on each free, and take
/// it again.
template <class Front, class Run>
class ballast {
public:
  ballast(Front& from, Run& run, std::size_t bytes) : from_(from), run_(run), bytes_(bytes) {
    for (void*& block : blocks_) {
      block = from_.allocate(bytes_);
      run_.write(block, bytes_);
    }
  }
  ~ballast() { // in the order that a stack wants
    for (std::size_t index = ballast_count; index != 0; --index) {
      run_.before_free(blocks_[index - 1]);
      from_.deallocate(blocks_[index - 1], bytes_);
    }
  }
  ballast(const ballast&) = delete;
  ballast& operator=(const ballast&) = delete;

private:
  Front& from_;
  Run& run_;
  std::size_t bytes_;
  void* blocks_[ballast_count] = {};
};
/// One implementation in one scenario.
struct column {
  std::string scenario;
  std::string name;
  int threads = 1;
  double operations = 1; ///< in a unit, which is what is repeated
  void (*set_up)(const benchmark::State&) = nullptr;
  void (*timed)(benchmark::State&) = nullptr;
  void (*tear_down)(const benchmark::State&) = nullptr;
  std::string (*verified)() = nullptr; ///< what is wrong with the column's work; empty iff nothing
  void (*work)(std::size_t units) = nullptr;
};

/// The columns, in the order in which they are added.
class registry {
public:
  template <class Scenario, class Subject>
  void add(const char* scenario, const char* name);
  /// Says once for each peer that it is not here.
  void leave_out(const std::string& peer, const std::string& why);
  [[nodiscard]] const std::vector<column>& columns() const noexcept { return columns_; }

private:
  std::vector<column> columns_;
  std::vector<std::string> left_out_;
};

/// Counts one thread's preemptions, which spoil a sample.
class preemption_count {
public:
  preemption_count() noexcept : before_(now()) {}
  [[nodiscard]] double so_far() const noexcept { return static_cast<double>(now() - before_); }

private:
  [[nodiscard]] static long now() noexcept;
  long before_;
};

/// Runs verify_thread(0) to verify_thread(threads - 1) at a time.
void run_threads(int threads, const std::function<void(int)>& verify_thread);

/// A Subject has `front`, which each thread makes for itself of the Subject, and a Scenario a body for a front.
template <class Scenario, class Subject>
struct column_code {
  static inline std::unique_ptr<Subject> subject;

  static void set_up(const benchmark::State& /*state*/) { subject = std::make_unique<Subject>(Scenario::sizes); }
  static void tear_down(const benchmark::State& /*state*/) { subject.reset(); }
  static void timed(benchmark::State& state) {
    typename Subject::front front(*subject);
    timed_run run(state);
    const preemption_count preemptions;
    Scenario::body(front, run);
    state.counters["operations"] = benchmark::Counter(Scenario::operations, benchmark::Counter::kAvgThreads);
    state.counters["preemptions"] = benchmark::Counter(preemptions.so_far());
  }
  static void work(std::size_t units) {
    Subject fresh(Scenario::sizes);
    run_threads(Scenario::threads, [&](int thread) {
      typename Subject::front front(fresh);
      counted_run run(thread, units);
      Scenario::body(front, run);
    });
  }
  /// Of the scenario as it is, or as its verified_as.
  static std::string verified() {
    if constexpr (requires { typename Scenario::verified_as; }) {
      if constexpr (!std::is_same_v<typename Scenario::verified_as, Scenario>) {
        return column_code<typename Scenario::verified_as, Subject>::verified();
      }
    }
    Subject fresh(Scenario::sizes);
    ledger book;
    run_threads(Scenario::threads, [&](int thread) {
      typename Subject::front front(fresh);
      verified_run run(book, thread, Scenario::verified_rounds);
      Scenario::body(front, run);
    });
    return book.verdict(Scenario::verified_entries);
  }
};

template <class Scenario, class Subject>
void registry::add(const char* scenario, const char* name) {
  using code = column_code<Scenario, Subject>;
  columns_.push_back({scenario, name, Scenario::threads, Scenario::operations, &code::set_up, &code::timed,
                      &code::tear_down, &code::verified, &code::work});
}

// One function for each file of scenarios.
void add_bump(registry& all);
void add_shared_bump(registry& all);
void add_pool(registry& all);
void add_pool_cache(registry& all);
void add_stack(registry& all);
void add_arena(registry& all);
void add_typed(registry& all);
void add_segregated(registry& all);
void add_counters(registry& all);
void add_logging(registry& all); // with the services only
void add_workloads(registry& all);
void add_growth(registry& all);
void add_request(registry& all);
/// Columns that do not do their work, for the test that the verification finds them.
void add_broken(registry& all);

} // namespace nebula::bench
