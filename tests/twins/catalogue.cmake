# SPDX-License-Identifier: Apache-2.0 OR MIT
# [SR-VER-002] The broken twins: seeded bugs, each an edit of a shipped header, which the harnesses that claim to see them must catch.

# --- races ---------------------------------------------------------------------------------------------------------------------
# The push does not publish the record it wrote.
nebula_declare_twin(relaxed_push FILE nebula/kernel/free_list.hpp
  FROM [[advanced(list, seen, index), memory_order::acquire_release,]]
  TO [[advanced(list, seen, index), memory_order::acquire,]])
# The pop does not acquire what the push published.
nebula_declare_twin(relaxed_pop_load FILE nebula/kernel/free_list.hpp
  FROM [[head_word seen = head_.load(memory_order::acquire);
    for (std::size_t retries = 0;; ++retries) {]]
  TO [[head_word seen = head_.load(memory_order::relaxed);
    for (std::size_t retries = 0;; ++retries) {]])
# The head's tag never advances: ABA.
nebula_declare_twin(no_tag FILE nebula/kernel/free_list.hpp
  FROM [[return ((seen | list.index_mask) + 1) | index;]]
  TO [[return (seen & ~head_word{list.index_mask}) | index;]])
# The tag has one bit: two changes of the head bring it back.
nebula_declare_twin(one_bit_tag FILE nebula/kernel/free_list.hpp
  FROM [[return ((seen | list.index_mask) + 1) | index;]]
  TO [[return (((seen | list.index_mask) + 1) & (head_word{list.index_mask} + 1)) | index;]])
# The tag has four bits: sixteen changes do.
nebula_declare_twin(four_bit_tag FILE nebula/kernel/free_list.hpp
  FROM [[return ((seen | list.index_mask) + 1) | index;]]
  TO [[return (((seen | list.index_mask) + 1) & ((head_word{list.index_mask} + 1) * 15)) | index;]])
# The new head's tag is computed once, from the head that was seen first, and not again after a failed exchange.
nebula_declare_twin(tag_not_rederived FILE nebula/kernel/free_list.hpp
  FROM [[    head_word seen = head_.load(memory_order::acquire);
    for (std::size_t retries = 0;; ++retries) {]]
  TO [[    head_word seen = head_.load(memory_order::acquire);
    const head_word first_seen = seen;
    for (std::size_t retries = 0;; ++retries) {]]
  FROM2 [[advanced(list, seen, next), memory_order::acquire, memory_order::acquire)]]
  TO2 [[advanced(list, first_seen, next), memory_order::acquire, memory_order::acquire)]])
# A free looks at the state, and then writes it.
nebula_declare_twin(check_then_free FILE nebula/kernel/pool.hpp
  FROM [[    return blocks_.record(index).state.compare_exchange_strong(expected, live + 1,]]
  TO [[    const auto check_then_store = [](auto& state, std::uint32_t seen, std::uint32_t next, memory_order, memory_order) {
      const bool same = state.load(memory_order::relaxed) == seen;
      if (same) {
        state.store(next, memory_order::relaxed);
      }
      return same;
    };
    return check_then_store(blocks_.record(index).state, expected, live + 1,]])
# The depth, which is the count, is written after the head has been published.
nebula_declare_twin(count_after_publish FILE nebula/kernel/free_list.hpp
  FROM [[      set_record(list, index, next, depth + 1);
]]
  TO [[      record(list, index).link.store(next - (index + 1), memory_order::relaxed);
]]
  FROM2 [[        if (NEBULA_UNLIKELY(depth >= list.count)) {]]
  TO2 [[        set_record(list, index, next, depth + 1);
        if (NEBULA_UNLIKELY(depth >= list.count)) {]])
# The peak is compared, and then stored.
nebula_declare_twin(peak_stored FILE nebula/kernel/pool.hpp
  FROM [[    while (live > seen && !peak_.compare_exchange_strong(seen, live, memory_order::relaxed, memory_order::relaxed)) {
    }]]
  TO [[    if (live > seen) {
      peak_.store(live, memory_order::relaxed);
    }]])
# Contention is reported as exhaustion.
nebula_declare_twin(false_exhaustion FILE nebula/kernel/pool.hpp
  FROM [[outcome.verdict == list_verdict::contended ? error_code::contended : error_code::exhausted]]
  TO [[error_code::exhausted]])
# A free by handle frees whatever allocation the block has now.
nebula_declare_twin(handle_without_generation FILE nebula/kernel/pool.hpp
  FROM [[const std::uint32_t live = handle.generation > generation_max ? 0 : live_state(handle);]]
  TO [[const std::uint32_t live = handle.generation > generation_max ? 0 : (state_of(handle.index) | live_bit);]])
# A reset does not ask whether blocks are live.
nebula_declare_twin(reset_unasked FILE nebula/kernel/pool.hpp
  FROM [[if (NEBULA_UNLIKELY(list_.size(blocks_.records()) + latest_.count() != blocks_.count())) {]]
  TO [[if (false) {]])
# The corruption latch is looked at, and then set: two finders both report.
nebula_declare_twin(latch_by_look_and_store FILE nebula/kernel/failure_record.hpp
  FROM [[    if (latch_.compare_exchange_strong(clear, static_cast<std::uint8_t>(clear | corrupted_bits), memory_order::relaxed,
                                       memory_order::relaxed)) {]]
  TO [[    const bool is_first = latch_.load(memory_order::relaxed) == clear;
    latch_.store(static_cast<std::uint8_t>(clear | corrupted_bits), memory_order::relaxed);
    if (is_first) {]])
# A segregated free subtracts after it has given the block back.
nebula_declare_twin(used_subtracted_late FILE nebula/kernel/segregated.hpp
  FROM [[    static_cast<void>(used_bytes_.fetch_sub(pool.stride_bytes(), memory_order::relaxed));
    NEBULA_INVARIANT(class_pool_intact, pool.finish_free(index.value(), block).has_value());]]
  TO [[    NEBULA_INVARIANT(class_pool_intact, pool.finish_free(index.value(), block).has_value());
    static_cast<void>(used_bytes_.fetch_sub(pool.stride_bytes(), memory_order::relaxed));]])
# A sum that a second free has wrapped raises the peak.
nebula_declare_twin(peak_guard_dropped FILE nebula/kernel/segregated.hpp
  FROM [[used_bytes > seen && used_bytes <= capacity_bytes_ &&]]
  TO [[used_bytes > seen &&]])
# A segregated allocator forgets that a class was contended.
nebula_declare_twin(contention_forgotten FILE nebula/kernel/segregated.hpp
  FROM [[reason = code == error_code::contended ? error_code::contended : reason;]]
  TO [[]])
# A cache's free is a stamp: a look, and a store.
nebula_declare_twin(stamp_only FILE nebula/kernel/pool_cache.hpp
  FROM [[const auto wrong = pool_.claim(index, live, otherwise, is_paranoid, action);]]
  TO [[auto& state = pool_.blocks_.record(index).state;
  typename pool_type::damage wrong;
  if (state.load(memory_order::relaxed) == live) {
    state.store(live + 1, memory_order::relaxed);
  } else {
    wrong = {otherwise, pool_.blocks_.block(index)};
  }]])
# A refill's exchange is validated by whatever head there is by then: the chain is not walked again.
nebula_declare_twin(chain_not_walked_again FILE nebula/kernel/free_list.hpp
  FROM [[      if (head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire, memory_order::acquire)) {
        // only now, as in pop()]]
  TO [[      bool exchanged = head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire, memory_order::acquire);
      if (!exchanged && retries < max_retries) {
        exchanged = head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire, memory_order::acquire);
      }
      if (exchanged) {
        // only now, as in pop()]])
# A refill and a flush leave the head's tag as it is: ABA.
nebula_declare_twin(refill_without_tag FILE nebula/kernel/free_list.hpp
  FROM [[      if (head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire, memory_order::acquire)) {
        // only now, as in pop()]]
  TO [[      const head_word same_tag = (head & ~head_word{list.index_mask}) | next;
      if (head_.compare_exchange_weak(head, same_tag, memory_order::acquire, memory_order::acquire)) {
        // only now, as in pop()]]
  FROM2 [[head_.compare_exchange_weak(head, advanced(list, head, next), memory_order::acquire_release,]]
  TO2 [[head_.compare_exchange_weak(head, (head & ~head_word{list.index_mask}) | next, memory_order::acquire_release,]])
# A refill takes one block more off the list than it has.
nebula_declare_twin(refill_takes_one_more FILE nebula/kernel/free_list.hpp
  FROM [[      if (NEBULA_UNLIKELY(next > list.count)) {
        return broken(invariant::link_in_range);
      }
      // acquire on success: as in pop()]]
  TO [[      const bool more = depth > taken + 1;
      next = more ? successor(list, next) : next;]]
  FROM2 [[if (NEBULA_UNLIKELY(left != 0 || (next == list.count) != (depth == taken))) {]]
  TO2 [[if (false) {]])
# A flush does not lower the number that the slot shows.
nebula_declare_twin(cached_count_forgotten FILE nebula/kernel/pool_cache.hpp
  FROM [[    keep(before - count);
    const list_outcome pushed]]
  TO [[    kept_ = before - count;
    const list_outcome pushed]])
# A flush that was contended forgets that it keeps the blocks.
nebula_declare_twin(contended_flush_forgets FILE nebula/kernel/pool_cache.hpp
  FROM [[      keep(before);
]]
  TO [[]])
# A bounded free decides first, and then finds that there is no room.
nebula_declare_twin(free_before_room FILE nebula/kernel/pool_cache.hpp
  FROM [[  const nebula::error no_room = make_room(max_retries);
  if (NEBULA_UNLIKELY(no_room.code != error_code::none)) {
    return no_room;
  }
]]
  TO [[]]
  FROM2 [[  return take_back(index);
}]]
  TO2 [[  const nebula::error no_room = make_room(max_retries);
  if (NEBULA_UNLIKELY(no_room.code != error_code::none)) {
    return no_room;
  }
  return take_back(index);
}]])
# Two caches can claim one slot.
nebula_declare_twin(claim_by_look_and_store FILE nebula/kernel/cache_slot.hpp
  FROM [[    return owned_.compare_exchange_strong(nobody, 1, memory_order::acquire, memory_order::relaxed);]]
  TO [[    if (owned_.load(memory_order::acquire) != nobody) {
      return false;
    }
    owned_.store(1, memory_order::relaxed);
    return true;]])

# A shared bump allocation is a load and a store of the top.
nebula_declare_twin(top_stored FILE nebula/kernel/shared_bump_allocator.hpp
  FROM [[if (top_.compare_exchange_weak(top, begin + request.size, memory_order::relaxed, memory_order::relaxed)) {]]
  TO [[top_.store(begin + request.size, memory_order::relaxed);
      {]])
# Of a shared bump allocator, contention is reported as exhaustion.
nebula_declare_twin(bump_false_exhaustion FILE nebula/kernel/shared_bump_allocator.hpp
  FROM [[return this->refuse(error_code::contended, during);]]
  TO [[return this->refuse(error_code::exhausted, during);]])
# --- sequential ----------------------------------------------------------------------------------------------------------------
# Freeing a block gives back the block and not the padding before it.
nebula_declare_twin(padding_lost FILE nebula/kernel/stack.hpp
  FROM [[  top_ = record.previous_top;
  --count_;]]
  TO [[  top_ = record.begin;
  --count_;]])
# The size check adds, and wraps.
nebula_declare_twin(wrapping_size FILE nebula/kernel/bump.hpp
  FROM [[if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {]]
  TO [[if (NEBULA_UNLIKELY(top_ + padding + request.size > limit())) {]])
# A marker is a place only: neither its generation nor its serial is compared with the allocator's record.
nebula_declare_twin(marker_without_generation FILE nebula/kernel/bump.hpp
  FROM [[if (NEBULA_UNLIKELY(point.generation != generation_)) {]]
  TO [[if (NEBULA_UNLIKELY(false)) {]]
  FROM2 [[marks::read(storage_, point.depth).serial != point.serial]]
  TO2 [[false]])
# The pool accepts a free of a block that is free.
nebula_declare_twin(double_free_accepted FILE nebula/kernel/pool.hpp
  FROM [[if (NEBULA_UNLIKELY((live & live_bit) == 0 || !mark_free(index, live))) {]]
  TO [[if (NEBULA_UNLIKELY(!mark_free(index, live))) {]])
# The last block's layout is not compared: a smaller one truncates it.
nebula_declare_twin(layout_not_compared FILE nebula/kernel/stack.hpp
  FROM [[const bool same = allocated.size == top_ - record.begin - tail && allocated.align == record.align;]]
  TO [[const bool same = true;]])
# A shared bump allocator's padding is that of the offset, and not of the address.
nebula_declare_twin(offset_padded FILE nebula/kernel/shared_bump_allocator.hpp
  FROM [[const std::size_t padding = padding_bytes(address_of(top), request.align);]]
  TO [[const std::size_t padding = padding_bytes(top, request.align);]])
# The peak of a shared bump allocator ends with a reset.
nebula_declare_twin(peak_forgotten FILE nebula/kernel/shared_bump_allocator.hpp
  FROM [[peak_.store(peak(top_.load(memory_order::relaxed)), memory_order::relaxed);]]
  TO [[]])
# The pool's state forgets what caches keep: it counts them as live.
nebula_declare_twin(cached_counted_live FILE nebula/kernel/pool.hpp
  FROM [[now.cached_blocks = shown_blocks < unlisted_blocks ? shown_blocks : unlisted_blocks;]]
  TO [[now.cached_blocks = 0;
    static_cast<void>(shown_blocks);]])
# A cache accepts a free of a block that is free already.
nebula_declare_twin(cache_frees_twice FILE nebula/kernel/pool_cache.hpp
  FROM [[if (NEBULA_UNLIKELY((state & pool_type::live_bit) == 0)) {]]
  TO [[if (NEBULA_UNLIKELY((state & pool_type::live_bit) == 0)) {
    return take_back(index);]])
# A cache's flush says that it gave everything back, and has kept the newest block.
nebula_declare_twin(flush_keeps_one FILE nebula/kernel/pool_cache.hpp
  FROM [[return kept_ == 0 ? nebula::error{} : give_back(kept_, max_retries, operation::flush);]]
  TO [[return kept_ < 2 ? nebula::error{} : give_back(kept_ - 1, max_retries, operation::flush);]])
# A free in a segregated allocator is not subtracted.
nebula_declare_twin(used_not_subtracted FILE nebula/kernel/segregated.hpp
  FROM [[static_cast<void>(used_bytes_.fetch_sub(pool.stride_bytes(), memory_order::relaxed));]]
  TO [[]])
# Storage inside the object says that it is twice as large as it is.
nebula_declare_twin(inline_size_doubled FILE nebula/kernel/byte_storage.hpp
  FROM [[size() noexcept { return Bytes; }]]
  TO [[size() noexcept { return 2 * Bytes; }]])
# A dead block of an arena is freed again.
nebula_declare_twin(dead_block_freed_again FILE nebula/kernel/arena.hpp
  FROM [[if (record.is(arena_record::kind::dead_block)) {]]
  TO [[if (false) {]])
# A restore of an arena takes the number of live blocks from the mark, and forgets what was freed below it since.
nebula_declare_twin(freed_below_a_mark_forgotten FILE nebula/kernel/arena.hpp
  FROM [[tracks() ? chunks_.tally_since(depth) : record_tally{live_ - mark.place, chunks_.record_count() - depth};]]
  TO [[record_tally{live_ - mark.place, tracks() ? chunks_.tally_since(depth).marks : chunks_.record_count() - depth};]]
  FROM2 [[NEBULA_INVARIANT(arena_live_matches_records, tracks() || mark.place <= live_);]]
  TO2 [[]])
# An arena asks for a chunk without the padding that a strict alignment may need there.
nebula_declare_twin(padding_not_asked_for FILE nebula/kernel/arena.hpp
  FROM [[request.align > chunk_align_bytes ? request.align - chunk_align_bytes : 0;]]
  TO [[0;]])
# A block of an arena may reach into the place of its own record.
nebula_declare_twin(record_not_reserved FILE nebula/kernel/arena.hpp
  FROM [[const std::size_t room = chunk.room(reserved_);]]
  TO [[const std::size_t room = chunk.room(0);]])
# A restore keeps the chunk that was taken for its mark.
nebula_declare_twin(chunk_of_a_mark_kept FILE nebula/kernel/arena.hpp
  FROM [[previous_top = 0; // the chunk came with the mark, and goes with it]]
  TO [[previous_top = header_bytes();]])
# The maximal capacity is compared with each chunk alone.
nebula_declare_twin(capacity_of_one_chunk FILE nebula/kernel/arena_config.hpp
  FROM [[return capacity_max_bytes > held_bytes ? capacity_max_bytes - held_bytes : 0;]]
  TO [[return held_bytes > capacity_max_bytes ? 0 : capacity_max_bytes;]])

# --- for the merging of equal states -----------------------------------------------------------------------------------------------
# The state says nothing of the blocks that have died, which operations can name.
nebula_declare_twin(key_without_the_dead FILE nebula/verify/comparison.hpp
  FROM [[    std::for_each_n(dead_.begin(), std::min(dead_count, dead_.size()), add);
]]
  TO [[    static_cast<void>(dead_count);
]])
# The state tells addresses from other numbers, and not from one another; and of the bytes it sees none.
nebula_declare_twin(key_without_places FILE nebula/verify/state_key.hpp
  FROM [[        word -= origins_[index].begin;]]
  TO [[        word = 0;]]
  FROM2 [[    for (const std::uintptr_t word : copy_) {
      add_word(word);
    }]]
  TO2 [[]])

# --- for replays ---------------------------------------------------------------------------------------------------------------
# A block is marked free, and is not listed.
nebula_declare_twin(free_not_listed FILE nebula/kernel/pool.hpp
  FROM [[const list_outcome pushed = list_.push(blocks_.records(), index);]]
  TO [[const list_outcome pushed{list_verdict::done, invariant::none, index, 0};]])
# The next block begins in the last byte of the one before.
nebula_declare_twin(bump_block_short FILE nebula/kernel/bump.hpp
  FROM [[top_ = last_.begin + request.size + tail;]]
  TO [[top_ = last_.begin + request.size + tail - 1;]])
nebula_declare_twin(arena_block_short FILE nebula/kernel/arena.hpp
  FROM [[chunk.top = begin + request.size + tail;]]
  TO [[chunk.top = begin + request.size + tail - 1;]])
nebula_declare_twin(shared_bump_block_short FILE nebula/kernel/shared_bump_allocator.hpp
  FROM [[if (top_.compare_exchange_weak(top, begin + request.size, ]]
  TO [[if (top_.compare_exchange_weak(top, begin + request.size - 1, ]])

# --- for fault injection -------------------------------------------------------------------------------------------------------
# The seal of an object is made, and never looked at.
nebula_declare_twin(seal_not_compared FILE nebula/kernel/failure_record.hpp
  FROM [[!is_paranoid() || seals_.object == 0 || sum_of_object(whole) == seals_.object]]
  TO [[!is_paranoid() || sum_of_object(whole) != 0]])
# A link that leads out of the list is followed.
nebula_declare_twin(link_range_unchecked FILE nebula/kernel/free_list.hpp
  FROM [[      const std::uint32_t depth = depth_of(list, index);
      if (NEBULA_UNLIKELY(next > list.count)) {
        return broken(invariant::link_in_range);
      }]]
  TO [[      const std::uint32_t depth = depth_of(list, index);]])
# A block that the list gives is handed out though it is live.
nebula_declare_twin(popped_block_unchecked FILE nebula/kernel/pool.hpp
  FROM [[  const damage wrong = hand_out(popped.index, is_paranoid);
  NEBULA_INVARIANT(popped_block_was_free, wrong.code != error_code::corrupted);]]
  TO [[  const damage wrong = hand_out(popped.index, is_paranoid);
]])
# A block that a cache keeps is handed out though it is live.
nebula_declare_twin(cached_block_unchecked FILE nebula/kernel/pool_cache.hpp
  FROM [[  NEBULA_INVARIANT(cached_block_is_free, wrong.code != error_code::corrupted);]]
  TO [[]])
# The walk of the list does not look whether it comes closer to its end.
nebula_declare_twin(walk_depth_unchecked FILE nebula/kernel/pool.hpp
  FROM [[    NEBULA_INVARIANT(depth_falls_by_one, list_.depth_of(records, index) == length - cursor.visited);]]
  TO [[]])
# One bit of the latch says corrupted, and any other makes the allocator paranoid.
nebula_declare_twin(latch_of_bits FILE nebula/kernel/failure_record.hpp
  FROM [[return latch != standard_code && latch != paranoid_code;]]
  TO [[return (latch & 0x80U) != 0;]])

# --- for the unit tests ----------------------------------------------------------------------------------------------------------
# The tag is as narrow as that of other free lists, and tag_bits() says otherwise.
nebula_declare_twin(tag_of_16_bits FILE nebula/kernel/free_list.hpp
  FROM [[return ((seen | list.index_mask) + 1) | index;]]
  TO [[return (((seen | list.index_mask) + 1) & ((head_word{list.index_mask} + 1) * 0xFFFFU)) | index;]])
# The latest free is given, and given again.
nebula_declare_twin(latest_free_given_twice FILE nebula/kernel/latest_free.hpp
  FROM [[constexpr void clear() noexcept { number_ = 0; }]]
  TO [[constexpr void clear() noexcept {}]])
# A list with one owner that ends too soon is taken for an empty one.
nebula_declare_twin(counter_not_compared FILE nebula/kernel/local_free_list.hpp
  FROM [[return taken_ == list.count ? list_outcome{]]
  TO [[return taken_ <= list.count ? list_outcome{]])
# A handle that nobody has set names the first block.
nebula_declare_twin(default_handle_names_a_block FILE nebula/kernel/pool.hpp
  FROM [[std::uint32_t index = std::numeric_limits<std::uint32_t>::max();]]
  TO [[std::uint32_t index = 0;]])
# The growth of an arena wraps.
nebula_declare_twin(growth_wraps FILE nebula/kernel/arena_config.hpp
  FROM [[return fits ? chunk_bytes << index : most;]]
  TO [[return chunk_bytes << (index % 64U);]])
# A reset of an arena keeps the newest chunk, and loses the others.
nebula_declare_twin(newest_chunk_kept FILE nebula/kernel/arena.hpp
  FROM [[const result<void> given_back = give_back_but(1, during);]]
  TO [[const result<void> given_back{};]])
# An arena takes a chunk that overlaps one that it has.
nebula_declare_twin(overlapping_chunk_taken FILE nebula/kernel/arena_chunks.hpp
  FROM [[if (is_memory && overlap({walk.at.data, walk.at.size}, given)) {]]
  TO [[if (false) {]])
# A header is trusted unseen.
nebula_declare_twin(header_not_checked FILE nebula/kernel/arena_chunks.hpp
  FROM [[if (header.check != check_of(after.data, after.size, before)) {]]
  TO [[if (false) {]])
# A walk goes on with the cursor of another allocator.
nebula_declare_twin(cursor_of_anyone FILE nebula/kernel/audit.hpp
  FROM [[owner == walked && ]]
  TO [[]])
# The paranoid walk does not look at the canaries.
nebula_declare_twin(canary_not_visited FILE nebula/kernel/stack.hpp
  FROM [[    if (record.align != 0) {]]
  TO [[    if (false) {]])
# The paranoid walk of an arena looks at no canary of a block that is on record.
nebula_declare_twin(arena_canary_not_verified FILE nebula/kernel/arena.hpp
  FROM [[return this->misuse(error_code::overrun, during, changed);]]
  TO [[return false;]])
# A block is given out whatever its free bytes hold.
nebula_declare_twin(free_pattern_not_verified FILE nebula/kernel/pool.hpp
  FROM [[return {changed == nullptr ? error_code::none : error_code::written_after_free, changed};]]
  TO [[return {changed == nullptr ? error_code::none : error_code::none, nullptr};]])

# --- configuration and reports ----------------------------------------------------------------------------------------------------
# A builder lets a required field be missing; it lets one be given twice.
nebula_declare_twin(missing_field_ignored FILE nebula/kernel/builder.hpp
  FROM [[static_assert(is_settled(field::block_size_bytes), "block_size_bytes is required, and is not given");]]
  TO [[]]
  FROM2 [[static_assert((Required & ~Given) == 0, "a required field is not given");]]
  TO2 [[]])
nebula_declare_twin(field_given_twice FILE nebula/kernel/builder.hpp
  FROM [[static_assert(is_open(field::block_count), "block_count is given twice");]]
  TO [[]])
# A preset replaces a hook that was given.
nebula_declare_twin(preset_over_field FILE nebula/kernel/builder.hpp
  FROM [[whole.hook = is_open(hook_field) ? preset_.hook : whole.hook;]]
  TO [[whole.hook = preset_.hook;]])
# The paranoid preset has the standard level.
nebula_declare_twin(paranoid_is_standard FILE nebula/kernel/configuration.hpp
  FROM [[return {check_level::paranoid, {&trap_on_fault, nullptr}};]]
  TO [[return {check_level::standard, {&trap_on_fault, nullptr}};]])
# The report of a configuration asks for a byte too many.
nebula_declare_twin(range_off_by_one FILE nebula/kernel/configuration_range.hpp
  FROM [[detail::storage_report(config.storage, {1, true})]]
  TO [[detail::storage_report(config.storage, {2, true})]])
# A report shows the used bytes as available, and the other way about.
nebula_declare_twin(used_and_available_swapped FILE kernel/describe.cpp
  FROM [[report.add_size(state.used_bytes);]]
  TO [[report.add_size(state.available_bytes);]]
  FROM2 [[report.add_size(state.available_bytes);
  report.add("\n  live:      ");]]
  TO2 [[report.add_size(state.used_bytes);
  report.add("\n  live:      ");]])
# A report does not say whether to try again.
nebula_declare_twin(retry_forgotten FILE kernel/describe.cpp
  FROM [[  add_line(report, "\n  retry:     ", retry_of(failure));
  add_line(report, "\n  advice:    ", advice_for(failure, state));]]
  TO [[  add_line(report, "\n  advice:    ", advice_for(failure, state));]])
# A stack is advised as if it were any allocator.
nebula_declare_twin(advice_for_all_alike FILE kernel/advice.cpp
  FROM [[case component::stack_allocator: return of_stack(failure, request, state);]]
  TO [[case component::stack_allocator: break;]])
# An audit in steps does not see that a cache has changed blocks between them.
nebula_declare_twin(audit_blind_to_caches FILE nebula/kernel/pool.hpp
  FROM [[      sum += blocks_.cache_slots()[index].version();]]
  TO [[      sum += 0;]])
# --- objects -------------------------------------------------------------------------------------------------------------------
# The destructor runs before the allocator has said that the free is right.
nebula_declare_twin(destroyed_before_the_check FILE nebula/construct/lifetime.hpp
  FROM [[    return allocator.deallocate_after(block, allocated, action);]]
  TO [[    action();
    return allocator.deallocate(block, allocated);]])
# The first element ends first.
nebula_declare_twin(destroyed_forwards FILE nebula/construct/lifetime.hpp
  FROM [[  while (count != 0) {
    --count;
    std::destroy_at(first + count);
  }]]
  TO [[  for (; count != 0; --count) {
    std::destroy_at(first++);
  }]])
# An emplace that has failed is not undone.
nebula_declare_twin(failed_emplace_kept FILE nebula/construct/typed_arena.hpp
  FROM [[        arena_.undo(*this);
]]
  TO [[]])
# The elements before one that throws are forgotten.
nebula_declare_twin(prefix_not_destroyed FILE nebula/construct/lifetime.hpp
  FROM [[~array_under_construction() { destroy_in_reverse(first_, count_); }]]
  TO [[~array_under_construction() = default;]])
# A handle into a bump does not ask whether its block is there.
nebula_declare_twin(claim_not_checked FILE nebula/construct/block_claim.hpp
  FROM [[NEBULA_UNLIKELY(!allocator.is_open(mark_))]]
  TO [[false]])
# Its block can be freed by its address.
nebula_declare_twin(claim_without_seal FILE nebula/construct/block_claim.hpp
  FROM [[    const result<marker> seal = block.has_value() ? allocator.mark() : block.error();
    const result<void> sealed = seal.has_value() ? base::restore(allocator, seal.value()) : seal.error();]]
  TO [[    const result<void> sealed = block.error();]])
# A handle into an arena that tracks its blocks does not ask whether its own was freed.
nebula_declare_twin(freed_block_not_seen FILE nebula/construct/block_claim.hpp
  FROM [[there.has_value() && arena.tracks_allocations() && !arena.is_live(static_cast<const std::byte*>(address));]]
  TO [[false;]])
# It asks, but does not keep others from the place of its block.
nebula_declare_twin(place_of_freed_block_not_kept FILE nebula/construct/block_claim.hpp
  FROM [[    return arena.tracks_allocations() ? this->allocate_and_mark(arena, request) : base::allocate(arena, request);]]
  TO [[    return base::allocate(arena, request);]])
# A mark is made for a block that the bump then refuses.
nebula_declare_twin(last_block_forgotten FILE nebula/construct/block_claim.hpp
  FROM [[const result<void> served = would_serve(allocator, request);]]
  TO [[const result<void> served;]])
# What a corrupted allocator says of a mark is believed.
nebula_declare_twin(corrupted_taken_for_stale FILE nebula/construct/block_claim.hpp
  FROM [[  return allocator.is_corrupted() ? error]]
  TO [[  return false ? error]])
# A handle into a pool runs the destructor before the generation has been compared.
nebula_declare_twin(generation_not_checked FILE nebula/construct/block_claim.hpp
  FROM [[    return past_stray_writes([&]() noexcept { return pool.deallocate_after(handle_, action); });]]
  TO [[    action();
    return pool.deallocate(handle_);]])
# The hook runs once too often.
nebula_declare_twin(hook_run_twice FILE nebula/construct/pooled.hpp
  FROM [[                            hook(*object);]]
  TO [[                            hook(*object);
                            hook(*object);]])
# A handle that is assigned to ends what it held before it has looked at what it is given.
nebula_declare_twin(assigned_after_the_end FILE nebula/construct/unique_handle.hpp
  FROM [[    unique_handle taken(std::move(other));
]]
  TO [[    if (object_ != nullptr && this != &other) {
      end();
    }
    unique_handle& taken = other;
]])
# The end of an object takes along what its destructor has assigned to the handle.
nebula_declare_twin(new_object_let_go_of FILE nebula/construct/unique_handle.hpp
  FROM [[object_ = object_ == held ? nullptr : object_;]]
  TO [[object_ = nullptr;]])
# Of a pool's owner, the same as the first.
nebula_declare_twin(pooled_assigned_after_the_release FILE nebula/construct/pooled.hpp
  FROM [[    pooled taken(std::move(other));
    const pooled old(std::move(*this)); // released when this returns
]]
  TO [[    if (this == &other) {
      return *this;
    }
    static_cast<void>(release());
    pooled& taken = other;
]])
# An arena of objects does not ask whether its blocks are there.
nebula_declare_twin(arena_not_checked FILE nebula/construct/typed_arena.hpp
  FROM [[anchor_count_ != 0 && !allocator_.is_open(newest_anchor_)]]
  TO [[false]])
# An arena that is cleared gives back what is above it, whosever it is.
nebula_declare_twin(arena_discards_others FILE nebula/construct/typed_arena.hpp
  FROM [[    if (held.blocks == block_count_ && held.marks + 1 == anchor_count_) {]]
  TO [[    if (true) {]])
# A trivial object lies at the beginning of its block, which its address then frees.
nebula_declare_twin(trivial_object_at_the_beginning FILE nebula/construct/typed_arena.hpp
  FROM [[checked_align_up(sizeof(record), block_align).value : block_align;]]
  TO [[checked_align_up(sizeof(record), block_align).value : 0;]])
# A destructor that clears its arena gives back the bytes that it stands in.
nebula_declare_twin(cleared_under_a_destructor FILE nebula/construct/typed_arena.hpp
  FROM [[destroyed.has_value() && clears_under_way_ == 0 ? give_back()]]
  TO [[destroyed.has_value() ? give_back()]])
# A constructor that clears its arena is obeyed.
nebula_declare_twin(cleared_under_a_constructor FILE nebula/construct/typed_arena.hpp
  FROM [[    if (NEBULA_UNLIKELY(emplaces_under_way_ != 0)) {]]
  TO [[    if (false) {]])
# An arena does not see that somebody has marked above its anchor.
nebula_declare_twin(arena_keeps_its_first_anchor FILE nebula/construct/typed_arena.hpp
  FROM [[(anchor_count_ != 0 && allocator_.held_above(newest_anchor_).marks == 0)]]
  TO [[anchor_count_ != 0]])
# Files with exceptions and files without call the same functions.
nebula_declare_twin(one_name_for_both FILE nebula/kernel/exception_namespace.hpp
  FROM [[#define NEBULA_EXCEPTION_NAMESPACE without_exceptions]]
  TO [[#define NEBULA_EXCEPTION_NAMESPACE with_exceptions]])
# --- budgets and adaptors ------------------------------------------------------------------------------------------------------
# A reservation looks at what is used, and then adds.
nebula_declare_twin(budget_check_then_add FILE nebula/kernel/budget.hpp
  FROM [[if (used_.compare_exchange_weak(seen, seen + bytes, memory_order::acquire, memory_order::relaxed)) {]]
  TO [[static_cast<void>(used_.fetch_add(bytes, memory_order::acquire));
      if (true) {]])
# What the levels below a refusal have claimed stays claimed.
nebula_declare_twin(budget_rollback_forgotten FILE nebula/kernel/budget.hpp
  FROM [[        abandon_below(level, bytes);
]]
  TO [[]])
# The peak is compared, and then stored.
nebula_declare_twin(budget_peak_stored FILE nebula/kernel/budget.hpp
  FROM [[    while (reached > seen &&
           !peak_.compare_exchange_weak(seen, reached, memory_order::relaxed, memory_order::relaxed)) {
    }]]
  TO [[    if (reached > seen) {
      peak_.store(reached, memory_order::relaxed);
    }]])
# Bytes can be released before all levels have them.
nebula_declare_twin(budget_own_before_used FILE nebula/kernel/budget.hpp
  FROM [[    std::size_t reached[config_type::depth_max] = {};
]]
  TO [[    std::size_t reached[config_type::depth_max] = {};
    static_cast<void>(own_.fetch_add(bytes, memory_order::release));
]]
  FROM2 [[    static_cast<void>(own_.fetch_add(bytes, memory_order::release));
    return {};]]
  TO2 [[    return {};]])
# The limit is not looked at again after the exchange.
nebula_declare_twin(budget_limit_read_once FILE nebula/kernel/budget.hpp
  FROM [[if (NEBULA_UNLIKELY(seen + bytes > limit_.load(memory_order::relaxed))) {]]
  TO [[if (false) {]])
# A release looks at what is reserved, and then subtracts.
nebula_declare_twin(budget_check_then_subtract FILE nebula/kernel/budget.hpp
  FROM [[    } while (!word.compare_exchange_weak(seen, seen - bytes, success, memory_order::relaxed));
    return true;]]
  TO [[    } while (false);
    static_cast<void>(word.fetch_sub(bytes, success));
    return true;]])
# Contention is reported as a lack of bytes.
nebula_declare_twin(budget_false_refusal FILE nebula/kernel/budget.hpp
  FROM [[        return {error_code::contended, 0};]]
  TO [[        return {error_code::over_budget, 0};]])
# The bytes of a block are released before the allocator has it back.
nebula_declare_twin(budgeted_released_early FILE nebula/kernel/budgeted.hpp
  FROM [[    const std::size_t before = reading_of(block);
    return pay_back(allocator_.deallocate(block, allocated), before, operation::deallocate);]]
  TO [[    const result<void> paid = budget_.release(reading_of(block));
    const result<void> freed = allocator_.deallocate(block, allocated);
    return freed.has_value() ? paid : freed;]])
# Only the limits of children are kept.
nebula_declare_twin(budget_limit_of_parent_ignored FILE nebula/kernel/budget.hpp
  FROM [[      if (seen > limit || bytes > limit - seen) {]]
  TO [[      if (parent_ != nullptr && (seen > limit || bytes > limit - seen)) {]]
  FROM2 [[if (NEBULA_UNLIKELY(seen + bytes > limit_.load(memory_order::relaxed))) {]]
  TO2 [[if (false) {]])
# A parent gives back what its children have.
nebula_declare_twin(budget_releases_its_childrens FILE nebula/kernel/budget.hpp
  FROM [[if (NEBULA_UNLIKELY(!take(own_, bytes, memory_order::acquire))) {]]
  TO [[if (NEBULA_UNLIKELY(!take(own_, bytes, memory_order::acquire) && used_.load(memory_order::relaxed) < bytes)) {]])
# Thresholds are rounded before they are multiplied: small limits lose theirs.
nebula_declare_twin(budget_percent_of_hundreds FILE nebula/kernel/arithmetic.hpp
  FROM [[return hundredths.quotient * percent + divide(hundredths.remainder * percent, 100).quotient;]]
  TO [[return hundredths.quotient * percent;]])
# The most that a block may take stays charged.
nebula_declare_twin(budgeted_excess_kept FILE nebula/kernel/budgeted.hpp
  FROM [[    release(claimed - taken);
]]
  TO [[]])
# What the allocator refuses stays charged.
nebula_declare_twin(budgeted_refusal_charged FILE nebula/kernel/budgeted.hpp
  FROM [[      release(claimed);
]]
  TO [[]])
# A free is paid back by the layout that the caller names.
nebula_declare_twin(budgeted_pays_by_layout FILE nebula/kernel/budgeted.hpp
  FROM [[    const std::size_t before = reading_of(block);
    return pay_back(allocator_.deallocate(block, allocated), before, operation::deallocate);]]
  TO [[    const result<void> freed = allocator_.deallocate(block, allocated);
    return freed.has_value() ? budget_.release(allocated.size) : counted(freed, operation::deallocate);]])
# A free goes to the allocator that is tried first, whoever owns the block.
nebula_declare_twin(fallback_frees_in_the_first FILE nebula/kernel/fallback.hpp
  FROM [[    if (primary_.owns(block)) {
      return counted_free(primary_.deallocate(block, allocated));
    }]]
  TO [[    if (owns(block)) {
      return counted_free(primary_.deallocate(block, allocated));
    }]])
# A threshold that was crossed is forgotten at the next call.
nebula_declare_twin(observed_near_again_and_again FILE nebula/kernel/observed.hpp
  FROM [[is_near_.compare_exchange_strong(other, 1U - other, memory_order::relaxed, memory_order::relaxed) && is_near;]]
  TO [[(static_cast<void>(other), is_near);]])
# A hook may run inside of itself without end.
nebula_declare_twin(observed_hooks_never_end FILE nebula/kernel/observed.hpp
  FROM "    static_cast<void>(inside_.fetch_sub(1, memory_order::relaxed));
    return outcome;"
  TO "    return outcome;")
nebula_declare_twin(observed_hooks_not_counted FILE nebula/kernel/observed.hpp
  FROM [[      if (inside >= config_.hooks_max) {]]
  TO [[      if (inside > config_.hooks_max) {]])
# --- the C functions -------------------------------------------------------------------------------------------------------------
# A handle of C names the block after the one that it was made of.
nebula_declare_twin(c_handle_off_by_one FILE nebula/kernel/c_object.hpp
  FROM [[return {handle.slot - 1, handle.generation};]]
  TO [[return {handle.slot, handle.generation};]])
# An object's hook does not hear of its faults.
nebula_declare_twin(c_fault_not_forwarded FILE nebula/kernel/c_object.hpp
  FROM [[    object->hook.function(object->hook.context, &handed_on);
]]
  TO [[]])
# A result is written though there is none.
nebula_declare_twin(c_result_written_always FILE nebula/kernel/c_object.hpp
  FROM [[  if (outcome.has_value()) {
    *made = to_c(outcome.value());
  }]]
  TO [[  *made = to_c(outcome.value());]])
# An object that has been destroyed still passes for one.
nebula_declare_twin(c_seal_kept FILE nebula/kernel/c_object.hpp
  FROM [[  object->seal = 0;
]]
  TO [[]])
# So does a copy.
nebula_declare_twin(c_copies_accepted FILE nebula/kernel/c_object.hpp
  FROM [[  return reinterpret_cast<std::uintptr_t>(memory) ^]]
  TO [[  return (memory == nullptr ? 1U : 0U) ^]])
# Of a missing place for a result the program's hook hears, and nothing counts it.
nebula_declare_twin(c_missing_place_unheard FILE nebula/kernel/c_object.hpp
  FROM [[    return allocator_in(*object).misuse(error_code::null_pointer, during, nullptr);]]
  TO [[    return orphan_misuse(error_code::null_pointer, during, Object::reporter, nullptr);]])
# The object's memory may be one byte too small.
nebula_declare_twin(c_object_memory_too_small FILE nebula/kernel/c_object.hpp
  FROM [[(bytes < sizeof(Object) ||]]
  TO [[(bytes + 1 < sizeof(Object) ||]])

# --- for UndefinedBehaviorSanitizer -------------------------------------------------------------------------------------------------
# Arithmetic that wraps on purpose does not say so.
nebula_declare_twin(wrapping_unsaid FILE nebula/kernel/arithmetic.hpp
  FROM [[NEBULA_WRAPS constexpr std::size_t padding_bytes(]]
  TO [[constexpr std::size_t padding_bytes(]])

# --- for what is proved when compiled, and watched by RealtimeSanitizer ------------------------------------------------------------
# A function that says that it does not block asks the heap.
nebula_declare_twin(allocating_pool FILE nebula/kernel/pool.hpp
  FROM [[const list_outcome popped = list_.pop(blocks_.records(), max_retries);]]
  TO [[::operator delete(::operator new(1));
  const list_outcome popped = list_.pop(blocks_.records(), max_retries);]])

# --- of two that are to behave alike, one ---------------------------------------------------------------------------------------
# A narrow head's index has a bit less than the count of blocks needs.
nebula_declare_twin(narrow_head_loses_a_bit FILE nebula/kernel/free_list.hpp
  FROM [[return count == 0 ? 0 : ~std::uint32_t{0} >> (32U - bit_width(count));]]
  TO [[return count == 0 ? 0 : ~std::uint32_t{0} >> (32U - bit_width(count)) >> (sizeof(head_word) == 4 ? 1U : 0U);]])
# The exchange of plain atomics says that it is done, and does nothing.
nebula_declare_twin(plain_exchange_forgotten FILE nebula/kernel/atomics.hpp
  FROM [[      value_ = desired;
      return true;]]
  TO [[      static_cast<void>(desired);
      return true;]])
# --- an allocator that is not ours: the example's ----------------------------------------------------------------------------------
# Two blocks lie at one place.
nebula_declare_twin(yours_overlaps FILE examples/your_allocator/your_pool.hpp
  FROM [[return blocks_ + index * block_bytes;]]
  TO [[return blocks_ + index / 2 * block_bytes;]])
# The blocks begin beside where they would be aligned.
nebula_declare_twin(yours_misaligns FILE examples/your_allocator/your_pool.hpp
  FROM [[: blocks_(memory),]]
  TO [[: blocks_(memory + 4),]])
# The first block, once freed, is never given out again.
nebula_declare_twin(yours_forgets FILE examples/your_allocator/your_pool.hpp
  FROM [[    taken_[index] = std::byte{0};
    return true;]]
  TO [[    taken_[index] = index == 0 ? std::byte{2} : std::byte{0};
    return true;]]
  FROM2 [[if (taken_[index] == std::byte{0}) {
      return]]
  TO2 [[if (taken_[index] != std::byte{1}) {
      return]])
# An allocation writes to the block behind its own.
nebula_declare_twin(yours_writes_to_the_next FILE examples/your_allocator/your_pool.hpp
  FROM [[taken_[index] = std::byte{1};]]
  TO [[taken_[index] = std::byte{1};
        blocks_[(index + 1) % count_ * block_bytes] = std::byte{0};]])
# A second free is taken for the first.
nebula_declare_twin(yours_frees_twice FILE examples/your_allocator/your_pool.hpp
  FROM [[    if (taken_[index] == std::byte{0}) {
      return false;]]
  TO [[    if (false) {
      return false;]])
# The bytes that say what is taken are not counted in.
nebula_declare_twin(yours_leaves_its_storage FILE examples/your_allocator/your_pool.hpp
  FROM [[count_(size / (block_bytes + 1))]]
  TO [[count_(size / block_bytes)]])
# A request of no bytes is served.
nebula_declare_twin(yours_serves_nothing FILE examples/your_allocator/your_pool.hpp
  FROM [[size == 0 || ]]
  TO [[]])
# --- cost ----------------------------------------------------------------------------------------------------------------------
# Each allocation walks all records: right, and no longer O(1).
nebula_declare_twin(walk_in_allocate FILE nebula/kernel/pool.hpp
  FROM [[  raise_peak(blocks_.count() - popped.free_before + 1);]]
  TO [[  const volatile std::uint32_t walked = free_states();
  static_cast<void>(walked);
  raise_peak(blocks_.count() - popped.free_before + 1);]])
# --- tools ---------------------------------------------------------------------------------------------------------------------
# A number that goes down between two events of a trace is read as one that goes up.
nebula_declare_twin(trace_numbers_unsigned FILE tools/trace/reader.cpp
  FROM [[{ return (value >> 1U) ^ (0 - (value & 1U)); }]]
  TO [[{ return value >> 1U; }]])
# --- services ------------------------------------------------------------------------------------------------------------------
# Kibibytes of more bytes than fit wrap.
nebula_declare_twin(meminfo_wraps FILE nebula/services/memory_text.hpp
  FROM [[const checked_size bytes = checked_multiply(kibibytes.value(), 1024);]]
  TO [[const checked_size bytes{kibibytes.value() * 1024, true};]])
# A threshold between two bytes is rounded down: pressure begins a byte too early.
nebula_declare_twin(pressure_rounded_down FILE nebula/services/memory_pressure.hpp
  FROM [[thousandths.remainder * per_mille + 999]]
  TO [[thousandths.remainder * per_mille]])
# Only the process's own control group is asked, and none above it.
nebula_declare_twin(limit_of_the_leaf FILE services/memory_info.cpp
  FROM [[group = parent_group(group);]]
  TO [[group = {};]])
# What follows the usable bytes is made memory, too: there is no guard behind them.
nebula_declare_twin(guard_is_memory FILE services/page_mapping.cpp
  FROM [[calls.commit(calls.context, region_.data, usable)]]
  TO [[calls.commit(calls.context, region_.data, usable + guard)]])
# The guards of huge pages that were refused stay reserved.
nebula_declare_twin(guards_of_refused_pages_kept FILE services/page_mapping.cpp
  FROM [[const memory_failure lost_behind = release_at(calls, data + usable, whole - before - usable);]]
  TO [[const memory_failure lost_behind;]])
# A lock that was refused is taken for one that was had.
nebula_declare_twin(lock_assumed FILE services/page_mapping.cpp
  FROM [[provision_.is_locked = failed == 0;]]
  TO [[provision_.is_locked = true;]])
# Where the system has no memory for all pages, they are touched all the same.
nebula_declare_twin(touched_although_refused FILE services/page_mapping.cpp
  FROM [[if (!is_unsupported(failed)) {]]
  TO [[if (false) {]])
# A chunk that came back stays on record, and is taken back again.
nebula_declare_twin(chunk_stays_on_record FILE services/page_source.cpp
  FROM [[  --count_;
  found = records()[count_];]]
  TO [[  found = records()[count_ - 1];]])
# Ranges that share one byte are taken for apart.
nebula_declare_twin(overlap_of_one_byte FILE nebula/services/bulk_copy.hpp
  FROM [[distance < bytes]]
  TO [[distance + 1 < bytes]])
# The last byte of a copy is left out.
nebula_declare_twin(copy_without_its_last_byte FILE services/bulk_copy.cpp
  FROM [[for (; bytes != 0; --bytes) {]]
  TO [[for (; bytes > 1; --bytes) {]])
# Lines are skipped: eight at a time.
nebula_declare_twin(lines_skipped FILE nebula/services/prefetch.hpp
  FROM [[    line += line_bytes;]]
  TO [[    if (last - line < 8 * line_bytes) {
      return count;
    }
    line += 8 * line_bytes;]])
# Nobody tells the compiler that the zeros are looked at.
nebula_declare_twin(zeros_left_out FILE nebula/services/secure_zero.hpp
  FROM [[  __asm__ __volatile__("" : : "r"(begin) : "memory");]]
  TO [[]])

# --- life cycle of services ----------------------------------------------------------------------------------------------------
# A block goes back to whichever allocator was registered first.
nebula_declare_twin(frees_through_the_first FILE services/allocator_registry.cpp
  FROM [[return each.may_ask() && each.reference.owns(address);]]
  TO [[return each.may_ask() && address != nullptr;]])
# An id is a place, which the next allocator gets again.
nebula_declare_twin(allocator_id_given_again FILE services/allocator_registry.cpp
  FROM [[++state_->last_id; // of 64 bits: it does not come round]]
  TO [[state_->last_id = state_->entries.size() + 1;]])
# An allocator with one owner is called from any thread.
nebula_declare_twin(another_threads_allocator_asked FILE services/allocator_registry.cpp
  FROM [[return reference.threads() == allocator_threads::any || owner == std::this_thread::get_id();]]
  TO [[return reference.threads() == allocator_threads::any || owner != std::thread::id{};]])
# What an allocator had not got back is forgotten with it.
nebula_declare_twin(departed_leaks_forgotten FILE services/allocator_registry.cpp
  FROM [[departed.push_back({leaving.name, last.live_blocks, last.used_bytes});]]
  TO [[static_cast<void>(leaving);]])
# A scope that ends leaves its allocator in force.
nebula_declare_twin(scope_stays_in_force FILE services/allocator_registry.cpp
  FROM [[*link = outer_;]]
  TO [[static_cast<void>(link);]])
# Shutting down counts live blocks, and goes on.
nebula_declare_twin(shutdown_forgets_live_blocks FILE services/allocator_registry.cpp
  FROM [[return blocks_live(*first, blocks, allocators);]]
  TO [[static_cast<void>(blocks_live(*first, blocks, allocators));]])
# Statistics ask an allocator that only another thread may ask.
nebula_declare_twin(other_threads_allocator_reported FILE services/statistics/runtime_statistics.cpp
  FROM [[    ++so_far.not_asked_count;
    return;]]
  TO [[    ++so_far.not_asked_count;]])
# A broken allocator is one like the others.
nebula_declare_twin(corruption_is_healthy FILE services/memory_runtime.cpp
  FROM [[if (each.reference.is_corrupted()) {]]
  TO [[if (each.reference.is_corrupted() && !each.may_ask) {]])
# What is removed from the table leaves a gap, behind which blocks are not found any more.
nebula_declare_twin(removal_leaves_a_gap FILE nebula/services/tracking_table.hpp
  FROM [[if (from_home >= from_hole) {]]
  TO [[if (from_home > mask_ && from_hole != 0) {]])
# A block whose free was refused is not known any more.
nebula_declare_twin(refused_free_forgotten FILE nebula/services/tracked.hpp
  FROM [[    if (freed.has_value()) {
      table_.erase(block);]]
  TO [[    if (freed.has_value() || block != nullptr) {
      table_.erase(block);]])
# At critical pressure as much is let through as at high.
nebula_declare_twin(critical_sheds_like_high FILE nebula/services/monitored.hpp
  FROM [[return config_.shed_above_critical_bytes;
  }]]
  TO [[return config_.shed_above_high_bytes;
  }]])
# Whatever the configuration says of failed probes, nothing is assumed to be wrong.
nebula_declare_twin(failed_probe_is_normal FILE nebula/services/monitored.hpp
  FROM [[: memory_pressure::critical,]]
  TO [[: memory_pressure::normal,]])
# What a sink causes is told to the sink.
nebula_declare_twin(sink_comes_back_to_itself FILE services/event_log.cpp
  FROM [[  if (a_sink_writes) {
    increment(inside_sink_);]]
  TO [[  if (false) {
    increment(inside_sink_);]])
# A quotation mark in a name ends the string of JSON.
nebula_declare_twin(json_name_unescaped FILE services/escaped_text.cpp
  FROM [[next.point == '"' || next.point]]
  TO [[next.point]])
# Overlong forms are taken for UTF-8: a quotation mark of two bytes, and worse.
nebula_declare_twin(overlong_accepted FILE services/escaped_text.cpp
  FROM [[point < least[bytes - 2] || ]]
  TO [[]])
# How many were suppressed is forgotten when the next event is told.
nebula_declare_twin(suppressed_forgotten FILE services/event_log.cpp
  FROM [[event.suppressed_before = level_gate.suppressed.exchange(0, std::memory_order_relaxed);]]
  TO [[level_gate.suppressed.store(0, std::memory_order_relaxed);]])
# What has not been used of the rate in a silence is all had at its end.
nebula_declare_twin(tokens_beyond_the_burst FILE nebula/services/rate_limit.hpp
  FROM [[begin = std::max(full_at, now_nanoseconds);
      if (begin - now_nanoseconds > tolerance_) {]]
  TO [[begin = full_at;
      if (begin > now_nanoseconds + tolerance_) {]])
# An address is logged where its distance from the storage should be.
nebula_declare_twin(address_logged FILE services/event_log.cpp
  FROM [[? address - begin : log_event::no_offset]]
  TO [[? address : address]])
# Near capacity is told each time that it is looked at.
nebula_declare_twin(near_capacity_again_and_again FILE services/event_log.cpp
  FROM [[if (is_near_.exchange(is_near, std::memory_order_relaxed) || !is_near) {]]
  TO [[if (!is_near) {]])
# The hook behind the log, which may be what ends the program, is not told.
nebula_declare_twin(fault_ends_at_the_log FILE services/event_log.cpp
  FROM [[if (log.next_hook_.function != nullptr) {]]
  TO [[if (false) {]])
# A bump that is half full is advised of fragments, which it cannot have.
nebula_declare_twin(bump_advised_of_fragments FILE kernel/advice.cpp
  FROM [[is_nearly_full(state) ? give_back : "split the request, or lend more storage"}]]
  TO [[is_nearly_full(state) ? give_back : "defragment the allocator"}]])
# Colours wherever the terminal is not called dumb: into files and pipes, too.
nebula_declare_twin(colour_into_a_pipe FILE services/error_text.cpp
  FROM [[return is_terminal && !is_dumb]]
  TO [[return !is_dumb]])
# The end of a long report is lost.
nebula_declare_twin(report_cut_short FILE services/error_text.cpp
  FROM [[report_bytes_max = 1024]]
  TO [[report_bytes_max = 256]])
# A double free is thrown as what programs catch in order to go on with less.
nebula_declare_twin(misuse_thrown_as_bad_alloc FILE services/memory_exceptions.cpp
  FROM [[return exception_class::memory_misuse;]]
  TO [[return exception_class::out_of_memory;]])
# A backtrace is taken in heap.
nebula_declare_twin(backtrace_in_heap FILE services/memory_error.cpp
  FROM [[  copy.trace_ = backtrace::capture(skipped + 1);]]
  TO [[  auto* const trace = new backtrace(backtrace::capture(skipped + 1));
  copy.trace_ = *trace;
  delete trace;]])

# --- configuration of services -------------------------------------------------------------------------------------------------
# A variable that is misspelled changes nothing, and nobody hears of it.
nebula_declare_twin(unknown_variable_passed_over FILE services/memory_config_environment.cpp
  FROM [[return unknown(given);]]
  TO [[continue;]])
# A preset that stands last undoes what was said before.
nebula_declare_twin(preset_undoes_what_came_before FILE services/memory_config_json.cpp
  FROM [[    if (presets_only_) {
      config_ =]]
  TO [[    if (presets_only_ || depth_ == 1) {
      config_ =]])
# Of two values of a key, the second one is taken.
nebula_declare_twin(second_value_taken FILE services/memory_config_json.cpp
  FROM [[    if (is_given) {]]
  TO [[    if (is_given && depth_ == 0) {]])
# A configuration from code is as it is.
nebula_declare_twin(range_of_configuration_unchecked FILE services/memory_config.cpp
  FROM [[if (value < each.lowest || value > each.highest) {]]
  TO [[if (value < each.lowest && value > each.highest) {]])
# Who found no object lets go of the lock before it stands in the queue: one that comes back meanwhile wakes nobody.
nebula_declare_twin(object_lost_wake_up FILE nebula/services/object_pool_acquire.hpp
  FROM [[      const object_outcome<claim> waited = wait(limit, priority, where);]]
  TO [[      mutex().unlock();
      mutex().lock();
      const object_outcome<claim> waited = wait(limit, priority, where);]])
# A release is judged, and then carried out: two releases of one lease are both found right.
nebula_declare_twin(object_double_release_accepted FILE nebula/services/object_pool_release.hpp
  FROM [[    is_detached = slot.state == slot_state::detached;
    if (wrong == error_code::none) {
      slots_.set_state(index, slot_state::busy);]]
  TO [[    is_detached = slot.state == slot_state::detached;
    if (wrong == error_code::none) {
      mutex().unlock();
      mutex().lock();
      slots_.set_state(index, slot_state::busy);]])
# Who wakes looks at the pool, and not at what it was told: given an object, and then shut down, it says that it was refused.
nebula_declare_twin(object_refused_with_an_object FILE nebula/services/object_pool_acquire.hpp
  FROM [[  if (self.said == verdict::refused) {]]
  TO [[  if (self.said == verdict::refused || is_shut_down_) {]])
# A shutdown tells who waits that it is refused, and leaves it in the queue: what comes back is given to it.
nebula_declare_twin(object_given_to_the_refused FILE nebula/services/object_pool_release.hpp
  FROM [[        unlink(*next);
        next->said = verdict::refused;
        waiting_.notify(next->condition);]]
  TO [[        next->said = verdict::refused;
        waiting_.notify(next->condition);
        break;]]
  FROM2 [[  if (is_shut_down_ && slot.has_object) {]]
  TO2 [[  if (is_shut_down_ && slot.has_object && queue_.first() == nullptr) {]])
# A shutdown wakes those who wait, and only then closes: who comes in between waits for ever.
nebula_declare_twin(object_pool_closed_last FILE nebula/services/object_pool_release.hpp
  FROM [[    is_shut_down_ = true;
]]
  TO [[]]
  FROM2 [[  static_cast<void>(destroy_idle(true));
  std::size_t left = 0;]]
  TO2 [[  with_lock([this] { is_shut_down_ = true; });
  static_cast<void>(destroy_idle(true));
  std::size_t left = 0;]])
# An object that comes back to a pool that was shut down is kept.
nebula_declare_twin(object_kept_after_shutdown FILE nebula/services/object_pool_release.hpp
  FROM [[  if (is_shut_down_ && slot.has_object) {]]
  TO [[  if (false) {]])
# Whose deadline has come does not look whether it was given an object at that moment.
nebula_declare_twin(object_lost_at_the_deadline FILE nebula/services/object_pool_acquire.hpp
  FROM [[    if (self.said == verdict::waiting && !is_in_time) {]]
  TO [[    if (!is_in_time) {]])
# Whose deadline has come stays in the queue.
nebula_declare_twin(object_waiter_stays_queued FILE nebula/services/object_pool_acquire.hpp
  FROM [[      unlink(self);
      ++counts_.timeouts;]]
  TO [[      ++counts_.timeouts;]])
# Who comes last is served first.
nebula_declare_twin(object_waiters_last_in_first_out FILE nebula/services/wait_queue.hpp
  FROM [[    added.next = &end;
    added.previous = end.previous;
    end.previous->next = &added;
    end.previous = &added;]]
  TO [[    added.previous = &end;
    added.next = end.next;
    end.next->previous = &added;
    end.next = &added;]])
# The lowest priority is served first.
nebula_declare_twin(object_priorities_upside_down FILE nebula/services/wait_queue.hpp
  FROM [[      const link& end = ends_[priority - 1];]]
  TO [[      const link& end = ends_[wait_priority_count - priority];]])
# What comes back to a pool is not offered to those who wait in the pools below it.
nebula_declare_twin(object_waits_in_one_queue FILE nebula/services/object_pool_acquire.hpp
  FROM [[    if (!pool->is_shut_down_) {
      pool->queue_.push(]]
  TO [[    if (pool == this) {
      pool->queue_.push(]])
# Any lease ends whatever lease there is.
nebula_declare_twin(object_lease_without_number FILE nebula/services/basic_object_pool.hpp
  FROM [[    if (is_out && slot.lease == number) {]]
  TO [[    if (is_out && number != 0) {]])
# A hook that throws during a release leaves the object neither in the pool nor somebody's.
nebula_declare_twin(object_lost_by_a_throwing_hook FILE nebula/services/object_pool_release.hpp
  FROM [[        pool_.slots_.set_state(index_, slot_state::leased);
]]
  TO [[]])
# A hook that throws while an object is got ready keeps its place.
nebula_declare_twin(object_place_lost_by_a_throwing_hook FILE nebula/services/object_pool_acquire.hpp
  FROM [[  ~slot_in_preparation() {
    if (is_open_) {]]
  TO [[  ~slot_in_preparation() {
    if (is_open_ && !is_leased_) {]])
# What is not valid is given out.
nebula_declare_twin(object_given_though_invalid FILE nebula/services/object_pool_acquire.hpp
  FROM [[    } else if (hooks_.validate != nullptr && !hooks_.validate(hooks_.context, object_at(index))) {]]
  TO [[    } else if (hooks_.validate != nullptr && !hooks_.validate(hooks_.context, object_at(index)) && false) {]])
# An object is too old only when it is older than its lifetime, not when it is as old.
nebula_declare_twin(object_lives_a_moment_longer FILE nebula/services/basic_object_pool.hpp
  FROM [[now - idle.since >= idle_time_to_live_]]
  TO [[now - idle.since > idle_time_to_live_]])
# A loan that is paid back is not taken off.
nebula_declare_twin(object_loan_kept FILE nebula/services/basic_object_pool.hpp
  FROM [[      --static_cast<basic_object_pool*>(slot.borrower)->borrowed_;]]
  TO [[]])
# Storage is computed as if it were aligned.
nebula_declare_twin(object_storage_without_padding FILE nebula/services/object_pool_config.hpp
  FROM [[alignof(object_slot) - 1 + pool_config::storage_align(alignof(T)) - 1)]]
  TO [[0)]])
# --- statistics ----------------------------------------------------------------------------------------------------------------
# What threads without a number of their own count, those that are ending among them, is left out of the totals.
nebula_declare_twin(counts_at_thread_end_lost FILE nebula/services/thread_counters.hpp
  FROM [[    for (const copy& each : copies_) {
      sum += each.counters[counter].get();
    }]]
  TO [[    for (std::uint32_t slot = 0; slot != Threads; ++slot) {
      sum += copies_[slot].counters[counter].get();
    }]])
# A copy is emptied for the thread that comes: what the one before had counted is gone.
nebula_declare_twin(counts_of_ended_thread_lost FILE nebula/services/thread_counters.hpp
  FROM [=[    if (slot < Threads) [[likely]] {
      copies_[slot].counters[counter].add_alone(amount);]=]
  TO [=[    if (slot < Threads) {
      static thread_local bool is_new = true;
      if (is_new) {
        ::new (static_cast<void*>(&copies_[slot])) copy();
      }
      is_new = false;
      copies_[slot].counters[counter].add_alone(amount);]=])
# A thread that ends keeps its number.
nebula_declare_twin(slot_of_ended_thread_kept FILE services/statistics/thread_slots.cpp
  FROM [[      slots.release(slot);]]
  TO [[]])
# A thread that has given its number up goes on using it.
nebula_declare_twin(slot_used_after_its_end FILE services/statistics/thread_slots.cpp
  FROM [[    const std::uint32_t slot = thread_slot;
    thread_slot = thread_slot_count;]]
  TO [[    const std::uint32_t slot = thread_slot;]])
# The counters are the process's: all instances have the same.
nebula_declare_twin(counters_of_the_process FILE nebula/services/thread_counters.hpp
  FROM [[  copy copies_[Threads + 1];]]
  TO [[  static inline copy copies_[Threads + 1];]])
# A new owner of a number does not see what the one before had counted.
nebula_declare_twin(thread_slot_claimed_relaxed FILE nebula/services/thread_slots.hpp
  FROM [[compare_exchange_strong(nobody, 1, memory_order::acquire, memory_order::relaxed)]]
  TO [[compare_exchange_strong(nobody, 1, memory_order::relaxed, memory_order::relaxed)]])
nebula_declare_twin(thread_slot_released_relaxed FILE nebula/services/thread_slots.hpp
  FROM [[owned_[slot].store(0, memory_order::release);]]
  TO [[owned_[slot].store(0, memory_order::relaxed);]])
# Two threads get one number.
nebula_declare_twin(thread_slot_by_look_and_store FILE nebula/services/thread_slots.hpp
  FROM [[      if (owned_[slot].compare_exchange_strong(nobody, 1, memory_order::acquire, memory_order::relaxed)) {]]
  TO [[      if (owned_[slot].load(memory_order::acquire) == nobody) {
        owned_[slot].store(1, memory_order::relaxed);]])
# Threads beyond the copies add as if each had one.
nebula_declare_twin(shared_count_alone FILE nebula/services/thread_counters.hpp
  FROM [[    static_cast<void>(value_.fetch_add(amount, memory_order::relaxed)); // relaxed: as above]]
  TO [[    add_alone(amount);]])
# A reader does not look whether the copy that it has read was written meanwhile.
nebula_declare_twin(half_published_state FILE nebula/services/state_publisher.hpp
  FROM [[if (version_.load(memory_order::relaxed) == before) {]]
  TO [[if (before <= before) {]])
# The words of a publication may be seen before the one that precedes it.
nebula_declare_twin(published_words_relaxed FILE nebula/services/state_publisher.hpp
  FROM [[to.store(value, memory_order::release);]]
  TO [[to.store(value, memory_order::relaxed);]])
# An id is a place among the sources, and is given again.
nebula_declare_twin(source_id_used_again FILE services/statistics/stats_collector.cpp
  FROM [[    added.id = source_id{state_->last_id + 1};]]
  TO [[    added.id = source_id{state_->sources.size() + 1};]]
  FROM2 [[  state_->last_id += 1;]]
  TO2 [[  state_->last_id = state_->sources.size();]])
# What is as it is now is compared with what it was.
nebula_declare_twin(gauge_compared FILE services/statistics/stats_collector.cpp
  FROM [[ || now.kind == metric_kind::gauge ? nullptr : then;]]
  TO [[ ? nullptr : then;]])
# A counter that was begun anew wraps.
nebula_declare_twin(restart_not_seen FILE services/statistics/stats_collector.cpp
  FROM [[!now.distribution.continues(then.distribution) : now.value < then.value;]]
  TO [[!now.distribution.continues(then.distribution) : false;]])
# A counter that has risen above what it was before it was begun anew is compared again.
nebula_declare_twin(restart_forgotten FILE services/statistics/stats_collector.cpp
  FROM [[now.restart_count = then->restart_count + (has_fallen(now, *then) ? 1U : 0U);]]
  TO [[now.restart_count = has_fallen(now, *then) ? 1U : 0U;]])
# A bucket takes the first value of the next one.
nebula_declare_twin(bucket_off_by_one FILE nebula/services/histogram_layout.hpp
  FROM [[static_cast<std::uint32_t>(value >> shift)]]
  TO [[static_cast<std::uint32_t>((value - (shift == 0 ? 0 : 1)) >> shift)]])
# The values of a bucket stand for its lowest one: twice the error that is promised.
nebula_declare_twin(bucket_stands_for_its_lowest FILE nebula/services/histogram_layout.hpp
  FROM [[((std::uint64_t{1} << shift_of(bucket)) - 1) / 2;]]
  TO [[0;]])
# A percentile of nothing is looked for.
nebula_declare_twin(percentile_of_nothing FILE services/statistics/histogram.cpp
  FROM [[  if (all == 0) {
    return refused(]]
  TO [[  if (false) {
    return refused(]])
# The rank of a percentile is rounded down.
nebula_declare_twin(rank_rounded_down FILE services/statistics/histogram.cpp
  FROM [[std::ceil(]]
  TO [[std::floor(]])
# What no bucket has is lost.
nebula_declare_twin(overflow_lost FILE services/statistics/histogram.cpp
  FROM [[    add_overflow(times);
  }
  add_sum]]
  TO [[  }
  add_sum]])
# Surrogates pass for UTF-8.
nebula_declare_twin(surrogates_kept FILE services/statistics/utf8_text.cpp
  FROM [[lead == 0xED ? 0x9F : ]]
  TO [[]])
# A quote in a quoted field ends it.
nebula_declare_twin(quote_not_doubled FILE services/statistics/statistics_csv.cpp
  FROM [[    if (character == '"') {]]
  TO [[    if (false) {]])
# A line feed in a help text ends its line.
nebula_declare_twin(help_not_escaped FILE services/statistics/statistics_prometheus.cpp
  FROM [[    } else if (character == '\n') {]]
  TO [[    } else if (false) {]])
# Names go to Prometheus as they are.
nebula_declare_twin(names_to_prometheus_as_they_are FILE services/statistics/statistics_prometheus.cpp
  FROM [[{"source", valid_utf8(source.name)}]]
  TO [[{"source", source.name}]])
# Names go to JSON without quotes' escapes.
nebula_declare_twin(json_name_not_escaped FILE services/statistics/statistics_json.cpp
  FROM [[  to.member("name", valid_utf8(source.name));]]
  TO [[  to.raw_member("name", valid_utf8(source.name));]]
  FROM2 [=[  [[nodiscard]] std::string&& text() && noexcept]=]
  TO2 [=[  void raw_member(const char* name, const std::string& text) {
    key(name);
    separate();
    text_ += '"';
    text_ += text;
    text_ += '"';
  }
  [[nodiscard]] std::string&& text() && noexcept]=])
# --- caches ----------------------------------------------------------------------------------------------------------------------
# What follows an erased cell stays where it is, and is not found any more.
nebula_declare_twin(cache_cells_left_behind_a_gap FILE nebula/services/cache/fingerprint_index.hpp
  FROM [[if (distance(home(cells_[place].fingerprint), place) >= distance(gap, place)) {]]
  TO [[if (false) {]])
# A cell moves up in front of its home, where nobody looks.
nebula_declare_twin(cache_cells_moved_before_their_home FILE nebula/services/cache/fingerprint_index.hpp
  FROM [[if (distance(home(cells_[place].fingerprint), place) >= distance(gap, place)) {]]
  TO [[if (true) {]])
# A fingerprint is the lower half of the hash.
nebula_declare_twin(cache_half_of_the_hash FILE nebula/services/cache/fingerprint_index.hpp
  FROM [[hash = (hash ^ (hash >> 33U)) * 0xFF51AFD7ED558CCD;]]
  TO [[hash = (hash & 0xFFFFFFFF) * 0xFF51AFD7ED558CCD;]])
# One multiplication by the golden ratio: evenly spaced keys are next to each other.
nebula_declare_twin(cache_fingerprints_in_runs FILE nebula/services/cache/fingerprint_index.hpp
  FROM [[hash = (hash ^ (hash >> 33U)) * 0xFF51AFD7ED558CCD;]]
  TO [[]]
  FROM2 [[static_cast<std::uint32_t>(((hash ^ (hash >> 33U)) * 0xC4CEB9FE1A85EC53) >> 32U)]]
  TO2 [[static_cast<std::uint32_t>((hash * 0x9E3779B97F4A7C15) >> 32U)]])
# A key that is put again has two entries.
nebula_declare_twin(cache_key_put_twice FILE nebula/services/cache/cache_calls.hpp
  FROM [[const std::uint32_t present = live_entry(found, now); present != no_entry) {]]
  TO [[const std::uint32_t present = no_entry; present != no_entry) {]]
  FROM2 [[const std::uint32_t place = expire(now) == 0 ? found.place : index_.place_for(fingerprint);]]
  TO2 [[static_cast<void>(expire(now));
  const std::uint32_t place = index_.place_for(fingerprint);]])
# A key that is put again is not used.
nebula_declare_twin(cache_update_is_no_use FILE nebula/services/cache/cache_calls.hpp
  FROM [[  policy_->on_access(entry, slots_.fingerprint(entry));
  deadlines_.on_update]]
  TO [[  deadlines_.on_update]])
# Room is made before what can throw has not thrown.
nebula_declare_twin(cache_evicts_before_it_copies FILE nebula/services/cache/cache_calls.hpp
  FROM [[  const std::uint32_t entry = slots_.make(]]
  TO [[  static_cast<void>(make_room(entry_count_max_ - 1, weight_max_ - options.weight, &cache_stats::evicted));
  const std::uint32_t entry = slots_.make(]])
# A value that throws when it is moved leaves its entry without one.
nebula_declare_twin(cache_entry_without_a_value FILE nebula/services/cache/cache_calls.hpp
  FROM [[      policy_->on_erase(entry);
      detach(entry);
      slots_.destroy_key(entry);
      slots_.give_back(entry);
      ++counts_.removed;
      throw;]]
  TO [[      throw;]])
# What is heavier than all is let in, when all others have gone.
nebula_declare_twin(cache_too_heavy_accepted FILE nebula/services/cache/basic_cache.hpp
  FROM [[return options.weight <= weight_max_ && entry_count_max_ != 0 &&]]
  TO [[return entry_count_max_ != 0 &&]])
# An entry that gets heavier may be its own victim.
nebula_declare_twin(cache_grows_without_room FILE nebula/services/cache/cache_calls.hpp
  FROM [[  if (weight <= weight_max_ - others) {]]
  TO [[  if (true) {]])
# A handle is a place.
nebula_declare_twin(cache_handle_without_generation FILE nebula/services/cache/cache_calls.hpp
  FROM [[slots_.handle(handle.index) != handle ||]]
  TO [[]])
# A rate of nothing is no number.
nebula_declare_twin(cache_rate_of_nothing FILE nebula/services/cache/cache_stats.hpp
  FROM [[return lookups() == 0 ? 0.0 : static_cast]]
  TO [[return static_cast]])
# Storage that begins anywhere has no room to be aligned.
nebula_declare_twin(cache_storage_without_padding FILE nebula/services/cache/cache_config.hpp
  FROM [[checked_size total{plan_type::align - 1, items.fits};]]
  TO [[checked_size total{0, items.fits};]])
# An entry lives a moment longer than its time.
nebula_declare_twin(cache_lives_a_moment_longer FILE nebula/services/cache/cache_deadlines.hpp
  FROM [[    return moment <= now && moment != never;]]
  TO [[    return moment < now && moment != never;]])
# Who is found gets younger.
nebula_declare_twin(cache_access_renews_age FILE nebula/services/cache/cache_deadlines.hpp
  FROM [[noexcept { times_[entry].used = now; }]]
  TO [[noexcept { set_times(entry, now, nanoseconds{0}); }]])
# It is not looked whether somebody was found since.
nebula_declare_twin(cache_idle_although_found FILE nebula/services/cache/cache_deadlines.hpp
  FROM [[      if (is_over(moment, now)) {
        return entry;]]
  TO [[      if (true) {
        return entry;]])
# What has expired is peeked at, counted, visited, and given back as the old value.
nebula_declare_twin(cache_expired_peeked FILE nebula/services/cache/cache_calls.hpp
  FROM [[return entry == no_entry || deadlines_.is_expired(entry, clock_.now()) ? nullptr]]
  TO [[return entry == no_entry ? nullptr]])
nebula_declare_twin(cache_expired_in_size FILE nebula/services/cache/cache_calls.hpp
  FROM [[    said.entry_count -= 1;]]
  TO [[]])
nebula_declare_twin(cache_expired_visited FILE nebula/services/cache/basic_cache.hpp
  FROM [[if (slots_.is_live(entry) && !deadlines_.is_expired(entry, now)) {]]
  TO [[if (slots_.is_live(entry)) {]])
nebula_declare_twin(cache_expired_is_the_old_value FILE nebula/services/cache/cache_calls.hpp
  FROM [[const std::uint32_t present = live_entry(found, now); present]]
  TO [[const std::uint32_t present = found.entry; present]]
  FROM2 [[    static_cast<void>(expire(now));
    return update(]]
  TO2 [[    return update(]])
# What has expired goes before what is put has been read.
nebula_declare_twin(cache_expires_before_it_reads FILE nebula/services/cache/cache_calls.hpp
  FROM [[  const std::uint32_t entry = slots_.make(]]
  TO [[  static_cast<void>(expire(now));
  const std::uint32_t entry = slots_.make(]])
# The newcomer's cell is the one that was found before others moved.
nebula_declare_twin(cache_place_of_before FILE nebula/services/cache/cache_calls.hpp
  FROM [[const std::uint32_t place = expire(now) == 0 ? found.place : index_.place_for(fingerprint);]]
  TO [[static_cast<void>(expire(now));
  const std::uint32_t place = found.place;]])
# Policies, each without what makes it what it is: recency, age, uses, lots, and what the papers add.
nebula_declare_twin(lru_without_recency FILE nebula/services/cache/lru_policy.hpp
  FROM [[links_.renew(head_, entry);]]
  TO [[static_cast<void>(entry);]])
nebula_declare_twin(fifo_by_recency FILE nebula/services/cache/fifo_policy.hpp
  FROM [[static void on_access(std::uint32_t /*entry*/, std::uint32_t /*fingerprint*/) noexcept {}]]
  TO [[void on_access(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept { links_.renew(head_, entry); }]])
nebula_declare_twin(lfu_of_equals_the_latest FILE nebula/services/cache/lfu_policy.hpp
  FROM [[entries_.oldest(head_of(rings_.oldest(used_rings())))]]
  TO [[entries_.newest(head_of(rings_.oldest(used_rings())))]])
nebula_declare_twin(lfu_alone_not_counted FILE nebula/services/cache/lfu_policy.hpp
  FROM [[        uses_[ring] = uses;
        add(ring, entry);]]
  TO [[        add(ring, entry);]])
nebula_declare_twin(random_without_lots FILE nebula/services/cache/random_policy.hpp
  FROM [[entries_[(lot * count_) >> 32U];]]
  TO [[entries_[(lot * 0) >> 32U];]])
nebula_declare_twin(arc_target_fixed FILE nebula/services/cache/arc_policy.hpp
  FROM [[target_ += std::min(step, entry_count_ - target_);]]
  TO [[static_cast<void>(step);]])
nebula_declare_twin(arc_tie_not_broken FILE nebula/services/cache/arc_policy.hpp
  FROM [[ || (returns_from_ == again && counts_[once] == target_);]]
  TO [[;]])
nebula_declare_twin(arc_victim_never_forgotten FILE nebula/services/cache/arc_policy.hpp
  FROM [[if (!(forgets_victim_ && list == once)) {]]
  TO [[if (true) {]])
nebula_declare_twin(s3_fifo_without_ghosts FILE nebula/services/cache/s3_fifo_policy.hpp
  FROM [[add(returns_ ? main : small, entry, 0);]]
  TO [[add(small, entry, 0);]])
nebula_declare_twin(s3_fifo_found_once_goes_on FILE nebula/services/cache/s3_fifo_policy.hpp
  FROM [[if (uses <= (is_small ? 1 : 0)) {]]
  TO [[if (uses == 0) {]])
nebula_declare_twin(s3_fifo_nobody_goes_round FILE nebula/services/cache/s3_fifo_policy.hpp
  FROM [[if (uses <= (is_small ? 1 : 0)) {]]
  TO [[if (uses <= (is_small ? 1 : 3)) {]])
nebula_declare_twin(tiny_lfu_admits_equals FILE nebula/services/cache/w_tiny_lfu_policy.hpp
  FROM [[if (sketch_.frequency(nodes_[candidate].fingerprint) > sketch_]]
  TO [[if (sketch_.frequency(nodes_[candidate].fingerprint) >= sketch_]])
nebula_declare_twin(tiny_lfu_never_forgets FILE nebula/services/cache/frequency_sketch.hpp
  FROM [[    if (counted_ >= sample_) {]]
  TO [[    if (false) {]])
nebula_declare_twin(tiny_lfu_counts_all_rows FILE nebula/services/cache/frequency_sketch.hpp
  FROM [[        if (counter(row, fingerprint) == least) {]]
  TO [[        if (counter(row, fingerprint) < frequency_max) {]])
# Who peeks is counted.
nebula_declare_twin(sharded_cache_peek_is_a_use FILE nebula/services/cache/sharded_cache.hpp
  FROM [[    const V* const value = of.part->peek(key, fingerprint);]]
  TO [[    const V* const value = const_cast<cache_type&>(*of.part).get(key, fingerprint);]])
# A shard is looked into without its lock.
nebula_declare_twin(sharded_cache_visits_without_lock FILE nebula/services/cache/sharded_cache.hpp
  FROM [[    const std::lock_guard<Mutex> lock(of.mutex);
    V* const value]]
  TO [[    V* const value]])
nebula_declare_twin(sharded_cache_makes_without_lock FILE nebula/services/cache/sharded_cache.hpp
  FROM [[    const std::lock_guard<Mutex> lock(of.mutex);
    if (const V* const value]]
  TO [[    { const std::lock_guard<Mutex> lock(of.mutex); }
    if (const V* const value]])

# --- streams -------------------------------------------------------------------------------------------------------------------
# The bytes at the ring's beginning are not written to their second place.
nebula_declare_twin(stream_mirror_not_written FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    if (begin < until) {]]
  TO [[    if (false) {]])
# What was written behind the ring's end is not brought to its beginning.
nebula_declare_twin(stream_overhang_not_brought_back FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    if (end > capacity_) {]]
  TO [[    if (false) {]])
# The two places are made equal once the bytes have been published. The load is a place for the detector to switch threads.
nebula_declare_twin(stream_mirrored_after_publishing FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    if (NEBULA_UNLIKELY(begin < mirror_ || bytes > capacity_ - begin)) {
      mirror(begin, bytes);
    }]]
  TO [[]]
  FROM2 [[    write_.store(writer_.word, memory_order::release); // pairs with the load in finds_bytes()]]
  TO2 [[    write_.store(writer_.word, memory_order::release);
    static_cast<void>(write_.load(memory_order::relaxed));
    mirror(begin, bytes);]])
# A full ring looks like an empty one.
nebula_declare_twin(stream_positions_of_one_round FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[      own.word = (own.word - capacity_) ^ lap_bit;]]
  TO [[      own.word = own.word - capacity_;]])
nebula_declare_twin(stream_over_commit_accepted FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    if (NEBULA_UNLIKELY(bytes > writer_.held)) {]]
  TO [[    if (false) {]])
nebula_declare_twin(stream_over_consume_accepted FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    if (NEBULA_UNLIKELY(bytes > reader_.held)) {]]
  TO [[    if (false) {]])
# A second reservation takes the place of the first.
nebula_declare_twin(stream_reserved_twice FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[bytes > writer_.limit || writer_.held != 0 ||]]
  TO [[bytes > writer_.limit ||]])
# The end is told before what is left has been read.
nebula_declare_twin(stream_ends_before_its_rest FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    return bytes <= reader_.has;]]
  TO [[    return bytes <= reader_.has && !reader_.other_is_gone;]])
# The writer goes on for a reader who is gone, as long as it has room.
nebula_declare_twin(stream_gone_reader_not_told FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[    writer_.other_is_gone = is_end(consumed);]]
  TO [[    writer_.other_is_gone = false;]])
# A window that is asked for again advances again.
nebula_declare_twin(window_advances_again FILE nebula/services/stream/stream_windows.hpp
  FROM [[      seen_ = given_ - step;
      given_ = 0;]]
  TO [[      seen_ = given_ - step;]]
  FROM2 [[    given_ = window.has_value() ? window.value().size() : 0;]]
  TO2 [[    given_ = window.has_value() ? window.value().size() : given_;]])
# The last window is given back though the reader has closed, and has nothing any more.
nebula_declare_twin(window_of_a_closed_reader FILE nebula/services/stream/stream_windows.hpp
  FROM [[      if (buffer_->peek(step).has_value()) {]]
  TO [[      {]])
# The last window is lost where it is shorter than the others.
nebula_declare_twin(short_window_lost FILE nebula/services/stream/stream_windows.hpp
  FROM [[      if (rest > seen_) {]]
  TO [[      if (false) {]])
# The reader is not woken by what the writer commits.
nebula_declare_twin(waiting_reader_not_woken FILE nebula/services/stream/waiting_stream.hpp
  FROM [[    const stream_outcome<void> done = buffer_.commit(bytes);
    wake(reader_);]]
  TO [[    const stream_outcome<void> done = buffer_.commit(bytes);]])
# Who begins to wait has looked before it took the mutex, and does not look again.
nebula_declare_twin(waiting_without_a_second_look FILE nebula/services/stream/waiting_stream.hpp
  FROM [[      outcome = call(); // with the mutex: who publishes after this look finds that this side waits
      if (]]
  TO [[      if (own.looked) {
        outcome = call();
      }
      own.looked = !own.looked;
      if (]]
  FROM2 [[    bool waits = false;]]
  TO2 [[    bool waits = false;
    bool looked = false;]])
# At the deadline there is no last look.
nebula_declare_twin(waiting_late_for_what_is_there FILE nebula/services/stream/waiting_stream.hpp
  FROM [[        is_in_time = waiting_.wait_until(own.condition, mutex_, *deadline);
      }]]
  TO [[        is_in_time = waiting_.wait_until(own.condition, mutex_, *deadline);
        if (!is_in_time) {
          own.waits = false;
          break;
        }
      }]])
# Each side waits for what only the other one could give it, and neither is told.
nebula_declare_twin(waiting_for_each_other_not_told FILE nebula/services/stream/waiting_stream.hpp
  FROM [[      if (other.waits && !other.has_deadline) {]]
  TO [[      if (false) {]])
# Each look of one call in vain is a refusal.
nebula_declare_twin(waiting_looks_are_refusals FILE nebula/services/stream/basic_stream_buffer.hpp
  FROM [[      side_.is_looking = true;]]
  TO [[]])
# A live block is freed whose turn it is not: the oldest one's record goes.
nebula_declare_twin(stream_order_not_checked FILE nebula/services/stream/stream_allocator.hpp
  FROM [[is_start ? error_code::lifo_violation :]]
  TO [[is_start ? error_code::none :]])
# The bytes that were left out at the ring's end are not on record.
nebula_declare_twin(stream_left_out_bytes_forgotten FILE nebula/services/stream/stream_allocator.hpp
  FROM [[      found.taken += capacity_ - head_;]]
  TO [[]])
# What was left out at the ring's end stays used until the block that left it out is freed.
nebula_declare_twin(stream_end_not_given_back FILE nebula/services/stream/stream_allocator.hpp
  FROM [[    } else if (record_at(0).begin < tail_) {]]
  TO [[    } else if (false) {]])
# An empty ring goes on where it stands.
nebula_declare_twin(stream_ring_never_anew FILE nebula/services/stream/stream_allocator.hpp
  FROM [[    if (count_ == 0) {
      begin_anew();]]
  TO [[    if (false) {
      begin_anew();]])
# A block that is given back twice in a row.
nebula_declare_twin(stream_free_part_not_known FILE nebula/services/stream/stream_allocator.hpp
  FROM [[    if (from_tail >= used_) {]]
  TO [[    if (false) {]])
# A ring that is full takes a block.
nebula_declare_twin(stream_tail_overrun FILE nebula/services/stream/stream_allocator.hpp
  FROM [[return count_ != 0 && head_ <= tail_;]]
  TO [[return count_ != 0 && head_ < tail_;]])

# --- compression ---------------------------------------------------------------------------------------------------------------
# What decompresses passes for what was put.
nebula_declare_twin(compression_checksum_not_compared FILE services/compression/compressed_store.cpp
  FROM [[is_right && content_checksum({to, from.size}) == from.checksum;]]
  TO [[is_right;]])
# The decompressor may write as much as the largest value has.
nebula_declare_twin(compression_output_unbounded FILE services/compression/compressed_store.cpp
  FROM [[                                           static_cast<int>(from.size));]]
  TO [[                                           static_cast<int>(value_max_bytes_));]])
# A value is compressed though that saves nothing.
nebula_declare_twin(compression_saves_no_block FILE services/compression/compressed_store.cpp
  FROM [[(whole - 1) * block_bytes_;]]
  TO [[value.size() - 1;]])
# Small values are compressed, too.
nebula_declare_twin(compression_threshold_ignored FILE services/compression/compressed_store.cpp
  FROM [[value.size() < threshold_bytes_;]]
  TO [[false;]])
# The last block of an erased value is not given back.
nebula_declare_twin(compression_last_block_kept FILE services/compression/compressed_store.cpp
  FROM [[  for (std::size_t freed = 0; freed < count; ++freed) {]]
  TO [[  for (std::size_t freed = 0; freed + 1 < count; ++freed) {]])
# A value that does not fit is begun all the same.
nebula_declare_twin(compression_begun_though_full FILE services/compression/compressed_store.cpp
  FROM [[  if (needed > free) {]]
  TO [[  if (false) {]])
# What was taken for a value that is then refused stays taken.
nebula_declare_twin(compression_entry_kept_though_refused FILE services/compression/compressed_store.cpp
  FROM [[    static_cast<void>(entries_.deallocate(place.value()));]]
  TO [[]])
# A view that ends does not give its place back.
nebula_declare_twin(compression_pin_kept FILE services/compression/compressed_store.cpp
  FROM [[    std::exchange(store_, nullptr)->unpin(std::exchange(bytes_, {}).data());]]
  TO [[    store_ = nullptr;]])
# Whose a block is does not count.
nebula_declare_twin(compression_owner_not_compared FILE services/compression/compressed_store.cpp
  FROM [[ && block_records_[block].owner == owner;]]
  TO [[;]])
# The store believes whatever its record of a value says.
nebula_declare_twin(compression_seal_not_compared FILE services/compression/compressed_store.cpp
  FROM [[  if (found.has_value() && found.value()->seal != seal_of(*found.value(), handle)) {]]
  TO [[  if (false) {]])
# Of a damaged value the blocks that its chain does not lead to stay used.
nebula_declare_twin(compression_damaged_blocks_lost FILE services/compression/compressed_store.cpp
  FROM [[    free_owned(handle.index);]]
  TO [[]])
# No chain is walked where the invariants are checked.
nebula_declare_twin(compression_chains_not_walked FILE services/compression/compressed_store.cpp
  FROM [[!found.has_value() || !is_whole(*found.value(), index)]]
  TO [[!found.has_value()]])
# What is counted is not compared with what is there.
nebula_declare_twin(compression_counts_not_compared FILE services/compression/compressed_store.cpp
  FROM [[  return is_counted ?]]
  TO [[  return is_counted || true ?]])
# Zeros behind the content do not change its checksum.
nebula_declare_twin(checksum_without_size FILE nebula/services/compression/content_checksum.hpp
  FROM [[std::uint64_t{bytes.size()} * odd;]]
  TO [[odd;]])
# The lanes are added up, whichever is which.
nebula_declare_twin(checksum_of_any_order FILE nebula/services/compression/content_checksum.hpp
  FROM [[    sum = std::rotl(sum, 13) * odd + lane;]]
  TO [[    sum += lane * odd;]]
  FROM2 [[{1, 2, 3, 4};]]
  TO2 [[{1, 1, 1, 1};]])
# A step's highest bit reaches one bit of the lane, which the next word can take back.
nebula_declare_twin(checksum_of_one_factor FILE nebula/services/compression/content_checksum.hpp
  FROM [[ * odd, 29) * spread;]]
  TO [[ * odd, 29);]])
# The storage is exact for an address that suits the kernel's pools, and for no other.
nebula_declare_twin(compression_storage_without_padding FILE services/compression/compressed_store_config.cpp
  FROM [[    const checked_size padded = checked_add(size, align - 1);]]
  TO [[    const checked_size padded = checked_add(size, 0 * align);]])

# --- pools for coroutines ---------------------------------------------------------------------------------------------------
# Who finds nothing lets go of the lock before it stands in the line: what comes back meanwhile wakes nobody.
nebula_declare_twin(async_lost_wake_up FILE nebula/services/async/async_queue.hpp
  FROM [[    asker.said = wait_verdict::waiting;
    asker.arrival = ++arrivals_;]]
  TO [[    mutex_.unlock();
    mutex_.lock();
    asker.said = wait_verdict::waiting;
    asker.arrival = ++arrivals_;]])
# Who comes at the right moment takes what somebody in line was to have.
nebula_declare_twin(async_newcomer_overtakes FILE nebula/services/async/async_queue.hpp
  FROM [[    if (line_.first() != nullptr) {
      return wait_verdict::none; // nobody is overtaken
    }]]
  TO [[]])
# A coroutine that is destroyed leaves the line, but not its executor's queue.
nebula_declare_twin(async_resumed_after_its_end FILE nebula/services/async/async_queue.hpp
  FROM [[      } else if (!asker.resumes_on->withdraw(asker)) {
        __builtin_trap();
      } else if (asker.said == wait_verdict::granted) {]]
  TO [[      } else if (asker.said == wait_verdict::granted) {]])
# What a destroyed coroutine was granted is lost with it.
nebula_declare_twin(async_grant_lost_with_its_coroutine FILE nebula/services/async/async_queue.hpp
  FROM [[        static_cast<void>(source_.give(asker.grant)); // refused iff corrupted, which has been reported
        came_back();]]
  TO [[]])
# It goes back, and nobody in line hears of it.
nebula_declare_twin(async_grant_of_the_destroyed_wakes_nobody FILE nebula/services/async/async_queue.hpp
  FROM [[      ++counts_.abandoned;
      serve(now);]]
  TO [[      ++counts_.abandoned;]])
# A cancellation does not look whether the waiter has been granted already.
nebula_declare_twin(async_cancelled_though_granted FILE nebula/services/async/async_queue.hpp
  FROM [[      if (asker.said != wait_verdict::waiting) {
        return;
      }
      decide(asker, wait_verdict::cancelled, now);]]
  TO [[      if (asker.said == wait_verdict::none) {
        return;
      }
      asker.said = wait_verdict::cancelled;
      if (asker.later != nullptr || asker.earlier != nullptr || line_.first() == &asker) {
        decide(asker, wait_verdict::cancelled, now);
      }]])
# A stop that comes before the coroutine stands in the line is forgotten.
nebula_declare_twin(async_early_stop_forgotten FILE nebula/services/async/async_queue.hpp
  FROM [[    if (asker.is_stopped) {]]
  TO [[    if (asker.is_stopped && line_.first() != nullptr) {]])
# Who leaves the head of the line leaves those behind it waiting, though there is enough for them.
nebula_declare_twin(async_leaver_serves_nobody FILE nebula/services/async/async_queue.hpp
  FROM [[      decide(asker, wait_verdict::cancelled, now);
      serve(now);]]
  TO [[      decide(asker, wait_verdict::cancelled, now);]])
nebula_declare_twin(async_expiry_serves_nobody FILE nebula/services/async/async_queue.hpp
  FROM [[        if (!now.is_more) {
          serve(now); // those who stood behind
        }]]
  TO [[]])
# A release puts back and wakes nobody.
nebula_declare_twin(async_release_wakes_nobody FILE nebula/services/async/async_queue.hpp
  FROM [[      serve(now); // of a corrupted source, nothing will come: all are refused]]
  TO [[]])
# Between the waking of one and of the other, a shutdown that has begun grants what comes back.
nebula_declare_twin(async_grants_after_shutdown FILE nebula/services/async/async_queue.hpp
  FROM [[counts_.is_shut_down ? wait_verdict::shut_down : try_grant(*first);]]
  TO [[try_grant(*first);]])
# A start that was refused leaves the task with the group that it was refused to.
nebula_declare_twin(task_half_started FILE nebula/services/async/task.hpp
  FROM [[      own.executor_ = chosen;
      own.end_ = nullptr;
      own.is_begun_ = false;]]
  TO [[      own.end_ = nullptr;
      own.is_begun_ = false;]])
# Whoever awaits goes on where the awaited task has.
nebula_declare_twin(task_takes_its_awaiter_along FILE nebula/services/async/task.hpp
  FROM [[      executor* const back_to = self.awaited_on_ == self.executor_ ? nullptr : self.awaited_on_;]]
  TO [[      executor* const back_to = nullptr;]])
# A shutdown wakes those who wait, and only then closes: who comes in between waits for ever.
nebula_declare_twin(async_closed_last FILE nebula/services/async/async_queue.hpp
  FROM [[        counts_.is_shut_down = counts_.is_shut_down || verdict == wait_verdict::shut_down;
]]
  TO [[]]
  FROM2 [[    } while (now.is_more);
    return swept;]]
  TO2 [[    } while (now.is_more);
    with_lock([&] { counts_.is_shut_down = counts_.is_shut_down || verdict == wait_verdict::shut_down; });
    return swept;]])
# A shutdown leaves who has waited longest for a release that may never come.
nebula_declare_twin(async_shutdown_forgets_other_executors FILE nebula/services/async/async_queue.hpp
  FROM [[    } while (now.is_more);]]
  TO [[    } while (false);]])
# The deadline of somebody else ends the waiting of all.
nebula_declare_twin(async_all_deadlines_are_one FILE nebula/services/async/async_queue.hpp
  FROM [[each.deadline.has_value() && *each.deadline <= now;]]
  TO [[each.deadline.has_value() && each.deadline->count() != 0;]])
# A call of expire() expires those, too, who asked again because it had expired them.
nebula_declare_twin(async_expires_newcomers FILE nebula/services/async/async_queue.hpp
  FROM [[      return each.arrival <= latest && each.deadline]]
  TO [[      return each.arrival <= latest + 7 && each.deadline]])
# With nothing out, somebody waits for what nobody can bring.
nebula_declare_twin(async_waits_for_nobody FILE nebula/services/async/async_queue.hpp
  FROM [[    if (counts_.out != 0 && Source::may_come_back(taken.code())) {]]
  TO [[    if (Source::may_come_back(taken.code())) {]])
# The thread that runs an inline executor's items stops without looking once more.
nebula_declare_twin(inline_executor_stops_without_a_look FILE nebula/services/async/inline_executor.hpp
  FROM [[    is_running_ = false;
  }]]
  TO [[    lock.unlock();
    lock.lock();
    is_running_ = false;
  }]])
# Two threads run an inline executor's items at a time.
nebula_declare_twin(inline_executor_runs_two FILE nebula/services/async/inline_executor.hpp
  FROM [[    if (is_running_) {
      return;
    }
    is_running_ = true;]]
  TO [[    is_running_ = true;]])
# A release resumes the waiter by a call: a chain of releases is a recursion.
nebula_declare_twin(inline_executor_recurses FILE nebula/services/async/inline_executor.hpp
  FROM [[    if (is_running_) {
      return;
    }
    is_running_ = true;]]
  TO [[]]
  FROM2 [[    return !is_running_;]]
  TO2 [[    return true;]])
# An arena is reset when a block comes back, whoever has others.
nebula_declare_twin(async_arena_reset_under_handles FILE nebula/services/async/async_arena.hpp
  FROM [[    if (--live_ == 0) {]]
  TO [[    if (--live_ <= 1) {]])
# An object comes back after its permit: who is woken finds none.
nebula_declare_twin(async_permit_before_its_object FILE nebula/services/async/async_object_pool.hpp
  FROM [[    object_ = basic_pooled<T, Waiting>();
    if (pool_ != nullptr) {
      static_cast<void>(std::exchange(pool_, nullptr)->queue().give({}));
    }]]
  TO [[    if (pool_ != nullptr) {
      static_cast<void>(std::exchange(pool_, nullptr)->queue().give({}));
    }
    object_ = basic_pooled<T, Waiting>();]])
# A hook that throws keeps the permit.
nebula_declare_twin(async_permit_lost_by_a_throwing_hook FILE nebula/services/async/async_object_pool.hpp
  FROM [[    permit_return on_failure(&queue_);]]
  TO [[    permit_return on_failure(nullptr);]])
# A frame that the pool refuses is taken from the heap.
nebula_declare_twin(frame_from_the_heap FILE nebula/services/async/frame_pool.hpp
  FROM [[      refused_.fetch_add(1, std::memory_order_relaxed);
      return nullptr;]]
  TO [[      void* const heap = ::operator new(with_header(frame_bytes));
      ::new (heap) frame_pool*(this);
      return static_cast<std::byte*>(heap) + header_bytes;]])
# A thread pool takes whatever is submitted.
nebula_declare_twin(thread_pool_queue_without_limit FILE services/async/thread_pool_executor.cpp
  FROM [[  if (submitted_.count() >= queue_capacity_) {]]
  TO [[  if (queue_capacity_ == 0) {]])
# What goes on after the threads have ended is forgotten.
nebula_declare_twin(thread_pool_leaves_work_behind FILE services/async/thread_pool_executor.cpp
  FROM [[  static_cast<void>(run_pending());
}]]
  TO [[}]])

# --- caches that compute -------------------------------------------------------------------------------------------------------
# An outcome is told to one who waits alone, and to nobody where there are more.
nebula_declare_twin(compute_follower_passed_by FILE nebula/services/compute_cache/compute_flights.hpp
  FROM [[    while (tell_those_in_line(settled, compute_role::follows, lock)) {
    }]]
  TO [[    if (settled.line.count() < 2 && tell_those_in_line(settled, compute_role::follows, lock)) {
    }]])
# A leader that throws frees its flight, and leaves those who wait in it.
nebula_declare_twin(compute_leader_leaves_them_waiting FILE nebula/services/compute_cache/compute_flights.hpp
  FROM [[    if (next == nullptr) {
      release(led);
      return;
    }]]
  TO [[    if (next == nullptr || cause == abandon_cause::threw) {
      if (next != nullptr) {
        led.made.emplace(compute_failed(compute_failure_code::none));
        close(led);
        lock.unlock();
        deliver(led);
        return;
      }
      release(led);
      return;
    }]])
# Who comes while somebody computes looks for a flight that is over.
nebula_declare_twin(compute_newcomer_computes_too FILE nebula/services/compute_cache/compute_flights.hpp
  FROM [[      if (each.key.has_value() && !each.is_settled && *each.key == key) {]]
  TO [[      if (each.key.has_value() && each.is_settled && *each.key == key) {]])
# A failure from before a value comes back when the value has been forgotten.
nebula_declare_twin(compute_old_failure_comes_back FILE nebula/services/compute_cache/compute_layers.hpp
  FROM [[    } else if (failures_->get(key)) { // a failure]]
  TO [[    } else if (failures_ == nullptr) { // a failure]])
# What was begun before the circuit opened closes it.
nebula_declare_twin(circuit_hears_late_answers FILE nebula/services/compute_cache/circuit_breaker.hpp
  FROM [[    if (ticket.epoch != epoch_) {
      return;
    }]]
  TO [[    if (is_success) {
      change(circuit::closed);
      return;
    }]])
# A probe that was destroyed is waited for.
nebula_declare_twin(circuit_probe_never_ends FILE nebula/services/compute_cache/circuit_breaker.hpp
  FROM [[    } else if (ticket.epoch == epoch_) {
      is_probed_ = false;
    }]]
  TO [[    }]])
