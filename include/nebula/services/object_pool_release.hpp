// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <nebula/services/basic_object_pool.hpp>

/// How an object comes back to an object pool, how a pool ends, and what it says of itself: the members of
/// basic_object_pool that do it.
namespace nebula::services {

template <class T, class Waiting>
basic_object_pool<T, Waiting>::~basic_object_pool() {
  static_cast<void>(shutdown());
  std::size_t in_use = 0;
  with_lock([&] {
    in_use = out() + borrowed_ + children_;
    if (parent_ != nullptr) {
      --parent_->children_;
    }
  });
  if (in_use != 0) {
    static_cast<void>(misuse(error_code::blocks_live, operation::destroy, nullptr));
  }
}

/// With the lock: a busy slot goes to the first who waits for it, or is idle or absent. False iff that must wait until its
/// object has been destroyed.
template <class T, class Waiting>
bool basic_object_pool<T, Waiting>::settle(std::uint32_t index) noexcept {
  object_slot& slot = slots_[index];
  if (is_shut_down_ && slot.has_object) {
    return false;
  }
  if (waiter* const next = queue_.first(); next != nullptr) {
    unlink(*next);
    lease_to(next->asker, index, next->where, waiting_.now());
    next->given = {this, index, false, {}};
    next->said = verdict::granted;
    waiting_.notify(next->condition); // with the lock: the waiter ends as soon as it has it
    return true;
  }
  if (slot.has_object) {
    slots_.push_idle(index, waiting_.now());
    return true;
  }
  slots_.set_state(index, slot_state::absent);
  static_cast<void>(past_stray_writes([&]() noexcept { return blocks_.deallocate(block_at(index)); }));
  return true;
}

/// Without the lock: what the busy slot was busy for has ended.
template <class T, class Waiting>
template <class Update>
void basic_object_pool<T, Waiting>::give_back(std::uint32_t index, Update update) noexcept {
  bool is_settled = false;
  with_lock([&] {
    update();
    is_settled = settle(index);
  });
  if (!is_settled) {
    destroy_object(index);
    with_lock([&] { static_cast<void>(settle(index)); });
  }
}

template <class T, class Waiting>
class basic_object_pool<T, Waiting>::lease_in_release {
public:
  lease_in_release(basic_object_pool& pool, std::uint32_t index) noexcept : pool_(pool), index_(index) {}
  ~lease_in_release() {
    if (is_open_) {
      pool_.with_lock([this] {
        pool_.slots_.set_state(index_, slot_state::leased);
        ++pool_.counts_.failed_hooks;
        pool_.failed();
      });
    }
  }
  lease_in_release(const lease_in_release&) = delete;
  lease_in_release& operator=(const lease_in_release&) = delete;
  void succeeded() noexcept { is_open_ = false; }

private:
  basic_object_pool& pool_;
  std::uint32_t index_;
  bool is_open_ = true;
};

template <class T, class Waiting>
result<void> basic_object_pool<T, Waiting>::release(object_lease<T> lease) {
  basic_object_pool* home = nullptr;
  const result<std::uint32_t> index = slot_of(lease.object, operation::release, home);
  return index.has_value() ? home->end_lease(index.value(), lease) : result<void>(index.error());
}

template <class T, class Waiting>
result<void> basic_object_pool<T, Waiting>::end_lease(std::uint32_t index, object_lease<T> lease) {
  error_code wrong = error_code::none;
  bool is_detached = false;
  with_lock([&] {
    const object_slot& slot = slots_[index];
    wrong = wrong_lease(slot, lease.number);
    is_detached = slot.state == slot_state::detached;
    if (wrong == error_code::none) {
      slots_.set_state(index, slot_state::busy);
    }
  });
  if (wrong != error_code::none) {
    return misuse(wrong, operation::release, lease.object);
  }
  if (is_detached || !is_good_after_release(index)) {
    destroy_object(index);
  }
  give_back(index, [&] {
    ++counts_.released;
    repaid(slots_[index]);
  });
  return {};
}

template <class T, class Waiting>
void basic_object_pool<T, Waiting>::release_or_destroy(object_lease<T> lease) noexcept {
  try {
    static_cast<void>(release(lease));
  } catch (...) { // counted; of an object that is detached no hook that can throw runs
    static_cast<void>(detach(lease));
    static_cast<void>(release(lease));
  }
}

template <class T, class Waiting>
result<void> basic_object_pool<T, Waiting>::detach(object_lease<T> lease) noexcept {
  basic_object_pool* home = nullptr;
  const result<std::uint32_t> index = slot_of(lease.object, operation::release, home);
  if (!index.has_value()) {
    return index.error();
  }
  error_code wrong = error_code::none;
  home->with_lock([&] {
    object_slot& slot = home->slots_[index.value()];
    wrong = wrong_lease(slot, lease.number);
    if (wrong == error_code::none) {
      home->slots_.set_state(index.value(), slot_state::detached);
      repaid(slot); // it is no loan any more
    }
  });
  return wrong == error_code::none ? result<void>{} : home->misuse(wrong, operation::release, lease.object);
}

/// Of the thread that has the slot, whose lease it ends: false iff the object cannot be used again.
template <class T, class Waiting>
bool basic_object_pool<T, Waiting>::is_good_after_release(std::uint32_t index) {
  lease_in_release guard(*this, index);
  T& object = object_at(index);
  if (hooks_.on_release != nullptr) {
    hooks_.on_release(hooks_.context, object);
  }
  const bool is_good = hooks_.reset == nullptr || hooks_.reset(hooks_.context, object);
  guard.succeeded();
  if (!is_good) {
    with_lock([this] {
      ++counts_.not_reset;
      failed();
    });
  }
  return is_good;
}

/// Of the thread that has the slot.
template <class T, class Waiting>
void basic_object_pool<T, Waiting>::destroy_object(std::uint32_t index) noexcept {
  T& object = object_at(index);
  if (hooks_.on_destroy != nullptr) {
    hooks_.on_destroy(hooks_.context, object);
  }
  std::destroy_at(&object);
  slots_[index].has_object = false;
  with_lock([this] { ++counts_.destroyed; });
}

/// The oldest first: those that have expired, or all.
template <class T, class Waiting>
std::size_t basic_object_pool<T, Waiting>::destroy_idle(bool all) noexcept {
  std::size_t destroyed = 0;
  for (; destroyed < slots_.count(); ++destroyed) {
    std::uint32_t index = object_slot::none;
    with_lock([&] {
      index = slots_.oldest_idle();
      if (index != object_slot::none && !all && !is_expired(slots_[index], waiting_.now())) {
        index = object_slot::none;
      }
      if (index != object_slot::none) {
        slots_.remove_idle(index);
      }
    });
    if (index == object_slot::none) {
      break;
    }
    destroy_object(index);
    give_back(index, [&] { counts_.expired += all ? 0U : 1U; });
  }
  return destroyed;
}

template <class T, class Waiting>
std::size_t basic_object_pool<T, Waiting>::shutdown() noexcept {
  with_lock([this] {
    is_shut_down_ = true;
    while (waiter* const next = queue_.first()) {
      if (&next->asker == this) {
        unlink(*next);
        next->said = verdict::refused;
        waiting_.notify(next->condition);
      } else { // it goes on waiting for the pools below
        queue_.remove(next->links[level_]);
      }
    }
  });
  static_cast<void>(destroy_idle(true));
  std::size_t left = 0;
  with_lock([&] { left = out(); });
  return left;
}

template <class T, class Waiting>
object_pool_state basic_object_pool<T, Waiting>::state() const noexcept {
  object_pool_state now;
  with_lock([&] {
    now = counts_;
    now.absent_objects = slots_.count(slot_state::absent);
    now.idle_objects = slots_.count(slot_state::idle);
    now.leased_objects = slots_.count(slot_state::leased);
    now.detached_objects = slots_.count(slot_state::detached);
    now.busy_objects = slots_.count(slot_state::busy);
    now.object_count = slots_.count();
    now.borrowed_objects = borrowed_;
    now.waiting_threads = queue_.count();
    now.is_shut_down = is_shut_down_;
  });
  return now;
}

template <class T, class Waiting>
object_pool_health basic_object_pool<T, Waiting>::health() const noexcept {
  object_pool_health now;
  bool is_closed = false;
  now.objects_overdue = overdue_leases({});
  with_lock([&] {
    now.objects_in_use = out();
    now.object_count = slots_.count();
    now.waiting_threads = queue_.count();
    now.attempts = attempts_;
    now.failures = failures_;
    is_closed = is_shut_down_;
  });
  const auto reaches = [](std::uint64_t part, std::uint64_t whole, unsigned per_mille) {
    return part != 0 && part * 1000 >= whole * per_mille; // both have 32 bits
  };
  if (is_closed || blocks_.is_corrupted()) {
    now.health = pool_health::failed;
    now.complaint = is_closed ? pool_complaint::shut_down : pool_complaint::corrupted;
    return now;
  }
  now.complaint = reaches(now.failures, now.attempts, failure_high_per_mille_) ? pool_complaint::objects_failing
                  : now.objects_overdue != 0                                   ? pool_complaint::objects_overdue
                  : now.waiting_threads != 0                                   ? pool_complaint::threads_waiting
                  : reaches(now.objects_in_use, now.object_count, utilization_high_per_mille_)
                      ? pool_complaint::nearly_all_in_use
                      : pool_complaint::none;
  now.health = now.complaint == pool_complaint::none ? pool_health::healthy : pool_health::degraded;
  return now;
}

template <class T, class Waiting>
std::size_t basic_object_pool<T, Waiting>::leases_older_than(nanoseconds age,
                                                             std::span<object_lease_record> records) const noexcept {
  std::size_t found = 0;
  with_lock([&] {
    const nanoseconds now = waiting_.now();
    for (std::uint32_t index = 0; index < slots_.count(); ++index) {
      const object_slot& slot = slots_[index];
      const bool is_detached = slot.state == slot_state::detached;
      if ((slot.state != slot_state::leased && !is_detached) || now - slot.since <= age) {
        continue;
      }
      if (found < records.size()) {
        records[found] = {block_at(index), now - slot.since, slot.where,
                          slot.lease,      is_detached,      slot.borrower != nullptr};
      }
      ++found;
    }
  });
  return found;
}

} // namespace nebula::services
