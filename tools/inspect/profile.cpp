// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/inspect/profile.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <unordered_map>

#include "tools/common/text.hpp"

namespace nebula::inspect {
namespace {

using trace::operation;
using trace::operation_kind;

// 0, then 1, 2, 4 and so on up to trace::max_block_bytes.
constexpr std::size_t range_count = 50;

struct block_name {
  std::size_t slot;
  std::uint64_t id;
};

// Bits up to the highest that is set. std::bit_width gives different types in different libraries.
std::size_t width_of(std::uint64_t value) { return static_cast<std::size_t>(64 - std::countl_zero(value)); }

class profiler {
public:
  profiler(const trace::trace_image& image, profile& seen)
      : reader_(image), payload_bytes_(image.payload_bytes()), seen_(seen), threads_(image.threads().size()) {
    for (const trace::recorded_thread& thread : image.threads()) {
      seen_.threads.push_back({thread.index, thread.system_thread_id, 0, 0, 0});
    }
    for (std::size_t width = 0; width < ranges_.size(); ++width) {
      ranges_[width] = {width == 0 ? 0 : std::uint64_t{1} << (width - 1), 0, 0, 0, 0};
    }
  }

  void run(bool shows_progress) {
    text::progress progress("inspect", payload_bytes_, shows_progress);
    operation item{};
    std::uint64_t last_followed = 0;
    while (reader_.next(item)) {
      if (const std::uint64_t followed = reader_.tracker().followed_events(); followed != last_followed) {
        last_followed = followed;
        ++seen_.events;
        ++seen_.events_by_kind[static_cast<std::size_t>(reader_.last_event().kind)];
        ++seen_.threads[item.thread].events;
      }
      apply(item);
      if (seen_.events % 65'536 == 0) {
        progress.update(reader_.events().decoded_bytes());
      }
    }
    finish();
  }

private:
  struct thread_state {
    std::vector<block_name> births; // not yet known to be dead, in order
    std::uint64_t release_run = 0;
  };

  void apply(const operation& item) {
    switch (item.kind) {
    case operation_kind::allocate: bear(item); break;
    case operation_kind::release: bury(item); break;
    case operation_kind::reallocate: resize(item); break;
    case operation_kind::none:
    case operation_kind::release_dead:
    case operation_kind::release_unknown: break;
    }
    seen_.peak_live_blocks = std::max(seen_.peak_live_blocks, reader_.tracker().live_blocks());
    seen_.peak_live_bytes = std::max(seen_.peak_live_bytes, reader_.tracker().live_bytes());
  }

  // Sizes 0, 1, 2, 3-4, 5-8 and so on.
  static std::size_t range_of(std::uint64_t size) { return size == 0 ? 0 : width_of(size - 1) + 1; }

  void enter_range(std::uint64_t size) {
    size_range& range = ranges_[range_of(size)];
    ++range.births;
    range.born_bytes += size;
    ++range.live;
    range.peak_live = std::max(range.peak_live, range.live);
    ++births_by_size_[size];
  }

  void bear(const operation& item) {
    ++seen_.births;
    seen_.born_bytes += item.size;
    ++seen_.threads[item.thread].births;
    seen_.over_aligned_births += item.alignment > 16 ? 1U : 0U;
    enter_range(item.size);
    end_run(threads_[item.thread]);
    threads_[item.thread].births.push_back({item.slot, item.block_id});
  }

  void resize(const operation& item) {
    ++seen_.reallocations;
    --ranges_[range_of(item.old_size)].live;
    enter_range(item.size);
    end_run(threads_[item.thread]);
  }

  void bury(const operation& item) {
    ++seen_.releases;
    ++seen_.threads[item.thread].releases;
    --ranges_[range_of(item.old_size)].live;
    const trace::block_tracker::block& dead = reader_.tracker().blocks()[item.slot];
    const std::uint64_t age = reader_.tracker().followed_events() - dead.born;
    ++seen_.lifetimes[width_of(age)];
    ++threads_[item.thread].release_run;
    seen_.cross_thread_releases += dead.thread != item.thread ? 1U : 0U;
    // Each birth is pushed once and popped once, so this is constant time on average.
    std::vector<block_name>& births = threads_[dead.thread].births;
    while (!births.empty() && births.back().id != item.block_id && !is_live(births.back())) {
      births.pop_back();
    }
    if (!births.empty() && births.back().id == item.block_id && dead.thread == item.thread) {
      births.pop_back();
      ++seen_.lifo_releases;
    }
  }

  [[nodiscard]] bool is_live(const block_name& name) const {
    return reader_.tracker().is_live(name.slot) && reader_.tracker().blocks()[name.slot].id == name.id;
  }

  void end_run(thread_state& thread) {
    seen_.bulk_releases += thread.release_run >= bulk_run_length ? thread.release_run : 0;
    thread.release_run = 0;
  }

  void finish() {
    for (thread_state& thread : threads_) {
      end_run(thread);
    }
    std::copy_if(ranges_.begin(), ranges_.end(), std::back_inserter(seen_.size_ranges),
                 [](const size_range& range) { return range.births > 0; });
    for (const auto& [size, births] : births_by_size_) {
      if (births > seen_.commonest_size_births ||
          (births == seen_.commonest_size_births && size < seen_.commonest_size)) {
        seen_.commonest_size = size;
        seen_.commonest_size_births = births;
      }
    }
    seen_.distinct_sizes = births_by_size_.size();
    seen_.never_freed = reader_.tracker().live_blocks();
    seen_.never_freed_bytes = reader_.tracker().live_bytes();
    seen_.oddities = reader_.tracker().oddities();
    seen_.missing_events = reader_.events().missing_events();
  }

  trace::operation_reader reader_;
  std::uint64_t payload_bytes_;
  profile& seen_;
  std::vector<thread_state> threads_;
  std::array<size_range, range_count> ranges_{};
  std::unordered_map<std::uint64_t, std::uint64_t> births_by_size_;
};

} // namespace

profile make_profile(const trace::trace_image& image, bool shows_progress) {
  profile seen;
  profiler(image, seen).run(shows_progress);
  return seen;
}

recommendation recommend(const profile& seen) {
  constexpr std::uint64_t most_percent = 90;
  const auto is_most = [](std::uint64_t part, std::uint64_t whole) {
    return whole > 0 && part >= whole / 100 * most_percent;
  };
  const bool has_threads = seen.threads.size() > 1;
  const std::uint64_t requests = seen.births + seen.reallocations;
  if (requests == 0) {
    return {"none", "the program allocated nothing"};
  }
  if (is_most(seen.commonest_size_births, requests)) {
    return {has_threads ? "pool_allocator with a pool_cache per thread" : "local_pool_allocator",
            text::share(seen.commonest_size_births, requests) + " of the requests are for " +
                std::to_string(seen.commonest_size) + " bytes"};
  }
  if (is_most(seen.lifo_releases, seen.births)) {
    return {"stack_allocator, one per thread", text::share(seen.lifo_releases, seen.births) +
                                                   " of the blocks are freed in the reverse order of their births"};
  }
  if (is_most(seen.bulk_releases + seen.never_freed, seen.births)) {
    return {
        has_threads ? "arena or bump_allocator, one per thread" : "arena or bump_allocator",
        text::share(seen.bulk_releases + seen.never_freed, seen.births) + " of the blocks are freed in bulk or never"};
  }
  return {has_threads ? "segregated_allocator" : "local_segregated_allocator",
          "sizes and lifetimes are mixed: no other allocator suits 90 % of the blocks"};
}

} // namespace nebula::inspect
