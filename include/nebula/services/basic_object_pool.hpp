// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <span>

#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/services/basic_pooled.hpp>
#include <nebula/services/object_pool_config.hpp>
#include <nebula/services/object_report.hpp>
#include <nebula/services/object_slots.hpp>
#include <nebula/services/wait_queue.hpp>

namespace nebula::services {

/// Objects that are expensive to make, kept for the next one who needs one: each in a block of a kernel's pool, made when
/// it is first asked for, never moved, and destroyed when it is found bad, was idle for too long, or the pool ends.
///
/// Who finds none waits in a queue, served by priority and then in order of arrival: an object that comes back goes
/// straight to the first who waits, so that nobody who comes later can take it. With a parent, who finds none here takes
/// one of the parent's, and waits in the queues of both. Nothing allocates after construction but the program's hooks.
///
/// Any thread may call any function, but for constructor and destructor; no function may be called by an interrupt. The
/// pools of a family have one lock, which is never held while a hook of the program runs, except the fault hook in the
/// kernel's own reports. docs/services/object_pool.md has bounds, failures and examples. [SR-OBJ-002]
template <class T, class Waiting = steady_waiting>
class basic_object_pool {
  static_assert(is_makeable<T>::value, "T is an object type, neither array nor const, whose destructor does not throw");

public:
  using handle_type = basic_pooled<T, Waiting>;
  using config_type = basic_object_pool_config<T, Waiting>;
  using plan_type = basic_object_pool_plan<T, Waiting>;
  using nanoseconds = std::chrono::nanoseconds;

  /// Makes no object yet. O(object_count).
  explicit basic_object_pool(const plan_type& plan, Waiting waiting = Waiting{}) noexcept;
  /// Shuts down, and destroys the idle objects. Nobody waits or calls any more. Misuse, reported: blocks_live iff an
  /// object, or one borrowed through this pool, is still out, or a pool has this one as its parent; objects that are out
  /// are not destroyed.
  ~basic_object_pool();
  basic_object_pool(const basic_object_pool&) = delete;
  basic_object_pool& operator=(const basic_object_pool&) = delete;

  /// An object, at once: the one that came back last, else a new one, else one of the parent's. [SR-OBJ-002]
  /// none_free iff there is none; shut_down iff the pool is; not_made iff the hook has made none; refused_by_kernel iff
  /// the kernel's pool is corrupted. A hook or constructor that throws: its object, if there was one, stays in the pool.
  /// O(1) and the hooks; with a lifetime for idle objects or validate at most one of each is destroyed and made.
  [[nodiscard]] object_outcome<handle_type> try_acquire(call_site where = call_site::here()) {
    return acquire_within({}, wait_priority::normal, where);
  }
  /// The same, waiting for as long as it takes. Never none_free; invalid_configuration iff the priority is none of the
  /// enumerators. [SR-OBJ-006]
  [[nodiscard]] object_outcome<handle_type> acquire(wait_priority priority = wait_priority::normal,
                                                    call_site where = call_site::here()) {
    return acquire_within({.waits = true, .has_deadline = false, .deadline = {}}, priority, where);
  }
  /// The same, until the clock of Waiting reaches the deadline: then timed_out, if there was none at the last moment.
  /// Hooks run on after it. [SR-OBJ-007]
  [[nodiscard]] object_outcome<handle_type> acquire_until(nanoseconds deadline,
                                                          wait_priority priority = wait_priority::normal,
                                                          call_site where = call_site::here()) {
    return acquire_within({.waits = true, .has_deadline = true, .deadline = deadline}, priority, where);
  }
  /// The same, for so long; at once iff 0 or less.
  [[nodiscard]] object_outcome<handle_type> acquire_for(nanoseconds timeout,
                                                        wait_priority priority = wait_priority::normal,
                                                        call_site where = call_site::here()) {
    const nanoseconds now = waiting_.now();
    const nanoseconds deadline = timeout > nanoseconds::max() - now ? nanoseconds::max() : now + timeout;
    return acquire_until(deadline, priority, where);
  }

  /// Ends a lease of this pool's or of one that was borrowed through it: on_release, reset, and the object goes to the
  /// first who waits for it, or is idle. [SR-OBJ-004] Misuse, reported, nothing has changed: null_pointer; foreign_pointer
  /// iff not an object of this pool or one above; misaligned_pointer; double_free iff that lease has ended, or is ending;
  /// stale_handle iff it has, and the object is leased again. Of several releases of one lease exactly one succeeds. A hook
  /// that throws: the lease goes on. O(1) and the hooks.
  [[nodiscard]] result<void> release(object_lease<T> lease);
  /// The object will be destroyed at the end of the lease, not reused. Misuse as of release(). O(1). [SR-OBJ-008]
  [[nodiscard]] result<void> detach(object_lease<T> lease) noexcept;

  /// Makes objects until so many are idle or no more can be: how many it has made. Failures, with those made before kept:
  /// shut_down, not_made. A hook or constructor that throws: the same. O(count) and the hooks. [SR-OBJ-008]
  [[nodiscard]] object_outcome<std::size_t> prewarm(std::size_t idle_count);
  /// Destroys the objects that have been idle for idle_time_to_live, and says how many. For a program to call now and
  /// then: without it an object is found to be too old when it is acquired. O(object_count) and the hooks. [SR-OBJ-008]
  std::size_t evict_expired() noexcept { return destroy_idle(false); }
  /// From now on nobody is given an object: all who wait are woken, and refused, and so is whoever asks later; idle
  /// objects are destroyed, those that are out when they come back. For good. Says how many are out. O(object_count +
  /// waiting threads) and the hooks. [SR-OBJ-005]
  std::size_t shutdown() noexcept;

  /// Exact. O(1). [SR-OBJ-009]
  [[nodiscard]] object_pool_state state() const noexcept;
  /// By the thresholds of the configuration. O(object_count). [SR-OBJ-010]
  [[nodiscard]] object_pool_health health() const noexcept;
  /// Writes records of the objects of this pool that are out for longer than that, and says how many there are, which may
  /// be more than there was room for. O(object_count). [SR-OBJ-010]
  std::size_t leases_older_than(nanoseconds age, std::span<object_lease_record> records) const noexcept;
  /// The same with lease_time_max: those that look like leaks; none iff it is 0.
  std::size_t overdue_leases(std::span<object_lease_record> records) const noexcept {
    return lease_time_max_.count() == 0 ? 0 : leases_older_than(lease_time_max_, records);
  }

  /// True iff the address lies within the blocks of this pool. O(1).
  [[nodiscard]] bool owns(const T* object) const noexcept { return blocks_.owns(bytes_of(object)); }
  [[nodiscard]] std::uint32_t object_count() const noexcept { return slots_.count(); }
  /// How many pools stand above this one.
  [[nodiscard]] unsigned level() const noexcept { return level_; }

private:
  template <class, class>
  friend class basic_pooled;

  struct patience {
    bool waits = false;
    bool has_deadline = false;
    nanoseconds deadline{};
  };
  /// A slot that has been leased, whose object is yet to be looked at.
  struct claim {
    basic_object_pool* home = nullptr;
    std::uint32_t index = 0;
    bool is_expired = false;
    error refusal{};
  };
  enum class verdict : std::uint8_t { waiting, granted, refused };
  struct waiter {
    basic_object_pool& asker;
    call_site where;
    std::array<wait_link<waiter>, config_type::level_count_max> links{}; ///< one for the queue of each level
    claim given{};
    verdict said = verdict::waiting;
    typename Waiting::condition_type condition{};
  };
  /// Gives a slot back unless an object comes to stand in it that can be used.
  class slot_in_preparation;
  /// Lets a lease go on unless its end comes about.
  class lease_in_release;

  [[nodiscard]] object_outcome<handle_type> acquire_within(patience limit, wait_priority priority, call_site where);
  [[nodiscard]] claim take(call_site where) noexcept;
  [[nodiscard]] object_outcome<claim> wait(patience limit, wait_priority priority, call_site where) noexcept;
  [[nodiscard]] object_outcome<handle_type> prepare(std::uint32_t index, bool is_too_old);
  void lease_to(basic_object_pool& asker, std::uint32_t index, call_site where, nanoseconds now) noexcept;
  [[nodiscard]] bool settle(std::uint32_t index) noexcept;
  template <class Update>
  void give_back(std::uint32_t index, Update update) noexcept;
  static void unlink(waiter& each) noexcept;
  [[nodiscard]] result<void> end_lease(std::uint32_t index, object_lease<T> lease);
  void release_or_destroy(object_lease<T> lease) noexcept;
  [[nodiscard]] bool is_good_after_release(std::uint32_t index);
  [[nodiscard]] bool make_object(std::uint32_t index);
  void destroy_object(std::uint32_t index) noexcept;
  std::size_t destroy_idle(bool all) noexcept;

  [[nodiscard]] typename Waiting::mutex_type& mutex() const noexcept { return root_->mutex_; }
  [[nodiscard]] static const std::byte* bytes_of(const T* object) noexcept {
    return reinterpret_cast<const std::byte*>(object);
  }
  [[nodiscard]] std::byte* block_at(std::uint32_t index) const noexcept {
    return blocks_.block_bytes().data + index * blocks_.stride_bytes();
  }
  [[nodiscard]] T& object_at(std::uint32_t index) const noexcept {
    // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
    return *std::launder(static_cast<T*>(static_cast<void*>(block_at(index))));
  }
  /// With the lock.
  [[nodiscard]] bool is_expired(const object_slot& idle, nanoseconds now) const noexcept {
    return idle_time_to_live_.count() != 0 && now - idle.since >= idle_time_to_live_;
  }
  [[nodiscard]] std::size_t out() const noexcept {
    return slots_.count() - slots_.count(slot_state::absent) - slots_.count(slot_state::idle);
  }
  /// none iff it is the lease that the slot is out by.
  [[nodiscard]] static error_code wrong_lease(const object_slot& slot, std::uint64_t number) noexcept {
    const bool is_out = slot.state == slot_state::leased || slot.state == slot_state::detached;
    if (is_out && slot.lease == number) {
      return error_code::none;
    }
    return is_out ? error_code::stale_handle : error_code::double_free;
  }
  void attempted() noexcept {
    constexpr std::uint32_t attempts_max = 128;
    if (++attempts_ >= attempts_max) {
      attempts_ /= 2;
      failures_ /= 2;
    }
  }
  void failed() noexcept { failures_ += failures_ < attempts_ ? 1U : 0U; }
  static void repaid(object_slot& slot) noexcept {
    if (slot.borrower != nullptr) {
      --static_cast<basic_object_pool*>(slot.borrower)->borrowed_;
      slot.borrower = nullptr;
    }
  }
  /// Without the lock.
  template <class Update>
  void with_lock(Update update) const noexcept {
    const std::lock_guard<typename Waiting::mutex_type> lock(mutex());
    update();
  }
  error misuse(error_code code, operation during, const T* object) noexcept {
    with_lock([&] { ++counts_.misuses; });
    const error what{code, during, component::object_handle};
    report_fault(blocks_.hook(), fault{what, invariant::none, this, object});
    return what;
  }
  /// The pool that has the object, and the slot; misuse, reported, iff there is none.
  [[nodiscard]] result<std::uint32_t> slot_of(const T* object, operation during, basic_object_pool*& home) noexcept {
    home = this;
    while (home != nullptr && !home->owns(object)) {
      home = home->parent_;
    }
    if (home == nullptr) {
      return misuse(object == nullptr ? error_code::null_pointer : error_code::foreign_pointer, during, object);
    }
    const result<block_handle> block = home->blocks_.handle_of(bytes_of(object));
    if (!block.has_value()) { // the kernel's pool has reported it
      home->with_lock([&] { ++home->counts_.misuses; });
      return block.error();
    }
    return block.value().index;
  }

  Waiting waiting_;
  mutable typename Waiting::mutex_type mutex_{}; ///< of the root: the whole family's
  pool_allocator blocks_;
  object_slots slots_;
  wait_queue<waiter> queue_{};
  object_hooks<T> hooks_;
  basic_object_pool* parent_;
  basic_object_pool* root_;
  unsigned level_;
  nanoseconds idle_time_to_live_;
  nanoseconds lease_time_max_;
  unsigned utilization_high_per_mille_;
  unsigned failure_high_per_mille_;
  bool is_shut_down_ = false;
  std::size_t children_ = 0;
  std::size_t borrowed_ = 0;
  std::uint32_t attempts_ = 0;
  std::uint32_t failures_ = 0;
  object_pool_state counts_{}; ///< of it the counters only
};

} // namespace nebula::services
