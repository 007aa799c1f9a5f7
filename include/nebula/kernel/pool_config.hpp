// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/block_storage.hpp>
#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/fault.hpp>

namespace nebula {

template <class Atomics, class Storage>
class basic_pool;
template <class Atomics>
class basic_segregated;

/// A pool configuration that was found valid, and laid out. Made by basic_pool_config::validate() only. One plan makes
/// one pool: two pools over the same storage are outside of what the kernel can detect. [SR-CFG-001]
template <class Atomics>
class basic_pool_plan {
public:
  [[nodiscard]] constexpr std::uint32_t block_count() const noexcept { return block_count_; }
  [[nodiscard]] constexpr std::size_t stride_bytes() const noexcept { return stride_bytes_; }
  /// The most caches that can be attached at a time.
  [[nodiscard]] constexpr std::uint32_t cache_count() const noexcept { return cache_count_; }
  /// The bytes of storage that blocks do not occupy: slots of caches, records, and padding to the alignments.
  [[nodiscard]] constexpr std::size_t overhead_bytes() const noexcept { return overhead_bytes_; }

  constexpr basic_pool_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its pool has no blocks

private:
  template <class>
  friend struct basic_pool_config;
  template <class, class>
  friend class basic_pool;

  std::byte* cache_slots_ = nullptr;
  std::byte* records_ = nullptr;
  std::byte* blocks_ = nullptr;
  layout block_{};
  std::size_t stride_bytes_ = 0;
  std::size_t overhead_bytes_ = 0;
  std::uint32_t block_count_ = 0;
  std::uint32_t cache_count_ = 0;
  fault_hook hook_{};
  check_level level_ = check_level::standard;
};

/// What a pool is to be. Fill in, then validate().
template <class Atomics>
struct basic_pool_config {
  using plan_type = basic_pool_plan<Atomics>;

  byte_span storage{};              ///< lent for the pool's life; any alignment
  std::size_t block_size_bytes = 0; ///< usable bytes of each block
  std::size_t block_align_bytes = alignof(std::max_align_t);
  std::size_t block_count = 0; ///< 0: as many as the storage holds
  fault_hook hook{};           ///< none: the program's
  check_level level = check_level::standard;
  std::size_t cache_count = 0; ///< the most caches (pool_cache) that can be attached at a time

  /// The most blocks that one pool can have: what the head of its free list can index, and whose records fit in the
  /// address space.
  static constexpr std::size_t block_count_max =
      smaller(pool_list<Atomics>::count_max, std::numeric_limits<std::size_t>::max() / sizeof(pool_record<Atomics>));

  /// The largest block that can be rounded up to `align`, which is a power of two, with its canary at the paranoid level.
  [[nodiscard]] static constexpr std::size_t block_size_max(std::size_t align, check_level level) noexcept {
    const std::size_t canary = level == check_level::paranoid ? canary_bytes : 0;
    return std::numeric_limits<std::size_t>::max() - (align - 1) - canary;
  }
  /// The most caches; none in a pool with one owner, who needs none. state() and audit() read a slot for each.
  static constexpr std::size_t cache_count_max = Atomics::is_shared ? 1024 : 0;

  /// The storage that `count` blocks and `caches` caches need if it is aligned to storage_align(). block_align_bytes,
  /// block_size_bytes, block_count or cache_count invalid iff out of range; size_overflow iff the sum exceeds SIZE_MAX.
  /// [SR-POOL-002]
  [[nodiscard]] static constexpr result<std::size_t> storage_bytes(std::size_t size, std::size_t align,
                                                                   std::size_t count,
                                                                   check_level level = check_level::standard,
                                                                   std::size_t caches = 0) noexcept {
    const configuration_field wrong = wrong_field(size, align, count, level, caches);
    if (wrong != configuration_field::none) {
      return invalid(wrong);
    }
    const checked_size front = checked_add(slot_bytes(caches), record_bytes(count));
    const checked_size records = checked_align_up(front.value, align);
    const checked_size blocks = checked_multiply(stride_of(size, align, level).value, count);
    const checked_size total = checked_add(records.value, blocks.value);
    if (!front.fits || !records.fits || !blocks.fits || !total.fits) {
      return error{error_code::size_overflow, operation::configure, reporter};
    }
    return total.value;
  }
  [[nodiscard]] static constexpr std::size_t storage_align(std::size_t block_align, std::size_t caches = 0) noexcept {
    return block_align > front_align(caches) ? block_align : front_align(caches);
  }

  /// invalid_configuration, with the field: storage iff null, too small for the count (for one block, if the count is
  /// 0), or past the end of the address space; block_size_bytes iff 0 or above block_size_max(); block_align_bytes iff
  /// not a power of two; check_level iff none; block_count or cache_count iff above the maximum.
  [[nodiscard]] result<plan_type> validate() const noexcept {
    const std::size_t wanted = block_count == 0 ? 1 : block_count;
    const configuration_field wrong = wrong_field(block_size_bytes, block_align_bytes, wanted, level, cache_count);
    if (wrong != configuration_field::none) {
      return invalid(wrong);
    }
    if (storage.data == nullptr || storage.size > room()) {
      return invalid(configuration_field::storage);
    }
    const std::size_t stride = stride_of(block_size_bytes, block_align_bytes, level).value;
    const std::size_t count = block_count == 0 ? most_blocks(stride) : block_count;
    const checked_size needed = bytes_for(count, stride);
    if (count == 0 || !needed.fits || needed.value > storage.size) {
      return invalid(configuration_field::storage);
    }
    std::byte* const slots = storage.data + front_padding();
    plan_type plan = laid_out(slots + slot_bytes(cache_count), storage.data + (needed.value - count * stride),
                              layout{block_size_bytes, block_align_bytes}, count, hook, level);
    plan.cache_slots_ = slots;
    plan.cache_count_ = static_cast<std::uint32_t>(cache_count);
    plan.overhead_bytes_ = storage.size - count * stride;
    return plan;
  }

  /// The bytes that validate() needs from storage.data on for block_count blocks (for one, if that is 0); does not fit
  /// iff no storage there would do. All other fields are valid.
  [[nodiscard]] checked_size storage_needed() const noexcept {
    return bytes_for(block_count == 0 ? 1 : block_count, stride_of(block_size_bytes, block_align_bytes, level).value);
  }

private:
  template <class>
  friend class basic_segregated;
  template <class>
  friend struct basic_segregated_config;

  using record_type = pool_record<Atomics>;
  using slot_type = cache_slot<Atomics>;
  static constexpr component reporter =
      Atomics::is_shared ? component::pool_allocator : component::local_pool_allocator;

  /// The plan of a pool whose places and sizes are known to be right.
  [[nodiscard]] static plan_type laid_out(std::byte* records, std::byte* blocks, layout block, std::size_t count,
                                          fault_hook hook, check_level level) noexcept {
    plan_type plan;
    plan.records_ = records;
    plan.blocks_ = blocks;
    plan.block_ = block;
    plan.stride_bytes_ = stride_of(block.size, block.align, level).value;
    plan.block_count_ = static_cast<std::uint32_t>(count);
    plan.hook_ = hook;
    plan.level_ = level;
    return plan;
  }
  [[nodiscard]] static constexpr error invalid(configuration_field field) noexcept {
    return error{error_code::invalid_configuration, operation::configure, reporter, field};
  }
  /// From one block to the next: at the paranoid level with room for a canary behind each.
  [[nodiscard]] static constexpr checked_size stride_of(std::size_t size, std::size_t align,
                                                        check_level level) noexcept {
    const checked_size with_tail = checked_add(size, level == check_level::paranoid ? canary_bytes : 0);
    return with_tail.fits ? checked_align_up(with_tail.value, align) : checked_size{};
  }
  [[nodiscard]] static constexpr configuration_field wrong_field(std::size_t size, std::size_t align, std::size_t count,
                                                                 check_level level, std::size_t caches) noexcept {
    if (!is_check_level(level)) {
      return configuration_field::check_level;
    }
    if (!is_power_of_two(align)) {
      return configuration_field::block_align_bytes;
    }
    if (size == 0 || size > block_size_max(align, level)) {
      return configuration_field::block_size_bytes;
    }
    if (count == 0 || count > block_count_max) {
      return configuration_field::block_count;
    }
    return caches > cache_count_max ? configuration_field::cache_count : configuration_field::none;
  }
  [[nodiscard]] static constexpr std::size_t slot_bytes(std::size_t caches) noexcept {
    return caches * sizeof(slot_type);
  }
  [[nodiscard]] static constexpr std::size_t front_align(std::size_t caches) noexcept {
    return caches == 0 ? alignof(record_type) : alignof(slot_type);
  }
  [[nodiscard]] static constexpr std::size_t record_bytes(std::size_t count) noexcept {
    return count * sizeof(record_type);
  }
  /// Bytes from the start of this storage to the first slot, or record.
  [[nodiscard]] std::size_t front_padding() const noexcept {
    return padding_bytes(reinterpret_cast<std::uintptr_t>(storage.data), front_align(cache_count));
  }
  /// Bytes from the start of this storage to the end of the address space.
  [[nodiscard]] std::size_t room() const noexcept {
    return std::numeric_limits<std::uintptr_t>::max() - reinterpret_cast<std::uintptr_t>(storage.data);
  }
  /// Bytes from the start of this storage to the end of the last of `count` blocks.
  [[nodiscard]] checked_size bytes_for(std::size_t count, std::size_t stride) const noexcept {
    const checked_size records_end = checked_add(front_padding() + slot_bytes(cache_count), record_bytes(count));
    if (!records_end.fits || records_end.value > room()) {
      return {}; // past the end of the address space
    }
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(storage.data) + records_end.value;
    const checked_size blocks_begin = checked_add(records_end.value, padding_bytes(address, block_align_bytes));
    const checked_size blocks = checked_multiply(count, stride);
    const checked_size total = checked_add(blocks_begin.value, blocks.value);
    return blocks_begin.fits && blocks.fits ? total : checked_size{};
  }
  /// The most blocks that this storage holds: an estimate that ignores the padding before the blocks, and at most two
  /// steps down, for that is less than one stride.
  [[nodiscard]] std::size_t most_blocks(std::size_t stride) const noexcept {
    const checked_size each = checked_add(stride, sizeof(record_type));
    const std::size_t front = front_padding() + slot_bytes(cache_count);
    std::size_t count = each.fits && storage.size > front ? divide(storage.size - front, each.value).quotient : 0;
    count = count > block_count_max ? block_count_max : count;
    for (int step = 0; step < 2 && count != 0; ++step) {
      const checked_size needed = bytes_for(count, stride);
      count -= needed.fits && needed.value <= storage.size ? 0U : 1U;
    }
    return count;
  }
};

} // namespace nebula
