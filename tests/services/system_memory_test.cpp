// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_info.hpp>
#include <nebula/services/system_memory.hpp>
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

using test::machine_rig;
using test::refused_by;

// [SR-SYS-005]
TEST(machines, of_this_kind_are_detected) {
  const auto machine = system_memory::detect();
  ASSERT_TRUE(test::succeeded(machine));
  EXPECT_TRUE(machine.value().is_detected());
  EXPECT_GE(machine.value().page_bytes(), system_memory::page_bytes_min);
  EXPECT_GE(machine.value().node_count(), 1U);
  const huge_page_sizes& sizes = machine.value().explicit_huge_pages();
  EXPECT_TRUE(sizes.count == 0 ? machine.value().huge_page_default_bytes() == 0
                               : sizes.contains(machine.value().huge_page_default_bytes()));
}

TEST(machines, are_what_their_files_say) {
  machine_rig rig;
  rig.have_everything();
  const system_memory machine = rig.machine();
  ASSERT_GE(machine.explicit_huge_pages().count, 1U);
  EXPECT_EQ(machine.explicit_huge_pages().bytes[0], test::two_mebibytes);
  EXPECT_TRUE(machine.explicit_huge_pages().contains(test::gibibyte));
  EXPECT_FALSE(machine.explicit_huge_pages().contains(test::gibibyte / 2));
  EXPECT_EQ(machine.huge_page_default_bytes(), test::two_mebibytes);
  EXPECT_EQ(machine.transparent_huge_page_bytes(), test::two_mebibytes);
  EXPECT_EQ(machine.node_count(), 2U);
  EXPECT_EQ(machine.node_highest(), 1U);
}

TEST(machines, have_one_node_and_normal_pages_where_nothing_is_told) {
  machine_rig rig;
  const system_memory machine = rig.machine();
  EXPECT_EQ(machine.explicit_huge_pages().count, 0U);
  EXPECT_EQ(machine.huge_page_default_bytes(), 0U);
  EXPECT_EQ(machine.transparent_huge_page_bytes(), 0U);
  EXPECT_EQ(machine.node_count(), 1U);
  EXPECT_EQ(machine.node_highest(), 0U);
}

TEST(machines, are_not_believed_what_cannot_be) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/meminfo"] = "MemTotal: 4 kB\nMemFree: 1 kB\nHugepagesize: 5 kB\n"; // no size of this machine
  rig.files["/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"] = "3000000\n";      // no power of two
  rig.files["/sys/devices/system/node/has_memory"] = "0-4000000000\n";                // more than bind_node can name
  system_memory machine = rig.machine();
  EXPECT_EQ(machine.huge_page_default_bytes(), test::two_mebibytes) << "the smallest stands in";
  EXPECT_EQ(machine.transparent_huge_page_bytes(), 0U);
  EXPECT_EQ(machine.node_count(), 1U);
  rig.files.erase("/proc/meminfo");
  rig.files["/sys/kernel/mm/transparent_hugepage/enabled"] = "always madvise [never]\n";
  rig.files["/sys/devices/system/node/has_memory"] = "none";
  machine = rig.machine();
  EXPECT_EQ(machine.huge_page_default_bytes(), test::two_mebibytes);
  EXPECT_EQ(machine.transparent_huge_page_bytes(), 0U);
  EXPECT_EQ(machine.node_count(), 1U);
}

TEST(machines, whose_page_size_is_not_told_are_refused) {
  machine_rig rig;
  const system_calls& calls = rig.table();
  rig.fail_always(system_call::query_number, 22);
  EXPECT_TRUE(
      refused_by(system_memory::detect(calls).failure(), system_call::query_number, 22, memory_field::page_bytes));
}

TEST(machines, whose_page_size_cannot_be_are_refused) {
  machine_rig rig;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{256}, std::size_t{4097}}) {
    rig.page_bytes = bytes;
    const auto refused = system_memory::detect(rig.table());
    EXPECT_TRUE(test::refused_for(refused, memory_field::page_bytes, bytes, 512, SIZE_MAX / 2 + 1));
    EXPECT_TRUE(refused.failure().is_power_of_two);
  }
}

} // namespace
} // namespace nebula::services
