// SPDX-License-Identifier: Apache-2.0 OR MIT
// The whole construct layer, as a user without exceptions and run-time type information compiles it.
#include "construct_instantiations.hpp"

#include <cstddef>
#include <list>
#include <memory_resource>
#include <utility>
#include <vector>

#include <nebula/nebula.hpp>

#if __cplusplus >= 202002L
#error "this file is to be compiled as C++17"
#endif
#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this file is to be compiled without exceptions and run-time type information"
#endif

namespace nebula::test {
namespace {

struct counted {
  explicit counted(int& alive) noexcept : alive_(alive) { ++alive_; }
  counted(counted&& other) noexcept : alive_(other.alive_) { ++alive_; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) = delete;
  ~counted() { --alive_; }

private:
  int& alive_;
};

struct block_of_64 {
  alignas(16) std::byte bytes[64];
};

int failures_of(bool holds) noexcept { return holds ? 0 : 1; }

template <class Allocator>
int call_making(Allocator& allocator, int& alive) noexcept {
  int failures = 0;
  const result<counted*> object = make<counted>(allocator, alive);
  failures += failures_of(object.has_value() && alive == 1);
  failures += failures_of(destroy(allocator, object.value()).has_value() && alive == 0);
  failures += failures_of(destroy(allocator, object.value()).code() == error_code::double_free && alive == 0);
  const result<array_view<long>> array = make_array<long>(allocator, 2);
  failures += failures_of(array.has_value() && array.value()[1] == 0 && array.value().end() != nullptr);
  failures += failures_of(destroy_array(allocator, array.value()).has_value());
  const result<long*> room = allocate_for<long>(allocator, 2);
  failures += failures_of(room.has_value() && deallocate_for(allocator, room.value(), 2).has_value());
  return failures;
}

template <class Allocator>
int call_handle(Allocator& allocator, int& alive) noexcept {
  auto held = make_handle<counted>(allocator, alive);
  unique_handle<counted, Allocator> other(std::move(held));
  held = std::move(other);
  int failures = failures_of(held && held.get().has_value() && held.error().code == error_code::none && alive == 1);
  static_cast<void>(*held);
  static_cast<void>(held.operator->());
  failures += failures_of(held.reset().has_value() && held.code() == error_code::none && alive == 0);
  return failures;
}

/// The same in front of an allocator.
template <class Allocator>
class adapted {
public:
  explicit adapted(Allocator& allocator) noexcept
      : limit_(budget_config{1024}.validate().value()),
        charged_(allocator, limit_),
        subject_(charged_, observer_config{}.validate().value()) {}
  observed<budgeted<Allocator>>& subject() noexcept { return subject_; }

private:
  budget limit_;
  budgeted<Allocator> charged_;
  observed<budgeted<Allocator>> subject_;
};

template <class Pool>
int call_pooled(Pool& pool, int& alive) noexcept {
  int failures = 0;
  {
    auto first = make_pooled<counted>(pool, alive);
    auto second = make_pooled_with_hook<counted>(pool, [](counted& /*object*/) noexcept {}, alive);
    const counted value = first.release_value();
    static_cast<void>(*second);
    failures += failures_of(second && second.get().has_value() && second.release().has_value() && alive == 1);
  }
  return failures + failures_of(alive == 0 && pool.state().live_blocks == 0);
}

template <class Allocator>
int call_arena(Allocator& allocator, int& alive) noexcept {
  int failures = 0;
  typed_arena<counted, Allocator> arena(allocator);
  failures += failures_of(arena.emplace(alive).has_value() && arena.size() == 1);
  typed_arena<int, Allocator> numbers(allocator);
  const int three[] = {1, 2, 3};
  failures += failures_of(numbers.emplace_range(three, three + 3).has_value() && !numbers.empty());
  failures += failures_of(numbers.clear().has_value() && arena.clear().has_value() && alive == 0);
  return failures;
}

template <class Allocator>
int call_standard(Allocator& allocator) {
  std::list<int, std_allocator<int, Allocator>> list{std_allocator<int, Allocator>(allocator)};
  list.push_back(1);
  resource<Allocator> blocks(allocator, on_refusal::throw_bad_alloc);
  std::pmr::vector<int> numbers(&blocks);
  numbers.push_back(2);
  resource<Allocator> with_upstream(allocator, *std::pmr::null_memory_resource());
  return failures_of(list.front() + numbers.front() == 3 && blocks.is_equal(blocks) && !blocks.is_equal(with_upstream));
}

} // namespace

int construct_everything_in_cxx17() {
  static static_pool<block_of_64, 8> shared_pool;
  static static_local_pool<block_of_64, 8> local_pool;
  static static_bump<4096> bump;
  static static_stack<4096> stack;
  int alive = 0;
  int failures = call_making(shared_pool, alive) + call_making(local_pool, alive) + call_making(bump, alive) +
                 call_making(stack, alive);
  failures += call_handle(shared_pool, alive) + call_handle(local_pool, alive) + call_handle(bump, alive) +
              call_handle(stack, alive);
  failures += call_pooled(shared_pool, alive) + call_pooled(local_pool, alive);
  failures += call_arena(bump, alive) + call_arena(stack, alive);
  alignas(chunk_align_bytes) static std::byte room[4096];
  span_chunk_source chunks(stack_config{{room, sizeof room}}.validate().value());
  for (const bool tracks : {false, true}) {
    arena_config config;
    config.source = chunks.source();
    config.chunk_bytes = 1024;
    config.track_allocations = tracks;
    arena in_chunks(config.validate().value());
    failures += call_handle(in_chunks, alive) + call_arena(in_chunks, alive);
    adapted<arena> adaptors(in_chunks);
    failures += call_handle(adaptors.subject(), alive) + call_arena(adaptors.subject(), alive);
  }
  adapted<decltype(shared_pool)> pool_adaptors(shared_pool);
  adapted<decltype(bump)> bump_adaptors(bump);
  failures += call_handle(pool_adaptors.subject(), alive) + call_pooled(pool_adaptors.subject(), alive);
  failures += call_handle(bump_adaptors.subject(), alive) + call_arena(bump_adaptors.subject(), alive);
  failures += call_standard(shared_pool) + call_standard(bump);
  return failures;
}

void exhaust_a_container_without_exceptions() {
  static static_bump<64> bump;
  std::vector<int, std_allocator<int, static_bump<64>>> numbers{std_allocator<int, static_bump<64>>(bump)};
  numbers.reserve(100);
}

} // namespace nebula::test
