// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What object_pool_generators.cpp tests: apart from it, as in property.hpp.
namespace nebula::services::test {

enum class pool_action : std::uint8_t {
  try_acquire,
  acquire_for,
  release,
  spoil, ///< the object is no longer valid
  detach,
  release_again,
  release_foreign,
  advance,
  evict,
  prewarm,
  look, ///< at the leases that are older than some time
  shut_down,
};
inline constexpr std::uint8_t pool_action_count = 12;

struct pool_step {
  pool_action what{};
  std::uint8_t target = 0; ///< which pool, or which of the objects that are out
  std::uint8_t amount = 0; ///< how many, how long, or which hook fails
};

struct pool_shape {
  std::size_t child_objects = 1;
  std::size_t parent_objects = 1;
  bool is_paranoid = false;
};

/// Runs a program on a pool and its parent, and says what was not as predicted: nothing if all was. [SR-OBJ-002] to
/// [SR-OBJ-010]
[[nodiscard]] std::string run(const pool_shape& shape, const std::vector<pool_step>& steps);

/// What the programs have come to so far.
struct pool_totals {
  std::size_t steps = 0;
  std::size_t given = 0;
  std::size_t borrowed = 0;
  std::size_t none_free = 0;
  std::size_t timed_out = 0;
  std::size_t shut_down = 0;
  std::size_t not_made = 0;
  std::size_t threw = 0;
  std::size_t invalid = 0;
  std::size_t expired = 0;
  std::size_t stale = 0;
  std::size_t double_free = 0;
};
[[nodiscard]] pool_totals& totals();

} // namespace nebula::services::test
