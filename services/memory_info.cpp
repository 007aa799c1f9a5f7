// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_info.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/bounded_text.hpp>
#include "small_file.hpp"

namespace nebula::services {
namespace {

using detail::small_file;

// What "max" comes to, and whatever does not fit. Where version 1 has no limit it says the largest multiple of a page in 63
// bits, which is no tighter than any machine, or does not fit.
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
// Groups above each other that are looked at: more than any system nests.
constexpr unsigned group_depth_max = 16;
constexpr std::size_t path_size_bytes = 4096;

struct group_files {
  const char* mount;
  const char* limit;
  const char* usage;
  const char* droppable_key; ///< of memory.stat
};
constexpr group_files files_of_v1{"/sys/fs/cgroup/memory", "/memory.limit_in_bytes", "/memory.usage_in_bytes",
                                  "total_inactive_file"};
constexpr group_files files_of_v2{"/sys/fs/cgroup", "/memory.max", "/memory.current", "inactive_file"};

/// mount + group + name; false iff that is longer than any path.
bool make_path(char (&path)[path_size_bytes], const char* mount, std::string_view group, const char* name) noexcept {
  bounded_text text(path, sizeof path);
  text.add(mount);
  for (const char character : group == "/" ? std::string_view{} : group) {
    text.add(character);
  }
  text.add(name);
  return text.finish() < sizeof path;
}

/// The numbers of one group; total_bytes 0 iff it limits nothing, or does not say.
memory_numbers numbers_of_group(const system_calls& calls, const group_files& files, std::string_view group) noexcept {
  small_file file;
  char path[path_size_bytes];
  if (!make_path(path, files.mount, group, files.limit) || file.read(calls, path) != 0) {
    return {};
  }
  const auto limit = parse_byte_limit(file.text());
  if (!limit || limit.value() == 0 || limit.value() == unlimited) {
    return {};
  }
  if (!make_path(path, files.mount, group, files.usage) || file.read(calls, path) != 0) {
    return {};
  }
  const auto usage = parse_byte_limit(file.text());
  if (!usage) {
    return {};
  }
  std::size_t used = usage.value();
  if (make_path(path, files.mount, group, "/memory.stat") && file.read(calls, path) == 0) {
    const auto droppable = parse_keyed_number(file.text(), files.droppable_key);
    used -= droppable && droppable.value() < used ? droppable.value() : 0;
  }
  return {limit.value(), used < limit.value() ? limit.value() - used : 0};
}

void look_at_groups(const system_calls& calls, memory_info& info) noexcept {
  small_file file;
  if (file.read(calls, "/proc/self/cgroup") != 0) {
    return;
  }
  const auto entry = parse_control_group(file.text());
  if (entry && entry.value().version == control_group_version::none) {
    return;
  }
  // The path of a process that is outside of its own root names no folder that can be seen: the root's may limit it still.
  const bool is_path_known = entry.has_value();
  const control_group_version version = is_path_known ? entry.value().version : control_group_version::v2;
  const group_files& files = version == control_group_version::v1 ? files_of_v1 : files_of_v2;
  std::string_view group = is_path_known ? entry.value().path : std::string_view("/");
  for (unsigned depth = 0; depth < group_depth_max && !group.empty(); ++depth) {
    const memory_numbers numbers = numbers_of_group(calls, files, group);
    const bool is_tighter = numbers.total_bytes != 0 && numbers.total_bytes < info.machine.total_bytes;
    if (is_tighter &&
        (info.limit_version == control_group_version::none || numbers.available_bytes < info.limit.available_bytes)) {
      info.limit = numbers;
      info.limit_version = version;
    }
    group = parent_group(group);
  }
}

} // namespace

memory_outcome<memory_info> read_memory_info(const system_memory& machine) noexcept {
  if (!machine.is_detected()) {
    return out_of_range(memory_field::page_bytes, 0, system_memory::page_bytes_min,
                        std::numeric_limits<std::size_t>::max());
  }
  const system_calls& calls = machine.calls();
  memory_info info;
  info.page_bytes = machine.page_bytes();
  info.huge_pages = machine.explicit_huge_pages();
  info.node_count = machine.node_count();
  small_file file;
  const bool is_read = file.read(calls, "/proc/meminfo") == 0;
  const auto numbers = parse_meminfo(is_read ? file.text() : std::string_view{});
  if (numbers) {
    info.machine = {numbers.value().total_bytes, numbers.value().available_bytes};
  } else {
    system_memory_numbers asked;
    if (const std::uint32_t failed = calls.query_memory(calls.context, &asked); failed != 0) {
      return refused_by_system(system_call::query_memory, failed, memory_field::bytes);
    }
    info.machine = {asked.total_bytes, smaller(asked.available_bytes, asked.total_bytes)};
    info.resident_bytes = asked.resident_bytes;
  }
  if (file.read(calls, "/proc/self/statm") == 0) {
    const auto resident = parse_resident_bytes(file.text(), machine.page_bytes());
    info.resident_bytes = resident ? resident.value() : info.resident_bytes;
  }
  look_at_groups(calls, info);
  return info;
}

} // namespace nebula::services
