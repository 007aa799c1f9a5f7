// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arena_chunk.hpp>
#include <nebula/kernel/chunk_source.hpp>
#include <nebula/kernel/invariant.hpp>

namespace nebula {

/// How taking a chunk ended.
struct chunk_outcome {
  error_code code = error_code::none;
  invariant broken = invariant::none; ///< iff the code is corrupted and an invariant is
  const std::byte* chunk = nullptr;   ///< what the source gave, if that is what is wrong
};

/// A chunk on the way from the newest to the oldest.
struct chunk_walk {
  arena_chunk at{};
  std::size_t left = 0; ///< chunks from here on, this one included; 0 beyond the oldest
  invariant broken = invariant::none;
};

/// What some of the records say.
struct record_tally {
  std::size_t live = 0;
  std::size_t marks = 0;
};

/// An arena's chunks: a chain from the newest to the oldest through the headers at their beginnings. A header is
/// trusted only when its check word is that of its contents and its numbers are those that the successor implies: it
/// stands where an overrun from outside the chunk would meet it. Each walk ends after count() chunks at the latest.
/// [SR-ARENA-007]
class arena_chunks {
public:
  constexpr arena_chunks() noexcept = default;
  explicit constexpr arena_chunks(chunk_source source) noexcept : source_(source) {}

  /// What the header takes of each chunk.
  [[nodiscard]] static constexpr std::size_t header_bytes() noexcept {
    return checked_align_up(sizeof(header_type), chunk_align_bytes).value;
  }
  [[nodiscard]] static constexpr std::size_t used_in(const arena_chunk& chunk) noexcept {
    return chunk.data == nullptr ? 0 : chunk.top - header_bytes();
  }

  /// True iff the top lies behind the header and before the records, which fit in the chunk.
  [[nodiscard]] static constexpr bool is_top_within(const arena_chunk& chunk) noexcept {
    return chunk.data == nullptr ? chunk.top == 0 : chunk.top >= header_bytes() && chunk.top <= chunk.limit();
  }

  [[nodiscard]] arena_chunk& newest() noexcept { return newest_; }
  [[nodiscard]] const arena_chunk& newest() const noexcept { return newest_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// The bytes of all chunks.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return held_bytes_; }
  [[nodiscard]] std::size_t used_bytes() const noexcept { return newest_.used_before + used_in(newest_); }
  [[nodiscard]] std::size_t record_count() const noexcept { return newest_.records_before + newest_.records; }

  /// Takes a chunk of at least `bytes` bytes, and at most `bytes_max`, from the source. O(chunks). Errors, in this
  /// order: the source's own; null_pointer iff the chunk is null; corrupted iff it overlaps a chunk of this chain, or
  /// the chain is broken; misaligned_pointer or layout_mismatch iff it is not at a multiple of chunk_align_bytes, or too
  /// small or past the end of the address space; over_capacity iff it is larger than bytes_max. A chunk that is not used
  /// goes back, but one that overlaps: the arena holds that memory, and will release it once.
  [[nodiscard]] NEBULA_COLD chunk_outcome acquire(std::size_t bytes,
                                                  std::size_t bytes_max) noexcept NEBULA_NONBLOCKING {
    const result<byte_span> got = source_.acquire(source_.context, bytes, chunk_align_bytes);
    if (!got.has_value()) {
      return {got.code(), invariant::none, nullptr};
    }
    const byte_span given = got.value();
    if (given.data == nullptr) {
      return {error_code::null_pointer, invariant::none, nullptr};
    }
    // At most count_ rounds. What ends past the end of the address space is no memory, and overlaps none.
    const bool is_memory = ends_within_address_space(given);
    chunk_walk walk = begin();
    for (; walk.left != 0; go_on(walk)) {
      if (is_memory && overlap({walk.at.data, walk.at.size}, given)) {
        return broken(invariant::arena_chunks_disjoint);
      }
    }
    if (walk.broken != invariant::none) {
      static_cast<void>(takes_back(given)); // nothing of it was used
      return broken(walk.broken);
    }
    const error_code wrong = wrong_chunk(given, bytes, bytes_max);
    if (wrong != error_code::none) {
      return takes_back(given) ? chunk_outcome{wrong, invariant::none, given.data}
                               : broken(invariant::arena_source_takes_chunks_back);
    }
    append(given);
    return {};
  }

  /// Gives the newest chunk back to the source. O(1). The invariant that does not hold, if one does not: then nothing
  /// has been given back, or the source did not take it.
  [[nodiscard]] invariant drop_newest() noexcept NEBULA_NONBLOCKING {
    chunk_walk walk = begin();
    go_on(walk);
    if (NEBULA_UNLIKELY(walk.broken != invariant::none)) {
      return walk.broken;
    }
    const byte_span dropped{newest_.data, newest_.size};
    tell_readable(dropped.data, dropped.size);
    newest_ = walk.at;
    --count_;
    held_bytes_ -= dropped.size;
    return takes_back(dropped) ? invariant::none : invariant::arena_source_takes_chunks_back;
  }

  /// The newest chunk; `left` is 0 iff there is none.
  [[nodiscard]] chunk_walk begin() const noexcept { return {newest_, count_, invariant::none}; }
  /// To the chunk before. If an invariant does not hold, `left` is 0, and `broken` says which.
  void go_on(chunk_walk& walk) const noexcept NEBULA_NONBLOCKING {
    if (walk.at.data == nullptr) {
      walk = {{}, 0, invariant::arena_chain_has_all_chunks};
      return;
    }
    header_type header;
    __builtin_memcpy(&header, walk.at.data, sizeof header);
    const invariant wrong = wrong_link(walk, header);
    walk = wrong == invariant::none ? chunk_walk{header.before, walk.left - 1, wrong} : chunk_walk{{}, 0, wrong};
  }
  /// The chunk that an address lies in, headers and records included. O(chunks).
  [[nodiscard]] chunk_walk find(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    chunk_walk walk = begin();
    while (walk.left != 0 && walk.at.offset_of(address) >= walk.at.size) {
      go_on(walk);
    }
    return walk;
  }
  /// The chunk that has the record of this number. O(chunks).
  [[nodiscard]] chunk_walk find_record(std::size_t number) const noexcept NEBULA_NONBLOCKING {
    chunk_walk walk = begin();
    while (walk.left != 0 && walk.at.records_before > number) {
      go_on(walk);
    }
    return walk;
  }

  /// What the records from this number on say. O(chunks + records) of those.
  [[nodiscard]] record_tally tally_since(std::size_t number) const noexcept NEBULA_NONBLOCKING {
    record_tally sum;
    for (chunk_walk walk = begin(); walk.left != 0; go_on(walk)) {
      const std::size_t older = walk.at.records_before;
      for (std::size_t index = number > older ? number - older : 0; index < walk.at.records; ++index) {
        const arena_record record = walk.at.record(index);
        sum.live += record.is(arena_record::kind::live_block) ? 1U : 0U;
        sum.marks += record.is(arena_record::kind::mark) ? 1U : 0U;
      }
      if (older <= number) {
        break;
      }
    }
    return sum;
  }

  /// True iff the bytes held are those of the chunks. O(chunks). The chain has been walked.
  [[nodiscard]] bool has_sum_of_sizes() const noexcept NEBULA_NONBLOCKING {
    std::size_t sum = 0;
    for (chunk_walk walk = begin(); walk.left != 0; go_on(walk)) {
      sum += walk.at.size;
    }
    return sum == held_bytes_;
  }

  /// What is wrong with one record, beside those before and behind it; none iff nothing is. `tail` bytes stand behind
  /// each block. O(1).
  [[nodiscard]] static invariant wrong_record(const arena_chunk& chunk, std::size_t index, bool is_tracked,
                                              std::size_t tail, std::uint64_t serial) noexcept NEBULA_NONBLOCKING {
    const arena_record record = chunk.record(index);
    const arena_record outer = index == 0 ? arena_record{} : chunk.record(index - 1);
    const std::size_t end = chunk.end_of(index);
    const bool is_mark = record.is(arena_record::kind::mark);
    if (!is_mark && !(is_tracked && record.is_block())) {
      return invariant::arena_record_has_kind;
    }
    if (record.previous_top == 0) {
      return is_mark && index == 0 ? invariant::none : invariant::arena_chunk_of_mark_begins_with_it;
    }
    if (record.previous_top < header_bytes()) {
      return invariant::arena_record_behind_header;
    }
    if (is_mark) {
      const bool is_younger = record.serial() <= serial && (outer.is_block() || record.serial() > outer.serial());
      const bool is_below = is_tracked ? end == record.previous_top : end >= record.previous_top;
      return is_younger ? (is_below ? invariant::none : invariant::arena_mark_below_top)
                        : invariant::arena_mark_serials_ascend;
    }
    if (record.place < record.previous_top || record.place >= end || end - record.place <= tail) {
      return invariant::arena_record_ends_in_order;
    }
    const bool is_aligned = chunk.is_placed_right(record.previous_top, record.place, record.align());
    return is_aligned ? invariant::none : invariant::arena_block_aligned;
  }

  void add_object_to(seal& sum) const noexcept {
    sum.add(reinterpret_cast<std::uintptr_t>(source_.acquire));
    sum.add(reinterpret_cast<std::uintptr_t>(source_.release));
    sum.add_address(source_.context);
    sum.add(count_);
    sum.add(held_bytes_);
    newest_.add_to(sum);
  }
  /// Of each chunk the header and the records. A walk that ends early is found as such afterwards.
  void add_records_to(seal& sum) const noexcept {
    for (chunk_walk walk = begin(); walk.left != 0; go_on(walk)) {
      walk.at.add_to(sum);
      for (std::size_t index = 0; index < walk.at.records; ++index) {
        const arena_record record = walk.at.record(index);
        sum.add(record.previous_top);
        sum.add(record.place);
        sum.add_wide(record.tag);
      }
    }
  }

private:
  friend struct metadata_access;

  struct header_type {
    arena_chunk before;
    std::uint64_t check;
  };

  [[nodiscard]] static chunk_outcome broken(invariant which) noexcept {
    return {error_code::corrupted, which, nullptr};
  }
  [[nodiscard]] static error_code wrong_chunk(byte_span given, std::size_t bytes, std::size_t bytes_max) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(given.data);
    if (padding_bytes(address, chunk_align_bytes) != 0) {
      return error_code::misaligned_pointer;
    }
    if (given.size < bytes || !ends_within_address_space(given)) {
      return error_code::layout_mismatch;
    }
    return given.size > bytes_max ? error_code::over_capacity : error_code::none;
  }
  [[nodiscard]] static bool ends_within_address_space(byte_span memory) noexcept {
    return memory.size <= std::numeric_limits<std::uintptr_t>::max() - reinterpret_cast<std::uintptr_t>(memory.data);
  }
  [[nodiscard]] static bool overlap(byte_span one, byte_span other) noexcept {
    const auto first = reinterpret_cast<std::uintptr_t>(one.data);
    const auto second = reinterpret_cast<std::uintptr_t>(other.data);
    return first < second + other.size && second < first + one.size;
  }
  /// True iff the source takes the chunk back. One that is paranoid can come upon a stray write first, of whomever: once
  /// for each, it has been mended by then. More of them than stray_writes_max are no accident.
  [[nodiscard]] bool takes_back(byte_span chunk) const noexcept {
    constexpr std::size_t stray_writes_max = 65536;
    result<void> taken = source_.release(source_.context, chunk);
    for (std::size_t mended = 0; is_stray_write(taken.code()) && mended < stray_writes_max; ++mended) {
      taken = source_.release(source_.context, chunk);
    }
    return taken.has_value();
  }

  void append(byte_span given) noexcept {
    const header_type header{newest_, check_of(given.data, given.size, newest_)};
    __builtin_memcpy(given.data, &header, sizeof header);
    newest_ = {given.data,
               given.size,
               header_bytes(),
               0,
               used_bytes(),
               record_count(),
               given.size > newest_.largest ? given.size : newest_.largest};
    ++count_;
    held_bytes_ += given.size;
    newest_.tell_rest_free();
  }

  /// What is wrong with the link of the chunk at `walk`; none iff it can be followed.
  [[nodiscard]] static invariant wrong_link(const chunk_walk& walk, const header_type& header) noexcept {
    const arena_chunk& after = walk.at;
    const arena_chunk& before = header.before;
    if (header.check != check_of(after.data, after.size, before)) {
      return invariant::arena_header_intact;
    }
    if ((before.data != nullptr) != (walk.left > 1)) {
      return invariant::arena_chain_has_all_chunks;
    }
    if (before.records > before.size / sizeof(arena_record)) {
      return invariant::arena_records_within_chunk;
    }
    if (!is_top_within(before)) {
      return invariant::arena_top_within_chunk;
    }
    const std::size_t largest = after.size > before.largest ? after.size : before.largest;
    const bool same = after.used_before == before.used_before + used_in(before) &&
                      after.records_before == before.records_before + before.records && after.largest == largest;
    return same ? invariant::none : invariant::arena_sums_match_chunks;
  }

  /// A word that changes with each word of the header, and with the chunk's place and size: each step is a bijection of
  /// the sum so far, so that no change of one word alone can go unseen. In words of the machine: a product of longer
  /// ones would take a library on small processors.
  [[nodiscard]] NEBULA_WRAPS static std::uint64_t check_of(const std::byte* place, std::size_t size,
                                                           const arena_chunk& before) noexcept {
    constexpr unsigned half_bits = std::numeric_limits<std::size_t>::digits / 2;
    // odd: 2 to the number of bits, divided by the golden ratio
    constexpr std::size_t multiplier = (0x9E3779B97F4A7C15U >> (64U - 2U * half_bits)) | 1U;
    const std::size_t words[] = {reinterpret_cast<std::uintptr_t>(place),
                                 size,
                                 reinterpret_cast<std::uintptr_t>(before.data),
                                 before.size,
                                 before.top,
                                 before.records,
                                 before.used_before,
                                 before.records_before,
                                 before.largest};
    std::size_t sum = 0;
    for (const std::size_t word : words) {
      sum = (sum ^ word) * multiplier;
      sum ^= sum >> half_bits;
    }
    return sum;
  }

  chunk_source source_{};
  arena_chunk newest_{};
  std::size_t count_ = 0;
  std::size_t held_bytes_ = 0;
};

} // namespace nebula
