// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_clock.hpp>
#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// When entries expire: at an age, or when nobody has found them for a time. An entry expires the moment that its time is
/// over, not after it.
///
/// A heap of the entries that can expire, by a moment before which they do not. A hit makes that later, and leaves the
/// heap as it is: only when the moment comes is it looked whether it was put off, so that a hit is O(1), and each entry
/// is looked at once in its idle time. What has expired is a subtree at the top, so that it can be counted without a
/// change. One owner. [SR-CACHE-106]
template <class Clock>
class cache_deadlines {
public:
  using nanoseconds = std::chrono::nanoseconds;

  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    return slot_count_of(entry_count_max) * (sizeof(times) + sizeof(node));
  }
  /// Aligned to cache_align. 0 is no time to live, and no idle time. O(entries).
  cache_deadlines(std::byte* storage, std::size_t slot_count, nanoseconds time_to_live, nanoseconds idle_time) noexcept
      : times_(make_array<times>(storage, slot_count)),
        heap_(make_array<node>(slot_count == 0 ? storage : storage + slot_count * sizeof(times), slot_count)),
        time_to_live_(time_to_live),
        idle_time_(idle_time) {}

  /// A new entry. 0: the time to live that all have. O(log entries).
  void on_insert(std::uint32_t entry, nanoseconds now, nanoseconds time_to_live) noexcept {
    set_times(entry, now, time_to_live);
    times_[entry].place = no_entry;
    if (const nanoseconds moment = expires(entry); moment != never) {
      place_at(count_, {moment, entry});
      ++count_;
      sift_up(count_ - 1);
    }
  }
  /// An entry is in, and begins anew. O(log entries).
  void on_update(std::uint32_t entry, nanoseconds now, nanoseconds time_to_live) noexcept {
    on_erase(entry);
    on_insert(entry, now, time_to_live);
  }
  /// O(1).
  void on_access(std::uint32_t entry, nanoseconds now) noexcept { times_[entry].used = now; }
  /// O(log entries).
  void on_erase(std::uint32_t entry) noexcept {
    const std::uint32_t place = times_[entry].place;
    if (place == no_entry) {
      return;
    }
    --count_;
    if (place != count_) {
      place_at(place, heap_[count_]);
      sift_up(place);
      sift_down(place);
    }
  }
  [[nodiscard]] bool is_expired(std::uint32_t entry, nanoseconds now) const noexcept {
    return is_over(expires(entry), now);
  }
  /// An entry that has expired; no_entry iff there is none. O(log entries) for each that was put off meanwhile.
  [[nodiscard]] std::uint32_t due(nanoseconds now) noexcept {
    while (count_ != 0 && is_over(heap_[0].moment, now)) {
      const std::uint32_t entry = heap_[0].entry;
      const nanoseconds moment = expires(entry);
      if (is_over(moment, now)) {
        return entry;
      }
      heap_[0].moment = moment;
      sift_down(0);
    }
    return no_entry;
  }
  /// Each entry that has expired. O(entries that have, or could have).
  template <class Each>
  void for_each_expired(nanoseconds now, Each each) const noexcept {
    // Down to the left while there is something; else on to the next to the right, or of the one above.
    for (std::size_t place = 0;; ++place) {
      while (place < count_ && heap_[place].moment <= now) {
        if (is_expired(heap_[place].entry, now)) {
          each(heap_[place].entry);
        }
        place = 2 * place + 1;
      }
      while (place % 2 == 0) {
        if (place == 0) {
          return;
        }
        place = (place - 1) / 2;
      }
    }
  }
  /// Each place of the heap is the entry's, comes after the one above, and not after the entry expires. O(entries).
  [[nodiscard]] bool is_whole() const noexcept {
    for (std::uint32_t place = 0; place < count_; ++place) {
      const node& here = heap_[place];
      if (times_[here.entry].place != place || here.moment > expires(here.entry) ||
          heap_[(place - (place != 0 ? 1 : 0)) / 2].moment > here.moment) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

private:
  static constexpr nanoseconds never = nanoseconds::max();
  struct times {
    nanoseconds dies = never;
    nanoseconds used{};
    std::uint32_t place = no_entry; ///< in the heap; no_entry iff the entry cannot expire
  };
  struct node {
    nanoseconds moment = never;
    std::uint32_t entry = no_entry;
  };

  [[nodiscard]] static constexpr bool is_over(nanoseconds moment, nanoseconds now) noexcept {
    return moment <= now && moment != never;
  }
  [[nodiscard]] static constexpr nanoseconds later(nanoseconds moment, nanoseconds time) noexcept {
    return time > never - std::max(moment, nanoseconds{0}) ? never : moment + time;
  }
  [[nodiscard]] nanoseconds expires(std::uint32_t entry) const noexcept {
    const times& of = times_[entry];
    return idle_time_.count() == 0 ? of.dies : std::min(of.dies, later(of.used, idle_time_));
  }
  void set_times(std::uint32_t entry, nanoseconds now, nanoseconds time_to_live) noexcept {
    const nanoseconds age = time_to_live.count() != 0 ? time_to_live : time_to_live_;
    times_[entry].dies = age.count() == 0 ? never : later(now, age);
    times_[entry].used = now;
  }
  void place_at(std::uint32_t place, const node& what) noexcept {
    heap_[place] = what;
    times_[what.entry].place = place;
  }
  void sift_up(std::uint32_t place) noexcept {
    const node moved = heap_[place];
    while (place != 0 && heap_[(place - 1) / 2].moment > moved.moment) {
      place_at(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    place_at(place, moved);
  }
  void sift_down(std::uint32_t place) noexcept {
    const node moved = heap_[place];
    for (std::uint32_t below = 2 * place + 1; below < count_; below = 2 * place + 1) {
      if (below + 1 < count_ && heap_[below + 1].moment < heap_[below].moment) {
        ++below;
      }
      if (heap_[below].moment >= moved.moment) {
        break;
      }
      place_at(place, heap_[below]);
      place = below;
    }
    place_at(place, moved);
  }

  times* times_;
  node* heap_;
  std::uint32_t count_ = 0;
  nanoseconds time_to_live_;
  nanoseconds idle_time_;
};

/// Nothing expires, and nothing is stored.
template <>
class cache_deadlines<no_clock> {
public:
  using nanoseconds = std::chrono::nanoseconds;

  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t /*entry_count_max*/) noexcept { return 0; }
  cache_deadlines(std::byte* /*storage*/, std::size_t /*slot_count*/, nanoseconds /*time_to_live*/,
                  nanoseconds /*idle_time*/) noexcept {}
  static void on_insert(std::uint32_t /*entry*/, nanoseconds /*now*/, nanoseconds /*time_to_live*/) noexcept {}
  static void on_update(std::uint32_t /*entry*/, nanoseconds /*now*/, nanoseconds /*time_to_live*/) noexcept {}
  static void on_access(std::uint32_t /*entry*/, nanoseconds /*now*/) noexcept {}
  static void on_erase(std::uint32_t /*entry*/) noexcept {}
  [[nodiscard]] static constexpr bool is_expired(std::uint32_t /*entry*/, nanoseconds /*now*/) noexcept {
    return false;
  }
  [[nodiscard]] static constexpr std::uint32_t due(nanoseconds /*now*/) noexcept { return no_entry; }
  template <class Each>
  static void for_each_expired(nanoseconds /*now*/, Each /*each*/) noexcept {}
  [[nodiscard]] static constexpr bool is_whole() noexcept { return true; }
};

} // namespace nebula::services
