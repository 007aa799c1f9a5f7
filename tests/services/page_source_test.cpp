// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <vector>

#include <nebula/kernel/arena.hpp>
#include <nebula/services/page_source.hpp>
#include "machine_rig.hpp"

#if defined(__linux__)
#include <cerrno>

#include <sys/mman.h>
#endif

namespace nebula::services {
namespace {

using test::machine_rig;
using test::no_memory;
using test::refused_by;

page_source_plan plan_on(machine_rig& rig, page_source_config config = {}) {
  const auto plan = config.validate(rig.machine());
  EXPECT_TRUE(test::succeeded(plan));
  return plan.value();
}

// [SR-SYS-008]
TEST(source_configuration, names_the_wrong_field_and_what_would_be_right) {
  machine_rig rig;
  const system_memory machine = rig.machine();
  EXPECT_TRUE(test::refused_for(page_source_config{.chunk_count_max = 0}.validate(machine),
                                memory_field::chunk_count_max, 0, 1, 1048576));
  EXPECT_TRUE(test::refused_for(page_source_config{.chunk_count_max = 1048577}.validate(machine),
                                memory_field::chunk_count_max, 1048577, 1, 1048576));
  page_source_config config;
  config.chunk.guard_pages = 65537;
  EXPECT_TRUE(test::refused_for(config.validate(machine), memory_field::guard_pages, 65537, 0, 65536));
  EXPECT_TRUE(
      test::refused_for(page_source_config{}.validate(system_memory{}), memory_field::page_bytes, 0, 512, SIZE_MAX));
}

TEST(source, maps_nothing_before_the_first_chunk) {
  machine_rig rig;
  const page_source source(plan_on(rig));
  EXPECT_EQ(rig.held_bytes(), 0U);
  EXPECT_EQ(source.chunk_count(), 0U);
  EXPECT_EQ(source.last_failure().code, memory_failure_code::none);
}

TEST(source, gives_exactly_what_is_asked_and_takes_it_back_in_any_order) {
  machine_rig rig;
  const std::size_t page = rig.machine().page_bytes();
  {
    page_source source(plan_on(rig));
    const result<byte_span> first = source.acquire(100, 16);
    const result<byte_span> second = source.acquire(page + 1, page);
    const result<byte_span> third = source.acquire(page, 1);
    ASSERT_TRUE(first && second && third);
    EXPECT_EQ(first.value().size, 100U);
    EXPECT_EQ(second.value().size, page + 1);
    EXPECT_EQ(source.chunk_count(), 3U);
    EXPECT_EQ(source.mapped_bytes(), 4 * page);
    EXPECT_EQ(source.last_provision().page_bytes, page);
    std::memset(second.value().data, 1, second.value().size);
    EXPECT_TRUE(source.release(first.value()));
    EXPECT_TRUE(source.release(third.value()));
    EXPECT_EQ(source.mapped_bytes(), 2 * page);
    EXPECT_TRUE(source.release(second.value()));
    EXPECT_EQ(source.chunk_count(), 0U);
    EXPECT_EQ(source.mapped_bytes(), 0U);
  }
  EXPECT_EQ(rig.held_bytes(), 0U);
}

// [SR-SYS-009]
TEST(source, judges_each_chunk_that_comes_back) {
  machine_rig rig;
  page_source source(plan_on(rig));
  const byte_span chunk = source.acquire(100, 16).value();
  const byte_span other = source.acquire(100, 16).value();
  EXPECT_EQ(source.release({nullptr, 100}).code(), error_code::null_pointer);
  EXPECT_EQ(source.release({chunk.data + 1, 100}).code(), error_code::foreign_pointer);
  EXPECT_EQ(source.release({chunk.data, 101}).code(), error_code::layout_mismatch);
  EXPECT_EQ(source.chunk_count(), 2U);
  EXPECT_TRUE(source.release(chunk));
  EXPECT_EQ(source.release(chunk).error(),
            (error{error_code::foreign_pointer, operation::release, component::chunk_source}));
  EXPECT_TRUE(source.release(other));
}

TEST(source, refuses_what_no_mapping_could_be) {
  machine_rig rig;
  page_source source(plan_on(rig));
  const error unsupported{error_code::layout_unsupported, operation::grow, component::chunk_source};
  EXPECT_EQ(source.acquire(0, 16).error(), unsupported);
  EXPECT_EQ(source.acquire(SIZE_MAX, 16).error(), unsupported);
  EXPECT_EQ(source.acquire(1, 2 * rig.machine().page_bytes()).error(), unsupported);
  EXPECT_EQ(rig.held_bytes(), 0U);
  page_source planless{page_source_plan{}};
  EXPECT_EQ(planless.acquire(1, 1).error(), unsupported);
  EXPECT_EQ(planless.release({reinterpret_cast<std::byte*>(&rig), 1}).code(), error_code::foreign_pointer);
}

TEST(source, gives_no_more_chunks_than_it_may) {
  machine_rig rig;
  page_source source(plan_on(rig, {.chunk_count_max = 2}));
  const byte_span first = source.acquire(1, 1).value();
  ASSERT_TRUE(source.acquire(1, 1));
  EXPECT_EQ(source.acquire(1, 1).error(), (error{error_code::exhausted, operation::grow, component::chunk_source}));
  EXPECT_EQ(source.last_failure().code, memory_failure_code::count_exhausted);
  EXPECT_EQ(source.last_failure().field, memory_field::chunk_count_max);
  EXPECT_EQ(source.last_failure().value, 2U);
  ASSERT_TRUE(source.release(first));
  EXPECT_TRUE(source.acquire(1, 1));
}

TEST(source, says_which_call_of_the_system_was_refused) {
  machine_rig rig;
  page_source source(plan_on(rig));
  rig.fail(system_call::reserve, 1, false, no_memory); // that of its records
  EXPECT_EQ(source.acquire(1, 1).code(), error_code::exhausted);
  EXPECT_TRUE(refused_by(source.last_failure(), system_call::reserve, no_memory, memory_field::bytes));
  rig.fail(system_call::commit, 2, false, no_memory); // that of the chunk
  EXPECT_EQ(source.acquire(1, 1).code(), error_code::exhausted);
  EXPECT_TRUE(refused_by(source.last_failure(), system_call::commit, no_memory, memory_field::bytes));
  EXPECT_EQ(source.chunk_count(), 0U);
  const byte_span chunk = source.acquire(1, 1).value();
  rig.fail(system_call::release, 1, false, no_memory);
  EXPECT_EQ(source.release(chunk).error(), (error{error_code::exhausted, operation::release, component::chunk_source}));
  EXPECT_TRUE(refused_by(source.last_failure(), system_call::release, no_memory, memory_field::bytes));
  chunk.data[0] = std::byte{1};
  EXPECT_TRUE(source.release(chunk)) << "it was kept, and is taken now";
}

TEST(source, gives_back_what_nobody_did) {
  machine_rig rig;
  {
    page_source source(plan_on(rig));
    ASSERT_TRUE(source.acquire(1, 1) && source.acquire(100000, 1));
  }
  EXPECT_EQ(rig.held_bytes(), 0U);
}

using source_death = ::testing::Test;

TEST(source_death, a_chunk_ends_at_a_guard) {
  const system_memory machine = system_memory::detect().value();
  page_source source(page_source_config{}.validate(machine).value());
  const byte_span chunk = source.acquire(machine.page_bytes(), 16).value();
  chunk.data[chunk.size - 1] = std::byte{1};
  EXPECT_DEATH(static_cast<volatile std::byte*>(chunk.data)[chunk.size] = std::byte{1}, "");
  EXPECT_DEATH(*(static_cast<volatile std::byte*>(chunk.data) - 1) = std::byte{1}, "");
}

// --- an arena on it -----------------------------------------------------------------------------------------------------

struct growth_case {
  const char* what;
  arena_growth growth;
  check_level level;
};

std::ostream& operator<<(std::ostream& out, const growth_case& each) { return out << each.what; }

class growing_arenas : public testing::TestWithParam<growth_case> {};

INSTANTIATE_TEST_SUITE_P(
    each, growing_arenas,
    testing::Values(growth_case{"doubling", arena_growth::doubling, check_level::standard},
                    growth_case{"incremental", arena_growth::incremental, check_level::standard},
                    growth_case{"doubling_paranoid", arena_growth::doubling, check_level::paranoid},
                    growth_case{"incremental_paranoid", arena_growth::incremental, check_level::paranoid}),
    [](const auto& each_case) { return std::string(each_case.param.what); });

arena_config config_of(page_source& source, const growth_case& each, std::size_t page) {
  arena_config config;
  config.source = source.source();
  config.chunk_bytes = page;
  config.growth = each.growth;
  config.growth_bytes = page;
  config.capacity_max_bytes = 15 * page;
  config.level = each.level;
  return config;
}

TEST_P(growing_arenas, take_mappings_and_give_them_all_back) {
  if (GetParam().level == check_level::paranoid && !has_paranoid_level) GTEST_SKIP() << "not built";
  machine_rig rig;
  const std::size_t page = rig.machine().page_bytes();
  page_source source(plan_on(rig));
  std::size_t held_by_records = 0;
  {
    arena blocks(config_of(source, GetParam(), page).validate().value());
    std::vector<byte_span> live;
    error_code last = error_code::none;
    while (live.size() < 10000) {
      const result<std::byte*> block = blocks.allocate({100, 16});
      if (!block) {
        last = block.code();
        break;
      }
      std::memset(block.value(), static_cast<int>(live.size() % 251), 100);
      live.push_back({block.value(), 100});
    }
    EXPECT_EQ(last, error_code::over_capacity) << "ends at its maximal capacity";
    EXPECT_EQ(blocks.state().capacity_bytes, 15 * page);
    EXPECT_EQ(source.mapped_bytes(), 15 * page);
    EXPECT_EQ(source.chunk_count(), GetParam().growth == arena_growth::doubling ? 4U : 5U);
    EXPECT_TRUE(blocks.check_invariants());
    for (std::size_t index = 0; index < live.size(); ++index) {
      ASSERT_EQ(live[index].data[99], static_cast<std::byte>(index % 251));
    }
    ASSERT_TRUE(blocks.reset());
    EXPECT_EQ(source.chunk_count(), 1U);
    const result<marker> mark = blocks.mark();
    ASSERT_TRUE(mark);
    ASSERT_TRUE(blocks.allocate({3 * page, 64})) << "more than the next chunk would have";
    EXPECT_EQ(source.chunk_count(), 2U);
    ASSERT_TRUE(blocks.restore(mark.value()));
    EXPECT_EQ(source.chunk_count(), 1U);
    held_by_records = rig.held_bytes() - 3 * page;
  }
  EXPECT_EQ(source.chunk_count(), 0U);
  EXPECT_EQ(rig.held_bytes(), held_by_records) << "of the source's own records only";
}

TEST_P(growing_arenas, go_on_when_the_system_has_memory_again) {
  if (GetParam().level == check_level::paranoid && !has_paranoid_level) GTEST_SKIP() << "not built";
  machine_rig rig;
  const std::size_t page = rig.machine().page_bytes();
  page_source source(plan_on(rig));
  arena blocks(config_of(source, GetParam(), page).validate().value());
  ASSERT_TRUE(blocks.allocate({100, 16}));
  rig.fail_always(system_call::reserve, no_memory);
  EXPECT_EQ(blocks.allocate({page, 16}).code(), error_code::exhausted);
  EXPECT_TRUE(refused_by(source.last_failure(), system_call::reserve, no_memory, memory_field::bytes));
  EXPECT_TRUE(blocks.check_invariants());
  rig.heal();
  EXPECT_TRUE(blocks.allocate({page, 16}));
}

TEST(arenas, may_share_a_source) {
  machine_rig rig;
  const std::size_t page = rig.machine().page_bytes();
  page_source source(plan_on(rig));
  const growth_case fixed{"fixed", arena_growth::fixed, check_level::standard};
  arena first(config_of(source, fixed, page).validate().value());
  {
    arena second(config_of(source, fixed, page).validate().value());
    ASSERT_TRUE(first.allocate({100, 16}) && second.allocate({100, 16}) && first.allocate({page / 2, 16}) &&
                second.allocate({page / 2, 16}) && first.allocate({page / 2, 16}));
  }
  EXPECT_TRUE(first.check_invariants());
  EXPECT_TRUE(first.reset());
  EXPECT_EQ(source.chunk_count(), 1U);
}

#if defined(__linux__)

bool is_mapped(std::byte* address, std::size_t page) {
  unsigned char resident = 0;
  return mincore(address, page, &resident) == 0 || errno != ENOMEM;
}

TEST(arenas, leave_nothing_mapped_on_this_machine) {
  const system_memory machine = system_memory::detect().value();
  const std::size_t page = machine.page_bytes();
  std::vector<std::byte*> places;
  {
    page_source source(page_source_config{}.validate(machine).value());
    const growth_case doubling{"doubling", arena_growth::doubling, check_level::standard};
    arena blocks(config_of(source, doubling, page).validate().value());
    for (int each = 0; each < 5; ++each) {
      const result<std::byte*> block = blocks.allocate({page, page});
      ASSERT_TRUE(block);
      std::memset(block.value(), 1, page);
      places.push_back(block.value());
      EXPECT_TRUE(is_mapped(block.value(), page));
    }
  }
  for (std::byte* each : places) {
    EXPECT_FALSE(is_mapped(each, page));
  }
}

#endif

} // namespace
} // namespace nebula::services
