// SPDX-License-Identifier: Apache-2.0 OR MIT
// The whole kernel in one object, as a freestanding user compiles it. The object must import nothing but mem*.
#include "kernel_instantiations.hpp"

#include <cstddef>
#include <cstdint>

#include <nebula/kernel.hpp>

#if __cplusplus >= 202002L
#error "this file is to be compiled as C++17"
#endif

namespace nebula {

template class free_list<shared_atomics>;
template class free_list<plain_atomics>;
template class span_block_storage<shared_atomics>;
template class span_block_storage<plain_atomics>;
template class basic_pool<shared_atomics, span_block_storage<shared_atomics>>;
template class basic_pool<plain_atomics, span_block_storage<plain_atomics>>;
template class cache_slot<shared_atomics>;
template class basic_pool_cache<shared_atomics, span_block_storage<shared_atomics>, 64>;
template class basic_segregated<shared_atomics>;
template class basic_segregated<plain_atomics>;
template class basic_bump<span_byte_storage>;
template class basic_bump<inline_byte_storage<100>>;
template class basic_shared_bump<shared_atomics, span_byte_storage>;
template class basic_shared_bump<shared_atomics, inline_byte_storage<100>>;
template class basic_stack<span_byte_storage>;
template class basic_stack<inline_byte_storage<100>>;
template class basic_budget<shared_atomics>;
template class basic_budget<plain_atomics>;
template class basic_reservation<shared_atomics>;
template class scope<bump_allocator>;
template class scope<stack_allocator>;
template class scope<arena>;

namespace test {
namespace {

int failures_of(bool holds) noexcept { return holds ? 0 : 1; }

template <class Pool>
int call_pool(Pool& pool) noexcept {
  int failures = 0;
  const result<std::byte*> block = pool.allocate(pool.block_layout());
  failures += failures_of(block.has_value() && pool.owns(block.value()));
  const result<block_handle> handle = pool.handle_of(block.value());
  failures += failures_of(handle.has_value() && pool.resolve(handle.value()).value() == block.value());
  failures += failures_of(pool.deallocate(handle.value()).has_value());
  const result<std::byte*> again = pool.try_allocate({1, 1}, 100);
  failures += failures_of(again.has_value() && pool.deallocate(again.value(), {1, 1}).has_value());
  failures += failures_of(pool.deallocate(again.value()).code() == error_code::double_free);
  failures += failures_of(pool.reset().has_value() && pool.check_invariants().has_value());
  failures += failures_of(pool.state().live_blocks == 0 && pool.block_count() != 0 && pool.tag_bits() != 0);
  failures += failures_of(pool.stride_bytes() != 0 && pool.block_bytes().size != 0 && pool.tag_wrap_operations() != 0);
  return failures;
}

template <class Pool>
int call_cache(Pool& pool) noexcept {
  int failures = 0;
  pool_cache<Pool, 2> cache(pool);
  failures += failures_of(cache.is_attached() && cache.error().code == error_code::none);
  const result<std::byte*> block = cache.allocate(pool.block_layout());
  failures += failures_of(block.has_value() && cache.owns(block.value()));
  failures += failures_of(cache.deallocate(pool.handle_of(block.value()).value()).has_value());
  const result<std::byte*> again = cache.try_allocate({1, 1}, 100);
  failures += failures_of(again.has_value() && cache.try_deallocate(again.value(), 100).has_value());
  failures += failures_of(cache.deallocate(again.value(), {1, 1}).code() == error_code::double_free);
  failures += failures_of(cache.kept_blocks() == 1 && cache.state().cached_blocks == 1);
  failures += failures_of(cache.check_invariants().has_value() && cache.try_flush(100).has_value());
  failures += failures_of(cache.flush().has_value() && pool.cache_count() == 1);
  return failures;
}

template <class Allocator>
int call_marking(Allocator& allocator) noexcept {
  int failures = 0;
  const result<marker> point = allocator.mark();
  const result<std::byte*> block = allocator.allocate({8, 8});
  failures += failures_of(point.has_value() && block.has_value() && allocator.owns(block.value()));
  failures += failures_of(allocator.deallocate(block.value(), {8, 8}).has_value() && allocator.mark_count() == 1);
  failures += failures_of(allocator.check_invariants().has_value() && allocator.restore(point.value()).has_value());
  {
    const scope<Allocator> inside(allocator);
    failures += failures_of(inside.is_active() && allocator.allocate({1, 1}).has_value());
  }
  failures += failures_of(allocator.state().used_bytes == 0 && allocator.reset().has_value());
  return failures;
}

template <class Segregated>
int call_segregated(byte_span storage) noexcept {
  static constexpr size_class classes[] = {{16, 8, 2}, {64, 8, 2}};
  Segregated allocator(typename Segregated::config_type{storage, classes, 2, 1, {}}.validate().value());
  int failures = 0;
  const result<std::byte*> block = allocator.allocate({10, 8});
  failures += failures_of(block.has_value() && allocator.owns(block.value()) && allocator.pool(0).owns(block.value()));
  failures += failures_of(allocator.deallocate(block.value(), {10, 8}).has_value());
  failures += failures_of(allocator.deallocate(block.value()).code() == error_code::double_free);
  const result<std::byte*> again = allocator.try_allocate({10, 8}, 100);
  failures += failures_of(again.has_value() && allocator.deallocate(again.value()).has_value());
  failures += failures_of(allocator.reset().has_value() && allocator.check_invariants().has_value());
  failures += failures_of(allocator.state().used_bytes == 0 && allocator.class_count() == 2);
  return failures;
}

int call_builders(byte_span storage, fault_hook hook) noexcept {
  static constexpr size_class classes[] = {{16, 8, 2}, {64, 8, 2}};
  int failures = 0;
  failures += failures_of(bump_builder{}.storage(storage).hook(hook).level(check_level::standard).build().has_value());
  failures += failures_of(stack_builder{}.storage(storage).preset(settings::paranoid()).build().has_value());
  failures += failures_of(local_segregated_builder{}.storage(storage).classes(classes).build().has_value());
  const auto pool = pool_builder{}.storage(storage).block_size_bytes(64).block_align_bytes(24);
  const error failure = pool.build().error();
  const configuration_report wrong = range_of(pool.config(), failure);
  char words[64];
  failures += failures_of(!wrong.accepts_value() && wrong.highest != 0);
  failures += failures_of(describe(failure, wrong, words, sizeof words) > sizeof words);
  failures += failures_of(retry_of(failure) != nullptr && advice_for(failure, {}) != nullptr);
  static_bump<256> scratch(hook);
  failures += failures_of(with_scope(scratch, [](auto& inside) noexcept { return inside.mark_count(); }).value() == 1);
  return failures;
}

int call_arena(const chunk_source& source, fault_hook hook, bool tracks) noexcept {
  arena_config config;
  config.source = source;
  config.chunk_bytes = 256;
  config.track_allocations = tracks;
  config.hook = hook;
  arena subject(config.validate().value());
  int failures = call_marking(subject);
  failures += failures_of(subject.allocate({300, 8}).has_value());
  failures += failures_of(subject.statistics().chunk_count == 1 && subject.state().used_bytes == 300);
  failures += failures_of(arena::header_bytes() + arena::record_bytes() < arena_config::chunk_bytes_min());
  return failures;
}

template <class Budget, class Pool>
int call_budgets(Pool& pool, stack_allocator& stack) noexcept {
  using atomics = typename Budget::atomics_type;
  using observer = basic_observer_config<atomics>;
  int failures = 0;
  Budget root(typename Budget::config_type{1000, 0, nullptr, 70, 90, {}}.validate().value());
  Budget child(typename Budget::config_type{500, 300, &root, 70, 90, {}}.validate().value());
  {
    result<basic_reservation<atomics>> held = basic_reservation<atomics>::make(child, 100);
    basic_reservation<atomics> mine = static_cast<result<basic_reservation<atomics>>&&>(held).value();
    failures += failures_of(mine.shrink(10).has_value() && mine.split(20).value().bytes() == 20 && mine.bytes() == 70);
    failures += failures_of(root.state().used_bytes == 70 && child.set_limit(400).value() == 70);
  }
  failures += failures_of(child.reserve(301).code() == error_code::over_block_limit);
  failures += failures_of(child.try_reserve(10, 5).has_value() && child.release(10).has_value());
  failures += failures_of(child.check_invariants().has_value() && root.state().level == budget_level::normal);

  observed<Pool, atomics> watched(pool, observer{}.validate().value());
  budgeted<observed<Pool, atomics>, atomics> charged(watched, child);
  fallback<budgeted<observed<Pool, atomics>, atomics>, stack_allocator, atomics> both(charged, stack);
  const result<std::byte*> block = both.allocate({8, 8});
  failures += failures_of(block.has_value() && pool.owns(block.value()) && both.owns(block.value()));
  failures += failures_of(both.deallocate(block.value(), {8, 8}).has_value() && both.reset().has_value());
  const result<std::byte*> large = both.try_allocate({100, 8}, 5);
  failures += failures_of(large.has_value() && both.deallocate(large.value(), {100, 8}).has_value());
  typename decltype(both)::audit_cursor_type cursor;
  failures += failures_of(both.audit(cursor, 1).has_value() && both.check_invariants().has_value());
  budgeted<stack_allocator, atomics> charged_stack(stack, child);
  observed<budgeted<stack_allocator, atomics>, atomics> watched_stack(charged_stack, observer{}.validate().value());
  failures += call_marking(watched_stack);
  failures += failures_of(child.state().used_bytes == 0 && watched_stack.dropped_events() == 0);
  return failures;
}

struct payload { // 32-bit processors may align 64 bits less strictly
  alignas(8) std::uint64_t words[4];
};

void ignore_fault(void* /*context*/, const fault& /*report*/) noexcept {}

} // namespace

int call_everything_in_cxx17() noexcept {
  alignas(64) static std::byte storage[4096];
  const fault_hook quiet{&ignore_fault, nullptr};
  int failures = 0;

  pool_allocator shared_pool(pool_config{{storage, sizeof storage}, 24, 8, 4, quiet}.validate().value());
  failures += call_pool(shared_pool);
  local_pool_allocator local_pool(local_pool_config{{storage, sizeof storage}, 24, 8, 4, quiet}.validate().value());
  failures += call_pool(local_pool);
  static static_pool<payload, 4> shared_pool_inside(quiet);
  failures += call_pool(shared_pool_inside);
  static static_local_pool<payload, 4> local_pool_inside;
  failures += call_pool(local_pool_inside);

  {
    pool_allocator cached_pool(
        pool_config{{storage, sizeof storage}, 24, 8, 4, quiet, check_level::standard, 1}.validate().value());
    failures += call_cache(cached_pool);
  }
  static static_pool<payload, 4, 1> cached_pool_inside(quiet);
  failures += call_cache(cached_pool_inside);

  bump_allocator bump(bump_config{{storage, sizeof storage}, quiet}.validate().value());
  failures += call_marking(bump);
  static static_bump<256> bump_inside;
  failures += call_marking(bump_inside);
  shared_bump_allocator shared_bump(shared_bump_config{{storage, sizeof storage}, quiet}.validate().value());
  const result<std::byte*> shared_block = shared_bump.try_allocate({8, 8}, 100);
  failures += failures_of(shared_block.has_value() && shared_bump.owns(shared_block.value()));
  failures += failures_of(shared_bump.deallocate(shared_block.value(), {8, 8}).code() == error_code::not_last_block);
  failures += failures_of(shared_bump.reset().has_value() && shared_bump.check_invariants().has_value());
  static static_shared_bump<256> shared_bump_inside;
  failures +=
      failures_of(shared_bump_inside.allocate({1, 1}).has_value() && shared_bump_inside.state().used_bytes == 1);
  stack_allocator stack(stack_config{{storage, sizeof storage}, quiet}.validate().value());
  failures += call_marking(stack);
  static static_stack<256> stack_inside;
  failures += call_marking(stack_inside);

  failures += call_budgets<budget>(shared_pool_inside, stack);
  failures += call_budgets<local_budget>(local_pool_inside, stack);
  span_chunk_source span(stack_config{{storage, sizeof storage}, quiet}.validate().value());
  failures += call_arena(span.source(), quiet, true);
  failures += call_arena(span.source(), quiet, false);
  failures += failures_of(span.chunks().state().live_blocks == 0);
  local_pool_allocator chunks(local_pool_config{{storage, sizeof storage}, 512, 16, 4, quiet}.validate().value());
  failures += call_arena(pool_chunk_source(chunks), quiet, true);

  failures += call_segregated<segregated_allocator>({storage, sizeof storage});
  failures += call_segregated<local_segregated_allocator>({storage, sizeof storage});

  failures += call_builders({storage, sizeof storage}, quiet);

  char words[64];
  const error failure{error_code::exhausted, operation::allocate, component::pool_allocator};
  failures += failures_of(describe(failure, {1, 1}, bump.state(), words, sizeof words) > sizeof words);
  failures += failures_of(describe_size(1, words, sizeof words) == 3);
  set_program_fault_hook(nullptr);
  return failures;
}

} // namespace test
} // namespace nebula
