// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include <nebula/kernel/arena.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What a chunk source does, from its contract: a stack of chunks in one storage, or the blocks of a pool, the one that
/// came back last first. [SR-CHUNK-001] to [SR-CHUNK-003]
class chunk_source_model {
public:
  struct chunk {
    error_code code = error_code::none;
    address begin = 0;
    std::size_t size = 0;

    [[nodiscard]] auto members() const { return std::tie(begin, size); }
  };

  [[nodiscard]] static chunk_source_model stack_in(address begin, std::size_t size) {
    chunk_source_model made;
    made.begin_ = begin;
    made.size_ = size;
    return made;
  }
  [[nodiscard]] static chunk_source_model pool_of(address first, std::size_t size, std::size_t stride,
                                                  std::size_t count) {
    chunk_source_model made;
    made.size_ = size;
    made.is_pool_ = true;
    for (std::size_t index = count; index != 0; --index) {
      made.free_.push_back(first + (index - 1) * stride);
    }
    return made;
  }

  chunk acquire(std::size_t bytes) {
    if (is_pool_) {
      if (bytes > size_ || free_.empty()) {
        return {bytes > size_ ? error_code::layout_unsupported : error_code::exhausted};
      }
      const address block = free_.back();
      free_.pop_back();
      return {error_code::none, block, size_};
    }
    const address place = round_up(taken_.empty() ? begin_ : taken_.back().begin + taken_.back().size, align);
    if (!fits(place, bytes, taken_.size() + 1)) {
      return {fits(round_up(begin_, align), bytes, 1) ? error_code::exhausted : error_code::layout_unsupported};
    }
    taken_.push_back({error_code::none, place, bytes});
    return taken_.back();
  }
  void release(address begin) {
    if (is_pool_) {
      free_.push_back(begin);
    } else {
      taken_.pop_back();
    }
  }
  [[nodiscard]] auto members() const { return std::tie(taken_, free_); }

private:
  static constexpr std::size_t align = alignof(std::max_align_t);

  [[nodiscard]] bool fits(address place, std::size_t bytes, std::size_t chunks) const {
    return static_cast<wide>(place) + bytes + chunks * stack_allocator::record_bytes() <=
           static_cast<wide>(begin_) + size_;
  }

  bool is_pool_ = false;
  address begin_ = 0;
  std::size_t size_ = 0; ///< of the storage, or of one block
  std::vector<chunk> taken_;
  std::vector<address> free_;
};

/// What an arena does, from its contract. [SR-ARENA-002] to [SR-ARENA-010], [SR-CHK-002]
class arena_model {
public:
  static constexpr bool has_marks = true;
  static constexpr bool has_free_without_layout = false;
  static constexpr bool has_handles = false;

  arena_model(const arena_config& made_of, chunk_source_model source)
      : chunk_bytes_(made_of.chunk_bytes),
        growth_(made_of.growth),
        growth_bytes_(made_of.growth_bytes),
        capacity_max_(made_of.capacity_max_bytes),
        tracks_(made_of.track_allocations),
        tail_bytes_(made_of.level == check_level::paranoid ? canary_bytes : 0),
        source_(std::move(source)) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    if (!fits(request)) {
      const wide padding = request.align > chunk_align ? request.align - chunk_align : 0;
      const error_code code = grow(header_bytes + padding + request.size + reserved());
      if (code != error_code::none) {
        return {failed_(code)};
      }
    }
    const chunk& newest = chunks_.back();
    return {error_code::none, round_up(newest.begin + newest.top, request.align), newest.begin + header_bytes,
            newest.begin + newest.size};
  }

  void allocated(address place, layout request) {
    chunk& newest = chunks_.back();
    newest.entries.push_back({newest.top, place, request, true, 0, false});
    newest.top = place - newest.begin + request.size + tail_bytes_;
    has_last_ = true;
    peak_ = std::max(peak_, used());
    total_ = std::min<wide>(total_ + request.size, std::numeric_limits<std::uint64_t>::max());
  }

  error_code deallocate(address place, layout allocated) {
    if (place == 0) {
      return failed_(error_code::null_pointer);
    }
    const auto found = std::find_if(chunks_.begin(), chunks_.end(), [&](const chunk& each) {
      return place >= each.begin && place - each.begin < each.size;
    });
    if (found == chunks_.end()) {
      return failed_(error_code::foreign_pointer);
    }
    if (place - found->begin >= found->top) {
      return failed_(error_code::double_free);
    }
    const bool is_newest = found + 1 == chunks_.end();
    return failed_(tracks_ ? deallocate_tracked(*found, is_newest, place, allocated)
                           : deallocate_last(*found, is_newest, place, allocated));
  }

  error_code mark() {
    const bool came_with_chunk = chunks_.empty() || room(chunks_.back()) < record_bytes;
    if (came_with_chunk) {
      const error_code code = grow(header_bytes + record_bytes);
      if (code != error_code::none) {
        return failed_(code);
      }
    }
    mark_generations_.push_back(generation_);
    chunks_.back().entries.push_back(
        {came_with_chunk ? 0 : chunks_.back().top, 0, {}, false, mark_generations_.size(), false});
    has_last_ = false;
    return error_code::none;
  }

  error_code restore(std::size_t number) {
    if (mark_generations_[number] != generation_) {
      return failed_(error_code::stale_marker);
    }
    for (std::size_t index = 0; index < chunks_.size(); ++index) {
      std::vector<entry>& entries = chunks_[index].entries;
      const auto found =
          std::find_if(entries.begin(), entries.end(), [&](const entry& each) { return each.mark == number + 1; });
      if (found != entries.end()) {
        const std::size_t top = found->previous_top;
        drop_to(top == 0 ? index : index + 1);
        if (top != 0) {
          chunks_.back().top = top;
          entries.erase(found, entries.end());
        }
        has_last_ = false;
        return error_code::none;
      }
    }
    return failed_(error_code::spent_marker);
  }
  error_code restore_foreign() { return failed_(error_code::foreign_marker); }

  error_code reset() {
    ++generation_;
    drop_to(1);
    if (!chunks_.empty()) {
      chunks_.back().top = header_bytes;
      chunks_.back().entries.clear();
    }
    has_last_ = false;
    return error_code::none;
  }

  [[nodiscard]] bool is_live(address place) const {
    return any_entry([&](const entry& each) { return each.is_live && each.place == place; });
  }
  [[nodiscard]] stray_write watches(address place) const {
    for (const chunk& each : chunks_) {
      if (tail_bytes_ != 0 && place >= each.begin + each.top && place < each.begin + each.top + room(each)) {
        return {error_code::written_after_free, place};
      }
      if (const entry* const block = watched_block(each, place); block != nullptr) {
        const address end = block->place + block->request.size;
        return block->is_live ? stray_write{error_code::overrun, tracks_ ? place : end}
                              : stray_write{error_code::written_after_free, place};
      }
    }
    return {};
  }
  [[nodiscard]] static address tail_of(address place, layout request) { return place + request.size; }
  void mended(address place, stray_write found) {
    static_cast<void>(failed_(found.code));
    for (chunk& each : chunks_) {
      const entry* const block = found.code == error_code::overrun ? watched_block(each, place) : nullptr;
      if (block != nullptr && !tracks_) {
        entry& mended_one = each.entries[static_cast<std::size_t>(block - each.entries.data())];
        // the arena itself knows where the canary below its last block is
        mended_one.hides_older = !(has_last_ && block == &chunks_.back().entries.back());
      }
    }
  }
  [[nodiscard]] std::size_t tail_bytes() const { return tail_bytes_; }
  [[nodiscard]] std::size_t mark_count() const { return mark_generations_.size(); }

  [[nodiscard]] allocator_state state() const {
    std::size_t live = 0;
    static_cast<void>(any_entry([&](const entry& each) {
      live += each.is_live ? 1U : 0U;
      return false;
    }));
    const std::size_t gap = chunks_.empty() ? 0 : room(chunks_.back());
    return {held(), used(), gap > reserved() ? gap - reserved() : 0, peak_, live, failed_.counts()};
  }
  [[nodiscard]] arena_statistics statistics() const {
    std::size_t largest = 0;
    for (const chunk& each : chunks_) {
      largest = std::max(largest, each.size);
    }
    return {static_cast<std::uint64_t>(total_), used(), chunks_.size(), largest};
  }
  /// What its later answers depend on, failures and the total apart: see state_key.
  [[nodiscard]] auto members() const {
    return std::tie(source_, chunks_, has_last_, peak_, generation_, mark_generations_);
  }

private:
  static constexpr std::size_t header_bytes = arena::header_bytes();
  static constexpr std::size_t record_bytes = arena::record_bytes();
  static constexpr std::size_t chunk_align = alignof(std::max_align_t);

  struct entry {
    std::size_t previous_top; ///< 0 iff a chunk was taken for this mark
    address place;
    layout request;
    bool is_live;
    std::size_t mark; ///< its number and one; 0 iff this is a block
    bool hides_older; ///< its canary was overwritten, and does not lead to those below it in the chunk any more

    [[nodiscard]] auto members() const { return std::tie(previous_top, place, request, is_live, mark, hides_older); }
  };
  struct chunk {
    address begin;
    std::size_t size;
    std::size_t top;
    std::vector<entry> entries; ///< blocks and marks, oldest first

    [[nodiscard]] auto members() const { return std::tie(begin, size, top, entries); }
  };

  /// What a block takes beside its bytes and padding.
  [[nodiscard]] std::size_t reserved() const { return (tracks_ ? record_bytes : 0) + tail_bytes_; }
  /// The block that is dead here, or whose canary is here; null iff there is none that is looked at.
  [[nodiscard]] const entry* watched_block(const chunk& in, address place) const {
    for (std::size_t left = in.entries.size(); left != 0 && tail_bytes_ != 0; --left) {
      const entry& each = in.entries[left - 1];
      const address end = each.place + each.request.size;
      const address begin = each.is_live ? end : each.place;
      if (each.mark == 0 && place >= begin && place < end + tail_bytes_) {
        return &each;
      }
      if (each.hides_older) {
        break;
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::size_t room(const chunk& of) const {
    const auto records = static_cast<std::size_t>(std::count_if(
        of.entries.begin(), of.entries.end(), [&](const entry& each) { return tracks_ || each.mark != 0; }));
    return of.size - of.top - records * record_bytes;
  }
  [[nodiscard]] bool fits(layout request) const {
    if (chunks_.empty()) {
      return false;
    }
    const chunk& newest = chunks_.back();
    const wide end = static_cast<wide>(round_up(newest.begin + newest.top, request.align)) + request.size + reserved();
    return end <= static_cast<wide>(newest.begin) + newest.top + room(newest);
  }
  [[nodiscard]] std::size_t scheduled() const {
    wide size = chunk_bytes_;
    for (std::size_t index = 0; index < chunks_.size() && size <= std::numeric_limits<std::size_t>::max(); ++index) {
      size = growth_ == arena_growth::doubling ? 2 * size
                                               : size + (growth_ == arena_growth::incremental ? growth_bytes_ : 0);
    }
    return static_cast<std::size_t>(std::min<wide>(size, std::numeric_limits<std::size_t>::max()));
  }

  error_code grow(wide needed) {
    const std::size_t left = capacity_max_ - held();
    if (needed > left) {
      return needed > capacity_max_ ? error_code::layout_unsupported : error_code::over_capacity;
    }
    const std::size_t wanted = std::max(static_cast<std::size_t>(needed), std::min(scheduled(), left));
    const chunk_source_model::chunk given = source_.acquire(wanted);
    if (given.code != error_code::none) {
      return given.code;
    }
    if (given.size > left) {
      source_.release(given.begin);
      return error_code::over_capacity;
    }
    chunks_.push_back({given.begin, given.size, header_bytes, {}});
    return error_code::none;
  }
  void drop_to(std::size_t count) {
    while (chunks_.size() > count) {
      source_.release(chunks_.back().begin);
      chunks_.pop_back();
    }
  }

  error_code deallocate_tracked(chunk& in, bool is_newest, address place, layout allocated) {
    const auto found = std::find_if(in.entries.begin(), in.entries.end(),
                                    [&](const entry& each) { return each.mark == 0 && each.place == place; });
    if (found == in.entries.end()) {
      return error_code::misaligned_pointer;
    }
    if (!found->is_live) {
      return error_code::double_free;
    }
    if (found->request != allocated) {
      return error_code::layout_mismatch;
    }
    found->is_live = false;
    if (is_newest && found + 1 == in.entries.end()) {
      in.top = found->previous_top;
      in.entries.pop_back();
    }
    return error_code::none;
  }
  error_code deallocate_last(chunk& in, bool is_newest, address place, layout allocated) {
    if (!is_newest || !has_last_ || place < in.entries.back().place) {
      return error_code::not_last_block;
    }
    if (place > in.entries.back().place) {
      return error_code::misaligned_pointer;
    }
    if (allocated != in.entries.back().request) {
      return error_code::layout_mismatch;
    }
    in.top = in.entries.back().previous_top;
    in.entries.pop_back();
    has_last_ = false;
    return error_code::none;
  }

  [[nodiscard]] std::size_t held() const {
    std::size_t sum = 0;
    for (const chunk& each : chunks_) {
      sum += each.size;
    }
    return sum;
  }
  [[nodiscard]] std::size_t used() const {
    std::size_t sum = 0;
    for (const chunk& each : chunks_) {
      sum += each.top - header_bytes;
    }
    return sum;
  }
  template <class Is>
  bool any_entry(Is is) const {
    return std::any_of(chunks_.begin(), chunks_.end(),
                       [&](const chunk& each) { return std::any_of(each.entries.begin(), each.entries.end(), is); });
  }

  std::size_t chunk_bytes_;
  arena_growth growth_;
  std::size_t growth_bytes_;
  std::size_t capacity_max_;
  bool tracks_;
  std::size_t tail_bytes_; ///< behind each block: at the paranoid level a canary
  chunk_source_model source_;
  std::vector<chunk> chunks_; ///< oldest first
  bool has_last_ = false;     ///< the newest chunk's last entry is the block that was allocated last
  std::size_t peak_ = 0;
  wide total_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<std::uint64_t> mark_generations_; ///< of all marks that were ever made
  failure_tally failed_;
};

} // namespace nebula::verify
