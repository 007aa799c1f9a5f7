// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/compression/compressed_store.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include <lz4.h>

#include <nebula/services/compression/content_checksum.hpp>

namespace nebula::services {
namespace {

/// Where a chain of blocks ends.
constexpr std::uint32_t no_block = std::numeric_limits<std::uint32_t>::max();

std::uint64_t now_of(const compression_clock& clock) noexcept {
  if (clock.now != nullptr) {
    return clock.now(clock.context);
  }
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

const char* as_text(const std::byte* bytes) noexcept { return reinterpret_cast<const char*>(bytes); }
char* as_text(std::byte* bytes) noexcept { return reinterpret_cast<char*>(bytes); }

compression_failure failed_for(compression_failure_code code, error kernel = {},
                               compressed_handle handle = {}) noexcept {
  compression_failure failure;
  failure.code = code;
  failure.kernel = kernel;
  failure.handle = handle;
  return failure;
}

} // namespace

compressed_store::compressed_store(const compressed_store_plan& plan) noexcept
    : entries_(plan.entries_),
      blocks_(plan.blocks_),
      slabs_(plan.slabs_),
      links_(nullptr),
      scratch_(plan.scratch_),
      codec_state_(plan.codec_state_),
      value_max_bytes_(plan.value_max_bytes_),
      block_bytes_(plan.block_bytes_),
      threshold_bytes_(plan.threshold_bytes_),
      clock_(plan.clock_) {
  counts_.block_count = blocks_.block_count();
  for (std::size_t index = 0; index < counts_.block_count; ++index) {
    std::uint32_t* const link =
        ::new (static_cast<void*>(plan.links_ + index * sizeof no_block)) std::uint32_t(no_block);
    links_ = index == 0 ? link : links_;
  }
}

compressed_store::~compressed_store() {
  if (counts_.pins != 0) {
    const error live{error_code::blocks_live, operation::reset, component::none};
    report_fault(entries_.hook(), fault{live, invariant::none, this, nullptr});
  }
}

std::size_t compressed_store::blocks_for(std::size_t bytes) const noexcept {
  return bytes == 0 ? 0 : (bytes - 1) / block_bytes_ + 1;
}

std::byte* compressed_store::block_at(std::uint32_t index) const noexcept {
  return blocks_.block_bytes().data + index * blocks_.stride_bytes();
}

compression_failure compressed_store::refuse(compression_failure_code code, std::uint64_t value,
                                             std::uint64_t highest) noexcept {
  ++counts_.refusals;
  compression_failure refused;
  refused.code = code;
  refused.value = value;
  refused.highest = highest;
  return refused;
}

compression_failure compressed_store::damage(compressed_handle handle) noexcept {
  ++counts_.damages;
  return failed_for(compression_failure_code::damaged, {}, handle);
}

/// Into the scratch. 0 iff that would save no block.
std::size_t compressed_store::compress(std::span<const std::byte> value) noexcept {
  const std::size_t whole = blocks_for(value.size());
  if (whole < 2) {
    return 0;
  }
  const std::size_t most = (whole - 1) * block_bytes_; // less than the value, and so within an int
  const std::uint64_t begin = now_of(clock_);
  const int written = LZ4_compress_fast_extState(codec_state_, as_text(value.data()), as_text(scratch_),
                                                 static_cast<int>(value.size()), static_cast<int>(most), 1);
  counts_.compress_nanoseconds += now_of(clock_) - begin;
  counts_.compressed_bytes += value.size();
  return written > 0 ? static_cast<std::size_t>(written) : 0;
}

compression_outcome<compressed_handle> compressed_store::put(std::span<const std::byte> value) noexcept {
  if (value.size() > value_max_bytes_) {
    return refuse(compression_failure_code::too_large, value.size(), value_max_bytes_);
  }
  if (counts_.values == entries_.block_count()) {
    return refuse(compression_failure_code::too_many_values, 0, entries_.block_count());
  }
  const bool is_small = value.size() < threshold_bytes_;
  const std::size_t compressed = is_small ? 0 : compress(value);
  entry made;
  made.checksum = content_checksum(value);
  made.size = value.size();
  made.is_compressed = compressed != 0;
  made.stored = made.is_compressed ? compressed : value.size();
  const std::size_t needed = blocks_for(made.stored);
  const std::size_t free = counts_.block_count - counts_.blocks_used;
  if (needed > free) {
    return refuse(compression_failure_code::full, needed, free);
  }
  const result<std::byte*> place = entries_.allocate(layout::of<entry>());
  if (!place.has_value()) {
    return failed_for(compression_failure_code::refused_by_kernel, place.error());
  }
  if (!store_bytes(made.is_compressed ? scratch_ : value.data(), made)) {
    static_cast<void>(entries_.deallocate(place.value()));
    return failed_for(compression_failure_code::refused_by_kernel,
                      error{error_code::corrupted, operation::allocate, component::local_pool_allocator});
  }
  ::new (static_cast<void*>(place.value())) entry(made);
  ++counts_.values;
  ++counts_.puts;
  counts_.kept_below_threshold += is_small ? 1U : 0U;
  counts_.kept_incompressible += !is_small && !made.is_compressed ? 1U : 0U;
  counts_.original_bytes += made.size;
  counts_.stored_bytes += made.stored;
  const block_handle handle = entries_.handle_of(place.value()).value();
  return compressed_handle{handle.index, handle.generation};
}

/// Into as many blocks as they take. False, with none of them taken, iff the kernel's pool is corrupted.
bool compressed_store::store_bytes(const std::byte* bytes, entry& into) noexcept {
  into.first = no_block;
  std::uint32_t last = no_block;
  for (std::size_t done = 0; done < into.stored; done += block_bytes_) {
    const result<std::byte*> block = blocks_.allocate({block_bytes_, 1});
    if (!block.has_value()) {
      free_blocks(into, done / block_bytes_);
      return false;
    }
    const auto distance = static_cast<std::size_t>(block.value() - blocks_.block_bytes().data);
    const auto index = static_cast<std::uint32_t>(distance / blocks_.stride_bytes());
    (last == no_block ? into.first : links_[last]) = index;
    links_[index] = no_block;
    last = index;
    ++counts_.blocks_used;
    std::memcpy(block.value(), bytes + done, std::min(block_bytes_, into.stored - done));
  }
  return true;
}

/// So many of them, from the first on; says how many, which are fewer iff the chain is broken.
std::size_t compressed_store::free_blocks(const entry& from, std::size_t count) noexcept {
  std::uint32_t index = from.first;
  for (std::size_t freed = 0; freed < count; ++freed) {
    if (index >= counts_.block_count) {
      return freed;
    }
    const std::uint32_t next = links_[index];
    if (!blocks_.deallocate(block_at(index)).has_value()) {
      return freed;
    }
    links_[index] = no_block;
    --counts_.blocks_used;
    index = next;
  }
  return count;
}

compression_outcome<compressed_store::entry*> compressed_store::entry_of(compressed_handle handle) const noexcept {
  const result<std::byte*> place = entries_.resolve(block_handle{handle.index, handle.generation});
  if (!place.has_value()) {
    const bool is_broken = is_corruption(place.code());
    return failed_for(
        is_broken ? compression_failure_code::refused_by_kernel : compression_failure_code::unknown_handle,
        place.error(), handle);
  }
  // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
  return std::launder(static_cast<entry*>(static_cast<void*>(place.value())));
}

/// The bytes as they are stored, one behind the other. False iff their chain is broken.
bool compressed_store::load_stored(const entry& from, std::byte* to) const noexcept {
  std::uint32_t index = from.first;
  for (std::size_t done = 0; done < from.stored; done += block_bytes_) {
    if (index >= counts_.block_count) {
      return false;
    }
    std::memcpy(to + done, block_at(index), std::min(block_bytes_, from.stored - done));
    index = links_[index];
  }
  return true;
}

/// The value, whose size there is room for. False iff what is stored is not what was put.
bool compressed_store::load(const entry& from, std::byte* to) noexcept {
  if (from.stored > value_max_bytes_ || (!from.is_compressed && from.stored != from.size)) {
    return false;
  }
  const std::uint64_t begin = now_of(clock_);
  bool is_right = true;
  if (!from.is_compressed) {
    is_right = load_stored(from, to);
  } else {
    is_right = load_stored(from, scratch_);
    if (is_right) {
      const int read = LZ4_decompress_safe(as_text(scratch_), as_text(to), static_cast<int>(from.stored),
                                           static_cast<int>(from.size));
      is_right = read >= 0 && static_cast<std::size_t>(read) == from.size;
    }
  }
  is_right = is_right && content_checksum({to, from.size}) == from.checksum;
  if (is_right && from.is_compressed) {
    counts_.decompressed_bytes += from.size;
    counts_.decompress_nanoseconds += now_of(clock_) - begin;
  }
  return is_right;
}

compression_outcome<std::size_t> compressed_store::get(compressed_handle handle, std::span<std::byte> buffer) noexcept {
  const compression_outcome<entry*> found = entry_of(handle);
  if (!found.has_value()) {
    return found.failure();
  }
  const entry& value = *found.value();
  if (value.size > value_max_bytes_) {
    return damage(handle);
  }
  if (value.size > buffer.size()) {
    compression_failure small = failed_for(compression_failure_code::buffer_too_small, {}, handle);
    small.value = buffer.size();
    small.lowest = value.size;
    small.highest = value_max_bytes_;
    return small;
  }
  if (!load(value, buffer.data())) {
    return damage(handle);
  }
  ++counts_.gets;
  return value.size;
}

compression_outcome<pinned_value> compressed_store::pin(compressed_handle handle) noexcept {
  const compression_outcome<entry*> found = entry_of(handle);
  if (!found.has_value()) {
    return found.failure();
  }
  const entry& value = *found.value();
  if (value.size > value_max_bytes_) {
    return damage(handle);
  }
  if (counts_.pins == slabs_.block_count()) {
    return refuse(compression_failure_code::no_pin_free, 0, slabs_.block_count());
  }
  const result<std::byte*> slab = slabs_.allocate({value_max_bytes_, alignof(std::max_align_t)});
  if (!slab.has_value()) {
    return failed_for(compression_failure_code::refused_by_kernel, slab.error(), handle);
  }
  ++counts_.pins;
  pinned_value view(*this, {slab.value(), value.size});
  if (!load(value, slab.value())) {
    return damage(handle); // the view ends here, and gives its place back
  }
  ++counts_.gets;
  return view;
}

void compressed_store::unpin(std::byte* slab) noexcept {
  --counts_.pins;
  static_cast<void>(slabs_.deallocate(slab));
}

void pinned_value::unpin() noexcept {
  if (store_ != nullptr) {
    std::exchange(store_, nullptr)->unpin(std::exchange(bytes_, {}).data());
  }
}

compression_outcome<std::size_t> compressed_store::size_of(compressed_handle handle) const noexcept {
  const compression_outcome<entry*> found = entry_of(handle);
  if (!found.has_value()) {
    return found.failure();
  }
  return found.value()->size;
}

compression_outcome<void> compressed_store::erase(compressed_handle handle) noexcept {
  const compression_outcome<entry*> found = entry_of(handle);
  if (!found.has_value()) {
    return found.failure();
  }
  const entry gone = *found.value();
  const result<void> forgotten = entries_.deallocate(block_handle{handle.index, handle.generation});
  if (!forgotten.has_value()) {
    return failed_for(compression_failure_code::refused_by_kernel, forgotten.error(), handle);
  }
  --counts_.values;
  ++counts_.erased;
  counts_.original_bytes -=
      std::min<std::uint64_t>(gone.size, counts_.original_bytes); // a damaged one may say anything
  counts_.stored_bytes -= std::min<std::uint64_t>(gone.stored, counts_.stored_bytes);
  const std::size_t taken = blocks_for(gone.stored);
  if (free_blocks(gone, taken) != taken) {
    return damage(handle);
  }
  return {};
}

compression_statistics compressed_store::statistics() const noexcept { return counts_; }

result<void> compressed_store::check_invariants() const noexcept {
  for (const local_pool_allocator* const pool : {&entries_, &blocks_, &slabs_}) {
    const result<void> sound = pool->check_invariants();
    if (!sound.has_value()) {
      return sound;
    }
  }
  return {};
}

} // namespace nebula::services
