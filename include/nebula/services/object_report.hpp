// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// A place in the program's source.
struct call_site {
  const char* file = ""; ///< never ends
  unsigned line = 0;

  /// As a default argument: the place of the call that leaves it out.
  [[nodiscard]] static constexpr call_site here(const char* file = __builtin_FILE(),
                                                unsigned line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

/// An object pool at one moment. The first five add up to object_count. [SR-OBJ-009]
struct object_pool_state {
  std::size_t absent_objects = 0; ///< could be made
  std::size_t idle_objects = 0;   ///< are there to be acquired
  std::size_t leased_objects =
      0; ///< are somebody's, lent to pools below included, from when they are being made for him
  std::size_t detached_objects = 0; ///< are somebody's, and will not come back
  std::size_t busy_objects =
      0; ///< in a hook, while nobody has them: on their way back, or made before they are asked for
  std::size_t object_count = 0;
  std::size_t leased_peak = 0;
  std::size_t borrowed_objects = 0; ///< of pools above, acquired through this one and out
  std::size_t waiting_threads = 0;  ///< for this pool, those of pools below included
  bool is_shut_down = false;

  std::uint64_t acquired = 0; ///< leases of objects of this pool, by whichever pool they were asked for
  std::uint64_t released = 0; ///< leases that ended; detached ones with the object's end
  std::uint64_t made = 0;
  std::uint64_t destroyed = 0;
  std::uint64_t expired = 0;       ///< of the destroyed: idle for too long
  std::uint64_t found_invalid = 0; ///< of the destroyed: by validate
  std::uint64_t not_reset = 0;     ///< of the destroyed: by reset
  std::uint64_t failed_hooks = 0;  ///< that threw, and objects that were not made
  std::uint64_t waits = 0;         ///< calls that had to wait
  std::uint64_t timeouts = 0;
  std::uint64_t refusals = 0; ///< none_free and shut_down
  std::uint64_t misuses = 0;  ///< releases and detachments that were refused
};

/// An object that is out, for the report of leaks. [SR-OBJ-010]
struct object_lease_record {
  const void* object = nullptr;    ///< where it is, or where it is being made
  std::chrono::nanoseconds held{}; ///< for so long
  call_site where{};               ///< of the call that acquired it
  std::uint64_t lease = 0;         ///< its number
  bool is_detached = false;
  bool is_lent = false; ///< to a pool below
};

enum class pool_health : std::uint8_t { healthy = 0, degraded = 1, failed = 2 };

/// Why a pool is not healthy: the first of these that is so, in the order of this list.
enum class pool_complaint : std::uint8_t {
  none = 0,
  shut_down = 1,         ///< failed
  corrupted = 2,         ///< failed: the kernel's pool has found an invariant broken
  objects_failing = 3,   ///< degraded: of the latest attempts, too many
  objects_overdue = 4,   ///< degraded: some are out for longer than lease_time_max
  threads_waiting = 5,   ///< degraded
  nearly_all_in_use = 6, ///< degraded
};

/// A judgement, with the numbers that it is made of. [SR-OBJ-010]
struct object_pool_health {
  pool_health health = pool_health::healthy;
  pool_complaint complaint = pool_complaint::none;
  std::size_t objects_in_use = 0; ///< leased, detached, busy
  std::size_t object_count = 0;
  std::size_t objects_overdue = 0;
  std::size_t waiting_threads = 0;
  /// Of objects that were given out, and of those among them that failed before, as well as failed resets; both are
  /// halved whenever there are 128 attempts.
  std::uint32_t attempts = 0;
  std::uint32_t failures = 0;
};

/// The identifiers as spelled here; "unknown" iff none of them. Never null. Any thread.
[[nodiscard]] const char* name(pool_health health) noexcept;
[[nodiscard]] const char* name(pool_complaint complaint) noexcept;

/// One line for people, as describe(object_failure).
std::size_t describe(const object_pool_health& health, char* buffer, std::size_t size_bytes) noexcept;
std::size_t describe(const object_lease_record& lease, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
