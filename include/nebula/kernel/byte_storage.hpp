// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/pattern.hpp>

namespace nebula {

/// Where an allocator of variable blocks has its bytes: lent by a caller, or inside the object. Blocks grow up from
/// offset 0; the allocator's records, which no block holds, grow down from the end.
class span_byte_storage {
public:
  constexpr span_byte_storage() noexcept = default;
  explicit constexpr span_byte_storage(byte_span storage) noexcept : storage_(storage) {}

  [[nodiscard]] std::byte* data() const noexcept { return storage_.data; }
  [[nodiscard]] std::size_t size() const noexcept { return storage_.size; }
  void begin_use(bool with_pattern) const noexcept {
    if (with_pattern) {
      fill_with(free_pattern, storage_.data, storage_.size);
    }
    tell_free(storage_.data, storage_.size);
  }

private:
  byte_span storage_{};
};

/// Inside the object; all-zero when constructed, and at a multiple of the strictest ordinary alignment.
template <std::size_t Bytes>
class inline_byte_storage {
  static_assert(Bytes != 0, "an allocator needs storage");

public:
  constexpr inline_byte_storage() noexcept = default;

  [[nodiscard]] std::byte* data() const noexcept { return bytes_; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return Bytes; }
  /// Memory checkers learn of what is free when it is freed: they cannot be called in a constant expression.
  constexpr void begin_use(bool with_pattern) noexcept {
    for (std::size_t offset = 0; with_pattern && offset < Bytes; ++offset) {
      bytes_[offset] = free_pattern;
    }
  }

private:
  // mutable: as with a caller's storage, the bytes are reached through the allocator, not part of its value
  alignas(std::max_align_t) mutable std::byte bytes_[Bytes] = {};
};

/// An array of records that grows down from the end of a storage. Records are copied in and out as bytes, so that the
/// storage may have any alignment and the records never alias a block. Field by field, in their order: a copy of the
/// whole would load several fields at once that were just stored one by one, and wait until all of them are in the cache.
/// A Record has visit_fields(record, visit), which visits all of them.
template <class Record>
class record_stack {
  static_assert(std::is_trivially_copyable_v<Record>, "copied as bytes");

public:
  /// The bytes that `count` records take.
  [[nodiscard]] static constexpr std::size_t bytes(std::size_t count) noexcept { return count * sizeof(Record); }

  /// True iff the storage can hold so many. By a product: the quotient by such a size takes a library on small
  /// processors.
  template <class Storage>
  [[nodiscard]] static constexpr bool fit(const Storage& storage, std::size_t count) noexcept {
    const checked_size taken = checked_multiply(count, sizeof(Record));
    return taken.fits && taken.value <= storage.size();
  }
  template <class Storage>
  [[nodiscard]] static Record read(const Storage& storage, std::size_t index) noexcept {
    Record record;
    const std::byte* from = storage.data() + (storage.size() - bytes(index + 1));
    Record::visit_fields(record, [&from](auto& field) {
      __builtin_memcpy(&field, from, sizeof field);
      from += sizeof field;
    });
    return record;
  }
  template <class Storage>
  static void write(const Storage& storage, std::size_t index, const Record& record) noexcept {
    tell_readable(storage.data() + (storage.size() - bytes(index + 1)), sizeof(Record));
    std::byte* to = storage.data() + (storage.size() - bytes(index + 1));
    Record::visit_fields(record, [&to](const auto& field) {
      __builtin_memcpy(to, &field, sizeof field);
      to += sizeof field;
    });
  }
};

} // namespace nebula
