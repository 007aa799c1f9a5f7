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
#include <nebula/kernel/c_object.hpp>
#include <nebula/verify/subject.hpp>

#include "outcome.hpp"

/// What the bytes of an allocator are called. An allocator that is not named here is injected into all the same, under
/// "object" and "storage".
namespace nebula::fault_injection {

struct field {
  std::string name;
  field_kind kind;
  std::byte* first;
  std::size_t bytes;
};
using fields = std::vector<field>;

/// One of the objects that a subject is made of, or its storage.
struct part {
  std::byte* first;
  std::size_t bytes;
};
/// At most so many, and in the same order for each subject of a type: a byte is known by its part and its place there.
class parts {
public:
  template <class Object>
  void add(Object& object) {
    add(part{static_cast<std::byte*>(static_cast<void*>(&object)), sizeof(Object)});
  }
  void add(part one) {
    if (count_ == all_.size()) {
      std::fprintf(stderr, "a subject has more parts than this harness has room for\n");
      std::exit(2);
    }
    all_[count_++] = one;
  }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const part& operator[](std::size_t number) const { return all_[number]; }

private:
  std::array<part, 8> all_{};
  std::size_t count_ = 0;
};

} // namespace nebula::fault_injection

namespace nebula {

/// The way into the allocators' members, as this harness needs it.
struct metadata_access {
  using fields = fault_injection::fields;
  using parts = fault_injection::parts;
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
    if constexpr (!Atomics::is_shared) {
      add(to, "taken count", kind::list, pool.list_.taken_);
      add(to, "changes", kind::value, pool.list_.changes_);
      add(to, "latest free's number", kind::list, pool.latest_.number_);
      add(to, "latest free's place", kind::list, pool.latest_.block_);
    }
    add(to, "peak", kind::value, pool.peak_);
    for (std::uint32_t index = 0; index < pool.block_count(); ++index) {
      auto& record = pool.blocks_.record(index);
      add(to, "links", kind::list, record.link);
      if constexpr (Atomics::is_shared) {
        add(to, "depths", kind::list, record.depth);
      }
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
      describe_as("pools' ", segregated.pools_[index], to);
    }
  }

  template <class Atomics, class Storage>
  static void describe(basic_shared_bump<Atomics, Storage>& bump, fields& to) {
    describe(base(bump), to);
    add(to, "top", kind::value, bump.top_);
    add(to, "live count", kind::value, bump.live_);
    add(to, "peak", kind::value, bump.peak_);
    add_storage(to, bump.storage_);
  }
  template <class Atomics, class Storage, std::uint32_t Capacity>
  static void describe(basic_pool_cache<Atomics, Storage, Capacity>& cache, fields& to) {
    describe(base(cache), to);
    add_reference(to, "pool reference", cache, cache.pool_);
    add(to, "slot pointer", kind::geometry, cache.slot_);
    add(to, "kept count", kind::list, cache.kept_);
    add(to, "magazine", kind::list, cache.magazine_);
    add(to, "error", kind::value, cache.error_);
  }
  static void describe(verify::pool_fronts& fronts, fields& to) {
    describe(fronts.pool_, to);
    const std::uint32_t slots = fronts.pool_.blocks_.cache_count();
    for (std::uint32_t index = 0; index < slots; ++index) {
      add(to, "slots' counts", kind::value, fronts.pool_.blocks_.cache_slots()[index].kept_);
      add(to, "slots' owners", kind::value, fronts.pool_.blocks_.cache_slots()[index].owned_);
    }
    describe_as("caches' ", *fronts.of_one_, to);
    describe_as("caches' ", *fronts.of_two_, to);
    describe_as("caches' ", *fronts.of_five_, to);
  }
  template <class Atomics>
  static void describe(basic_budget<Atomics>& level, fields& to) {
    describe(base(level), to);
    add(to, "parent pointer", kind::geometry, level.parent_);
    add(to, "depth", kind::value, level.depth_);
    add(to, "block limit", kind::value, level.block_limit_);
    add(to, "percents", kind::value, level.high_percent_);
    add(to, "percents", kind::value, level.critical_percent_);
    add(to, "limit", kind::value, level.limit_);
    add(to, "used", kind::value, level.used_);
    add(to, "own", kind::value, level.own_);
    add(to, "peak", kind::value, level.peak_);
    add(to, "child count", kind::value, level.children_);
  }
  template <class Budget>
  static void describe(verify::budget_subject<Budget>& tree, fields& to) {
    for (std::size_t which = 0; which < tree.size(); ++which) {
      describe(tree.at(which), to);
    }
  }
  // The adaptors: what they refer to is hit with them.
  template <class Allocator, class Atomics>
  static void describe(budgeted<Allocator, Atomics>& adaptor, fields& to) {
    describe(base(adaptor), to);
    add_reference(to, "allocator reference", adaptor, adaptor.allocator_);
    add_reference(to, "budget reference", adaptor, adaptor.budget_);
    for (auto* level = &adaptor.budget_; level != nullptr; level = level->parent()) {
      describe_as("budgets' ", *level, to);
    }
    describe_as("inner ", adaptor.allocator_, to);
  }
  template <class Primary, class Secondary>
  static void describe(fallback<Primary, Secondary>& adaptor, fields& to) {
    describe(base(adaptor), to);
    add_reference(to, "primary reference", adaptor, adaptor.primary_);
    add_reference(to, "secondary reference", adaptor, adaptor.secondary_);
    describe_as("first's ", adaptor.primary_, to);
    describe_as("second's ", adaptor.secondary_, to);
  }
  template <class Allocator, class Atomics>
  static void describe(observed<Allocator, Atomics>& adaptor, fields& to) {
    add_reference(to, "allocator reference", adaptor, adaptor.allocator_);
    add(to, "event function", kind::code, adaptor.config_.function);
    add(to, "event context", kind::code, adaptor.config_.context);
    add(to, "near percent", kind::value, adaptor.config_.near_percent);
    add(to, "hooks max", kind::value, adaptor.config_.hooks_max);
    add(to, "hooks under way", kind::value, adaptor.inside_);
    add(to, "dropped events", kind::value, adaptor.dropped_);
    add(to, "nearness", kind::value, adaptor.is_near_);
    describe_as("inner ", adaptor.allocator_, to);
  }
  // An object of C: the seal, the program's hook, and the allocator.
  static void describe(verify::c_stack& of, fields& to) {
    describe_c<stack_allocator, component::stack_allocator, NEBULA_STACK_OBJECT_BYTES, NEBULA_STACK_OBJECT_ALIGN>(of,
                                                                                                                  to);
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
    chunk_walk walk = of.chunks_.begin();
    while (walk.left > 1) {
      of.chunks_.go_on(walk);
      const arena_chunk& older = walk.at;
      to.push_back({"older chunks' headers", kind::value, older.data, arena_chunks::header_bytes()});
      to.push_back({"older chunks' records", kind::value, older.data + older.limit(), older.size - older.limit()});
    }
  }

  // What there is to be hit: the allocator, and all that it refers to.
  template <class Allocator>
  static void add_parts(Allocator& allocator, parts& to) {
    to.add(allocator);
  }
  static void add_parts(verify::pool_fronts& fronts, parts& to) {
    to.add(fronts.pool_);
    to.add(*fronts.of_one_);
    to.add(*fronts.of_two_);
    to.add(*fronts.of_five_);
  }
  template <class Allocator, class Atomics>
  static void add_parts(budgeted<Allocator, Atomics>& adaptor, parts& to) {
    to.add(adaptor);
    for (auto* level = &adaptor.budget_; level != nullptr; level = level->parent()) {
      to.add(*level);
    }
    add_parts(adaptor.allocator_, to);
  }
  template <class Primary, class Secondary>
  static void add_parts(fallback<Primary, Secondary>& adaptor, parts& to) {
    to.add(adaptor);
    add_parts(adaptor.primary_, to);
    add_parts(adaptor.secondary_, to);
  }
  template <class Allocator, class Atomics>
  static void add_parts(observed<Allocator, Atomics>& adaptor, parts& to) {
    to.add(adaptor);
    add_parts(adaptor.allocator_, to);
  }
  template <class Budget>
  static void add_parts(verify::budget_subject<Budget>& tree, parts& to) {
    for (std::size_t which = 0; which < tree.size(); ++which) {
      to.add(tree.at(which));
    }
  }
  static void add_parts(verify::c_stack& of, parts& to) { to.add(of.memory_); }

private:
  template <class Object>
  static void describe_as(const char* prefix, Object& object, fields& to) {
    const std::size_t first = to.size();
    describe(object, to);
    for (std::size_t each = first; each < to.size(); ++each) {
      to[each].name.insert(0, prefix);
    }
  }
  template <class Allocator, component Reporter, std::size_t Bytes, std::size_t Align, class Wrapper>
  static void describe_c(Wrapper& of, fields& to) {
    using object_type = c_api::object<Allocator, Reporter, Bytes, Align>;
    auto& object = *static_cast<object_type*>(static_cast<void*>(&of.memory_));
    static_assert(sizeof of.memory_ == sizeof object);
    add(to, "object's seal", kind::value, object.seal);
    // one copy of it is all that there is
    add(to, "object's own hook", kind::code, object.hook);
    describe(static_cast<Allocator&>(c_api::allocator_in(object)), to);
  }
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
  // A reference has no address of its own: it is the word of the object that has the address of what it refers to.
  template <class Object, class Target>
  static void add_reference(fields& to, const char* name, Object& object, const Target& target) {
    auto* const first = static_cast<std::byte*>(static_cast<void*>(&object));
    const void* const wanted = &target;
    for (std::size_t place = 0; place < sizeof object; place += sizeof wanted) {
      if (std::memcmp(first + place, &wanted, sizeof wanted) == 0) {
        to.push_back({name, kind::geometry, first + place, sizeof wanted});
        return;
      }
    }
    std::fprintf(stderr, "%s: no such word in the object\n", name);
    std::exit(2);
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
template <class Allocator>
[[nodiscard]] parts parts_of(Allocator& allocator) {
  parts all;
  metadata_access::add_parts(allocator, all);
  return all;
}

} // namespace fault_injection
} // namespace nebula
