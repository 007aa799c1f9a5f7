// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/kernel.hpp>

/// What the bytes of an allocator are called. An allocator that is not named here is injected into all the same, under
/// "object" and "storage".
namespace nebula::fault_injection {

enum class field_kind : std::uint8_t {
  list,     ///< which blocks are free: no flip may hand out a live block
  geometry, ///< where memory is, and how much: a flip may lead anywhere, and is made to trap there
  value,    ///< other numbers that the allocator works with
  code,     ///< an address that is jumped to, and not isolated here: not flipped, for nothing could be said of it
  bulk,     ///< of little say and many bytes: one bit of each byte is flipped, not eight
};
[[nodiscard]] constexpr const char* name(field_kind kind) {
  constexpr std::array<const char*, 5> names{"list", "geometry", "value", "code", "bulk"};
  return names[static_cast<std::size_t>(kind)];
}

struct field {
  std::string name;
  field_kind kind;
  std::byte* first;
  std::size_t bytes;
};
using fields = std::vector<field>;

} // namespace nebula::fault_injection

namespace nebula {

/// The way into the allocators' members, as this harness needs it.
struct metadata_access {
  using fields = fault_injection::fields;
  using kind = fault_injection::field_kind;

  template <class Object>
  static void add(fields& to, const char* name, kind of, Object& object) {
    to.push_back({name, of, static_cast<std::byte*>(static_cast<void*>(const_cast<std::remove_cv_t<Object>*>(&object))),
                  sizeof(Object)});
  }

  template <class Atomics, component Reporter>
  static void describe(failure_record<Atomics, Reporter>& record, fields& to) {
    add(to, "corruption latch", kind::value, record.latch_);
    add(to, "failure counts", kind::bulk, record.counts_);
    add(to, "hook function", kind::geometry, record.hook_.function);
    add(to, "hook context", kind::geometry, record.hook_.context);
    add(to, "second hook function", kind::geometry, record.hook_again_.function);
    add(to, "second hook context", kind::geometry, record.hook_again_.context);
    if constexpr (!Atomics::is_shared) {
      add(to, "seals", kind::value, record.seals_);
    }
  }

  template <class Storage>
  static void describe(basic_bump<Storage>& bump, fields& to) {
    describe(base(bump), to);
    add(to, "top", kind::value, bump.top_);
    add(to, "peak", kind::value, bump.peak_);
    add(to, "live count", kind::value, bump.live_);
    add(to, "mark count", kind::value, bump.marks_);
    add(to, "serial", kind::value, bump.serial_);
    add(to, "generation", kind::value, bump.generation_);
    add(to, "last block", kind::value, bump.last_);
    add_records(to, "mark records", bump.storage_, bump.marks_ * sizeof(typename basic_bump<Storage>::mark_record));
    add_storage(to, bump.storage_);
  }
  template <class Storage>
  static void describe(basic_stack<Storage>& stack, fields& to) {
    describe(base(stack), to);
    add(to, "top", kind::value, stack.top_);
    add(to, "peak", kind::value, stack.peak_);
    add(to, "live count", kind::value, stack.live_);
    add(to, "record count", kind::value, stack.count_);
    add(to, "serial", kind::value, stack.serial_);
    add(to, "generation", kind::value, stack.generation_);
    add_records(to, "records", stack.storage_, stack.count_ * sizeof(typename basic_stack<Storage>::record_type));
    add_storage(to, stack.storage_);
  }
  template <class Atomics, class Storage>
  static void describe(basic_pool<Atomics, Storage>& pool, fields& to) {
    describe(base(pool), to);
    add(to, "head", kind::list, pool.list_.head_);
    add(to, "peak", kind::value, pool.peak_);
    for (std::uint32_t index = 0; index < pool.block_count(); ++index) {
      auto& record = pool.blocks_.record(index);
      add(to, "links", kind::list, record.link);
      add(to, "depths", kind::list, record.depth);
      add(to, "states", kind::list, record.state);
    }
    if constexpr (std::is_same_v<Storage, span_block_storage<Atomics>>) {
      // its members are its own: told by their order, which is checked
      auto* const part = static_cast<std::byte*>(static_cast<void*>(&pool.blocks_));
      require_pointer(part, pool.block_bytes().data);
      require_pointer(part + sizeof(void*), &pool.blocks_.record(0));
      add_part(to, "blocks pointer", part, 0, sizeof(void*));
      add_part(to, "records pointer", part, sizeof(void*), sizeof(void*));
      add_part(to, "block layout", part, 2 * sizeof(void*), sizeof(layout));
      add_part(to, "stride and divisor", part, 2 * sizeof(void*) + sizeof(layout),
               sizeof(std::size_t) + sizeof(exact_divisor));
      constexpr std::size_t counts = 2 * sizeof(void*) + sizeof(layout) + sizeof(std::size_t) + sizeof(exact_divisor);
      add_part(to, "block count", part, counts, sizeof(std::uint32_t));
      add_part(to, "index mask", part, counts + sizeof(std::uint32_t), sizeof(std::uint32_t));
      add(to, "cache slots", kind::geometry, pool.blocks_);
    }
  }
  template <class Atomics>
  static void describe(basic_segregated<Atomics>& segregated, fields& to) {
    describe(base(segregated), to);
    add(to, "pools", kind::geometry, segregated.pools_);
    add(to, "class count", kind::geometry, segregated.class_count_);
    add(to, "fallback classes", kind::value, segregated.fallback_classes_);
    add(to, "capacity", kind::value, segregated.capacity_bytes_);
    add(to, "size table", kind::bulk, segregated.table_);
    add(to, "used bytes", kind::value, segregated.used_bytes_);
    add(to, "peak bytes", kind::value, segregated.peak_bytes_);
    for (std::size_t index = 0; index < segregated.class_count_; ++index) {
      const std::size_t first = to.size();
      describe(segregated.pools_[index], to);
      for (std::size_t each = first; each < to.size(); ++each) {
        to[each].name.insert(0, "pools' ");
      }
    }
  }

  static void describe(arena& of, fields& to) {
    describe(base(of), to);
    const arena_chunk& newest = of.chunks_.newest_;
    add(to, "chunk source functions", kind::code, of.chunks_.source_.acquire);
    add(to, "chunk source functions", kind::code, of.chunks_.source_.release);
    add(to, "chunk source context", kind::geometry, of.chunks_.source_.context);
    add(to, "newest chunk", kind::geometry, newest);
    add(to, "chunk count", kind::value, of.chunks_.count_);
    add(to, "held bytes", kind::value, of.chunks_.held_bytes_);
    add(to, "schedule", kind::value, of.schedule_);
    add(to, "peak", kind::value, of.peak_);
    add(to, "live count", kind::value, of.live_);
    add(to, "mark count", kind::value, of.marks_);
    add(to, "total allocated", kind::value, of.total_allocated_bytes_);
    add(to, "serial", kind::value, of.serial_);
    add(to, "generation", kind::value, of.generation_);
    add(to, "last block", kind::value, of.last_);
    if (newest.data != nullptr) {
      to.push_back({"newest chunk's header", kind::value, newest.data, arena_chunks::header_bytes()});
      to.push_back({"newest chunk's records", kind::value, newest.data + newest.limit(), newest.size - newest.limit()});
    }
  }

private:
  // The part of an allocator that every one has.
  template <class Atomics, component Reporter>
  static failure_record<Atomics, Reporter>& base(failure_record<Atomics, Reporter>& record) {
    return record;
  }
  template <class Storage>
  static void add_records(fields& to, const char* name, Storage& storage, std::size_t bytes) {
    to.push_back({name, kind::value, storage.data() + (storage.size() - bytes), bytes});
  }
  template <class Storage>
  static void add_storage(fields& to, Storage& storage) {
    if constexpr (std::is_same_v<Storage, span_byte_storage>) {
      auto* const part = static_cast<std::byte*>(static_cast<void*>(&storage));
      require_pointer(part, storage.data());
      add_part(to, "storage pointer", part, 0, sizeof(void*));
      add_part(to, "storage size", part, sizeof(void*), sizeof(std::size_t));
    }
  }
  static void add_part(fields& to, const char* name, std::byte* object, std::size_t offset, std::size_t bytes) {
    to.push_back({name, kind::geometry, object + offset, bytes});
  }
  static void require_pointer(const std::byte* place, const void* expected) {
    if (std::memcmp(place, &expected, sizeof expected) != 0) {
      std::fprintf(stderr, "the members of a storage are not in the order that this harness knows\n");
      std::exit(2);
    }
  }
};

namespace fault_injection {

/// All that is known by name; of overlapping fields the first counts.
template <class Allocator>
[[nodiscard]] fields fields_of(Allocator& allocator) {
  fields known;
  if constexpr (requires { metadata_access::describe(allocator, known); }) {
    metadata_access::describe(allocator, known);
  }
  return known;
}

} // namespace fault_injection
} // namespace nebula
