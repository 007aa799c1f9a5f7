// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include <nebula/services/object_report.hpp>

namespace nebula::services {

/// What becomes of a block of an object pool, and of the object in it.
enum class slot_state : std::uint8_t {
  absent = 0,   ///< the block is free in the kernel's pool
  idle = 1,     ///< an object is there to be acquired
  leased = 2,   ///< somebody's
  detached = 3, ///< somebody's, to be destroyed when it comes back
  busy = 4,     ///< the pool's own: a hook runs
};
inline constexpr std::size_t slot_state_count = 5;

/// What an object pool knows of a block. Apart from the block, where no overrun of an object reaches it.
struct object_slot {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  void* borrower = nullptr;         ///< the pool below that the object was acquired through; null iff none
  std::uint64_t lease = 0;          ///< the number of the latest lease: a release that names another is refused
  std::chrono::nanoseconds since{}; ///< idle, or leased
  call_site where{};
  std::uint32_t newer = none; ///< of the idle ones
  std::uint32_t older = none;
  slot_state state = slot_state::absent;
  bool has_object = false; ///< written by whoever has the slot: nobody looks at it who has not
};

/// The slots of a pool, how many are in which state, and the idle ones in the order in which they became so. All O(1).
/// One owner: whoever has the lock.
class object_slots {
public:
  /// In storage for so many slots, aligned as they are. O(count).
  object_slots(std::byte* storage, std::uint32_t count) noexcept : count_(count) {
    for (std::uint32_t index = 0; index < count; ++index) {
      object_slot* const made = ::new (static_cast<void*>(storage + index * sizeof(object_slot))) object_slot();
      first_ = index == 0 ? made : first_;
    }
    in_state_[static_cast<std::size_t>(slot_state::absent)] = count;
  }

  [[nodiscard]] object_slot& operator[](std::uint32_t index) noexcept { return first_[index]; }
  [[nodiscard]] const object_slot& operator[](std::uint32_t index) const noexcept { return first_[index]; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t count(slot_state state) const noexcept {
    return in_state_[static_cast<std::size_t>(state)];
  }

  /// Neither from nor to idle.
  void set_state(std::uint32_t index, slot_state state) noexcept {
    object_slot& slot = first_[index];
    in_state_[static_cast<std::size_t>(slot.state)] -= 1;
    in_state_[static_cast<std::size_t>(state)] += 1;
    slot.state = state;
  }
  /// The object is idle from now on, the newest of them.
  void push_idle(std::uint32_t index, std::chrono::nanoseconds now) noexcept {
    set_state(index, slot_state::idle);
    object_slot& slot = first_[index];
    slot.since = now;
    slot.newer = object_slot::none;
    slot.older = newest_;
    (newest_ == object_slot::none ? oldest_ : first_[newest_].newer) = index;
    newest_ = index;
  }
  /// An idle object becomes busy.
  void remove_idle(std::uint32_t index) noexcept {
    set_state(index, slot_state::busy);
    const object_slot& slot = first_[index];
    (slot.newer == object_slot::none ? newest_ : first_[slot.newer].older) = slot.older;
    (slot.older == object_slot::none ? oldest_ : first_[slot.older].newer) = slot.newer;
  }
  /// object_slot::none iff no object is idle.
  [[nodiscard]] std::uint32_t newest_idle() const noexcept { return newest_; }
  [[nodiscard]] std::uint32_t oldest_idle() const noexcept { return oldest_; }

private:
  object_slot* first_ = nullptr;
  std::array<std::size_t, slot_state_count> in_state_{};
  std::uint32_t count_;
  std::uint32_t newest_ = object_slot::none;
  std::uint32_t oldest_ = object_slot::none;
};

} // namespace nebula::services
