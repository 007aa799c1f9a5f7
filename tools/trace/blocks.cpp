// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/trace/blocks.hpp"

#include <bit>

namespace nebula::trace {
namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t default_alignment = 16;

} // namespace

std::uint64_t requested_bytes(const event& item) {
  const bool is_array = fields_of(item.kind).count;
  return is_array ? item.count * item.size : item.size; // the reader has excluded overflow
}

std::uint64_t requested_alignment(const event& item) {
  if (item.kind == event_kind::valloc || item.kind == event_kind::pvalloc) {
    return page_bytes;
  }
  // A recorded alignment that is no power of two was accepted by an allocator that rounds it up.
  constexpr std::uint64_t highest = std::uint64_t{1} << 63U;
  const std::uint64_t alignment = item.alignment > highest ? highest : std::bit_ceil(item.alignment);
  return alignment < default_alignment ? default_alignment : alignment;
}

bool block_tracker::follow(const event& item, std::size_t thread, operation& lost, operation& result) {
  ++followed_events_;
  result = operation{};
  result.thread = thread;
  lost = result;
  if (item.failed) {
    ++oddities_.failed_requests;
    const auto pending = reallocs_.find(thread);
    const bool is_realloc = item.kind == event_kind::realloc_end || item.kind == event_kind::reallocarray_end;
    if (is_realloc && pending != reallocs_.end()) {
      const pending_realloc kept = pending->second;
      reallocs_.erase(pending);
      // A failed realloc leaves the block where it is.
      return kept.is_known && take_address(kept.address, kept.old, lost);
    }
    return false;
  }
  const std::uint64_t size = requested_bytes(item);
  switch (item.kind) {
  case event_kind::free: give_up(item.address, result); return false;
  case event_kind::realloc_begin: begin_realloc(item.address, result); return false;
  case event_kind::realloc_end:
  case event_kind::reallocarray_end:
  case event_kind::realloc_release: return end_realloc(item, size, lost, result);
  case event_kind::malloc:
  case event_kind::calloc:
  case event_kind::aligned_alloc:
  case event_kind::posix_memalign:
  case event_kind::memalign:
  case event_kind::valloc:
  case event_kind::pvalloc: return bear(item, size, lost, result);
  }
  return false;
}

void block_tracker::give_up(std::uint64_t address, operation& result) {
  place* const held = places_.find(address);
  if (held == nullptr) {
    ++oddities_.unknown_releases;
    result.kind = operation_kind::release_unknown;
    return;
  }
  if (!held->is_live) {
    ++oddities_.dead_releases;
    result.kind = operation_kind::release_dead;
    result.slot = held->slot;
    result.block_id = held->id;
    return;
  }
  held->is_live = false;
  bury(*held, result);
}

void block_tracker::bury(const place& dead, operation& result) {
  const block& buried = blocks_[dead.slot];
  result.kind = operation_kind::release;
  result.slot = dead.slot;
  result.block_id = dead.id;
  result.old_size = buried.size;
  result.old_alignment = buried.alignment;
  is_live_[dead.slot] = false;
  free_slots_.push_back(dead.slot);
  --live_blocks_;
  live_bytes_ -= buried.size;
}

void block_tracker::begin_realloc(std::uint64_t address, operation& result) {
  place* const found = places_.find(address);
  const bool is_known = found != nullptr && found->is_live;
  pending_realloc pending{{}, is_known, address};
  if (is_known) {
    pending.old = *found;
    // The address may be born again from here on; the block itself lives until the realloc ends.
    found->is_live = false;
  } else {
    give_up(address, result);
  }
  reallocs_.insert_or_assign(result.thread, pending);
}

bool block_tracker::end_realloc(const event& item, std::uint64_t size, operation& lost, operation& result) {
  const auto pending = reallocs_.find(result.thread);
  const bool has_old = pending != reallocs_.end() && pending->second.is_known;
  const place old = has_old ? pending->second.old : place{};
  if (pending != reallocs_.end()) {
    reallocs_.erase(pending);
  }
  result.was_realloc = true;
  if (item.kind == event_kind::realloc_release) {
    if (has_old) {
      bury(old, result);
    }
    return false;
  }
  if (!has_old) {
    return bear(item, size, lost, result);
  }
  const bool has_lost = take_address(item.address, {old.slot, old.id, true}, lost);
  block& resized = blocks_[old.slot];
  result.kind = operation_kind::reallocate;
  result.slot = old.slot;
  result.block_id = old.id;
  result.old_size = resized.size;
  result.old_alignment = resized.alignment;
  result.size = size;
  result.alignment = default_alignment; // realloc promises no more, whatever the old block had
  oddities_.zero_size_requests += size == 0 ? 1U : 0U;
  live_bytes_ += size - resized.size;
  resized.size = size;
  resized.alignment = default_alignment;
  return has_lost;
}

bool block_tracker::take_address(std::uint64_t address, const place& owner, operation& lost) {
  place& held = places_[address];
  const bool has_lost = lose(held, lost);
  held = {owner.slot, owner.id, true};
  return has_lost;
}

bool block_tracker::lose(const place& held, operation& lost) {
  if (held.is_live) {
    ++oddities_.lost_releases;
    bury(held, lost);
  }
  return held.is_live;
}

bool block_tracker::bear(const event& item, std::uint64_t size, operation& lost, operation& result) {
  const std::uint64_t id = ++births_;
  place& held = places_[item.address];
  const bool has_lost = lose(held, lost); // its slot is freed first, and may be the one that is used again
  std::size_t slot = blocks_.size();
  if (free_slots_.empty()) {
    blocks_.emplace_back();
    is_live_.push_back(false);
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  held = {slot, id, true};
  blocks_[slot] = {id, size, requested_alignment(item), followed_events_, result.thread};
  is_live_[slot] = true;
  ++live_blocks_;
  live_bytes_ += size;
  oddities_.zero_size_requests += size == 0 ? 1U : 0U;
  result.kind = operation_kind::allocate;
  result.slot = slot;
  result.block_id = id;
  result.size = size;
  result.alignment = blocks_[slot].alignment;
  return has_lost;
}

bool operation_reader::next(operation& result) {
  if (has_deferred_) {
    has_deferred_ = false;
    result = deferred_;
    return true;
  }
  std::size_t thread = 0;
  if (!events_.next(event_, thread)) {
    return false;
  }
  has_deferred_ = tracker_.follow(event_, thread, result, deferred_);
  if (!has_deferred_) {
    result = deferred_;
  }
  return true;
}

} // namespace nebula::trace
