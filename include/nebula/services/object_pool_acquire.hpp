// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <type_traits>
#include <utility>

#include <nebula/services/basic_object_pool.hpp>

/// How an object is taken out of an object pool: the members of basic_object_pool that do it.
namespace nebula::services {

template <class T, class Waiting>
basic_object_pool<T, Waiting>::basic_object_pool(const plan_type& plan, Waiting waiting) noexcept
    : waiting_(std::move(waiting)),
      blocks_(plan.blocks_),
      slots_(plan.slots_, plan.object_count()),
      hooks_(plan.hooks_),
      parent_(plan.parent_),
      root_(parent_ == nullptr ? this : parent_->root_),
      level_(parent_ == nullptr ? 0 : parent_->level_ + 1),
      idle_time_to_live_(plan.idle_time_to_live_),
      lease_time_max_(plan.lease_time_max_),
      utilization_high_per_mille_(plan.utilization_high_per_mille_),
      failure_high_per_mille_(plan.failure_high_per_mille_) {
  if (parent_ != nullptr) {
    with_lock([this] { ++parent_->children_; });
  }
}

template <class T, class Waiting>
class basic_object_pool<T, Waiting>::slot_in_preparation {
public:
  slot_in_preparation(basic_object_pool& pool, std::uint32_t index, bool is_leased) noexcept
      : pool_(pool), index_(index), is_leased_(is_leased) {}
  ~slot_in_preparation() {
    if (is_open_) {
      pool_.give_back(index_, [this] {
        pool_.slots_.set_state(index_, slot_state::busy);
        pool_.counts_.acquired -= is_leased_ ? 1U : 0U;
        ++pool_.counts_.failed_hooks;
        pool_.failed();
        repaid(pool_.slots_[index_]);
      });
    }
  }
  slot_in_preparation(const slot_in_preparation&) = delete;
  slot_in_preparation& operator=(const slot_in_preparation&) = delete;
  void succeeded() noexcept { is_open_ = false; }

private:
  basic_object_pool& pool_;
  std::uint32_t index_;
  bool is_leased_;
  bool is_open_ = true;
};

template <class T, class Waiting>
object_outcome<typename basic_object_pool<T, Waiting>::handle_type> basic_object_pool<T, Waiting>::acquire_within(
    patience limit, wait_priority priority, call_site where) {
  if (static_cast<std::size_t>(priority) >= wait_priority_count) {
    return out_of_range(object_field::priority, static_cast<std::uint64_t>(priority), 0, wait_priority_count - 1);
  }
  claim taken;
  {
    const std::lock_guard<typename Waiting::mutex_type> lock(mutex());
    if (is_shut_down_) {
      ++counts_.refusals;
      return failed_for(object_failure_code::shut_down);
    }
    taken = take(where);
    if (taken.home == nullptr && taken.refusal.code == error_code::none) {
      const object_outcome<claim> waited = wait(limit, priority, where);
      if (!waited.has_value()) {
        return waited.failure();
      }
      taken = waited.value();
    }
  }
  if (taken.home == nullptr) {
    return failed_for(object_failure_code::refused_by_kernel, 0, taken.refusal);
  }
  return taken.home->prepare(taken.index, taken.is_expired);
}

/// With the lock: a slot of this pool, else of the nearest pool above that has one. Whoever waits for a pool waits
/// because it has none: nobody is overtaken here.
template <class T, class Waiting>
typename basic_object_pool<T, Waiting>::claim basic_object_pool<T, Waiting>::take(call_site where) noexcept {
  const nanoseconds now = waiting_.now();
  for (basic_object_pool* pool = this; pool != nullptr; pool = pool->parent_) {
    if (pool->is_shut_down_) {
      continue;
    }
    if (const std::uint32_t idle = pool->slots_.newest_idle(); idle != object_slot::none) {
      const bool is_too_old = pool->is_expired(pool->slots_[idle], now);
      pool->slots_.remove_idle(idle);
      pool->lease_to(*this, idle, where, now);
      return {pool, idle, is_too_old, {}};
    }
    const result<std::byte*> block =
        past_stray_writes([pool]() noexcept { return pool->blocks_.allocate(layout::of<T>()); });
    if (block.has_value()) {
      const std::uint32_t index = pool->blocks_.handle_of(block.value()).value().index;
      pool->lease_to(*this, index, where, now);
      return {pool, index, false, {}};
    }
    if (is_corruption(block.code())) {
      return {nullptr, 0, false, block.error()};
    }
  }
  return {};
}

/// With the lock, which it gives up while it waits.
template <class T, class Waiting>
object_outcome<typename basic_object_pool<T, Waiting>::claim> basic_object_pool<T, Waiting>::wait(
    patience limit, wait_priority priority, call_site where) noexcept {
  if (!limit.waits) {
    ++counts_.refusals;
    return failed_for(object_failure_code::none_free, slots_.count());
  }
  waiter self{*this, where};
  for (basic_object_pool* pool = this; pool != nullptr; pool = pool->parent_) {
    if (!pool->is_shut_down_) {
      pool->queue_.push(self.links[pool->level_], self, priority);
    }
  }
  ++counts_.waits;
  while (self.said == verdict::waiting) {
    bool is_in_time = true;
    if (limit.has_deadline) {
      is_in_time = waiting_.wait_until(self.condition, mutex(), limit.deadline);
    } else {
      waiting_.wait(self.condition, mutex());
    }
    // asked last: who was given an object at the moment of the deadline has it
    if (self.said == verdict::waiting && !is_in_time) {
      unlink(self);
      ++counts_.timeouts;
      return failed_for(object_failure_code::timed_out, slots_.count());
    }
  }
  if (self.said == verdict::refused) {
    ++counts_.refusals;
    return failed_for(object_failure_code::shut_down);
  }
  return self.given;
}

/// With the lock: the waiter is in no queue any more.
template <class T, class Waiting>
void basic_object_pool<T, Waiting>::unlink(waiter& each) noexcept {
  for (basic_object_pool* pool = &each.asker; pool != nullptr; pool = pool->parent_) {
    if (wait_link<waiter>& link = each.links[pool->level_]; link.is_queued()) {
      pool->queue_.remove(link);
    }
  }
}

/// With the lock: a busy slot becomes the asker's.
template <class T, class Waiting>
void basic_object_pool<T, Waiting>::lease_to(basic_object_pool& asker, std::uint32_t index, call_site where,
                                             nanoseconds now) noexcept {
  slots_.set_state(index, slot_state::leased);
  object_slot& slot = slots_[index];
  ++slot.lease;
  slot.since = now;
  slot.where = where;
  if (&asker != this) {
    slot.borrower = &asker;
    ++asker.borrowed_;
  }
  ++counts_.acquired;
  const std::size_t leased = slots_.count(slot_state::leased);
  counts_.leased_peak = leased > counts_.leased_peak ? leased : counts_.leased_peak;
  attempted();
}

/// Of the thread that has the slot: sees to it that a good object is there.
template <class T, class Waiting>
object_outcome<typename basic_object_pool<T, Waiting>::handle_type> basic_object_pool<T, Waiting>::prepare(
    std::uint32_t index, bool is_too_old) {
  slot_in_preparation guard(*this, index, true);
  const object_slot& slot = slots_[index];
  if (slot.has_object) {
    if (is_too_old) {
      destroy_object(index);
      with_lock([this] { ++counts_.expired; });
    } else if (hooks_.validate != nullptr && !hooks_.validate(hooks_.context, object_at(index))) {
      destroy_object(index);
      with_lock([this] {
        ++counts_.found_invalid;
        failed();
      });
    }
  }
  if (!slot.has_object && !make_object(index)) {
    return failed_for(object_failure_code::not_made);
  }
  if (hooks_.on_acquire != nullptr) {
    hooks_.on_acquire(hooks_.context, object_at(index));
  }
  guard.succeeded();
  return handle_type(*this, {&object_at(index), slot.lease});
}

/// Of the thread that has the slot. False iff the hook has made none.
template <class T, class Waiting>
bool basic_object_pool<T, Waiting>::make_object(std::uint32_t index) {
  object_place<T> place(block_at(index));
  if (hooks_.make != nullptr) {
    hooks_.make(hooks_.context, place);
  } else if constexpr (std::is_default_constructible_v<T>) {
    place.emplace();
  }
  if (place.object() == nullptr) {
    return false;
  }
  if (hooks_.on_create != nullptr) {
    hooks_.on_create(hooks_.context, *place.object());
  }
  static_cast<void>(place.release());
  slots_[index].has_object = true;
  with_lock([this] { ++counts_.made; });
  return true;
}

template <class T, class Waiting>
object_outcome<std::size_t> basic_object_pool<T, Waiting>::prewarm(std::size_t idle_count) {
  std::size_t made = 0;
  for (; made < idle_count; ++made) {
    std::unique_lock<typename Waiting::mutex_type> lock(mutex());
    if (is_shut_down_) {
      return failed_for(object_failure_code::shut_down);
    }
    if (slots_.count(slot_state::idle) >= idle_count) {
      break;
    }
    const result<std::byte*> block = past_stray_writes([this]() noexcept { return blocks_.allocate(layout::of<T>()); });
    if (!block.has_value()) {
      break;
    }
    const std::uint32_t index = blocks_.handle_of(block.value()).value().index;
    slots_.set_state(index, slot_state::busy);
    lock.unlock();
    slot_in_preparation guard(*this, index, false);
    if (!make_object(index)) {
      return failed_for(object_failure_code::not_made);
    }
    guard.succeeded();
    give_back(index, [] {});
  }
  return made;
}

} // namespace nebula::services
