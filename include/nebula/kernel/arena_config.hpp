// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arena_chunks.hpp>
#include <nebula/kernel/configuration.hpp>

namespace nebula {

/// How large the next chunk is. It depends on the number of chunks that the arena has, and on nothing else: after a
/// restore the arena grows as it grew before.
enum class arena_growth : std::uint8_t {
  fixed = 0,       ///< chunk_bytes, each
  doubling = 1,    ///< twice the one before: chunk_bytes · 2^n
  incremental = 2, ///< growth_bytes more than the one before: chunk_bytes + n · growth_bytes
};

/// The sizes of an arena's chunks. Whole numbers, which do not wrap: what does not fit in size_t is SIZE_MAX, more than
/// any source has. [SR-ARENA-002]
struct chunk_schedule {
  std::size_t chunk_bytes = 0;
  std::size_t growth_bytes = 0;
  std::size_t capacity_max_bytes = 0;
  arena_growth growth = arena_growth::fixed;

  /// The size of the chunk that `index` others precede.
  [[nodiscard]] constexpr std::size_t bytes_of(std::size_t index) const noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    switch (growth) {
    case arena_growth::fixed: break;
    case arena_growth::doubling: {
      const bool fits = index < std::numeric_limits<std::size_t>::digits && chunk_bytes <= (most >> index);
      return fits ? chunk_bytes << index : most;
    }
    case arena_growth::incremental: {
      const checked_size more = checked_multiply(growth_bytes, index);
      const checked_size sum = checked_add(chunk_bytes, more.value);
      return more.fits && sum.fits ? sum.value : most;
    }
    }
    return chunk_bytes;
  }

  /// What to ask the source for, beside `index` chunks of `held_bytes` in total, when `needed` bytes are: the size of
  /// the schedule, or what the maximal capacity leaves if that is less, or what is needed if that is more.
  /// layout_unsupported iff the maximal capacity never had so much, or `needed` does not fit in size_t; over_capacity
  /// iff it has not so much left.
  [[nodiscard]] constexpr result<std::size_t> next_bytes(std::size_t index, std::size_t held_bytes,
                                                         checked_size needed) const noexcept {
    const std::size_t left = left_bytes(held_bytes);
    if (!needed.fits || needed.value > capacity_max_bytes) {
      return error{error_code::layout_unsupported, operation::grow, component::arena};
    }
    if (needed.value > left) {
      return error{error_code::over_capacity, operation::grow, component::arena};
    }
    const std::size_t scheduled = bytes_of(index) < left ? bytes_of(index) : left;
    return scheduled < needed.value ? needed.value : scheduled;
  }
  /// What the maximal capacity leaves beside so much.
  [[nodiscard]] constexpr std::size_t left_bytes(std::size_t held_bytes) const noexcept {
    return capacity_max_bytes > held_bytes ? capacity_max_bytes - held_bytes : 0;
  }
};

/// An arena's configuration that was found valid. Made by arena_config::validate() only.
class arena_plan {
public:
  constexpr arena_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its arena has no memory to give

private:
  friend struct arena_config;
  friend class arena;
  chunk_source source_{};
  chunk_schedule schedule_{};
  bool track_allocations_ = false;
  check_level level_ = check_level::standard;
  fault_hook hook_{};
};

/// What an arena is to be. Fill in, then validate(). [SR-ARENA-001]
struct arena_config {
  /// No limit but what the source has.
  static constexpr std::size_t unlimited_bytes = std::numeric_limits<std::size_t>::max();

  chunk_source source{};       ///< its context outlives the arena
  std::size_t chunk_bytes = 0; ///< of the first chunk, its header included
  arena_growth growth = arena_growth::fixed;
  std::size_t growth_bytes = 0; ///< where growth is incremental; otherwise not read
  /// The most bytes that the chunks may have, in total, headers included.
  std::size_t capacity_max_bytes = unlimited_bytes;
  bool track_allocations = true; ///< a record for each block, so that each free is judged exactly
  fault_hook hook{};             ///< none: the program's
  check_level level = check_level::standard;

  /// The least that a chunk can be: room for its header and one byte with its record, or one mark. Not for a canary:
  /// a request for which a chunk is too small gets one that is large enough.
  [[nodiscard]] static constexpr std::size_t chunk_bytes_min() noexcept {
    return arena_chunks::header_bytes() + sizeof(arena_record) + 1;
  }

  /// invalid_configuration, with the field, in this order: check_level iff it is none; chunk_source iff one of its
  /// functions is null; chunk_bytes iff below chunk_bytes_min(); growth_bytes iff growth is incremental and it is 0, or
  /// growth is no enumerator; capacity_max_bytes iff below chunk_bytes.
  [[nodiscard]] constexpr result<arena_plan> validate() const noexcept {
    if (!is_check_level(level)) {
      return invalid(configuration_field::check_level);
    }
    if (source.acquire == nullptr || source.release == nullptr) {
      return invalid(configuration_field::chunk_source);
    }
    if (chunk_bytes < chunk_bytes_min()) {
      return invalid(configuration_field::chunk_bytes);
    }
    if (growth > arena_growth::incremental || (growth == arena_growth::incremental && growth_bytes == 0)) {
      return invalid(configuration_field::growth_bytes);
    }
    if (capacity_max_bytes < chunk_bytes) {
      return invalid(configuration_field::capacity_max_bytes);
    }
    arena_plan plan;
    plan.source_ = source;
    plan.schedule_ = {chunk_bytes, growth_bytes, capacity_max_bytes, growth};
    plan.track_allocations_ = track_allocations;
    plan.level_ = level;
    plan.hook_ = hook;
    return plan;
  }

private:
  [[nodiscard]] static constexpr error invalid(configuration_field field) noexcept {
    return error{error_code::invalid_configuration, operation::configure, component::arena, field};
  }
};

} // namespace nebula
