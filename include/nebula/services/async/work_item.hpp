// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// What an executor asks of a piece of work.
enum class work_call : std::uint8_t {
  run = 0,   ///< do it
  refuse = 1 ///< it will not be done: the executor was shut down before it came to it
};

/// A piece of work, as its executor sees it: a link, and a function. It stands in what it belongs to, mostly a
/// coroutine's frame, so that to queue one takes no memory and cannot fail. Once its function has been called, the
/// executor does not touch it again: the function may end the object. [SR-ASYNC-002]
struct work_item {
  using function = void (*)(work_item& self, work_call call) noexcept;

  explicit work_item(function does) noexcept : call(does) {}
  ~work_item() = default; // whoever ends one has withdrawn it
  work_item(const work_item&) = delete;
  work_item& operator=(const work_item&) = delete;

  [[nodiscard]] bool is_queued() const noexcept { return next != nullptr; }

  function call;
  bool was_submitted = false; ///< for executors that have a queue of new work beside the one of what goes on
  work_item* next = nullptr;  ///< null iff in no queue
  work_item* previous = nullptr;
};

/// Items in the order in which they came. No memory but its own. All O(1). One owner: whoever has the executor's lock.
class work_queue {
public:
  work_queue() noexcept {
    end_.next = &end_;
    end_.previous = &end_;
  }
  ~work_queue() = default; // executors end empty
  work_queue(const work_queue&) = delete;
  work_queue& operator=(const work_queue&) = delete;

  /// The item is in no queue.
  void push(work_item& added) noexcept {
    added.next = &end_;
    added.previous = end_.previous;
    end_.previous->next = &added;
    end_.previous = &added;
    ++count_;
  }
  /// Takes an item of this queue out, wherever it stands.
  void remove(work_item& removed) noexcept {
    removed.previous->next = removed.next;
    removed.next->previous = removed.previous;
    removed.next = nullptr;
    removed.previous = nullptr;
    --count_;
  }
  /// The one that came first, taken out; null iff there is none.
  [[nodiscard]] work_item* pop() noexcept {
    work_item* const first = end_.next;
    if (first == &end_) {
      return nullptr;
    }
    remove(*first);
    return first;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
  work_item end_{nullptr};
  std::size_t count_ = 0;
};

} // namespace nebula::services
