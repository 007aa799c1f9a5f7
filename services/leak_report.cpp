// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/leak_report.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/escaped_text.hpp>

#include "number_text.hpp"
#include "whole_text.hpp"

namespace nebula::services {
namespace {

void add_blocks(bounded_text& text, std::uint64_t blocks, std::uint64_t bytes) noexcept {
  add_number(text, blocks);
  text.add(blocks == 1 ? " block, " : " blocks, ");
  add_bytes(text, bytes);
}

void add_block(bounded_text& text, const leaked_block& block) noexcept {
  text.add("    allocation ");
  add_number(text, block.sequence);
  text.add(": ");
  text.add_decimal(block.request.size);
  text.add(" bytes (align: ");
  text.add_decimal(block.request.align);
  text.add(")\n");
  for (std::size_t index = 0; index < block.trace.frame_count(); ++index) {
    text.add("      ");
    add_frame(text, block.trace.frame(index));
    text.add('\n');
  }
}

void add_leak(bounded_text& text, const leak& each) noexcept {
  text.add("  '");
  add_escaped(text, each.allocator.view());
  text.add("': ");
  add_blocks(text, each.blocks, each.bytes);
  text.add(each.has_left ? ", when it left\n" : "\n");
  for (const leaked_block& block : each.first) {
    add_block(text, block);
  }
  if (!each.first.empty() && each.blocks > each.first.size()) {
    text.add("    and ");
    add_number(text, each.blocks - each.first.size());
    text.add(" more\n");
  }
}

std::size_t write(const leak_report& report, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  if (report.empty()) {
    text.add("Nothing leaked\n");
  } else {
    text.add("Leaked: ");
    add_blocks(text, report.blocks(), report.bytes());
    text.add('\n');
  }
  for (const leak& each : report.leaks) {
    add_leak(text, each);
  }
  if (report.left_off != 0) {
    text.add("  and what ");
    add_number(text, report.left_off);
    text.add(" more allocators had not got back when they left\n");
  }
  for (const allocator_name& each : report.not_asked) {
    text.add("  '");
    add_escaped(text, each.view());
    text.add("' was not asked: it belongs to another thread\n");
  }
  return text.finish();
}

} // namespace

std::uint64_t leak_report::blocks() const noexcept {
  std::uint64_t sum = 0;
  for (const leak& each : leaks) {
    sum += each.blocks;
  }
  return sum;
}

std::uint64_t leak_report::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const leak& each : leaks) {
    sum += each.bytes;
  }
  return sum;
}

std::string to_text(const leak_report& report) {
  return whole_text([&](char* buffer, std::size_t size_bytes) { return write(report, buffer, size_bytes); });
}

bool print(const leak_report& report, std::FILE* file) noexcept {
  try {
    const std::string text = to_text(report);
    return std::fwrite(text.data(), 1, text.size(), file) == text.size();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

} // namespace nebula::services
