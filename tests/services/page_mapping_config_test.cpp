// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <limits>

#include <nebula/services/page_mapping_config.hpp>
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

using test::machine_rig;
using test::refused_for;

template <class Enumeration>
Enumeration none_of_them() {
  return static_cast<Enumeration>(3);
}

// [SR-SYS-006]
TEST(mapping_configuration, names_the_wrong_field_and_what_would_be_right) {
  machine_rig rig;
  rig.have_everything();
  const system_memory machine = rig.machine();
  const page_mapping_config right{.bytes = 1};
  ASSERT_TRUE(test::succeeded(right.validate(machine)));

  page_mapping_config wrong = right;
  wrong.pages = none_of_them<page_kind>();
  EXPECT_TRUE(refused_for(wrong.validate(machine), memory_field::pages, 3, 0, 2));
  wrong = right;
  wrong.pages_least = page_kind::transparent_huge;
  EXPECT_TRUE(refused_for(wrong.validate(machine), memory_field::pages_least, 1, 0, 0));
  wrong = right;
  wrong.lock = none_of_them<demand>();
  EXPECT_TRUE(refused_for(wrong.validate(machine), memory_field::lock, 3, 0, 2));
  wrong = right;
  wrong.bind = none_of_them<demand>();
  EXPECT_TRUE(refused_for(wrong.validate(machine), memory_field::bind, 3, 0, 2));
  wrong = right;
  wrong.huge_page_bytes = test::two_mebibytes / 2;
  const auto size = wrong.validate(machine);
  EXPECT_TRUE(
      refused_for(size, memory_field::huge_page_bytes, test::two_mebibytes / 2, test::two_mebibytes, test::gibibyte));
  EXPECT_TRUE(size.failure().is_power_of_two);
  wrong = right;
  wrong.guard_pages = page_mapping_config::guard_pages_max + 1;
  EXPECT_TRUE(refused_for(wrong.validate(machine), memory_field::guard_pages, 65537, 0, 65536));
  wrong = right;
  wrong.bind = demand::preferred;
  wrong.node = 2;
  EXPECT_TRUE(refused_for(wrong.validate(machine), memory_field::node, 2, 0, 1));
}

TEST(mapping_configuration, needs_some_bytes_and_not_more_than_there_can_be) {
  machine_rig rig;
  const system_memory machine = rig.machine();
  const page_mapping_config one{.bytes = 1};
  const page_mapping_plan plan = one.validate(machine).value();
  const std::size_t most = plan.bytes_max();
  EXPECT_GT(most, SIZE_MAX / 4);
  EXPECT_EQ(most % machine.page_bytes(), 0U);
  EXPECT_TRUE(refused_for(page_mapping_config{}.validate(machine), memory_field::bytes, 0, 1, most));
  EXPECT_TRUE(test::succeeded(plan.with_bytes(most)));
  EXPECT_TRUE(refused_for(plan.with_bytes(most + 1), memory_field::bytes, most + 1, 1, most));
  EXPECT_TRUE(refused_for(plan.with_bytes(SIZE_MAX), memory_field::bytes, SIZE_MAX, 1, most));
}

TEST(mapping_configuration, does_not_wrap_however_large_a_page_is) {
  machine_rig rig;
  rig.have_everything();
  for (unsigned bits = 9; bits < std::numeric_limits<std::size_t>::digits; ++bits) {
    rig.page_bytes = std::size_t{1} << bits;
    for (const page_kind kind : {page_kind::normal, page_kind::explicit_huge}) {
      page_mapping_config config{.bytes = 1, .pages = kind, .guard_pages = SIZE_MAX};
      const auto refused = config.validate(rig.machine());
      ASSERT_EQ(refused.failure().field, memory_field::guard_pages);
      config.guard_pages = refused.failure().highest;
      const auto plan = config.validate(rig.machine());
      EXPECT_TRUE(plan || plan.failure().field == memory_field::bytes);
      EXPECT_LE(plan.value().bytes_max(), SIZE_MAX / 2);
    }
  }
}

TEST(mapping_configuration, may_ask_for_better_pages_than_there_are_but_not_insist) {
  machine_rig rig; // no huge pages
  const system_memory machine = rig.machine();
  page_mapping_config config{.bytes = 1, .pages = page_kind::explicit_huge};
  config.huge_page_bytes = test::two_mebibytes;
  EXPECT_TRUE(test::succeeded(config.validate(machine)));
  config.pages_least = page_kind::transparent_huge;
  EXPECT_TRUE(refused_for(config.validate(machine), memory_field::pages_least, 1, 0, 0));
  rig.have_everything();
  rig.files.erase("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
  rig.files.erase("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages");
  EXPECT_TRUE(test::succeeded(config.validate(rig.machine()))) << "transparent ones are the best here";
  config.pages_least = page_kind::explicit_huge;
  EXPECT_TRUE(refused_for(config.validate(rig.machine()), memory_field::pages_least, 2, 0, 1));
}

TEST(mapping_configuration, is_for_a_machine_that_was_detected) {
  EXPECT_TRUE(refused_for(page_mapping_config{.bytes = 1}.validate(system_memory{}), memory_field::page_bytes, 0, 512,
                          SIZE_MAX));
}

TEST(mapping_configuration, is_kept_in_the_plan) {
  machine_rig rig;
  const page_mapping_plan plan = page_mapping_config{.bytes = 5, .guard_pages = 2}.validate(rig.machine()).value();
  EXPECT_EQ(plan.config().bytes, 5U);
  EXPECT_EQ(plan.config().guard_pages, 2U);
  EXPECT_TRUE(plan.machine().is_detected());
  EXPECT_EQ(page_mapping_plan{}.bytes_max(), 0U);
}

TEST(mapping_configuration, has_names_for_its_enumerators) {
  EXPECT_STREQ(name(page_kind::normal), "normal");
  EXPECT_STREQ(name(page_kind::transparent_huge), "transparent_huge");
  EXPECT_STREQ(name(page_kind::explicit_huge), "explicit_huge");
  EXPECT_STREQ(name(none_of_them<page_kind>()), "unknown");
  EXPECT_STREQ(name(demand::none), "none");
  EXPECT_STREQ(name(demand::preferred), "preferred");
  EXPECT_STREQ(name(demand::required), "required");
  EXPECT_STREQ(name(none_of_them<demand>()), "unknown");
}

} // namespace
} // namespace nebula::services
