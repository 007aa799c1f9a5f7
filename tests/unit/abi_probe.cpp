// SPDX-License-Identifier: Apache-2.0 OR MIT
// Compiled twice, with and without NDEBUG, under two names.
#include "abi_probe.hpp"

#include <nebula/kernel.hpp>
#include "metadata_access.hpp"

namespace nebula::test {
namespace {

template <class Type>
void add_type(std::vector<abi_fact>& facts, const char* type_name) {
  facts.push_back({std::string("sizeof ") + type_name, sizeof(Type)});
  facts.push_back({std::string("alignof ") + type_name, alignof(Type)});
}

template <class Object, class Member>
void add_member(std::vector<abi_fact>& facts, const char* member_name, const Object& object, const Member& member) {
  const auto* const begin = static_cast<const std::byte*>(static_cast<const void*>(&object));
  const auto* const place = static_cast<const std::byte*>(static_cast<const void*>(&member));
  facts.push_back({member_name, static_cast<std::size_t>(place - begin)});
}

struct payload {
  alignas(32) std::byte bytes[96];
};

template <class Pool>
void add_pool(std::vector<abi_fact>& facts, const char* pool_name) {
  static Pool pool;
  const std::string prefix(pool_name);
  add_type<Pool>(facts, pool_name);
  add_member(facts, (prefix + ".latch").c_str(), pool, metadata_access::latch(pool));
  add_member(facts, (prefix + ".hook").c_str(), pool, metadata_access::hook(pool));
  add_member(facts, (prefix + ".head").c_str(), pool, metadata_access::head(pool));
  add_member(facts, (prefix + ".peak").c_str(), pool, metadata_access::peak_blocks(pool));
  add_member(facts, (prefix + ".records").c_str(), pool, metadata_access::record(pool, 0));
  add_member(facts, (prefix + ".first_block").c_str(), pool, *pool.block_bytes().data);
}

} // namespace

std::vector<abi_fact> NEBULA_ABI_PROBE() {
  std::vector<abi_fact> facts;
  add_type<error>(facts, "error");
  add_type<fault>(facts, "fault");
  add_type<layout>(facts, "layout");
  add_type<marker>(facts, "marker");
  add_type<audit_cursor>(facts, "audit_cursor");
  add_type<allocator_state>(facts, "allocator_state");
  add_type<result<std::byte*>>(facts, "result<std::byte*>");
  add_type<result<void>>(facts, "result<void>");
  add_type<block_record<shared_atomics>>(facts, "block_record<shared_atomics>");
  add_type<local_block_record>(facts, "local_block_record");
  add_type<pool_plan>(facts, "pool_plan");
  add_type<pool_config>(facts, "pool_config");
  add_type<segregated_plan>(facts, "segregated_plan");
  add_type<pool_allocator>(facts, "pool_allocator");
  add_type<local_pool_allocator>(facts, "local_pool_allocator");
  add_type<bump_allocator>(facts, "bump_allocator");
  add_type<stack_allocator>(facts, "stack_allocator");
  add_type<segregated_allocator>(facts, "segregated_allocator");
  add_type<local_segregated_allocator>(facts, "local_segregated_allocator");
  add_type<size_class_table>(facts, "size_class_table");
  add_type<chunk_source>(facts, "chunk_source");
  add_type<span_chunk_source>(facts, "span_chunk_source");
  add_type<arena_record>(facts, "arena_record");
  add_type<arena_chunk>(facts, "arena_chunk");
  add_type<arena_config>(facts, "arena_config");
  add_type<arena_plan>(facts, "arena_plan");
  add_type<arena>(facts, "arena");
  facts.push_back({"arena.header_bytes", arena::header_bytes()});
  add_type<scope<bump_allocator>>(facts, "scope<bump_allocator>");
  add_pool<static_pool<payload, 7>>(facts, "static_pool");
  add_pool<static_local_pool<payload, 7>>(facts, "static_local_pool");
  add_pool<static_pool<payload, 7, 2>>(facts, "static_pool_with_caches");
  add_type<cache_slot<shared_atomics>>(facts, "cache_slot<shared_atomics>");
  add_type<pool_cache<>>(facts, "pool_cache");
  add_type<pool_cache<static_pool<payload, 7, 2>, 3>>(facts, "pool_cache of 3");

  add_type<shared_bump_allocator>(facts, "shared_bump_allocator");
  add_type<static_shared_bump<128>>(facts, "static_shared_bump");
  static static_bump<128> bump;
  add_type<static_bump<128>>(facts, "static_bump");
  add_member(facts, "static_bump.top", bump, metadata_access::top(bump));
  add_member(facts, "static_bump.peak", bump, metadata_access::peak(bump));
  add_member(facts, "static_bump.live", bump, metadata_access::live(bump));
  add_member(facts, "static_bump.marks", bump, metadata_access::mark_count(bump));
  add_member(facts, "static_bump.serial", bump, metadata_access::serial(bump));
  add_member(facts, "static_bump.generation", bump, metadata_access::generation(bump));
  add_member(facts, "static_bump.last_block", bump, metadata_access::last_block(bump));
  facts.push_back({"static_bump.mark_bytes", static_bump<128>::mark_bytes()});

  static static_stack<128> stack;
  add_type<static_stack<128>>(facts, "static_stack");
  add_member(facts, "static_stack.top", stack, metadata_access::top(stack));
  add_member(facts, "static_stack.peak", stack, metadata_access::peak(stack));
  add_member(facts, "static_stack.live", stack, metadata_access::live(stack));
  add_member(facts, "static_stack.records", stack, metadata_access::record_count(stack));
  add_member(facts, "static_stack.serial", stack, metadata_access::serial(stack));
  facts.push_back({"static_stack.record_bytes", static_stack<128>::record_bytes()});

  add_type<budget_config>(facts, "budget_config");
  add_type<budget_plan>(facts, "budget_plan");
  add_type<budget_state>(facts, "budget_state");
  add_type<reservation>(facts, "reservation");
  add_type<allocation_event>(facts, "allocation_event");
  add_type<budgeted<stack_allocator>>(facts, "budgeted<stack_allocator>");
  add_type<observed<stack_allocator>>(facts, "observed<stack_allocator>");
  add_type<fallback<pool_allocator, bump_allocator>>(facts, "fallback<pool_allocator, bump_allocator>");
  const budget limit(budget_config{100}.validate().value());
  add_type<budget>(facts, "budget");
  add_member(facts, "budget.limit", limit, metadata_access::limit(limit));
  add_member(facts, "budget.used", limit, metadata_access::used(limit));
  add_member(facts, "budget.own", limit, metadata_access::own(limit));
  add_member(facts, "budget.peak", limit, metadata_access::peak_reserved(limit));
  add_member(facts, "budget.children", limit, metadata_access::children(limit));
  return facts;
}

} // namespace nebula::test
