// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/services/compression/compressed_store_config.hpp>

namespace nebula::services {

/// What a store holds, and what it has done since it was made. Exact; but once a value was erased whose record was damaged,
/// original_bytes and stored_bytes are of the values whose records are right.
struct compression_statistics {
  // --- now
  std::size_t values = 0;
  std::uint64_t original_bytes = 0; ///< of the values, as they were put
  std::uint64_t stored_bytes = 0;   ///< and as they are kept
  std::size_t blocks_used = 0;      ///< what that takes, in whole blocks, and those that damage has made nobody's
  std::size_t block_count = 0;
  std::size_t pins = 0;
  // --- so far
  std::uint64_t puts = 0; ///< that succeeded
  std::uint64_t kept_below_threshold = 0;
  std::uint64_t kept_incompressible = 0; ///< compressed, and no block would have been saved
  std::uint64_t refusals = 0;            ///< too_large, full, too_many_values, no_pin_free
  std::uint64_t gets = 0;                ///< and pins, that succeeded
  std::uint64_t erased = 0;
  std::uint64_t damages = 0;            ///< told by get(), pin() and erase()
  std::uint64_t compressed_bytes = 0;   ///< that went into the compressor, refused or kept as they were or not
  std::uint64_t decompressed_bytes = 0; ///< that came out, and were right
  std::uint64_t compress_nanoseconds = 0;
  std::uint64_t decompress_nanoseconds = 0; ///< with the check of the content

  /// Bytes put by bytes kept; 0 iff there are none.
  [[nodiscard]] double ratio() const noexcept {
    return stored_bytes == 0 ? 0.0 : static_cast<double>(original_bytes) / static_cast<double>(stored_bytes);
  }
};

class compressed_store;

/// A value, decompressed, for as long as this lives. Independent of the value: it may be erased meanwhile. One owner, who
/// ends it before the store. [SR-COMPRESS-005]
class pinned_value {
public:
  pinned_value() noexcept = default; ///< of nothing
  pinned_value(pinned_value&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}
  pinned_value& operator=(pinned_value&& other) noexcept {
    if (this != &other) {
      unpin();
      store_ = std::exchange(other.store_, nullptr);
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  pinned_value(const pinned_value&) = delete;
  pinned_value& operator=(const pinned_value&) = delete;
  ~pinned_value() { unpin(); }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  /// Ends it now. Again: nothing.
  void unpin() noexcept;

private:
  friend class compressed_store;
  pinned_value(compressed_store& store, std::span<std::byte> bytes) noexcept : store_(&store), bytes_(bytes) {}

  compressed_store* store_ = nullptr;
  std::span<std::byte> bytes_{};
};

/// Values that are read seldom, kept compressed in a fixed amount of memory: LZ4's block format
/// (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), by liblz4.
///
/// A value is kept in blocks of one size, from one pool of the kernel, linked by a table beside them: no block is too
/// large or too small for a value, so that put() succeeds iff there are as many free blocks as it takes, whatever was
/// put and erased before. It is kept as it is iff it is below the threshold or compression would save no block. Its
/// bytes have a checksum, and what comes out of the decompressor must have it, too: damage is found also where it
/// decompresses, and where the value was kept as it is.
///
/// The store's own records may be damaged, too. What it knows of a value is sealed: a wrong seal is damage. Beside each
/// block's link stands whose the block is, and no value's call reads or frees a block of another: so damage of one value
/// is never damage of another one, whichever of them is erased. [SR-COMPRESS-007]
///
/// This is not an allocator, and cannot be: what is behind a pointer is written when the store does not see it.
///
/// One owner. Nothing allocates after construction. Full: refused, nothing is lost and nothing evicted. O(value) each but
/// where it says otherwise. docs/services/compression.md. [SR-COMPRESS-001]
class compressed_store {
public:
  /// O(value_count_max + block_count + pin_count_max).
  explicit compressed_store(const compressed_store_plan& plan) noexcept;
  /// Misuse, reported: blocks_live iff a view is out.
  ~compressed_store();
  compressed_store(const compressed_store&) = delete;
  compressed_store& operator=(const compressed_store&) = delete;

  /// Keeps a copy of the bytes, which may be none. too_large iff more than value_max_bytes; too_many_values; full iff
  /// fewer blocks are free than they take; refused_by_kernel iff a pool is corrupted: it keeps what it had given for the value by
  /// then. Otherwise failed: nothing has changed but the statistics. [SR-COMPRESS-002]
  [[nodiscard]] compression_outcome<compressed_handle> put(std::span<const std::byte> value) noexcept;

  /// Copies the value into the buffer, and says how many bytes it has. In this order: unknown_handle, misuse,
  /// reported, iff there is no such value; damaged iff the store's record of it is not right; buffer_too_small iff it has
  /// more, with their number; damaged iff the chain of its blocks, its compressed form or its checksum is not right:
  /// nothing beyond the size of the value has then been written, and what is before is nothing to go by. [SR-COMPRESS-003]
  [[nodiscard]] compression_outcome<std::size_t> get(compressed_handle handle, std::span<std::byte> buffer) noexcept;
  /// The same in a place of the store's own, of which there are pin_count_max. no_pin_free iff all are out. [SR-COMPRESS-005]
  [[nodiscard]] compression_outcome<pinned_value> pin(compressed_handle handle) noexcept;
  /// How many bytes the value has. O(1). unknown_handle, and damaged iff the record is not right, as of get().
  [[nodiscard]] compression_outcome<std::size_t> size_of(compressed_handle handle) const noexcept;
  /// Forgets the value; its blocks are free. O(blocks). unknown_handle as of get(). damaged iff the store's record of the
  /// value, or the chain of its blocks, is not right: the value is forgotten all the same, and each block that is known to
  /// be its own is free; one of which that is not known any more stays used for as long as the store lives. O(block_count),
  /// and O(value_count_max) iff it is the record. [SR-COMPRESS-002] [SR-COMPRESS-007]
  compression_outcome<void> erase(compressed_handle handle) noexcept;

  /// O(1). [SR-COMPRESS-006]
  [[nodiscard]] compression_statistics statistics() const noexcept;
  [[nodiscard]] std::size_t value_max_bytes() const noexcept { return value_max_bytes_; }
  /// corrupted iff an invariant of the kernel's pools does not hold; a value's seal is wrong; a value's chain has not as
  /// many blocks as it takes, all of them its own, and then its end; or what all of them take is not what the pools and
  /// the statistics say. O(value_count_max + block_count). [SR-COMPRESS-007]
  [[nodiscard]] result<void> check_invariants() const noexcept;

private:
  friend class pinned_value;
  /// The way of tests and fuzzers to the bytes as they are stored. Nothing defines it here.
  friend struct compressed_store_access;
  friend struct compressed_store_config;

  /// What the store knows of a value. In a block of a pool, which gives it its handle. Nothing is read of it before its
  /// seal was found right: no type here has a value that may not be read.
  struct entry {
    std::uint64_t checksum = 0;
    std::size_t size = 0;
    std::size_t stored = 0;  ///< bytes, in as many blocks as they take
    std::uint32_t first = 0; ///< the first of these
    std::uint8_t is_compressed = 0;
    std::uint64_t seal = 0; ///< over all of this, and the handle
  };
  /// What the store knows of a block.
  struct block_record {
    std::uint32_t next;  ///< of its value
    std::uint32_t owner; ///< the index of the value's handle; nobody iff it is free
  };

  [[nodiscard]] std::size_t blocks_for(std::size_t bytes) const noexcept;
  [[nodiscard]] std::size_t compress(std::span<const std::byte> value) noexcept;
  [[nodiscard]] static std::uint64_t seal_of(const entry& value, compressed_handle handle) noexcept;
  [[nodiscard]] compression_outcome<entry*> place_of(compressed_handle handle) const noexcept;
  [[nodiscard]] compression_outcome<entry*> entry_of(compressed_handle handle) const noexcept;
  [[nodiscard]] bool is_owned(std::uint32_t block, std::uint32_t owner) const noexcept;
  [[nodiscard]] bool store_bytes(const std::byte* bytes, entry& into, std::uint32_t owner) noexcept;
  [[nodiscard]] bool free_block(std::uint32_t index) noexcept;
  [[nodiscard]] bool free_chain(const entry& from, std::size_t count, std::uint32_t owner) noexcept;
  void free_owned(std::uint32_t owner) noexcept;
  void count_bytes_again() noexcept;
  [[nodiscard]] bool is_whole(const entry& value, std::uint32_t owner) const noexcept;
  [[nodiscard]] bool load(const entry& from, std::uint32_t owner, std::byte* to) noexcept;
  [[nodiscard]] bool load_stored(const entry& from, std::uint32_t owner, std::byte* to) const noexcept;
  [[nodiscard]] compression_failure refuse(compression_failure_code code, std::uint64_t value,
                                           std::uint64_t highest) noexcept;
  [[nodiscard]] compression_failure damage(compressed_handle handle) noexcept;
  [[nodiscard]] compression_failure counted(compression_failure failure) noexcept;
  [[nodiscard]] std::byte* block_at(std::uint32_t index) const noexcept;
  void unpin(std::byte* slab) noexcept;

  local_pool_allocator entries_;
  local_pool_allocator blocks_;
  local_pool_allocator slabs_;
  block_record* block_records_;
  std::uint32_t* generations_; ///< of each value that is there, by its index; nobody iff there is none
  std::byte* scratch_;
  std::byte* codec_state_;
  std::size_t value_max_bytes_;
  std::size_t block_bytes_;
  std::size_t threshold_bytes_;
  compression_clock clock_;
  compression_statistics counts_{};
};

} // namespace nebula::services
