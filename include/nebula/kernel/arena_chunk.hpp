// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/byte_storage.hpp>
#include <nebula/kernel/memory_tools.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// What an arena writes down of a block or of a mark. Records grow down from the end of the chunk.
struct arena_record {
  enum class kind : std::uint8_t { mark = 0, live_block = 1, dead_block = 2 };

  std::size_t previous_top; ///< of the chunk, before the block or the mark; 0: the chunk was taken for this mark
  std::size_t place;        ///< of the block, in the chunk; of a mark, the blocks that were live
  std::uint64_t tag;        ///< the kind in two bits; above, log2 of a block's alignment, or a mark's serial number

  template <class Record, class Visit>
  static constexpr void visit_fields(Record& record, Visit visit) noexcept {
    visit(record.previous_top);
    visit(record.place);
    visit(record.tag);
  }

  [[nodiscard]] static constexpr arena_record of_block(std::size_t previous_top, layout request,
                                                       std::size_t place) noexcept {
    return {previous_top, place, (std::uint64_t{trailing_zeros(request.align)} << 2U) | 1U};
  }
  [[nodiscard]] static constexpr arena_record of_mark(std::size_t previous_top, std::size_t live,
                                                      std::uint64_t serial) noexcept {
    return {previous_top, live, serial << 2U};
  }
  [[nodiscard]] constexpr arena_record as_dead() const noexcept { return {previous_top, place, tag ^ 3U}; }

  [[nodiscard]] constexpr bool is(kind which) const noexcept { return (tag & 3U) == static_cast<unsigned>(which); }
  [[nodiscard]] constexpr bool is_block() const noexcept { return is(kind::live_block) || is(kind::dead_block); }
  [[nodiscard]] constexpr std::size_t align() const noexcept {
    return std::size_t{1} << ((tag >> 2U) % std::numeric_limits<std::size_t>::digits);
  }
  [[nodiscard]] constexpr std::uint64_t serial() const noexcept { return tag >> 2U; }
};

/// One chunk, and the sums over the chunks before it. That of the newest is in the arena; those of the others are in
/// the headers of their successors.
///
///     0       header_bytes                  top            limit                         size
///     | header | block |pad| block |pad| block |    free     | record n … record 1 record 0 |
struct arena_chunk {
  using records_type = record_stack<arena_record>;

  std::byte* data = nullptr; ///< null iff there is no such chunk
  std::size_t size = 0;
  std::size_t top = 0;
  std::size_t records = 0;
  std::size_t used_before = 0;    ///< bytes that blocks use in the chunks before this one
  std::size_t records_before = 0; ///< records there
  std::size_t largest = 0;        ///< bytes of the largest of these chunks and this one

  [[nodiscard]] std::size_t limit() const noexcept { return size - records_type::bytes(records); }
  [[nodiscard]] std::size_t room(std::size_t reserved) const noexcept {
    const std::size_t gap = top < limit() ? limit() - top : 0;
    return gap > reserved ? gap - reserved : 0;
  }
  [[nodiscard]] std::uintptr_t address_of(std::size_t offset) const noexcept {
    return reinterpret_cast<std::uintptr_t>(data) + offset;
  }
  // Subtracted as integers: a foreign pointer must not be compared as a pointer, and one below the chunk wraps high.
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(data);
  }
  /// True iff a block lies below the top, and begins where it would have been placed behind `previous_top`.
  [[nodiscard]] bool is_placed_right(std::size_t previous_top, std::size_t begin, std::size_t align) const noexcept {
    return previous_top <= begin && begin < top && is_padding_of(begin - previous_top, address_of(previous_top), align);
  }
  [[nodiscard]] arena_record record(std::size_t index) const noexcept {
    return records_type::read(span_byte_storage(byte_span{data, size}), index);
  }
  void set_record(std::size_t index, const arena_record& record) const noexcept {
    records_type::write(span_byte_storage(byte_span{data, size}), index, record);
  }
  /// Where the block of a record ends, what stands behind it included; of a mark, where the block below it ends.
  [[nodiscard]] std::size_t end_of(std::size_t index) const noexcept {
    return index + 1 == records ? top : record(index + 1).previous_top;
  }
  void add_to(seal& sum) const noexcept {
    sum.add_address(data);
    const std::size_t words[] = {size, top, records, used_before, records_before, largest};
    for (const std::size_t word : words) {
      sum.add(word);
    }
  }
  /// Memory checkers are told that nobody has what lies between the top and the records.
  void tell_rest_free() const noexcept { tell_free(data + top, limit() - top); }
  /// The place of the last record that was made when the top was at most `offset`; `records` iff there is none. For an
  /// offset below the top it is a block's: a mark does not raise the top, so that another record follows it there.
  /// Binary search, at most 64 rounds.
  [[nodiscard]] std::size_t record_below(std::size_t offset) const noexcept {
    std::size_t first = 0;
    std::size_t beyond = records;
    while (first < beyond) {
      const std::size_t middle = first + (beyond - first) / 2;
      if (record(middle).previous_top <= offset) {
        first = middle + 1;
      } else {
        beyond = middle;
      }
    }
    return first == 0 ? records : first - 1;
  }
};

} // namespace nebula
