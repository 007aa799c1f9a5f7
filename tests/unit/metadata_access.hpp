// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/kernel.hpp>

namespace nebula {

/// The way into the allocators' metadata that the kernel declares and leaves to the tests to define: to corrupt it, and
/// to stop a call between two of its steps.
struct metadata_access {
  // --- every allocator
  template <class Allocator>
  static fault_hook& hook(Allocator& allocator, bool is_second) {
    return is_second ? allocator.hook_again_ : allocator.hook_;
  }
  /// With one owner: as if nothing had been sealed yet, so that an invariant of the structure is the first to fire.
  template <class Allocator>
  static void unseal(Allocator& allocator) {
    allocator.seals_ = {};
  }
  template <class Allocator>
  static auto& latch(Allocator& allocator) {
    return allocator.latch_;
  }
  template <class Allocator>
  static auto& hook(Allocator& allocator) {
    return allocator.hook_;
  }

  // --- pools and their free lists
  template <class Pool>
  static auto& list(Pool& pool) {
    return pool.list_;
  }
  template <class Pool>
  static auto& head(Pool& pool) {
    return pool.list_.head_;
  }
  /// Of a pool with one owner, and of its list.
  template <class Pool>
  static auto& latest(Pool& pool) {
    return pool.latest_;
  }
  static auto& latest_number(latest_free& latest) { return latest.number_; }
  static auto& latest_block(latest_free& latest) { return latest.block_; }
  static auto& list_head(local_free_list& list) { return list.head_; }
  static auto& list_taken(local_free_list& list) { return list.taken_; }
  template <class Pool>
  static auto records(const Pool& pool) {
    return pool.blocks_.records();
  }
  template <class Pool>
  static auto& record(Pool& pool, std::uint32_t index) {
    return pool.blocks_.record(index);
  }
  template <class Pool>
  static auto& peak_blocks(Pool& pool) {
    return pool.peak_;
  }
  template <class Pool>
  static auto& blocks(Pool& pool) {
    return pool.blocks_;
  }
  /// What the pool knows of one of its caches.
  template <class Pool>
  static auto& cache_slot_of(Pool& pool, std::uint32_t index) {
    return pool.blocks_.cache_slots()[index];
  }
  template <class Cache>
  static auto& kept(Cache& cache) {
    return cache.kept_;
  }
  template <class Cache>
  static auto& magazine(Cache& cache) {
    return cache.magazine_;
  }
  /// The same records, and blocks of the same shape elsewhere.
  template <class Blocks>
  static void move_blocks(Blocks& blocks, std::byte* first) {
    auto* const records = static_cast<std::byte*>(static_cast<void*>(blocks.records().first));
    const layout block = blocks.block_layout();
    const std::size_t stride = blocks.stride_bytes();
    const std::uint32_t count = blocks.count();
    blocks.~Blocks();
    ::new (static_cast<void*>(&blocks)) Blocks(records, first, block, stride, count);
  }
  /// The head that has this index, under the tag that it has now.
  template <class Pool>
  static void set_head_index(Pool& pool, std::uint32_t index) {
    using head_word = typename Pool::atomics_type::head_word;
    const head_word mask = records(pool).index_mask;
    head(pool).store((head(pool).load(memory_order::relaxed) & ~mask) | index, memory_order::relaxed);
  }
  /// The head that has this tag, and the index that it has now.
  template <class Pool>
  static void set_tag(Pool& pool, std::uint64_t tag) {
    using head_word = typename Pool::atomics_type::head_word;
    const std::uint32_t mask = records(pool).index_mask;
    const auto shifted = static_cast<head_word>(tag << bit_width(mask));
    head(pool).store(shifted | (head(pool).load(memory_order::relaxed) & mask), memory_order::relaxed);
  }
  template <class Pool>
  static std::uint64_t tag(Pool& pool) {
    return head(pool).load(memory_order::relaxed) >> bit_width(records(pool).index_mask);
  }
  template <class Pool>
  static std::uint32_t successor(const Pool& pool, std::uint32_t index) {
    return pool.list_.successor(records(pool), index);
  }
  template <class Pool>
  static std::uint32_t depth(const Pool& pool, std::uint32_t index) {
    return pool.list_.depth_of(records(pool), index);
  }
  /// As absolute numbers, not as the records' differences.
  template <class Pool>
  static void set_record(Pool& pool, std::uint32_t index, std::uint32_t next, std::uint32_t depth) {
    pool.list_.set_record(records(pool), index, next, depth);
  }
  /// The new head that a pop or a push would install over `seen`.
  template <class Pool>
  static auto advanced(const Pool& pool, typename Pool::atomics_type::head_word seen, std::uint32_t index) {
    return pool.list_.advanced(records(pool), seen, index);
  }
  template <class Pool>
  static std::uint32_t head_index(const Pool& pool) {
    return pool.list_.first(records(pool));
  }

  // --- bump and stack
  template <class Allocator>
  static auto& top(Allocator& allocator) {
    return allocator.top_;
  }
  template <class Allocator>
  static auto& peak(Allocator& allocator) {
    return allocator.peak_;
  }
  template <class Allocator>
  static auto& live(Allocator& allocator) {
    return allocator.live_;
  }
  template <class Allocator>
  static auto& serial(Allocator& allocator) {
    return allocator.serial_;
  }
  template <class Allocator>
  static auto& generation(Allocator& allocator) {
    return allocator.generation_;
  }

  // --- bump
  template <class Bump>
  static auto& mark_count(Bump& bump) {
    return bump.marks_;
  }
  template <class Bump>
  static auto& last_block(Bump& bump) {
    return bump.last_;
  }
  template <class Bump, class Edit>
  static void edit_mark(Bump& bump, std::size_t index, Edit edit) {
    auto record = Bump::marks::read(bump.storage_, index);
    edit(record);
    Bump::marks::write(bump.storage_, index, record);
  }

  // --- stack
  template <class Stack>
  static auto& record_count(Stack& stack) {
    return stack.count_;
  }
  template <class Stack, class Edit>
  static void edit_record(Stack& stack, std::size_t index, Edit edit) {
    auto record = Stack::records::read(stack.storage_, index);
    edit(record);
    Stack::records::write(stack.storage_, index, record);
  }

  // --- arena
  static arena_chunk& newest_chunk(arena& allocator) { return allocator.chunks_.newest_; }
  static std::size_t& chunk_count(arena& allocator) { return allocator.chunks_.count_; }
  static std::size_t& held_bytes(arena& allocator) { return allocator.chunks_.held_bytes_; }
  /// Changes what the newest chunk's header says of the chunk before it, and makes the check word match.
  template <class Edit>
  static void edit_header(arena& allocator, Edit edit) {
    const arena_chunk& newest = allocator.chunks_.newest_;
    arena_chunks::header_type header;
    __builtin_memcpy(&header, newest.data, sizeof header);
    edit(header.before);
    header.check = arena_chunks::check_of(newest.data, newest.size, header.before);
    __builtin_memcpy(newest.data, &header, sizeof header);
  }
  /// Changes a record of the newest chunk.
  template <class Edit>
  static void edit_arena_record(arena& allocator, std::size_t index, Edit edit) {
    const arena_chunk& newest = allocator.chunks_.newest_;
    arena_record record = newest.record(index);
    edit(record);
    newest.set_record(index, record);
  }

  // --- segregated
  template <class Segregated>
  static auto& pool(Segregated& segregated, std::size_t index) {
    return segregated.pools_[index];
  }
  template <class Segregated>
  static auto& used_bytes(Segregated& segregated) {
    return segregated.used_bytes_;
  }
  template <class Segregated>
  static auto& peak_bytes(Segregated& segregated) {
    return segregated.peak_bytes_;
  }

  template <class Segregated>
  static auto& capacity_bytes(Segregated& segregated) {
    return segregated.capacity_bytes_;
  }
  template <class Segregated>
  static auto& fallback_classes(Segregated& segregated) {
    return segregated.fallback_classes_;
  }

  // --- budgets
  template <class Budget>
  static auto& depth(Budget& tree) {
    return tree.depth_;
  }
  template <class Budget>
  static auto& used(Budget& tree) {
    return tree.used_;
  }
  template <class Budget>
  static auto& own(Budget& tree) {
    return tree.own_;
  }
  template <class Budget>
  static auto& peak_reserved(Budget& tree) {
    return tree.peak_;
  }
  template <class Budget>
  static auto& children(Budget& tree) {
    return tree.children_;
  }
  template <class Budget>
  static auto& limit(Budget& tree) {
    return tree.limit_;
  }
};

} // namespace nebula
