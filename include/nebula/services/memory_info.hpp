// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/services/control_group.hpp>
#include <nebula/services/memory_pressure.hpp>
#include <nebula/services/system_memory.hpp>

namespace nebula::services {

/// How much memory something has, and how much of it can still be had without pushing anybody out.
struct memory_numbers {
  std::size_t total_bytes = 0;
  std::size_t available_bytes = 0; ///< never above total_bytes

  /// That of a scale: what is not available is used.
  [[nodiscard]] constexpr memory_pressure pressure(const pressure_scale& scale) const noexcept {
    return scale.of(total_bytes - available_bytes, total_bytes);
  }
};

/// The memory of the machine, of the control group that limits this process, and of the process itself, as they were when
/// they were asked for. A plain value. [SR-SYS-010]
struct memory_info {
  memory_numbers machine{};
  /// That of the group, of this process's and all above it, with the least left; what its files take in memory that could
  /// be dropped counts as available. Iff limit_version is none there is no limit tighter than the machine.
  memory_numbers limit{};
  control_group_version limit_version = control_group_version::none;
  std::size_t resident_bytes = 0; ///< of this process; 0 iff not known
  std::size_t page_bytes = 0;
  huge_page_sizes huge_pages{};
  std::size_t node_count = 1;

  /// What there is for this process: of the machine's numbers and the limit's those with less available.
  [[nodiscard]] constexpr memory_numbers effective() const noexcept {
    const bool is_limited = limit_version != control_group_version::none;
    return is_limited && limit.available_bytes < machine.available_bytes ? limit : machine;
  }
  /// The worse of the machine's and the limit's.
  [[nodiscard]] constexpr memory_pressure pressure(const pressure_scale& scale) const noexcept {
    const memory_pressure machines = machine.pressure(scale);
    if (limit_version == control_group_version::none) {
      return machines;
    }
    const memory_pressure limits = limit.pressure(scale);
    return machines < limits ? limits : machines;
  }
};

/// Asks the system, each time that it is called: sample it, as it reads up to a hundred small files. Control groups are
/// looked for where they are mounted by convention, in /sys/fs/cgroup; files that are missing or that cannot be understood
/// limit nothing. Failures: invalid_configuration, page_bytes, iff the machine is none that was detected; system_refused
/// iff the machine's own numbers are told neither by /proc/meminfo nor by query_memory. No heap. Any thread.
[[nodiscard]] memory_outcome<memory_info> read_memory_info(const system_memory& machine) noexcept;

} // namespace nebula::services
