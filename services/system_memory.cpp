// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/system_memory.hpp>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/memory_text.hpp>
#include "small_file.hpp"

namespace nebula::services {
namespace {

using detail::small_file;

// Linux names a folder for each size. The architectures' sizes are powers of two from 16 KiB to 16 GiB.
huge_page_sizes sizes_of_huge_pages(const system_calls& calls, std::size_t page_bytes) noexcept {
  constexpr std::size_t smallest_kibibytes = 16;
  constexpr std::size_t largest_kibibytes = std::size_t{16} << 20U;
  huge_page_sizes found;
  small_file file;
  for (std::size_t kibibytes = smallest_kibibytes;
       kibibytes <= largest_kibibytes && found.count < huge_page_sizes::count_max; kibibytes *= 2) {
    char path[96];
    bounded_text text(path, sizeof path);
    text.add("/sys/kernel/mm/hugepages/hugepages-");
    text.add_decimal(kibibytes);
    text.add("kB/nr_hugepages");
    static_cast<void>(text.finish());
    const checked_size bytes = checked_multiply(kibibytes, 1024);
    if (bytes.fits && bytes.value > page_bytes && file.read(calls, path) == 0) {
      found.bytes[found.count++] = bytes.value;
    }
  }
  return found;
}

std::size_t default_of_huge_pages(const system_calls& calls, const huge_page_sizes& sizes) noexcept {
  small_file file;
  if (sizes.count == 0 || file.read(calls, "/proc/meminfo") != 0) {
    return sizes.count == 0 ? 0 : sizes.bytes[0];
  }
  const auto numbers = parse_meminfo(file.text());
  const bool is_known = numbers && sizes.contains(numbers.value().huge_page_default_bytes);
  return is_known ? numbers.value().huge_page_default_bytes : sizes.bytes[0];
}

std::size_t transparent_huge_pages(const system_calls& calls, std::size_t page_bytes) noexcept {
  small_file file;
  if (file.read(calls, "/sys/kernel/mm/transparent_hugepage/enabled") != 0 || !is_switched_on(file.text()) ||
      file.read(calls, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size") != 0) {
    return 0;
  }
  const auto bytes = parse_number(file.text());
  const bool is_believed = bytes && bytes.value() > page_bytes && is_power_of_two(bytes.value());
  return is_believed ? bytes.value() : 0;
}

} // namespace

memory_outcome<system_memory> system_memory::detect(const system_calls& calls) noexcept {
  system_memory found;
  std::size_t page_bytes = 0;
  const std::uint32_t failed = calls.query_number(calls.context, system_number::page_bytes, &page_bytes);
  if (failed != 0) {
    return refused_by_system(system_call::query_number, failed, memory_field::page_bytes);
  }
  if (page_bytes < page_bytes_min || !is_power_of_two(page_bytes)) {
    memory_failure failure = out_of_range(memory_field::page_bytes, page_bytes, page_bytes_min,
                                          std::size_t{1} << (8 * sizeof(std::size_t) - 1));
    failure.is_power_of_two = true;
    return failure;
  }
  found.calls_ = &calls;
  found.page_bytes_ = page_bytes;
  found.huge_ = sizes_of_huge_pages(calls, page_bytes);
  found.huge_default_ = default_of_huge_pages(calls, found.huge_);
  found.transparent_ = transparent_huge_pages(calls, page_bytes);
  small_file file;
  if (file.read(calls, "/sys/devices/system/node/has_memory") == 0) {
    const auto nodes = parse_index_list(file.text());
    if (nodes && nodes.value().highest < node_count_max) {
      found.node_count_ = nodes.value().count;
      found.node_highest_ = nodes.value().highest;
    }
  }
  return found;
}

} // namespace nebula::services
