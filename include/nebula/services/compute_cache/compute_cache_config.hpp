// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/services/compute_cache/compute_flights.hpp>

namespace nebula::services {

template <class Layers, class Clock>
class compute_cache;

/// A configuration that was found valid. Made by compute_cache_config::validate() only.
class compute_cache_plan {
public:
  compute_cache_plan() noexcept = default; ///< no plan at all: its cache can compute nothing

private:
  template <class>
  friend struct compute_cache_config;
  template <class, class>
  friend class compute_cache;
  std::byte* flights_ = nullptr;
  std::size_t flight_count_ = 0;
};

/// What a compute cache is to be. Fill in, then validate(). [SR-COMPUTE-003]
template <class Layers>
struct compute_cache_config {
  using flight_type = typename compute_flights<Layers>::flight;

  std::size_t flight_count = 0; ///< the most keys that are computed at a time
  byte_span storage{};          ///< lent for the cache's life; at least storage_bytes(), of any alignment

  /// The storage for so many flights, wherever it begins. flight_count iff 0, or if it would exceed the address space.
  [[nodiscard]] static constexpr outcome<std::size_t, compute_failure> storage_bytes(std::size_t count) noexcept {
    const checked_size flights = checked_multiply(count, sizeof(flight_type));
    const checked_size total = checked_add(flights.value, alignof(flight_type) - 1);
    if (count == 0 || !flights.fits || !total.fits) {
      return compute_field_wrong(compute_field::flight_count, count, 1, SIZE_MAX / sizeof(flight_type) - 1);
    }
    return total.value;
  }
  /// invalid_configuration, with field, value and range: flight_count as above; storage iff null or too small.
  [[nodiscard]] outcome<compute_cache_plan, compute_failure> validate() const noexcept {
    const outcome<std::size_t, compute_failure> needed = storage_bytes(flight_count);
    if (!needed.has_value()) {
      return needed.failure();
    }
    if (storage.data == nullptr || storage.size < needed.value()) {
      return compute_field_wrong(compute_field::storage, storage.data == nullptr ? 0 : storage.size, needed.value(),
                                 SIZE_MAX);
    }
    compute_cache_plan plan;
    plan.flights_ = storage.data + padding_bytes(reinterpret_cast<std::uintptr_t>(storage.data), alignof(flight_type));
    plan.flight_count_ = flight_count;
    return plan;
  }
};

} // namespace nebula::services
