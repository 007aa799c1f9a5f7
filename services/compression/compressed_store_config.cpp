// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/compression/compressed_store.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

#include <lz4.h>

#include <nebula/kernel/arithmetic.hpp>

namespace nebula::services {
namespace {

static_assert(compressed_store_config::value_bytes_max == LZ4_MAX_INPUT_SIZE, "as liblz4 has it");

/// Parts of a storage, one behind the other: how many bytes they take from an address on; does not fit iff they would
/// exceed the address space.
struct parts {
  std::uintptr_t address = 0; ///< of the next part
  checked_size bytes{0, true};

  /// Where the part begins, from the first one's address. Garbage iff it does not fit.
  std::size_t add(std::size_t size, std::size_t align) noexcept {
    const std::size_t padding = padding_bytes(address + bytes.value, align);
    const checked_size begin = checked_add(bytes.value, padding);
    const checked_size end = checked_add(begin.value, size);
    bytes = {end.value, bytes.fits && begin.fits && end.fits};
    return begin.value;
  }
  /// Wherever the storage begins.
  void add_anywhere(std::size_t size, std::size_t align) noexcept {
    const checked_size padded = checked_add(size, align - 1);
    const checked_size end = checked_add(bytes.value, padded.value);
    bytes = {end.value, bytes.fits && padded.fits && end.fits};
  }
};

constexpr std::size_t codec_align = 64;
constexpr std::size_t slab_align = alignof(std::max_align_t);

std::size_t codec_state_bytes() noexcept { return static_cast<std::size_t>(LZ4_sizeofState()); }

/// What the kernel's pool needs, if it is aligned as it asks; more than there is iff that exceeds the address space.
std::size_t pool_bytes(std::size_t size, std::size_t align, std::size_t count) noexcept {
  const result<std::size_t> needed = local_pool_config::storage_bytes(size, align, count);
  return needed.has_value() ? needed.value() : std::numeric_limits<std::size_t>::max();
}

compression_failure out_of(compression_field field, std::uint64_t value, std::uint64_t lowest,
                           std::uint64_t highest) noexcept {
  compression_failure wrong;
  wrong.code = compression_failure_code::invalid_configuration;
  wrong.field = field;
  wrong.value = value;
  wrong.lowest = lowest;
  wrong.highest = highest;
  return wrong;
}

compression_failure wrong_field(const compressed_store_config& wanted) noexcept {
  constexpr std::size_t count_max = local_pool_config::block_count_max;
  if (wanted.value_count_max == 0 || wanted.value_count_max > count_max) {
    return out_of(compression_field::value_count_max, wanted.value_count_max, 1, count_max);
  }
  if (wanted.value_max_bytes == 0 || wanted.value_max_bytes > compressed_store_config::value_bytes_max) {
    return out_of(compression_field::value_max_bytes, wanted.value_max_bytes, 1,
                  compressed_store_config::value_bytes_max);
  }
  if (wanted.block_bytes < compressed_store_config::block_bytes_min ||
      wanted.block_bytes > compressed_store_config::value_bytes_max) {
    return out_of(compression_field::block_bytes, wanted.block_bytes, compressed_store_config::block_bytes_min,
                  compressed_store_config::value_bytes_max);
  }
  if (wanted.block_count == 0 || wanted.block_count > count_max) {
    return out_of(compression_field::block_count, wanted.block_count, 1, count_max);
  }
  if (wanted.pin_count_max > count_max) {
    return out_of(compression_field::pin_count_max, wanted.pin_count_max, 0, count_max);
  }
  return {};
}

local_pool_plan pool_at(std::byte* place, std::size_t bytes, layout block, std::size_t count,
                        fault_hook hook) noexcept {
  local_pool_config pool;
  pool.storage = {place, bytes};
  pool.block_size_bytes = block.size;
  pool.block_align_bytes = block.align;
  pool.block_count = count;
  pool.hook = hook;
  return pool.validate().value(); // has a value: all that it asks for has been seen to
}

} // namespace

compression_outcome<std::size_t> compressed_store_config::storage_bytes(
    const compressed_store_config& wanted) noexcept {
  if (const compression_failure wrong = wrong_field(wanted); wrong.code != compression_failure_code::none) {
    return wrong;
  }
  using entry = compressed_store::entry;
  using block_record = compressed_store::block_record;
  const checked_size block_records = checked_multiply(wanted.block_count, sizeof(block_record));
  const checked_size generations = checked_multiply(wanted.value_count_max, sizeof(std::uint32_t));
  parts all;
  all.bytes.fits = block_records.fits && generations.fits;
  all.add_anywhere(pool_bytes(sizeof(entry), alignof(entry), wanted.value_count_max),
                   local_pool_config::storage_align(alignof(entry)));
  all.add_anywhere(pool_bytes(wanted.block_bytes, 1, wanted.block_count), local_pool_config::storage_align(1));
  if (wanted.pin_count_max != 0) {
    all.add_anywhere(pool_bytes(wanted.value_max_bytes, slab_align, wanted.pin_count_max),
                     local_pool_config::storage_align(slab_align));
  }
  all.add_anywhere(block_records.value, alignof(block_record));
  all.add_anywhere(generations.value, alignof(std::uint32_t));
  all.add_anywhere(wanted.value_max_bytes, 1);
  all.add_anywhere(codec_state_bytes(), codec_align);
  if (!all.bytes.fits) {
    return out_of(compression_field::value_max_bytes, wanted.value_max_bytes, 1, 0);
  }
  return all.bytes.value;
}

compression_outcome<compressed_store_plan> compressed_store_config::validate() const noexcept {
  const compression_outcome<std::size_t> needed = storage_bytes(*this);
  if (!needed.has_value()) {
    return needed.failure();
  }
  const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
  const std::size_t room = std::numeric_limits<std::uintptr_t>::max() - address;
  if (storage.data == nullptr || storage.size < needed.value() || storage.size > room) {
    return out_of(compression_field::storage, storage.data == nullptr ? 0 : storage.size, needed.value(), room);
  }
  using entry = compressed_store::entry;
  using block_record = compressed_store::block_record;
  parts all;
  all.address = address;
  const auto pool = [&](layout block, std::size_t count) {
    const std::size_t bytes = pool_bytes(block.size, block.align, count);
    return pool_at(storage.data + all.add(bytes, local_pool_config::storage_align(block.align)), bytes, block, count,
                   hook);
  };
  compressed_store_plan plan;
  plan.entries_ = pool({sizeof(entry), alignof(entry)}, value_count_max);
  plan.blocks_ = pool({block_bytes, 1}, block_count);
  if (pin_count_max != 0) {
    plan.slabs_ = pool({value_max_bytes, slab_align}, pin_count_max);
  }
  plan.block_records_ = storage.data + all.add(block_count * sizeof(block_record), alignof(block_record));
  plan.generations_ = storage.data + all.add(value_count_max * sizeof(std::uint32_t), alignof(std::uint32_t));
  plan.scratch_ = storage.data + all.add(value_max_bytes, 1);
  plan.codec_state_ = storage.data + all.add(codec_state_bytes(), codec_align);
  plan.value_max_bytes_ = value_max_bytes;
  plan.block_bytes_ = block_bytes;
  plan.threshold_bytes_ = threshold_bytes;
  plan.clock_ = clock;
  plan.hook_ = hook;
  return plan;
}

} // namespace nebula::services
