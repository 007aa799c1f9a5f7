// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>

#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

using test::text_of;

// [SR-LC-001]
TEST(lifecycle_failures, say_what_was_wrong_and_with_which_allocator) {
  EXPECT_EQ(text_of({}), "no failure");
  EXPECT_EQ(text_of(out_of_range(lifecycle_field::allocator_count_max, 0, 1, 65536)),
            "allocator_count_max is 0; accepted is 1...65536");
  EXPECT_EQ(text_of(out_of_range(lifecycle_field::reference, 0, 1, 1)), "the reference refers to no allocator");
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::name_taken, "pages")), "'pages' is the name of another allocator");
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::other_thread, "pages")),
            "'pages' has one owner, which is another thread");
  EXPECT_EQ(text_of(refused_by("pages", {error_code::double_free, operation::deallocate, component::pool_allocator,
                                         configuration_field::none})),
            "'pages' refused: double_free");
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::no_owner)), "no registered allocator owns the block");
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::no_such_allocator)), "no allocator of this id is registered");
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::shut_down)), "the memory of the program has been shut down");
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::out_of_memory)), "the heap has no room for what is made once");
  lifecycle_failure full = failed(lifecycle_failure_code::registry_full, "ninth");
  full.highest = 8;
  EXPECT_EQ(text_of(full), "as many allocators as the registry was made for are registered: 8");
}

TEST(lifecycle_failures, count_live_blocks_as_people_do) {
  lifecycle_failure live = failed(lifecycle_failure_code::blocks_live, "pages");
  live.value = 1;
  live.count = 1;
  EXPECT_EQ(text_of(live),
            "1 block is live still, of 1 allocator: 'pages'; free them, or end its registration, and "
            "shut down again");
  live.value = 7;
  live.count = 2;
  EXPECT_EQ(text_of(live),
            "7 blocks are live still, of 2 allocators, the first 'pages'; free them, or end its "
            "registration, and shut down again");
}

TEST(lifecycle_failures, escape_names_that_nobody_vouches_for) {
  EXPECT_EQ(text_of(failed(lifecycle_failure_code::name_taken, "a\x1b[31m\nb")),
            "'a\\x1b[31m\\x0ab' is the name of another allocator");
}

TEST(lifecycle_failures, are_cut_to_the_buffer) {
  const lifecycle_failure failure = failed(lifecycle_failure_code::no_owner);
  const std::string whole = text_of(failure);
  for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
    std::string buffer(whole.size() + 2, '#');
    EXPECT_EQ(describe(failure, buffer.data(), size), whole.size());
    const std::size_t kept = size == 0 ? 0 : size - 1;
    EXPECT_EQ(buffer.substr(0, kept), whole.substr(0, kept));
    EXPECT_EQ(buffer[size], '#');
  }
}

TEST(lifecycle_failures, name_each_enumerator_and_nothing_else) {
  for (unsigned value = 0; value <= static_cast<unsigned>(lifecycle_failure_code::shut_down); ++value) {
    EXPECT_STRNE(name(static_cast<lifecycle_failure_code>(value)), "unknown") << value;
  }
  for (unsigned value = 0; value <= static_cast<unsigned>(lifecycle_field::shed_above_critical_bytes); ++value) {
    EXPECT_STRNE(name(static_cast<lifecycle_field>(value)), "unknown") << value;
  }
  EXPECT_STREQ(name(static_cast<lifecycle_failure_code>(200)), "unknown");
  EXPECT_STREQ(name(static_cast<lifecycle_field>(200)), "unknown");
}

} // namespace
} // namespace nebula::services
