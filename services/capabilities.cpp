// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/capabilities.hpp>

#include <cstddef>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/bulk_copy.hpp>

namespace nebula::services {
namespace {

void add_size_line(bounded_text& text, const char* name, std::size_t bytes) noexcept {
  text.add(name);
  text.add(": ");
  if (bytes == 0) {
    text.add("none");
  } else {
    text.add_size(bytes);
  }
  text.add('\n');
}

} // namespace

capabilities detect_capabilities(const system_memory& machine) noexcept {
  constexpr std::size_t least_line = 16;
  constexpr std::size_t most_line = 4096;
  capabilities found;
  found.page_bytes = machine.page_bytes();
  found.explicit_huge_pages = machine.explicit_huge_pages();
  found.transparent_huge_page_bytes = machine.transparent_huge_page_bytes();
  found.node_count = machine.node_count();
  found.node_highest = machine.node_highest();
  found.has_avx2 = is_available(copy_way::avx2);
  std::size_t line = 0;
  if (machine.is_detected() &&
      machine.calls().query_number(machine.calls().context, system_number::cache_line_bytes, &line) == 0 &&
      is_power_of_two(line) && line >= least_line && line <= most_line) {
    found.prefetch_line_bytes = line;
    found.is_line_known = true;
  }
  return found;
}

std::size_t describe(const capabilities& found, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  add_size_line(text, "page", found.page_bytes);
  text.add("explicit huge pages:");
  for (std::size_t index = 0; index < found.explicit_huge_pages.count; ++index) {
    text.add(index == 0 ? " " : ", ");
    text.add_size(found.explicit_huge_pages.bytes[index]);
  }
  text.add(found.explicit_huge_pages.count == 0 ? " none\n" : "\n");
  add_size_line(text, "transparent huge page", found.transparent_huge_page_bytes);
  text.add("nodes: ");
  text.add_decimal(found.node_count);
  text.add(", highest ");
  text.add_decimal(found.node_highest);
  text.add("\nprefetch line: ");
  text.add_size(found.prefetch_line_bytes);
  text.add(found.is_line_known ? "\n" : " (assumed)\n");
  text.add(found.has_avx2 ? "avx2: yes\n" : "avx2: no\n");
  return text.finish();
}

} // namespace nebula::services
