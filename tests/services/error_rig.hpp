// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(_WIN32)
#include <cerrno>
#endif

#include <nebula/kernel/error.hpp>
#include <nebula/services/memory_failure.hpp>

namespace nebula::services {

struct block_of_64 {
  alignas(8) std::byte bytes[64];
};
struct block_of_128 {
  alignas(8) std::byte bytes[128];
};

#if defined(_WIN32)
inline constexpr std::uint32_t out_of_memory_error = 8; // ERROR_NOT_ENOUGH_MEMORY
#else
inline constexpr std::uint32_t out_of_memory_error = ENOMEM;
#endif

/// Each code by each component in each operation.
template <class Visit>
void for_each_kernel_error(Visit visit) {
  for (unsigned code = 1; code <= 64; ++code) {
    const auto known = static_cast<error_code>(code);
    if ((code > 11 && code < 32) || (code > 47 && code < 64)) {
      continue;
    }
    for (unsigned reporter = 0; reporter <= 17; ++reporter) {
      for (unsigned during = 0; during <= 17; ++during) {
        const bool has_field = known == error_code::invalid_configuration;
        visit(error{known, static_cast<operation>(during), static_cast<component>(reporter),
                    has_field ? configuration_field::capacity_max_bytes : configuration_field::none});
      }
    }
  }
}

/// Each code and call, with errors of the system that are known and unknown, and numbers that are long.
template <class Visit>
void for_each_services_failure(Visit visit) {
  for (unsigned code = 1; code <= 3; ++code) {
    for (unsigned call = 0; call <= 12; ++call) {
      for (const std::uint32_t system_error : {1U, out_of_memory_error, 4294967295U}) {
        memory_failure failure;
        failure.code = static_cast<memory_failure_code>(code);
        failure.call = static_cast<system_call>(call);
        failure.field = memory_field::critical_per_mille;
        failure.system_error = system_error;
        failure.is_power_of_two = true;
        failure.value = SIZE_MAX;
        failure.lowest = SIZE_MAX / 2;
        failure.highest = SIZE_MAX;
        visit(failure);
      }
    }
  }
}

} // namespace nebula::services
