// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the operating system writes about memory, as hostile text: each parser reads the same bytes, must end, must not
// read beyond them, and says either what it found, which then is consistent, or what was wrong and where.
// Target functions, those of these sources:
//   memory_text: include/nebula/services/memory_text.hpp include/nebula/services/control_group.hpp
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <nebula/services/control_group.hpp>
#include <nebula/services/memory_text.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace nebula::services;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
bool succeeded(const text_outcome<T>& read, std::size_t lines) {
  require(read.has_value() == (read.failure().rule == text_rule::none));
  require(read.failure().line <= lines);
  require(name(read.failure().rule) != nullptr);
  return read.has_value();
}

void read_all(std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  const auto number = parse_number(text);
  const auto limit = parse_byte_limit(text);
  if (succeeded(number, lines)) {
    require(succeeded(limit, lines) && limit.value() == number.value());
  }
  const auto meminfo = parse_meminfo(text);
  if (succeeded(meminfo, lines)) {
    require(meminfo.value().available_bytes <= meminfo.value().total_bytes);
    const auto is_whole = [](std::size_t bytes) { return bytes % 1024 == 0 || bytes == SIZE_MAX; };
    require(is_whole(meminfo.value().total_bytes) && is_whole(meminfo.value().huge_page_default_bytes));
  }
  const auto list = parse_index_list(text);
  if (succeeded(list, lines)) {
    require(list.value().count != 0 && list.value().count - 1 <= list.value().highest);
  }
  const auto resident = parse_resident_bytes(text, 4096);
  require(!succeeded(resident, lines) || resident.value() % 4096 == 0);
  static_cast<void>(succeeded(parse_keyed_number(text, "inactive_file"), lines));
  static_cast<void>(is_switched_on(text));
  const auto group = parse_control_group(text);
  if (succeeded(group, lines) && group.value().version != control_group_version::none) {
    std::string_view path = group.value().path;
    require(path.front() == '/' && path.data() >= text.data() &&
            path.data() + path.size() <= text.data() + text.size());
    while (!path.empty()) {
      const std::string_view above = parent_group(path);
      require(above.size() < path.size());
      path = above;
    }
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<char> exact(data, data + size); // of exactly this size, so that a checker sees one byte more
  read_all({exact.data(), exact.size()});
  return 0;
}
