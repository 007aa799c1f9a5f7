// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/page_mapping.hpp>
#include "machine_rig.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace nebula::services {
namespace {

using test::machine_rig;
using test::no_memory;
using test::refused_by;

/// On this machine, as it is.
page_mapping mapped(const page_mapping_config& config) {
  const system_memory machine = system_memory::detect().value();
  auto made = page_mapping::make(config.validate(machine).value());
  EXPECT_TRUE(test::succeeded(made));
  return std::move(made).value();
}

memory_outcome<page_mapping> mapped_on(machine_rig& rig, const page_mapping_config& config) {
  const auto plan = config.validate(rig.machine());
  EXPECT_TRUE(test::succeeded(plan));
  rig.calls_made.clear();
  return page_mapping::make(plan.value());
}

page_mapping_config huge(page_kind least) {
  page_mapping_config config{.bytes = 100};
  config.pages = page_kind::explicit_huge;
  config.pages_least = least;
  return config;
}

// [SR-SYS-007]
TEST(mapping, has_zeroed_bytes_that_can_be_written) {
  const page_mapping mapping = mapped({.bytes = 10000});
  const byte_span bytes = mapping.bytes();
  ASSERT_GE(bytes.size, 10000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data) % mapping.provision().page_bytes, 0U);
  EXPECT_EQ(bytes.size % mapping.provision().page_bytes, 0U);
  for (std::size_t offset = 0; offset < bytes.size; ++offset) {
    ASSERT_EQ(bytes.data[offset], std::byte{0});
  }
  std::memset(bytes.data, 0xA5, bytes.size);
  EXPECT_EQ(bytes.data[bytes.size - 1], std::byte{0xA5});
}

using mapping_death = ::testing::Test;

void touch(const std::byte* address) { static_cast<void>(*static_cast<const volatile std::byte*>(address)); }

TEST(mapping_death, ends_the_program_that_touches_a_guard) {
  const page_mapping mapping = mapped({.bytes = 10000, .guard_pages = 2});
  const byte_span bytes = mapping.bytes();
  const std::size_t page = mapping.provision().page_bytes;
  touch(bytes.data);
  touch(bytes.data + bytes.size - 1);
  EXPECT_DEATH(touch(bytes.data - 1), "");
  EXPECT_DEATH(touch(bytes.data - 2 * page), "");
  EXPECT_DEATH(touch(bytes.data + bytes.size), "");
  EXPECT_DEATH(touch(bytes.data + bytes.size + 2 * page - 1), "");
}

TEST(mapping, gives_its_region_back_when_it_ends) {
  machine_rig rig;
  {
    const auto made = mapped_on(rig, {.bytes = 1});
    EXPECT_TRUE(rig.holds(made.value().region().reserved, made.value().region().reserved_bytes));
    EXPECT_EQ(rig.held_bytes(), made.value().region().reserved_bytes);
  }
  EXPECT_EQ(rig.held_bytes(), 0U);
}

TEST(mapping, is_as_large_as_its_pages_and_its_guards) {
  machine_rig rig;
  const std::size_t page = rig.machine().page_bytes();
  const auto made = mapped_on(rig, {.bytes = page + 1, .guard_pages = 3});
  EXPECT_EQ(made.value().bytes().size, 2 * page);
  EXPECT_EQ(made.value().region().reserved_bytes, 8 * page);
  EXPECT_EQ(made.value().bytes().data, made.value().region().reserved + 3 * page);
  const auto bare = mapped_on(rig, {.bytes = page, .guard_pages = 0});
  EXPECT_EQ(bare.value().region().reserved_bytes, page);
}

TEST(mapping, has_one_owner) {
  machine_rig rig;
  page_mapping first = mapped_on(rig, {.bytes = 1}).value();
  const std::byte* data = first.bytes().data;
  page_mapping second(std::move(first));
  EXPECT_FALSE(first); // NOLINT(bugprone-use-after-move): that it has nothing is what is tested
  EXPECT_EQ(second.bytes().data, data);
  page_mapping third = mapped_on(rig, {.bytes = 1}).value();
  third = std::move(second);
  EXPECT_EQ(third.bytes().data, data);
  EXPECT_EQ(rig.held_bytes(), third.region().reserved_bytes) << "the region that it had is given back";
  page_mapping& itself = third;
  third = std::move(itself);
  EXPECT_EQ(third.bytes().data, data);
  const page_region region = third.detach();
  EXPECT_FALSE(third);
  EXPECT_EQ(region.data, data);
  EXPECT_TRUE(third.release()) << "nothing is given back without complaint";
  EXPECT_TRUE(rig.holds(region.reserved, region.reserved_bytes));
  rig.release_all();
}

TEST(mapping, that_the_system_does_not_take_back_is_kept) {
  machine_rig rig;
  page_mapping mapping = mapped_on(rig, {.bytes = 1}).value();
  rig.fail(system_call::release, 1, false, no_memory);
  const auto refused = mapping.release();
  EXPECT_TRUE(refused_by(refused.failure(), system_call::release, no_memory, memory_field::bytes));
  EXPECT_TRUE(mapping);
  EXPECT_TRUE(mapping.release());
  EXPECT_FALSE(mapping);
  EXPECT_EQ(rig.held_bytes(), 0U);
}

TEST(mapping, of_no_plan_is_refused) {
  EXPECT_TRUE(test::refused_for(page_mapping::make(page_mapping_plan{}), memory_field::bytes, 0, 1, 0));
}

// --- huge pages ---------------------------------------------------------------------------------------------------------

TEST(huge_pages, are_had_where_there_are_some) {
  if (!test::can_release_parts) GTEST_SKIP() << "not on this system";
  machine_rig rig;
  rig.have_everything();
  {
    const auto made = mapped_on(rig, huge(page_kind::explicit_huge));
    ASSERT_TRUE(test::succeeded(made));
    const page_provision& had = made.value().provision();
    EXPECT_EQ(had.pages, page_kind::explicit_huge);
    EXPECT_EQ(had.page_bytes, test::two_mebibytes);
    EXPECT_EQ(had.pages_failure.code, memory_failure_code::none);
    EXPECT_EQ(made.value().bytes().size, test::two_mebibytes);
    made.value().bytes().data[test::two_mebibytes - 1] = std::byte{1};
    EXPECT_EQ(rig.held_bytes(), made.value().region().reserved_bytes) << "guards and pages, without a hole";
  }
  EXPECT_EQ(rig.held_bytes(), 0U);
}

TEST(huge_pages, have_the_size_that_was_chosen) {
  if (!test::can_release_parts || sizeof(std::size_t) < 8) GTEST_SKIP() << "not on this system";
  machine_rig rig;
  rig.have_everything();
  page_mapping_config config = huge(page_kind::normal);
  config.huge_page_bytes = test::gibibyte;
  const auto made = mapped_on(rig, config);
  EXPECT_EQ(made.value().provision().page_bytes, test::gibibyte);
  EXPECT_EQ(rig.mapped_size, test::gibibyte);
}

TEST(huge_pages, become_transparent_ones_and_those_normal_ones) {
  if (!test::can_release_parts) GTEST_SKIP() << "not on this system";
  machine_rig rig;
  rig.have_everything();
  rig.fail_always(system_call::map_huge, no_memory);
  {
    const auto made = mapped_on(rig, huge(page_kind::normal));
    const page_provision& had = made.value().provision();
    EXPECT_EQ(had.pages, page_kind::transparent_huge);
    EXPECT_TRUE(refused_by(had.pages_failure, system_call::map_huge, no_memory, memory_field::pages));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made.value().bytes().data) % test::two_mebibytes, 0U);
    EXPECT_EQ(rig.held_bytes(), made.value().region().reserved_bytes) << "what was tried before is given back";
  }
  rig.fail_always(system_call::advise_huge, 22);
  const page_mapping_config only_advised{.bytes = 1, .pages = page_kind::transparent_huge};
  const auto made = mapped_on(rig, only_advised);
  EXPECT_EQ(made.value().provision().pages, page_kind::normal);
  EXPECT_TRUE(refused_by(made.value().provision().pages_failure, system_call::advise_huge, 22, memory_field::pages));
}

TEST(huge_pages, that_are_the_least_are_had_or_nothing_is) {
  if (!test::can_release_parts) GTEST_SKIP() << "not on this system";
  machine_rig rig;
  rig.have_everything();
  rig.fail_always(system_call::map_huge, no_memory);
  const auto refused = mapped_on(rig, huge(page_kind::explicit_huge));
  EXPECT_TRUE(refused_by(refused.failure(), system_call::map_huge, no_memory, memory_field::pages));
  EXPECT_EQ(rig.held_bytes(), 0U);
  rig.fail_always(system_call::advise_huge, 22);
  page_mapping_config config{.bytes = 1, .pages = page_kind::transparent_huge};
  config.pages_least = page_kind::transparent_huge;
  EXPECT_TRUE(refused_by(mapped_on(rig, config).failure(), system_call::advise_huge, 22, memory_field::pages));
  EXPECT_EQ(rig.held_bytes(), 0U);
  // No transparent ones either, which would be the least.
  rig.files["/sys/kernel/mm/transparent_hugepage/enabled"] = "always madvise [never]\n";
  rig.fail_always(system_call::map_huge, no_memory);
  const auto none = mapped_on(rig, huge(page_kind::transparent_huge));
  EXPECT_TRUE(refused_by(none.failure(), system_call::map_huge, no_memory, memory_field::pages));
  EXPECT_EQ(rig.held_bytes(), 0U);
}

TEST(huge_pages, of_this_machine_are_had_or_it_says_why_not) {
  page_mapping_config config{.bytes = test::two_mebibytes, .pages = page_kind::explicit_huge};
  config.prefault = true;
  const page_mapping mapping = mapped(config);
  std::memset(mapping.bytes().data, 1, mapping.bytes().size);
  const page_provision& had = mapping.provision();
  const system_memory machine = system_memory::detect().value();
  if (had.pages != page_kind::explicit_huge && machine.explicit_huge_pages().count != 0) {
    EXPECT_EQ(had.pages_failure.code, memory_failure_code::system_refused);
    EXPECT_NE(had.pages_failure.system_error, 0U);
  }
}

// Places for huge pages are looked for while other threads map and unmap.
TEST(mappings, of_several_threads_are_apart) {
  constexpr unsigned threads = 4;
  constexpr unsigned rounds = 50;
  const system_memory machine = system_memory::detect().value();
  std::atomic<unsigned> damaged = 0;
  const auto work = [&](unsigned number) {
    const auto mine = static_cast<std::byte>(number + 1);
    for (unsigned round = 0; round < rounds; ++round) {
      page_mapping_config config{.bytes = machine.page_bytes() * (1 + round % 7)};
      config.pages = round % 2 == 0 ? page_kind::explicit_huge : page_kind::normal;
      const auto made = page_mapping::make(config.validate(machine).value());
      if (!made) {
        ++damaged;
        continue;
      }
      const byte_span bytes = made.value().bytes();
      std::memset(bytes.data, static_cast<int>(mine), bytes.size);
      damaged += std::count(bytes.data, bytes.data + bytes.size, mine) != static_cast<std::ptrdiff_t>(bytes.size);
    }
  };
  std::vector<std::thread> all;
  for (unsigned number = 0; number < threads; ++number) {
    all.emplace_back(work, number);
  }
  for (std::thread& each : all) {
    each.join();
  }
  EXPECT_EQ(damaged, 0U);
}

// --- prefault, lock, node -----------------------------------------------------------------------------------------------

TEST(prefault, populates_or_touches_each_page) {
  machine_rig rig;
  page_mapping_config config{.bytes = 5 * rig.machine().page_bytes()};
  config.prefault = true;
  EXPECT_EQ(mapped_on(rig, config).value().provision().prefault, prefault_way::populated);
#if defined(__linux__)
  rig.fail_always(system_call::populate, 22); // EINVAL: a kernel that does not know the advice
  const auto made = mapped_on(rig, config);
  EXPECT_EQ(made.value().provision().prefault, prefault_way::touched);
  unsigned char resident[5] = {};
  ASSERT_EQ(mincore(made.value().bytes().data, made.value().bytes().size, resident), 0);
  for (const unsigned char each : resident) {
    EXPECT_EQ(each & 1, 1);
  }
  rig.have_everything();
  config.bytes = 2 * test::two_mebibytes;
  config.pages = page_kind::transparent_huge; // promised, and here not kept
  const auto promised = mapped_on(rig, config);
  EXPECT_EQ(promised.value().provision().prefault, prefault_way::touched);
  std::vector<unsigned char> there(promised.value().bytes().size / rig.machine().page_bytes());
  ASSERT_EQ(mincore(promised.value().bytes().data, promised.value().bytes().size, there.data()), 0);
  EXPECT_EQ(std::count(there.begin(), there.end(), 1), static_cast<std::ptrdiff_t>(there.size()));
  config.pages = page_kind::explicit_huge;
  EXPECT_EQ(mapped_on(rig, config).value().provision().prefault, prefault_way::touched);
#endif
}

TEST(prefault, is_refused_where_touching_would_end_the_program) {
  machine_rig rig;
  page_mapping_config config{.bytes = 1};
  config.prefault = true;
  rig.fail_always(system_call::populate, no_memory);
  EXPECT_TRUE(refused_by(mapped_on(rig, config).failure(), system_call::populate, no_memory, memory_field::prefault));
  EXPECT_EQ(rig.held_bytes(), 0U);
}

TEST(lock, says_whether_it_was_had) {
  machine_rig rig;
  page_mapping_config config{.bytes = 1};
  EXPECT_FALSE(mapped_on(rig, config).value().provision().is_locked);
  config.lock = demand::preferred;
  EXPECT_TRUE(mapped_on(rig, config).value().provision().is_locked);
  rig.fail_always(system_call::lock, no_memory);
  const auto unlocked = mapped_on(rig, config);
  EXPECT_FALSE(unlocked.value().provision().is_locked);
  EXPECT_TRUE(refused_by(unlocked.value().provision().lock_failure, system_call::lock, no_memory, memory_field::lock));
  config.lock = demand::required;
  EXPECT_TRUE(refused_by(mapped_on(rig, config).failure(), system_call::lock, no_memory, memory_field::lock));
}

#if defined(__linux__)

/// In a process that may lock nothing, what a mapping that wants it comes to: its exit status.
int lock_without_permission(demand wanted) {
  constexpr unsigned nobody = 65534;
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(nobody) != 0)) {
    return 77; // no such process can be made here
  }
  page_mapping_config config{.bytes = 1};
  config.lock = wanted;
  const auto made = page_mapping::make(config.validate(system_memory::detect().value()).value());
  const memory_failure& failure = made ? made.value().provision().lock_failure : made.failure();
  const bool is_honest = failure.code == memory_failure_code::system_refused && failure.call == system_call::lock &&
                         (failure.system_error == 12 || failure.system_error == 1);
  return !is_honest ? 1 : made ? 10 : 11;
}

TEST(lock, beyond_what_the_process_may_is_refused) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer locks nothing, and says it did";
  const auto is_told = [](int expected) {
    return [expected](int status) {
      return WIFEXITED(status) && (WEXITSTATUS(status) == expected || WEXITSTATUS(status) == 77);
    };
  };
  EXPECT_EXIT(_exit(lock_without_permission(demand::preferred)), is_told(10), "");
  EXPECT_EXIT(_exit(lock_without_permission(demand::required)), is_told(11), "");
}

#endif

TEST(node, is_bound_where_there_are_several) {
  machine_rig rig;
  rig.have_everything();
  page_mapping_config config{.bytes = 1};
  config.bind = demand::preferred;
  config.node = 1;
  EXPECT_EQ(mapped_on(rig, config).value().provision().placement, node_placement::bound);
  EXPECT_EQ(rig.bound_node, 1U);
  EXPECT_FALSE(rig.was_strict);
  config.bind = demand::required;
  const auto strict = mapped_on(rig, config);
  EXPECT_TRUE(rig.was_strict);
  EXPECT_EQ(strict.value().node_of(0).value(), 1U);
}

TEST(node, need_not_be_bound_where_there_is_one) {
  machine_rig rig;
  page_mapping_config config{.bytes = 1};
  config.bind = demand::required;
  EXPECT_EQ(mapped_on(rig, config).value().provision().placement, node_placement::only_node);
  EXPECT_EQ(rig.calls_made[system_call::bind_node], 0U);
}

TEST(node, that_is_refused_is_told) {
  machine_rig rig;
  rig.have_everything();
  rig.fail_always(system_call::bind_node, 1);
  page_mapping_config config{.bytes = 1};
  config.bind = demand::preferred;
  const auto made = mapped_on(rig, config);
  EXPECT_EQ(made.value().provision().placement, node_placement::refused);
  EXPECT_TRUE(refused_by(made.value().provision().node_failure, system_call::bind_node, 1, memory_field::node));
  config.bind = demand::required;
  EXPECT_TRUE(refused_by(mapped_on(rig, config).failure(), system_call::bind_node, 1, memory_field::node));
}

TEST(node, is_asked_of_bytes_of_the_mapping_only) {
  machine_rig rig;
  const auto made = mapped_on(rig, {.bytes = 1});
  const std::size_t size = made.value().bytes().size;
  EXPECT_TRUE(test::refused_for(made.value().node_of(size), memory_field::bytes, size, 0, size - 1));
  EXPECT_TRUE(test::refused_for(page_mapping{}.node_of(0), memory_field::bytes, 0, 1, 0));
  rig.fail_always(system_call::query_node, 38);
  EXPECT_TRUE(refused_by(made.value().node_of(0).failure(), system_call::query_node, 38, memory_field::node));
}

TEST(mapping, has_names_for_what_it_was_given) {
  EXPECT_STREQ(name(prefault_way::none), "none");
  EXPECT_STREQ(name(prefault_way::populated), "populated");
  EXPECT_STREQ(name(prefault_way::touched), "touched");
  EXPECT_STREQ(name(static_cast<prefault_way>(3)), "unknown");
  EXPECT_STREQ(name(node_placement::not_asked), "not_asked");
  EXPECT_STREQ(name(node_placement::bound), "bound");
  EXPECT_STREQ(name(node_placement::only_node), "only_node");
  EXPECT_STREQ(name(node_placement::refused), "refused");
  EXPECT_STREQ(name(static_cast<node_placement>(4)), "unknown");
}

// --- each failure of each call ------------------------------------------------------------------------------------------

constexpr system_call calls_of_a_mapping[] = {system_call::reserve,  system_call::commit,      system_call::release,
                                              system_call::map_huge, system_call::advise_huge, system_call::populate,
                                              system_call::lock,     system_call::bind_node};

/// Fails the nth call of each kind, for n = 1, 2, … until there are no more; each time all that was mapped is given back,
/// or the failure says that it could not be.
void sweep(const page_mapping_config& config, bool for_good, bool has_free_huge_pages) {
  constexpr std::uint32_t injected = 4711;
  for (const system_call which : calls_of_a_mapping) {
    for (std::size_t nth = 1;; ++nth) {
      SCOPED_TRACE(testing::Message() << name(which) << ' ' << nth << (for_good ? " and later" : ""));
      machine_rig rig;
      rig.have_everything();
      const auto plan = config.validate(rig.machine());
      ASSERT_TRUE(test::succeeded(plan));
      rig.has_free_huge_pages = has_free_huge_pages;
      rig.fail(which, nth, for_good, injected);
      bool is_release_lost = false;
      {
        const auto made = page_mapping::make(plan.value());
        const memory_failure& failure = made.failure();
        is_release_lost = failure.call == system_call::release;
        if (made) {
          std::memset(made.value().bytes().data, 1, made.value().bytes().size);
        } else {
          EXPECT_EQ(failure.code, memory_failure_code::system_refused);
          EXPECT_EQ(failure.call, which);
          EXPECT_EQ(failure.system_error, injected);
          EXPECT_NE(failure.field, memory_field::none);
        }
      }
      if (which != system_call::release) {
        EXPECT_EQ(rig.held_bytes(), 0U);
      } else if (rig.held_bytes() != 0 && !is_release_lost) {
        EXPECT_TRUE(rig.was_injected); // the last one, of the owner
      }
      rig.release_all();
      if (!rig.was_injected) {
        break;
      }
      ASSERT_LT(nth, 20U);
    }
  }
}

// [SR-SYS-002]
TEST(each_failure_of_each_call, leaves_nothing_behind) {
  if (!test::can_release_parts) GTEST_SKIP() << "not on this system";
  for (const page_kind least : {page_kind::normal, page_kind::transparent_huge, page_kind::explicit_huge}) {
    for (const demand wanted : {demand::preferred, demand::required}) {
      for (const bool for_good : {false, true}) {
        page_mapping_config config{.bytes = 100000, .pages = page_kind::explicit_huge};
        config.pages_least = least;
        config.prefault = true;
        config.lock = wanted;
        config.bind = wanted;
        sweep(config, for_good, true);
        config.guard_pages = 0;
        sweep(config, for_good, true);
        if (least != page_kind::explicit_huge) {
          sweep(config, for_good, false);
          config.pages = page_kind::transparent_huge;
          sweep(config, for_good, true);
        }
      }
    }
  }
}

TEST(release_that_fails, while_huge_pages_are_looked_for_is_final_iff_something_is_lost) {
  if (!test::can_release_parts) GTEST_SKIP() << "not on this system";
  machine_rig rig;
  rig.have_everything();
  const page_mapping_plan plan = huge(page_kind::normal).validate(rig.machine()).value();
  // The middle of the reservation could not be taken out, but all of it was given back: no huge pages, nothing lost.
  rig.fail(system_call::release, 1, false, no_memory);
  {
    const auto made = page_mapping::make(plan);
    ASSERT_TRUE(test::succeeded(made));
    EXPECT_EQ(made.value().provision().pages, page_kind::transparent_huge);
    EXPECT_TRUE(
        refused_by(made.value().provision().pages_failure, system_call::release, no_memory, memory_field::pages));
  }
  EXPECT_EQ(rig.held_bytes(), 0U);
  rig.fail(system_call::release, 1, true, no_memory);
  EXPECT_TRUE(refused_by(page_mapping::make(plan).failure(), system_call::release, no_memory, memory_field::bytes));
  EXPECT_NE(rig.held_bytes(), 0U);
  rig.heal();
  rig.release_all();
}

} // namespace
} // namespace nebula::services
