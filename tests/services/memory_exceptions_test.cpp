// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include <nebula/kernel.hpp>
#include <nebula/services/memory_exceptions.hpp>
#include <nebula/services/throwing.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "heap_watch.hpp"

namespace nebula::services {
namespace {

/// Caught as what is most derived; "nothing" iff nothing was thrown.
template <class Action>
std::string_view thrown_by(Action action) {
  try {
    action();
  } catch (const out_of_memory&) {
    return "out_of_memory";
  } catch (const size_overflowed&) {
    return "size_overflowed";
  } catch (const invalid_request&) {
    return "invalid_request";
  } catch (const memory_misuse&) {
    return "memory_misuse";
  } catch (const memory_corruption&) {
    return "memory_corruption";
  } catch (const invalid_memory_configuration&) {
    return "invalid_memory_configuration";
  } catch (const system_refusal&) {
    return "system_refusal";
  }
  return "nothing";
}

/// As docs/services/errors.md has it.
std::string_view documented(error_code code) {
  switch (code) {
  case error_code::none: return "nothing";
  case error_code::invalid_layout:
  case error_code::not_last_block: return "invalid_request";
  case error_code::size_overflow: return "size_overflowed";
  case error_code::layout_unsupported:
  case error_code::exhausted:
  case error_code::contended:
  case error_code::over_budget:
  case error_code::over_block_limit:
  case error_code::over_capacity:
  case error_code::no_cache_slot: return "out_of_memory";
  case error_code::invalid_configuration: return "invalid_memory_configuration";
  case error_code::null_pointer:
  case error_code::foreign_pointer:
  case error_code::misaligned_pointer:
  case error_code::double_free:
  case error_code::layout_mismatch:
  case error_code::lifo_violation:
  case error_code::foreign_marker:
  case error_code::stale_marker:
  case error_code::spent_marker:
  case error_code::blocks_live:
  case error_code::stale_handle:
  case error_code::over_release:
  case error_code::budget_in_use:
  case error_code::written_after_free:
  case error_code::overrun:
  case error_code::caches_attached: return "memory_misuse";
  case error_code::corrupted: return "memory_corruption";
  }
  return "no code";
}

// [SR-MERR-006]
TEST(exceptions, are_of_one_class_for_each_code) {
  EXPECT_EQ(thrown_by([] { throw_if({}); }), "nothing");
  for_each_kernel_error([](error what) {
    ASSERT_EQ(thrown_by([&] { throw_if(allocator_failure{what, {8, 8}}); }), documented(what.code)) << name(what.code);
  });
}

TEST(exceptions, of_the_services_tell_memory_from_rights) {
  const auto thrown_for = [](const memory_failure& failure) { return thrown_by([&] { throw_if(failure); }); };
  EXPECT_EQ(thrown_for({}), "nothing");
  EXPECT_EQ(thrown_for(out_of_range(memory_field::node, 4, 0, 1)), "invalid_memory_configuration");
  EXPECT_EQ(thrown_for(refused_by_system(system_call::commit, out_of_memory_error, memory_field::bytes)),
            "out_of_memory");
  EXPECT_EQ(thrown_for(refused_by_system(system_call::lock, 1, memory_field::lock)), "system_refusal");
  memory_failure count = out_of_range(memory_field::chunk_count_max, 4, 1, 4);
  count.code = memory_failure_code::count_exhausted;
  EXPECT_EQ(thrown_for(count), "out_of_memory");
}

TEST(exceptions, are_caught_as_what_the_standard_knows_and_as_ours) {
  const memory_error exhausted(allocator_failure{{error_code::exhausted}});
  EXPECT_THROW(throw_if(exhausted), std::bad_alloc);
  EXPECT_THROW(throw_if(exhausted), memory_exception);
  EXPECT_THROW(throw_if(allocator_failure{{error_code::size_overflow}}), std::bad_array_new_length);
  for_each_kernel_error([](error what) {
    try {
      throw_if(memory_error(allocator_failure{what, {8, 8}}).named("messages"));
      FAIL() << "nothing was thrown";
    } catch (const std::exception& caught) {
      ASSERT_EQ(std::string_view(caught.what()).find("messages: "), 0U) << caught.what();
      ASSERT_EQ(std::string_view(caught.what()).find('\n'), std::string_view::npos);
      const auto* ours = dynamic_cast<const memory_exception*>(&caught);
      ASSERT_NE(ours, nullptr);
      ASSERT_EQ(ours->error().what(), what);
    }
  });
}

TEST(exceptions, say_the_first_line_of_the_report) {
  const memory_error failed(
      allocator_failure{{error_code::double_free, operation::deallocate, component::pool_allocator}});
  EXPECT_STREQ(memory_misuse(failed.named("messages")).what(),
               "messages: pool_allocator: deallocate failed: double_free");
  const std::string long_name(46, '\xFF');
  EXPECT_EQ(std::string_view(memory_misuse(failed.named(std::string_view(long_name))).what()).size(), 159U);
  EXPECT_STREQ(system_refusal(refused_by_system(system_call::lock, 54321, memory_field::lock)).what(),
               "system_refused: the system refused lock for lock: error 54321");
}

TEST(exceptions, are_copied_without_throwing) {
  EXPECT_TRUE(std::is_nothrow_copy_constructible_v<out_of_memory>);
  EXPECT_TRUE(std::is_nothrow_copy_assignable_v<memory_misuse>);
  const out_of_memory first(memory_error(allocator_failure{{error_code::exhausted}}).named("a"));
  out_of_memory second = first;
  second = first;
  EXPECT_STREQ(second.what(), first.what());
}

using small_pool = static_pool<block_of_64, 2>;

TEST(exceptions, are_thrown_and_caught_where_the_heap_is_empty) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  small_pool pool;
  throwing<small_pool> thrower(pool, "messages", thrown_trace::taken);
  error caught;
  bool has_trace = false;
  {
    const heap_refusal none;
    try {
      static_cast<void>(thrower.allocate({65, 8}));
    } catch (const std::bad_alloc& failed) {
      const auto& ours = dynamic_cast<const memory_exception&>(failed);
      caught = ours.error().what();
      has_trace = ours.error().trace().frame_count() != 0;
    }
  }
  EXPECT_EQ(caught.code, error_code::layout_unsupported);
  EXPECT_EQ(has_trace, backtrace::is_supported());
}

// [SR-MERR-006]
TEST(throwing_allocators, do_what_the_allocator_does) {
  small_pool pool;
  throwing<small_pool> thrower(pool);
  std::byte* const first = thrower.allocate({64, 8});
  std::byte* const second = thrower.try_allocate({1, 1}, 3);
  EXPECT_TRUE(pool.owns(first) && pool.owns(second) && first != second);
  thrower.check_invariants();
  thrower.deallocate(second, {1, 1});
  thrower.deallocate(first, {64, 8});
  thrower.reset();
  EXPECT_EQ(pool.state().live_blocks, 0U);
  EXPECT_EQ(&thrower.unguarded(), &pool);
}

TEST(throwing_allocators, of_a_stack_mark_restore_and_resize) {
  static_stack<512> stack;
  throwing<static_stack<512>> thrower(stack);
  std::byte* const block = thrower.allocate({16, 8});
  thrower.resize_top(block, {16, 8}, 32);
  const marker point = thrower.mark();
  static_cast<void>(thrower.allocate({8, 8}));
  thrower.restore(point);
  EXPECT_EQ(stack.state().live_blocks, 1U);
  EXPECT_EQ(thrown_by([&] { thrower.restore(point); }), "memory_misuse");
  EXPECT_EQ(thrown_by([&] { thrower.resize_top(block, {32, 8}, 4096); }), "out_of_memory");
}

/// All of a state but what counts failures.
void expect_unchanged(const allocator_state& before, const allocator_state& after) {
  EXPECT_EQ(after.used_bytes, before.used_bytes);
  EXPECT_EQ(after.available_bytes, before.available_bytes);
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(after.peak_bytes, before.peak_bytes);
  EXPECT_EQ(after.failures.total(), before.failures.total() + 1);
}

TEST(throwing_allocators, change_nothing_when_they_throw) {
  small_pool pool;
  throwing<small_pool> thrower(pool, "messages");
  std::byte* const first = thrower.allocate({64, 8});
  std::byte* const second = thrower.allocate({64, 8});
  const auto unchanged_by = [&](auto call) {
    const allocator_state before = pool.state();
    const std::string_view thrown = thrown_by(call);
    expect_unchanged(before, pool.state());
    EXPECT_TRUE(pool.check_invariants().has_value());
    return thrown;
  };
  EXPECT_EQ(unchanged_by([&] { static_cast<void>(thrower.allocate({64, 8})); }), "out_of_memory");
  EXPECT_EQ(unchanged_by([&] { static_cast<void>(thrower.allocate({0, 8})); }), "invalid_request");
  EXPECT_EQ(unchanged_by([&] { thrower.deallocate(first + 1, {64, 8}); }), "memory_misuse");
  EXPECT_EQ(unchanged_by([&] { thrower.deallocate(nullptr, {64, 8}); }), "memory_misuse");
  EXPECT_EQ(unchanged_by([&] { thrower.reset(); }), "memory_misuse");
  thrower.deallocate(first, {64, 8});
  EXPECT_EQ(unchanged_by([&] { thrower.deallocate(first, {64, 8}); }), "memory_misuse");
  thrower.deallocate(second, {64, 8});
}

TEST(throwing_allocators, carry_request_state_name_and_place) {
  small_pool pool;
  const throwing<small_pool> plain(pool, "messages");
  try {
    throwing<small_pool>(pool, "messages", thrown_trace::taken).deallocate(nullptr, {64, 8});
    FAIL() << "nothing was thrown";
  } catch (const memory_exception& caught) {
    EXPECT_EQ(caught.error().allocator(), allocator_name("messages"));
    EXPECT_EQ(std::get<allocator_failure>(caught.error().failure()).request, (layout{64, 8}));
    EXPECT_EQ(caught.error().trace().frame_count() != 0, backtrace::is_supported());
  }
}

TEST(values_or_exceptions, of_outcomes_and_configurations) {
  using owner = std::unique_ptr<int>;
  outcome<owner, memory_failure> made(std::make_unique<int>(7));
  EXPECT_EQ(*value_or_throw(std::move(made)), 7);
  const memory_failure wrong = out_of_range(memory_field::node, 4, 0, 1);
  EXPECT_THROW(static_cast<void>(value_or_throw(outcome<owner, memory_failure>(wrong), "pages")),
               invalid_memory_configuration);
  EXPECT_NO_THROW(value_or_throw(outcome<void, memory_failure>()));
  EXPECT_THROW(value_or_throw(outcome<void, memory_failure>(wrong)), invalid_memory_configuration);
  EXPECT_NO_THROW(static_cast<void>(plan_or_throw(observer_config{})));
  try {
    static_cast<void>(plan_or_throw(observer_config{nullptr, nullptr, 101}, "messages"));
    FAIL() << "nothing was thrown";
  } catch (const invalid_memory_configuration& caught) {
    const auto& whole = std::get<configuration_failure>(caught.error().failure());
    EXPECT_EQ(whole.wrong.value, 101U);
    EXPECT_EQ(whole.wrong.highest, 100U);
    EXPECT_EQ(caught.error().allocator(), allocator_name("messages"));
  }
}

} // namespace
} // namespace nebula::services
