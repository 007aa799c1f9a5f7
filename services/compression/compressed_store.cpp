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

/// Where a chain of blocks ends. No index reaches it.
constexpr std::uint32_t no_block = std::numeric_limits<std::uint32_t>::max();
/// The owner of a free block, and the generation of a value that is not there. No index and no generation reaches it.
constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

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
      block_records_(nullptr),
      generations_(nullptr),
      scratch_(plan.scratch_),
      codec_state_(plan.codec_state_),
      value_max_bytes_(plan.value_max_bytes_),
      block_bytes_(plan.block_bytes_),
      threshold_bytes_(plan.threshold_bytes_),
      clock_(plan.clock_) {
  counts_.block_count = blocks_.block_count();
  for (std::size_t index = 0; index < counts_.block_count; ++index) {
    // cppcheck-suppress unreadVariable ; it is read two lines below
    // cppcheck-suppress unusedAllocatedMemory ; likewise
    block_record* const record =
        ::new (static_cast<void*>(plan.block_records_ + index * sizeof(block_record))) block_record{no_block, nobody};
    block_records_ = index == 0 ? record : block_records_;
  }
  for (std::size_t index = 0; index < entries_.block_count(); ++index) {
    std::uint32_t* const generation =
        ::new (static_cast<void*>(plan.generations_ + index * sizeof nobody)) std::uint32_t(nobody);
    generations_ = index == 0 ? generation : generations_;
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

/// A failure of entry_of().
compression_failure compressed_store::counted(compression_failure failure) noexcept {
  counts_.damages += failure.code == compression_failure_code::damaged ? 1U : 0U;
  return failure;
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
  made.is_compressed = compressed != 0 ? 1 : 0;
  made.stored = compressed != 0 ? compressed : value.size();
  const std::size_t needed = blocks_for(made.stored);
  const std::size_t free = counts_.block_count - counts_.blocks_used;
  if (needed > free) {
    return refuse(compression_failure_code::full, needed, free);
  }
  const result<std::byte*> place = entries_.allocate(layout::of<entry>());
  if (!place.has_value()) {
    return failed_for(compression_failure_code::refused_by_kernel, place.error());
  }
  const block_handle named = entries_.handle_of(place.value()).value();
  const compressed_handle handle{named.index, named.generation};
  if (!store_bytes(compressed != 0 ? scratch_ : value.data(), made, handle.index)) {
    static_cast<void>(entries_.deallocate(place.value()));
    return failed_for(compression_failure_code::refused_by_kernel,
                      error{error_code::corrupted, operation::allocate, component::local_pool_allocator});
  }
  made.seal = seal_of(made, handle);
  ::new (static_cast<void*>(place.value())) entry(made);
  generations_[handle.index] = handle.generation;
  ++counts_.values;
  ++counts_.puts;
  counts_.kept_below_threshold += is_small ? 1U : 0U;
  counts_.kept_incompressible += !is_small && compressed == 0 ? 1U : 0U;
  counts_.original_bytes += made.size;
  counts_.stored_bytes += made.stored;
  return handle;
}

/// Into as many blocks as they take. False iff the kernel's pool is corrupted: it then takes none back that it has given.
bool compressed_store::store_bytes(const std::byte* bytes, entry& into, std::uint32_t owner) noexcept {
  into.first = no_block;
  std::uint32_t last = no_block;
  for (std::size_t done = 0; done < into.stored; done += block_bytes_) {
    const result<std::byte*> block = blocks_.allocate({block_bytes_, 1});
    if (!block.has_value()) {
      static_cast<void>(free_chain(into, done / block_bytes_, owner));
      return false;
    }
    const auto distance = static_cast<std::size_t>(block.value() - blocks_.block_bytes().data);
    const auto index = static_cast<std::uint32_t>(distance / blocks_.stride_bytes());
    (last == no_block ? into.first : block_records_[last].next) = index;
    block_records_[index] = {no_block, owner};
    last = index;
    ++counts_.blocks_used;
    std::memcpy(block.value(), bytes + done, std::min(block_bytes_, into.stored - done));
  }
  return true;
}

/// True iff there is such a block, and it is the value's of that index.
bool compressed_store::is_owned(std::uint32_t block, std::uint32_t owner) const noexcept {
  return block < counts_.block_count && block_records_[block].owner == owner;
}

/// False iff the pool refuses.
bool compressed_store::free_block(std::uint32_t index) noexcept {
  if (!blocks_.deallocate(block_at(index)).has_value()) {
    return false;
  }
  block_records_[index] = {no_block, nobody};
  --counts_.blocks_used;
  return true;
}

/// So many of them, from the first on. False iff one is not the owner's, or the chain does not end there: what is before is
/// free.
bool compressed_store::free_chain(const entry& from, std::size_t count, std::uint32_t owner) noexcept {
  std::uint32_t index = from.first;
  for (std::size_t freed = 0; freed < count; ++freed) {
    if (!is_owned(index, owner)) {
      return false;
    }
    const std::uint32_t next = block_records_[index].next;
    if (!free_block(index)) {
      return false;
    }
    index = next;
  }
  return index == no_block;
}

/// All that have this owner, in a chain or not.
void compressed_store::free_owned(std::uint32_t owner) noexcept {
  for (std::uint32_t index = 0; index < counts_.block_count; ++index) {
    if (is_owned(index, owner) && !free_block(index)) {
      return; // the pool is corrupted: it refuses the others as well
    }
  }
}

/// Of the values whose records are right: what a damaged one had is not known.
void compressed_store::count_bytes_again() noexcept {
  counts_.original_bytes = 0;
  counts_.stored_bytes = 0;
  for (std::uint32_t index = 0; index < entries_.block_count(); ++index) {
    if (generations_[index] == nobody) {
      continue;
    }
    const compression_outcome<entry*> found = entry_of({index, generations_[index]});
    if (found.has_value()) {
      counts_.original_bytes += found.value()->size;
      counts_.stored_bytes += found.value()->stored;
    }
  }
}

/// Damage of one field always changes it.
std::uint64_t compressed_store::seal_of(const entry& value, compressed_handle handle) noexcept {
  const std::uint64_t words[] = {value.checksum, value.size, value.stored,
                                 (std::uint64_t{value.is_compressed} << 32U) | value.first,
                                 (std::uint64_t{handle.generation} << 32U) | handle.index};
  return content_checksum(std::as_bytes(std::span(words)));
}

/// The record of the value, right or not.
compression_outcome<compressed_store::entry*> compressed_store::place_of(compressed_handle handle) const noexcept {
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

/// The same; damaged iff its seal is wrong.
compression_outcome<compressed_store::entry*> compressed_store::entry_of(compressed_handle handle) const noexcept {
  const compression_outcome<entry*> found = place_of(handle);
  if (found.has_value() && found.value()->seal != seal_of(*found.value(), handle)) {
    return failed_for(compression_failure_code::damaged, {}, handle);
  }
  return found;
}

/// The bytes as they are stored, one behind the other. False iff their chain is broken.
bool compressed_store::load_stored(const entry& from, std::uint32_t owner, std::byte* to) const noexcept {
  std::uint32_t index = from.first;
  for (std::size_t done = 0; done < from.stored; done += block_bytes_) {
    if (!is_owned(index, owner)) {
      return false;
    }
    std::memcpy(to + done, block_at(index), std::min(block_bytes_, from.stored - done));
    index = block_records_[index].next;
  }
  return index == no_block;
}

/// The value, whose size there is room for. False iff what is stored is not what was put.
bool compressed_store::load(const entry& from, std::uint32_t owner, std::byte* to) noexcept {
  // a record that somebody has sealed anew is not right for that, and must not lead anywhere either
  const bool is_compressed = from.is_compressed != 0;
  if (from.stored > value_max_bytes_ || (!is_compressed && from.stored != from.size)) {
    return false;
  }
  const std::uint64_t begin = now_of(clock_);
  bool is_right = true;
  if (!is_compressed) {
    is_right = load_stored(from, owner, to);
  } else {
    is_right = load_stored(from, owner, scratch_);
    if (is_right) {
      const int read = LZ4_decompress_safe(as_text(scratch_), as_text(to), static_cast<int>(from.stored),
                                           static_cast<int>(from.size));
      is_right = read >= 0 && static_cast<std::size_t>(read) == from.size;
    }
  }
  is_right = is_right && content_checksum({to, from.size}) == from.checksum;
  if (is_right && is_compressed) {
    counts_.decompressed_bytes += from.size;
    counts_.decompress_nanoseconds += now_of(clock_) - begin;
  }
  return is_right;
}

compression_outcome<std::size_t> compressed_store::get(compressed_handle handle, std::span<std::byte> buffer) noexcept {
  const compression_outcome<entry*> found = entry_of(handle);
  if (!found.has_value()) {
    return counted(found.failure());
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
  if (!load(value, handle.index, buffer.data())) {
    return damage(handle);
  }
  ++counts_.gets;
  return value.size;
}

compression_outcome<pinned_value> compressed_store::pin(compressed_handle handle) noexcept {
  const compression_outcome<entry*> found = entry_of(handle);
  if (!found.has_value()) {
    return counted(found.failure());
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
  if (!load(value, handle.index, slab.value())) {
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
  const bool is_damaged = !found.has_value() && found.failure().code == compression_failure_code::damaged;
  if (!found.has_value() && !is_damaged) {
    return found.failure();
  }
  const entry gone = is_damaged ? entry{} : *found.value();
  const result<void> forgotten = entries_.deallocate(block_handle{handle.index, handle.generation});
  if (!forgotten.has_value()) {
    return failed_for(compression_failure_code::refused_by_kernel, forgotten.error(), handle);
  }
  generations_[handle.index] = nobody;
  --counts_.values;
  ++counts_.erased;
  if (is_damaged) {
    count_bytes_again();
  } else { // not below 0 where a record that was not counted has become right again
    counts_.original_bytes -= std::min<std::uint64_t>(gone.size, counts_.original_bytes);
    counts_.stored_bytes -= std::min<std::uint64_t>(gone.stored, counts_.stored_bytes);
  }
  if (is_damaged || !free_chain(gone, blocks_for(gone.stored), handle.index)) {
    free_owned(handle.index);
    return damage(handle);
  }
  return {};
}

compression_statistics compressed_store::statistics() const noexcept { return counts_; }

/// True iff the chain has as many blocks as the value takes, all of them its own, and then ends.
bool compressed_store::is_whole(const entry& value, std::uint32_t owner) const noexcept {
  std::uint32_t index = value.first;
  const std::size_t taken = blocks_for(value.stored);
  if (taken > counts_.block_count) {
    return false;
  }
  for (std::size_t block = 0; block < taken; ++block) {
    if (!is_owned(index, owner)) {
      return false;
    }
    index = block_records_[index].next;
  }
  return index == no_block;
}

result<void> compressed_store::check_invariants() const noexcept {
  for (const local_pool_allocator* const pool : {&entries_, &blocks_, &slabs_}) {
    const result<void> sound = pool->check_invariants();
    if (!sound.has_value()) {
      return sound;
    }
  }
  constexpr error broken{error_code::corrupted, operation::check_invariants, component::none};
  std::size_t values = 0;
  std::size_t taken = 0;
  for (std::uint32_t index = 0; index < entries_.block_count(); ++index) {
    const compressed_handle handle{index, generations_[index]};
    if (handle.generation == nobody) {
      continue;
    }
    const compression_outcome<entry*> found = entry_of(handle);
    if (!found.has_value() || !is_whole(*found.value(), index)) {
      return broken;
    }
    ++values;
    taken += blocks_for(found.value()->stored);
  }
  std::size_t owned = 0;
  for (std::size_t index = 0; index < counts_.block_count; ++index) {
    owned += block_records_[index].owner != nobody ? 1U : 0U;
  }
  const bool is_counted = values == counts_.values && taken == counts_.blocks_used && taken == owned &&
                          entries_.state().live_blocks == values && blocks_.state().live_blocks == taken &&
                          slabs_.state().live_blocks == counts_.pins;
  return is_counted ? result<void>{} : result<void>{broken};
}

} // namespace nebula::services
