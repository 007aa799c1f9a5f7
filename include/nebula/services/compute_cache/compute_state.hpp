// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// What one who asks for a key is told.
enum class compute_role : std::uint8_t {
  none,
  waiting,  ///< another one computes
  answered, ///< the value is in `answer`
  failed,   ///< why is in `failure`
  follows,  ///< another one has computed: the outcome is in its flight
  leads,    ///< is to compute, and then to settle or to abandon
};

/// What compute caches have done. Exact. [SR-COMPUTE-008]
struct compute_state {
  std::size_t flights = 0;         ///< computations under way, and outcomes that somebody is still to read
  std::size_t waiting = 0;         ///< those who wait for another's computation
  std::uint64_t hits = 0;          ///< values that were known
  std::uint64_t negative_hits = 0; ///< failures that were remembered
  std::uint64_t computations = 0;  ///< begun
  std::uint64_t refreshes = 0;     ///< of these, while the old value was given out
  std::uint64_t followed = 0;      ///< outcomes that were another's
  std::uint64_t elected = 0;       ///< leaders in place of one that came to no outcome
  std::uint64_t abandoned = 0;     ///< computations without outcome
  std::uint64_t refusals = 0;      ///< flights_full, circuit_open, recursive, shut_down
  std::uint64_t cancelled = 0;
  std::uint64_t not_stored = 0; ///< outcomes that the store refused by an exception: they were given out all the same
};

} // namespace nebula::services
