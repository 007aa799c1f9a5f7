// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// What an asynchronous pool has done, and how it stands. Exact. [SR-ASYNC-010]
struct async_state {
  std::size_t out = 0;               ///< grants that have not come back
  std::size_t waiting = 0;           ///< coroutines in the line now
  std::size_t waiting_peak = 0;      ///< the most that there were
  std::uint64_t granted_at_once = 0; ///< without waiting
  std::uint64_t granted_by_waiting = 0;
  std::uint64_t returned = 0;  ///< grants that have come back, those of destroyed coroutines included
  std::uint64_t cancelled = 0; ///< by a stop token
  std::uint64_t timed_out = 0;
  std::uint64_t refused = 0;     ///< by the kernel, where waiting would not help
  std::uint64_t turned_away = 0; ///< by a shutdown
  std::uint64_t abandoned = 0;   ///< coroutines that were destroyed while they waited, or before they went on
  bool is_shut_down = false;
};

} // namespace nebula::services
