// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// Who is served first of those who wait.
enum class wait_priority : std::uint8_t { low = 0, normal = 1, high = 2, urgent = 3 };
inline constexpr std::size_t wait_priority_count = 4;

/// The identifier as spelled here; "unknown" iff none of them.
[[nodiscard]] const char* name(wait_priority priority) noexcept;

/// The place of a waiter in one queue. It stands in the waiter, which stands on the stack of the thread that waits.
template <class Waiter>
struct wait_link {
  wait_link* next = nullptr; ///< null iff in no queue
  wait_link* previous = nullptr;
  Waiter* owner = nullptr;

  [[nodiscard]] bool is_queued() const noexcept { return next != nullptr; }
};

/// Waiters, the highest priority first, and in each the one that came first. No memory of its own but the ends of the
/// lists. All O(1). One owner: whoever has the lock. [SR-OBJ-006]
template <class Waiter>
class wait_queue {
public:
  using link = wait_link<Waiter>;

  wait_queue() noexcept {
    for (link& end : ends_) {
      end.next = &end;
      end.previous = &end;
    }
  }
  ~wait_queue() = default; // whoever waits has left before
  wait_queue(const wait_queue&) = delete;
  wait_queue& operator=(const wait_queue&) = delete;

  /// Behind all of its priority. The link is in no queue.
  void push(link& added, Waiter& owner, wait_priority priority) noexcept {
    link& end = ends_[static_cast<std::size_t>(priority)];
    added.owner = &owner;
    added.next = &end;
    added.previous = end.previous;
    end.previous->next = &added;
    end.previous = &added;
    ++count_;
  }
  /// Takes a link of this queue out, wherever it stands.
  void remove(link& removed) noexcept {
    removed.previous->next = removed.next;
    removed.next->previous = removed.previous;
    removed.next = nullptr;
    removed.previous = nullptr;
    --count_;
  }
  /// The one to be served next; null iff nobody waits.
  [[nodiscard]] Waiter* first() const noexcept {
    for (std::size_t priority = wait_priority_count; priority != 0; --priority) {
      const link& end = ends_[priority - 1];
      if (end.next != &end) {
        return end.next->owner;
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
  std::array<link, wait_priority_count> ends_{};
  std::size_t count_ = 0;
};

} // namespace nebula::services
