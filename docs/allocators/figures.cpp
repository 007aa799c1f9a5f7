// SPDX-License-Identifier: Apache-2.0 OR MIT
// Prints the tables of figures that the pages of this folder, and the C API's, show. With a page as second argument it compares instead:
// exit status 1, and the first row that differs, iff the page does not show the table as printed here. Built as
// docs_figures.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nebula/nebula.h>
#include <nebula/kernel.hpp>

namespace {

using row = std::vector<std::string>;

/// A Markdown table whose columns are as wide as their widest cell. Columns of words stand to the left, of numbers to
/// the right.
std::string aligned(const std::vector<row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const row& cells : rows) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
      widths[column] = std::max(widths[column], cells[column].size());
    }
  }
  const auto is_words = [&](std::size_t column) { return rows[1][column].front() > '9'; };
  std::string text;
  std::string rule;
  for (std::size_t line = 0; line < rows.size(); ++line) {
    for (std::size_t column = 0; column < widths.size(); ++column) {
      const std::string& cell = rows[line][column];
      const std::string gap(widths[column] - cell.size(), ' ');
      text += "| " + (is_words(column) ? cell + gap : gap + cell) + ' ';
      rule += line == 0 ? '|' + std::string(widths[column] + 1, '-') + (is_words(column) ? '-' : ':') : "";
    }
    text += "|\n" + (line == 0 ? rule + "|\n" : "");
  }
  return text;
}

std::string number(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t place = digits.size(); place > 3; place -= 3) {
    digits.insert(place - 3, 1, ',');
  }
  return digits;
}

std::string percent(std::size_t part, std::size_t whole) {
  const std::size_t tenths = (part * 1000 + whole / 2) / whole;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %";
}

/// One significant unit, rounded down.
std::string duration(std::uint64_t seconds) {
  struct unit {
    std::uint64_t seconds;
    std::string_view name;
  };
  constexpr std::array<unit, 4> units{{{31'557'600, "years"}, {86'400, "days"}, {3'600, "hours"}, {60, "minutes"}}};
  for (const unit& each : units) {
    if (seconds >= 2 * each.seconds) {
      return number(seconds / each.seconds) + ' ' + std::string(each.name);
    }
  }
  return number(seconds) + " seconds";
}

std::string bump() {
  using nebula::bump_allocator;
  std::vector<row> rows{{"storage bytes", "marks open", "object bytes", "record bytes", "bytes left for blocks"}};
  for (const std::size_t marks : {0U, 1U, 4U, 16U}) {
    alignas(16) static std::array<std::byte, 4096> storage;
    bump_allocator allocator(nebula::bump_config{{storage.data(), storage.size()}, {}}.validate().value());
    for (std::size_t made = 0; made < marks; ++made) {
      static_cast<void>(allocator.mark());
    }
    const nebula::allocator_state now = allocator.state();
    rows.push_back({number(storage.size()), number(marks), number(sizeof(bump_allocator)),
                    number(marks * bump_allocator::mark_bytes()), number(now.available_bytes)});
  }
  return aligned(rows);
}

std::string stack() {
  using nebula::stack_allocator;
  std::vector<row> rows{{"block bytes", "record bytes", "storage for 100 blocks", "of which records", "paranoid"}};
  for (const std::size_t block : {8U, 32U, 64U, 256U, 1024U, 4096U}) {
    const std::size_t records = 100 * stack_allocator::record_bytes();
    const std::size_t storage = 100 * block + records;
    rows.push_back({number(block), number(stack_allocator::record_bytes()), number(storage), percent(records, storage),
                    number(storage + 100 * nebula::canary_bytes)});
  }
  return aligned(rows) + '\n' +
         aligned({{"object", "bytes"},
                  {"stack_allocator", number(sizeof(stack_allocator))},
                  {"static_stack of 4,096 bytes", number(sizeof(nebula::static_stack<4096>))}});
}

std::string pool_objects() {
  struct line {
    std::array<std::byte, 64> bytes;
  };
  return aligned({{"object", "bytes"},
                  {"pool_allocator", number(sizeof(nebula::pool_allocator))},
                  {"local_pool_allocator", number(sizeof(nebula::local_pool_allocator))},
                  {"static_pool of 16 blocks of 64 bytes", number(sizeof(nebula::static_pool<line, 16>))},
                  {"static_local_pool of 16 blocks of 64 bytes", number(sizeof(nebula::static_local_pool<line, 16>))},
                  {"block_record, of a shared pool", number(sizeof(nebula::block_record<nebula::shared_atomics>))},
                  {"local_block_record", number(sizeof(nebula::local_block_record))},
                  {"block_handle", number(sizeof(nebula::block_handle))}});
}

std::string horizon() {
  constexpr std::uint64_t operations_per_second = 100'000'000;
  std::vector<row> rows{{"blocks", "index bits", "tag bits", "operations to wrap", "at 10^8 operations/s"}};
  for (const std::size_t count : {1ULL, 15ULL, 1'000ULL, 65'535ULL, 1'000'000ULL, 16'777'215ULL, 4'294'967'294ULL}) {
    const unsigned index_bits = nebula::bit_width(count);
    const unsigned tag_bits = nebula::free_list<nebula::shared_atomics>::tag_bits(index_bits);
    const std::uint64_t operations = std::uint64_t{1} << tag_bits;
    rows.push_back({number(count), number(index_bits), number(tag_bits), number(operations),
                    duration(operations / operations_per_second)});
  }
  return aligned(rows);
}

std::string pool() {
  using nebula::pool_config;
  constexpr nebula::check_level paranoid = nebula::check_level::paranoid;
  struct shape {
    std::size_t size;
    std::size_t align;
    std::size_t count;
  };
  constexpr std::array<shape, 6> shapes{
      {{16, 16, 1000}, {24, 8, 1000}, {64, 64, 16}, {64, 64, 1000}, {100, 16, 1000}, {4096, 4096, 1000}}};
  std::vector<row> rows{
      {"size", "align", "blocks", "stride", "records", "record padding", "storage bytes", "overhead", "paranoid"}};
  for (const shape& each : shapes) {
    const std::size_t total = pool_config::storage_bytes(each.size, each.align, each.count).value();
    const std::size_t stride = nebula::checked_align_up(each.size, each.align).value;
    const std::size_t records = each.count * sizeof(nebula::block_record<nebula::shared_atomics>);
    rows.push_back({number(each.size), number(each.align), number(each.count), number(stride), number(records),
                    number(total - records - each.count * stride), number(total),
                    percent(total - each.count * each.size, total),
                    number(pool_config::storage_bytes(each.size, each.align, each.count, paranoid).value())});
  }
  return aligned(rows) + '\n' + pool_objects() + '\n' + horizon();
}

std::string pool_cache() {
  using nebula::pool_config;
  std::vector<row> rows{{"caches", "blocks of 64 bytes", "storage bytes", "of which slots"}};
  for (const std::size_t caches : {0U, 1U, 4U, 64U}) {
    const std::size_t total = pool_config::storage_bytes(64, 64, 1000, nebula::check_level::standard, caches).value();
    rows.push_back({number(caches), number(1000), number(total),
                    number(caches * sizeof(nebula::cache_slot<nebula::shared_atomics>))});
  }
  return aligned(rows) + '\n' +
         aligned({{"object", "bytes"},
                  {"pool_cache of 16", number(sizeof(nebula::pool_cache<nebula::pool_allocator, 16>))},
                  {"pool_cache of 64", number(sizeof(nebula::pool_cache<>))},
                  {"pool_cache of 255", number(sizeof(nebula::pool_cache<nebula::pool_allocator, 255>))},
                  {"cache_slot", number(sizeof(nebula::cache_slot<nebula::shared_atomics>))}});
}

std::string segregated() {
  struct shape {
    std::string_view name;
    std::vector<nebula::size_class> classes;
  };
  const std::vector<shape> shapes{
      {"16", {{16, 16, 1000}}},
      {"16, 32, 64, 128, 256", {{16, 16, 256}, {32, 16, 256}, {64, 16, 256}, {128, 16, 128}, {256, 16, 64}}},
      {"64, 512, 4096", {{64, 64, 64}, {512, 64, 64}, {4096, 64, 64}}}};
  using pool_type = nebula::segregated_allocator::pool_type;
  std::vector<row> rows{{"block sizes", "blocks", "bytes of blocks", "pool objects", "records and padding",
                         "storage bytes", "overhead", "paranoid"}};
  for (const shape& each : shapes) {
    const auto storage_bytes = [&](nebula::check_level level) {
      return nebula::segregated_config::storage_bytes(each.classes.data(), each.classes.size(), level).value();
    };
    const std::size_t total = storage_bytes(nebula::check_level::standard);
    std::size_t blocks = 0;
    std::size_t block_bytes = 0;
    for (const nebula::size_class& part : each.classes) {
      blocks += part.block_count;
      block_bytes += part.block_count * nebula::checked_align_up(part.block_size_bytes, part.block_align_bytes).value;
    }
    const std::size_t pools = each.classes.size() * sizeof(pool_type);
    rows.push_back({std::string(each.name), number(blocks), number(block_bytes), number(pools),
                    number(total - pools - block_bytes), number(total), percent(total - block_bytes, total),
                    number(storage_bytes(nebula::check_level::paranoid))});
  }
  return aligned(rows) + '\n' +
         aligned({{"object", "bytes"},
                  {"segregated_allocator", number(sizeof(nebula::segregated_allocator))},
                  {"local_segregated_allocator", number(sizeof(nebula::local_segregated_allocator))},
                  {"one class's pool in the storage", number(sizeof(pool_type))}});
}

std::string arena() {
  using nebula::arena;
  constexpr std::size_t chunk_bytes = 4096;
  std::vector<row> rows{{"block bytes", "header bytes", "record bytes", "blocks in 4,096, tracked", "not tracked"}};
  for (const std::size_t block : {8U, 32U, 64U, 256U, 1024U}) {
    row cells{number(block), number(arena::header_bytes()), number(arena::record_bytes())};
    for (const bool tracks : {true, false}) {
      alignas(16) static std::array<std::byte, 2 * chunk_bytes> storage;
      nebula::span_chunk_source chunks(nebula::stack_config{{storage.data(), storage.size()}}.validate().value());
      nebula::arena_config made_of;
      made_of.source = chunks.source();
      made_of.chunk_bytes = chunk_bytes;
      made_of.capacity_max_bytes = chunk_bytes;
      made_of.track_allocations = tracks;
      arena allocator(made_of.validate().value());
      while (allocator.allocate({block, 8}).has_value()) {
      }
      cells.push_back(number(allocator.state().live_blocks));
    }
    rows.push_back(cells);
  }
  return aligned(rows) + '\n' +
         aligned({{"object", "bytes"},
                  {"arena", number(sizeof(arena))},
                  {"span_chunk_source", number(sizeof(nebula::span_chunk_source))},
                  {"chunk_source", number(sizeof(nebula::chunk_source))}});
}

std::string shared_bump() {
  using nebula::shared_bump_allocator;
  std::vector<row> rows{{"block bytes", "align", "blocks in 4,096", "used bytes", "of which padding"}};
  constexpr std::array<nebula::layout, 5> layouts{{{8, 8}, {24, 8}, {24, 16}, {100, 16}, {100, 64}}};
  for (const nebula::layout& each : layouts) {
    alignas(64) static std::array<std::byte, 4096> storage;
    shared_bump_allocator allocator(
        nebula::shared_bump_config{{storage.data(), storage.size()}, {}}.validate().value());
    while (allocator.allocate(each).has_value()) {
    }
    const nebula::allocator_state now = allocator.state();
    rows.push_back({number(each.size), number(each.align), number(now.live_blocks), number(now.used_bytes),
                    number(now.used_bytes - now.live_blocks * each.size)});
  }
  return aligned(rows) + '\n' +
         aligned({{"object", "bytes"},
                  {"shared_bump_allocator", number(sizeof(shared_bump_allocator))},
                  {"static_shared_bump of 4,096 bytes", number(sizeof(nebula::static_shared_bump<4096>))}});
}

std::string budget() {
  std::vector<row> rows{{"levels, one budget each", "bytes of `budget`", "bytes of `local_budget`"}};
  for (const std::size_t levels : {std::size_t{1}, std::size_t{2}, nebula::budget_config::depth_max}) {
    rows.push_back(
        {number(levels), number(levels * sizeof(nebula::budget)), number(levels * sizeof(nebula::local_budget))});
  }
  return aligned(rows) + '\n' +
         aligned({{"object", "bytes"},
                  {"budget", number(sizeof(nebula::budget))},
                  {"local_budget", number(sizeof(nebula::local_budget))},
                  {"reservation", number(sizeof(nebula::reservation))},
                  {"local_reservation", number(sizeof(nebula::local_reservation))}});
}

std::string adaptors() {
  using nebula::plain_atomics;
  using shared = nebula::pool_allocator;
  using local = nebula::bump_allocator;
  return aligned({{"object", "bytes"},
                  {"budgeted pool_allocator", number(sizeof(nebula::budgeted<shared>))},
                  {"budgeted bump_allocator, plain_atomics", number(sizeof(nebula::budgeted<local, plain_atomics>))},
                  {"observed pool_allocator", number(sizeof(nebula::observed<shared>))},
                  {"observed bump_allocator, plain_atomics", number(sizeof(nebula::observed<local, plain_atomics>))},
                  {"fallback of two pool_allocators", number(sizeof(nebula::fallback<shared, shared>))},
                  {"fallback of two bump_allocators, plain_atomics",
                   number(sizeof(nebula::fallback<local, local, plain_atomics>))}});
}

/// True iff the page shows each line of the table.
bool shows(const char* page, const std::string& table) {
  std::ifstream file(page);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", page);
    return false;
  }
  std::ostringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  for (std::size_t begin = 0; begin < table.size();) {
    const std::size_t end = table.find('\n', begin) + 1;
    const std::string line = table.substr(begin, end - begin);
    if (text.find(line) == std::string::npos) {
      std::fprintf(stderr, "%s: does not show this line of the table:\n%s", page, line.c_str());
      return false;
    }
    begin = end;
  }
  return true;
}

/// Of the C API.
std::string c_api() {
  std::vector<row> rows{{"object", "bytes", "alignment"}};
  const auto add = [&](const char* name, std::size_t bytes, std::size_t align) {
    rows.push_back({"`" + std::string(name) + "`", number(bytes), number(align)});
  };
  add("nebula_bump_object", sizeof(nebula_bump_object), alignof(nebula_bump_object));
  add("nebula_stack_object", sizeof(nebula_stack_object), alignof(nebula_stack_object));
  add("nebula_pool_object", sizeof(nebula_pool_object), alignof(nebula_pool_object));
  add("nebula_local_pool_object", sizeof(nebula_local_pool_object), alignof(nebula_local_pool_object));
  add("nebula_segregated_object", sizeof(nebula_segregated_object), alignof(nebula_segregated_object));
  add("nebula_local_segregated_object", sizeof(nebula_local_segregated_object),
      alignof(nebula_local_segregated_object));
  add("nebula_shared_bump_object", sizeof(nebula_shared_bump_object), alignof(nebula_shared_bump_object));
  add("nebula_pool_cache_object", sizeof(nebula_pool_cache_object), alignof(nebula_pool_cache_object));
  add("nebula_arena_object", sizeof(nebula_arena_object), alignof(nebula_arena_object));
  add("nebula_budget_object", sizeof(nebula_budget_object), alignof(nebula_budget_object));
  return aligned(rows);
}

struct page {
  std::string_view name;
  std::string (*tables)();
};
constexpr std::array<page, 10> pages{{{"bump", &bump},
                                      {"shared_bump", &shared_bump},
                                      {"stack", &stack},
                                      {"pool", &pool},
                                      {"pool_cache", &pool_cache},
                                      {"segregated", &segregated},
                                      {"arena", &arena},
                                      {"budget", &budget},
                                      {"adaptors", &adaptors},
                                      {"c_api", &c_api}}};

} // namespace

int main(int argument_count, char** arguments) {
  const std::string_view name = argument_count > 1 ? arguments[1] : "";
  const auto* const found =
      std::find_if(pages.begin(), pages.end(), [&](const page& each) { return each.name == name; });
  if (found == pages.end() || argument_count > 3) {
    std::fprintf(stderr, "usage: docs_figures NAME [PAGE]; the names are:\n");
    for (const page& each : pages) {
      std::fprintf(stderr, "  %s\n", std::string(each.name).c_str());
    }
    return 2;
  }
  const std::string table = found->tables();
  if (argument_count == 3) {
    return shows(arguments[2], table) ? 0 : 1;
  }
  std::printf("%s", table.c_str());
  return 0;
}
