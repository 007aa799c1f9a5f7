// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/replay/replay.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "tools/common/text.hpp"
#include "tools/replay/adaptor_vehicles.hpp"
#include "tools/replay/vehicle.hpp"

namespace nebula::replay {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

// Pages that cost nothing until they are touched.
class storage {
public:
  storage(std::size_t bytes, std::size_t align) : mapped_bytes_(bytes + align) {
    mapped_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped_ == MAP_FAILED) {
      throw std::length_error("the replay needs " + text::bytes(bytes) + " of storage, which the system refuses");
    }
    auto* const first = static_cast<std::byte*>(mapped_);
    const std::size_t past = reinterpret_cast<std::uintptr_t>(first) % align;
    span_ = {first + (past == 0 ? 0 : align - past), bytes};
  }
  ~storage() { munmap(mapped_, mapped_bytes_); }
  storage(const storage&) = delete;
  storage& operator=(const storage&) = delete;
  storage(storage&&) = delete;
  storage& operator=(storage&&) = delete;

  [[nodiscard]] byte_span span() const noexcept { return span_; }

private:
  void* mapped_ = nullptr;
  std::size_t mapped_bytes_;
  byte_span span_{};
};

std::uint64_t physical_memory_bytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_bytes > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes) : 0;
}

void check_storage_limit(const storage_need& need, std::uint64_t wanted_limit) {
  const std::uint64_t limit = wanted_limit != 0 ? wanted_limit : physical_memory_bytes() / 4 * 3;
  const std::uint64_t needed = std::uint64_t{need.bytes} + need.align;
  if (needed < need.bytes || needed > limit) {
    throw std::length_error("the replay needs " + text::bytes(need.bytes) + " of storage, more than the limit of " +
                            text::bytes(limit) + " (--max-storage sets it)");
  }
}

// The operations of a trace, done by threads that take turns. Whoever has the turn has everything: reader, engine,
// allocator.
template <class Engine>
class turn_taking {
public:
  turn_taking(const trace::trace_image& image, Engine& engine, std::size_t workers, const outcome& planned,
              text::progress& progress)
      : reader_(image), engine_(engine), check_every_(planned.check_every_events), progress_(progress) {
    for (std::size_t worker = 0; worker < workers; ++worker) {
      turns_.push_back(std::make_unique<std::binary_semaphore>(0));
    }
  }

  /// Precondition: the trace has threads, and there are workers.
  void run() {
    has_next_ = reader_.next(next_);
    if (!has_next_) {
      return;
    }
    std::vector<std::thread> threads;
    try {
      for (std::size_t worker = 0; worker < turns_.size(); ++worker) {
        threads.emplace_back([this, worker] { work(worker); });
      }
    } catch (const std::system_error&) {
      // The system gives no more threads: those that there are share the work.
      if (threads.empty()) {
        throw;
      }
    }
    worker_count_ = threads.size();
    turns_[worker_of(next_)]->release();
    for (std::thread& thread : threads) {
      thread.join();
    }
    if (failure_ != nullptr) {
      std::rethrow_exception(failure_);
    }
  }

  [[nodiscard]] std::uint64_t turn_count() const noexcept { return turn_count_; }

private:
  [[nodiscard]] std::size_t worker_of(const trace::operation& item) const { return item.thread % worker_count_; }

  void work(std::size_t worker) {
    for (;;) {
      turns_[worker]->acquire();
      if (!has_next_) {
        return;
      }
      try {
        take_turn(worker);
      } catch (...) {
        failure_ = std::current_exception();
        has_next_ = false;
      }
      if (!has_next_) {
        wake_others(worker);
        return;
      }
      ++turn_count_;
      turns_[worker_of(next_)]->release();
    }
  }

  void take_turn(std::size_t worker) {
    while (has_next_ && worker_of(next_) == worker) {
      engine_.perform(next_);
      if (const std::uint64_t events = reader_.tracker().followed_events(); events >= next_check_) {
        next_check_ = events + check_every_;
        engine_.check_invariants();
        progress_.update(reader_.events().decoded_bytes());
      }
      has_next_ = reader_.next(next_);
    }
  }

  void wake_others(std::size_t worker) {
    for (std::size_t other = 0; other < worker_count_; ++other) {
      if (other != worker) {
        turns_[other]->release();
      }
    }
  }

  trace::operation_reader reader_;
  Engine& engine_;
  std::uint64_t check_every_;
  std::uint64_t next_check_ = 0;
  text::progress& progress_;
  std::vector<std::unique_ptr<std::binary_semaphore>> turns_;
  std::size_t worker_count_ = 1; // set before the first turn
  trace::operation next_{};
  bool has_next_ = false;
  std::uint64_t turn_count_ = 0;
  std::exception_ptr failure_;
};

// The allocator alone: operations are decoded in batches, off the clock, and blocks are not touched.
template <class Vehicle>
double time_calls(const trace::trace_image& image, const sizing& sized, const storage_need& need, bool shows_progress) {
  constexpr std::size_t batch_operations = 4096;
  const storage pages(need.bytes, need.align);
  Vehicle allocator(sized, pages.span());
  engine<Vehicle> caller(allocator, sized.summary.slots, contents::untouched);
  trace::operation_reader reader(image);
  text::progress progress("time", image.payload_bytes(), shows_progress);
  std::vector<trace::operation> batch;
  double seconds = 0;
  for (bool has_more = true; has_more;) {
    batch.clear();
    for (trace::operation item{}; batch.size() < batch_operations && (has_more = reader.next(item));) {
      if (item.kind != trace::operation_kind::release_dead) { // its search is not the allocator's time
        batch.push_back(item);
      }
    }
    const clock::time_point start = clock::now();
    for (const trace::operation& item : batch) {
      caller.perform(item);
    }
    seconds += seconds_since(start);
    progress.update(reader.events().decoded_bytes());
  }
  return caller.kernel_calls() == 0 ? 0 : seconds * 1e9 / static_cast<double>(caller.kernel_calls());
}

// The rest of `result` is there already.
template <class Vehicle>
void replay_through(const trace::trace_image& image, const options& wanted, outcome& result) {
  const storage_need need = Vehicle::need(image, result.plan);
  check_storage_limit(need, wanted.max_storage_bytes);
  result.storage_bytes = need.bytes;
  result.has_classes = Vehicle::has_classes;
  {
    const clock::time_point start = clock::now();
    const storage pages(need.bytes, need.align);
    Vehicle allocator(result.plan, pages.span());
    engine<Vehicle> caller(allocator, result.plan.summary.slots, contents::verified);
    text::progress progress("replay", image.payload_bytes(), wanted.shows_progress);
    turn_taking<engine<Vehicle>> turns(image, caller, result.replay_threads, result, progress);
    turns.run();
    caller.finish();
    result.found = caller.found();
    result.turns = turns.turn_count();
    result.kernel_calls = caller.kernel_calls();
    result.verified_bytes = caller.verified_bytes();
    result.invariant_walks = caller.invariant_walks();
    result.peak_used_bytes = allocator.state().peak_bytes;
    if constexpr (requires { allocator.skipped_frees(); }) {
      result.skipped_frees = allocator.skipped_frees();
    }
    if constexpr (requires { allocator.held_bytes(); }) {
      result.storage_bytes = allocator.held_bytes();
    }
    result.replay_seconds = seconds_since(start);
  }
  if (wanted.has_timing) {
    result.nanoseconds_per_call = time_calls<Vehicle>(image, result.plan, need, wanted.shows_progress);
  }
}

struct vehicle_kind {
  std::string_view name;
  void (*replay)(const trace::trace_image& image, const options& wanted, outcome& result);
};
constexpr vehicle_kind vehicle_kinds[] = {
    {"segregated", replay_through<segregated_vehicle<segregated_allocator>>},
    {"local_segregated", replay_through<segregated_vehicle<local_segregated_allocator>>},
    {"budgeted", replay_through<budgeted_vehicle>},
    {"observed", replay_through<observed_vehicle>},
    {"fallback", replay_through<fallback_vehicle>},
    {"pool", replay_through<pools_vehicle<bare_pool<pool_allocator>, pool_config>>},
    {"local_pool", replay_through<pools_vehicle<bare_pool<local_pool_allocator>, local_pool_config>>},
    {"pool_cache", replay_through<pools_vehicle<cached_pool, pool_config>>},
    {"bump", replay_through<bump_vehicle<bump_allocator, bump_config, gives_back_last::yes>>},
    {"shared_bump", replay_through<bump_vehicle<shared_bump_allocator, shared_bump_config, gives_back_last::no>>},
    {"stack", replay_through<stack_vehicle>},
    {"arena", replay_through<arena_vehicle>},
};

} // namespace

std::span<const std::string_view> allocator_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const vehicle_kind& each : vehicle_kinds) {
      all.push_back(each.name);
    }
    return all;
  }();
  return names;
}

outcome replay_trace(const trace::trace_image& image, const options& wanted) {
  const auto* const kind = std::find_if(std::begin(vehicle_kinds), std::end(vehicle_kinds),
                                        [&](const vehicle_kind& each) { return each.name == wanted.through; });
  if (kind == std::end(vehicle_kinds)) {
    throw std::invalid_argument("no allocator '" + wanted.through + "'");
  }
  outcome result;
  result.through = wanted.through;
  result.plan = size_from_trace(image, wanted.shows_progress);
  result.recorded_threads = image.threads().size();
  if (result.plan.classes.empty()) {
    result.found.misuse = result.plan.summary.oddities.dead_releases;
    return result;
  }
  std::uint64_t blocks = 0;
  for (const size_class& each : result.plan.classes) {
    blocks += each.block_count;
  }
  // A walk visits every block of the plan: this keeps it to a few steps for each event.
  result.check_every_events =
      wanted.check_every_events != 0 ? wanted.check_every_events : std::max<std::uint64_t>(65'536, blocks);
  result.replay_threads = wanted.threads == threading::one ? 1 : std::min(result.recorded_threads, max_replay_threads);
  kind->replay(image, wanted, result);
  return result;
}

} // namespace nebula::replay
