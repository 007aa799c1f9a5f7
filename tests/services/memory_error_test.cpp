// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nebula/kernel.hpp>
#include <nebula/services/memory_error.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "heap_watch.hpp"

namespace nebula::services {
namespace {

using small_pool = static_pool<block_of_64, 4>;

// [SR-MERR-001]
TEST(memory_errors, keep_request_state_and_whose_they_are) {
  small_pool pool;
  const auto refused = pool.allocate({65, 8});
  const memory_error failed = error_of(refused.error(), {65, 8}, pool).named("messages");
  const auto& whole = std::get<allocator_failure>(failed.failure());
  EXPECT_EQ(whole.what, refused.error());
  EXPECT_EQ(whole.request, (layout{65, 8}));
  EXPECT_EQ(whole.largest, (layout{64, alignof(block_of_64)}));
  EXPECT_EQ(whole.state.capacity_bytes, pool.state().capacity_bytes);
  EXPECT_EQ(failed.allocator(), allocator_name("messages"));
  EXPECT_EQ(failed.what(), refused.error());
  EXPECT_EQ(failed.trace().frame_count(), 0U);
  EXPECT_TRUE(failed.has_error());
}

TEST(memory_errors, are_made_and_passed_on_without_heap) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  small_pool pool;
  const error what = pool.allocate({65, 8}).error();
  const std::size_t before = heap_calls();
  const memory_error failed = error_of(what, {65, 8}, pool).named("messages").with_backtrace();
  const memory_error copy = failed;
  EXPECT_EQ(heap_calls(), before);
  EXPECT_EQ(copy.what(), what);
}

TEST(memory_errors, of_nothing_are_none) {
  const memory_error nothing;
  EXPECT_FALSE(nothing.has_error());
  EXPECT_FALSE(nothing.may_retry());
  EXPECT_EQ(nothing.kind(), memory_error_kind::none);
  EXPECT_EQ(cause_of(nothing), nullptr);
  EXPECT_EQ(retry_of(nothing), nullptr);
  EXPECT_EQ(advice_for(nothing), nullptr);
  EXPECT_FALSE(memory_error(allocator_failure{}).has_error());
  EXPECT_FALSE(memory_error(memory_failure{}).has_error());
  EXPECT_EQ(cause_of(memory_error(memory_failure{})), nullptr);
  EXPECT_EQ(retry_of(memory_error(memory_failure{})), nullptr);
  EXPECT_EQ(advice_for(memory_error(memory_failure{})), nullptr);
}

TEST(memory_errors, are_of_a_kind_whichever_layer_says_so) {
  const auto kind_of = [](error_code code) {
    return memory_error(allocator_failure{error{code, operation::allocate, component::pool_allocator}}).kind();
  };
  EXPECT_EQ(kind_of(error_code::exhausted), memory_error_kind::refusal);
  EXPECT_EQ(kind_of(error_code::invalid_layout), memory_error_kind::refusal);
  EXPECT_EQ(kind_of(error_code::double_free), memory_error_kind::misuse);
  EXPECT_EQ(kind_of(error_code::corrupted), memory_error_kind::corruption);
  EXPECT_EQ(kind_of(error_code::invalid_configuration), memory_error_kind::configuration);
  EXPECT_EQ(memory_error(out_of_range(memory_field::node, 4, 0, 1)).kind(), memory_error_kind::configuration);
  EXPECT_EQ(memory_error(refused_by_system(system_call::lock, 1, memory_field::lock)).kind(),
            memory_error_kind::system);
  EXPECT_EQ(memory_error(budget_failure{error{error_code::over_budget}}).kind(), memory_error_kind::refusal);
  EXPECT_STREQ(name(memory_error_kind::misuse), "misuse");
  EXPECT_STREQ(name(memory_error_kind::none), "none");
  EXPECT_STREQ(name(memory_error_kind::refusal), "refusal");
  EXPECT_STREQ(name(memory_error_kind::corruption), "corruption");
  EXPECT_STREQ(name(memory_error_kind::configuration), "configuration");
  EXPECT_STREQ(name(memory_error_kind::system), "system");
  EXPECT_STREQ(name(static_cast<memory_error_kind>(9)), "unknown");
}

TEST(memory_errors, cut_a_name_that_is_too_long_and_keep_their_own_copy) {
  std::string words(100, 'n');
  const allocator_name name{std::string_view(words)};
  words.assign(100, '#');
  EXPECT_EQ(name.view(), std::string(allocator_name::bytes_max, 'n'));
  EXPECT_TRUE(allocator_name{}.empty());
}

TEST(memory_errors, may_be_retried_iff_the_words_say_can_succeed) {
  for_each_kernel_error([](error what) {
    for (const memory_error& failed :
         {memory_error(allocator_failure{what, {8, 8}}), memory_error(budget_failure{what, 8})}) {
      const char* const words = retry_of(failed);
      ASSERT_NE(words, nullptr);
      EXPECT_EQ(failed.may_retry(), std::string_view(words).starts_with("can succeed")) << name(what.code);
    }
  });
  for_each_services_failure([](const memory_failure& failure) {
    const memory_error failed(failure);
    ASSERT_NE(retry_of(failed), nullptr);
    ASSERT_NE(cause_of(failed), nullptr);
    EXPECT_EQ(failed.may_retry(), std::string_view(retry_of(failed)).starts_with("can succeed"));
  });
}

/// The advice that is given for a request that was refused, if there is one.
template <class Allocator>
std::string advice_after(Allocator& allocator, layout request) {
  const auto refused = allocator.allocate(request);
  EXPECT_FALSE(refused.has_value());
  const char* const words = advice_for(error_of(refused.error(), request, allocator));
  return words == nullptr ? "" : words;
}

// What is advised is done, and then the call succeeds. [SR-MERR-002]
TEST(advice, for_a_bump_that_is_not_full_is_to_split_the_request_which_helps) {
  static_bump<1024> bump;
  ASSERT_TRUE(bump.allocate({600, 8}).has_value());
  EXPECT_EQ(advice_after(bump, {600, 8}), "split the request, or lend more storage");
  EXPECT_TRUE(bump.allocate({300, 8}).has_value());
  EXPECT_TRUE(bump.allocate({100, 8}).has_value());
}

TEST(advice, for_a_bump_that_is_full_is_to_reset_which_helps) {
  static_bump<1024> bump;
  ASSERT_TRUE(bump.allocate({1000, 8}).has_value());
  EXPECT_EQ(advice_after(bump, {600, 8}), "restore a marker, reset, or lend more storage: over 90% is used");
  EXPECT_TRUE(bump.reset().has_value());
  EXPECT_TRUE(bump.allocate({600, 8}).has_value());
}

TEST(advice, for_a_stack_is_to_free_from_the_top_which_helps) {
  static_stack<1024> stack;
  const layout large{960, 8};
  std::byte* const block = stack.allocate(large).value();
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(advice_after(stack, large), "free from the top, restore a marker, or lend more storage: over 90% is used");
  EXPECT_TRUE(stack.deallocate(block, large).has_value());
  EXPECT_TRUE(stack.allocate(large).has_value());
}

TEST(advice, for_a_pool_is_to_free_blocks_or_to_configure_larger_ones_which_helps) {
  small_pool pool;
  std::byte* blocks[4] = {};
  for (std::byte*& block : blocks) {
    block = pool.allocate({64, 8}).value();
  }
  EXPECT_EQ(advice_after(pool, {64, 8}), "free blocks, or configure more of them");
  EXPECT_TRUE(pool.deallocate(blocks[0], {64, 8}).has_value());
  EXPECT_TRUE(pool.allocate({64, 8}).has_value());
  EXPECT_EQ(advice_after(pool, {128, 8}),
            "configure larger blocks or a stricter block alignment, or ask another allocator");
  static_pool<block_of_128, 1> larger;
  EXPECT_TRUE(larger.allocate({128, 8}).has_value());
}

TEST(advice, names_the_reset_of_no_pool_and_the_fragments_of_no_allocator) {
  for_each_kernel_error([](error what) {
    const char* const advice = advice_for(memory_error(allocator_failure{what, {8, 8}}));
    const std::string words = advice == nullptr ? "" : advice;
    EXPECT_EQ(words.find("fragment"), std::string::npos) << words;
    const bool is_exhausted_pool = what.code == error_code::exhausted && what.reporter == component::pool_allocator;
    EXPECT_FALSE(is_exhausted_pool && words.find("reset") != std::string::npos) << words;
  });
}

TEST(advice, for_the_services_says_what_the_system_must_allow) {
  const memory_failure lock = refused_by_system(system_call::lock, 1, memory_field::lock);
  EXPECT_STREQ(advice_for(lock), "let the process lock more memory, or do not require the lock");
  EXPECT_STREQ(retry_of(lock), "only after the system has been changed, or what is asked of it");
  EXPECT_STREQ(cause_of(lock), "the system refused a call");
  const memory_failure huge = refused_by_system(system_call::map_huge, out_of_memory_error, memory_field::pages);
  EXPECT_STREQ(advice_for(huge), "set huge pages aside on the machine, or accept normal ones");
  EXPECT_STREQ(advice_for(refused_by_system(system_call::bind_node, 1, memory_field::bind)),
               "let the process use the node, or do not require it");
  const memory_failure none = refused_by_system(system_call::commit, out_of_memory_error, memory_field::bytes);
  EXPECT_TRUE(is_out_of_memory(none));
  EXPECT_FALSE(is_out_of_memory(out_of_range(memory_field::bytes, 0, 1, 2)));
  EXPECT_STREQ(advice_for(none), "ask for less, give back what is idle, or let the process have more");
  EXPECT_STREQ(retry_of(none), "can succeed when the system has memory again");
  EXPECT_EQ(advice_for(refused_by_system(system_call::read_file, 2, memory_field::none)), nullptr);
  EXPECT_STREQ(advice_for(out_of_range(memory_field::node, 4, 0, 1)), "give the field a value that is accepted");
  EXPECT_STREQ(advice_for(out_of_range(memory_field::bytes, 1, 1, 0)), "change the other fields");
}

} // namespace
} // namespace nebula::services
