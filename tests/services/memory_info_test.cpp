// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_info.hpp>
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

using test::machine_rig;

constexpr std::size_t kibibyte = 1024;

memory_info read_on(machine_rig& rig) {
  const auto info = read_memory_info(rig.machine());
  EXPECT_TRUE(test::succeeded(info));
  return info.value();
}

void have_group(machine_rig& rig, const std::string& folder, const std::string& limit, const std::string& usage) {
  rig.files[folder + "/memory.max"] = limit;
  rig.files[folder + "/memory.current"] = usage;
}

// [SR-SYS-010]
TEST(memory_information, of_this_machine_is_consistent) {
  const auto info = read_memory_info(system_memory::detect().value());
  ASSERT_TRUE(test::succeeded(info));
  EXPECT_GT(info.value().machine.total_bytes, std::size_t{1} << 20U);
  EXPECT_LE(info.value().machine.available_bytes, info.value().machine.total_bytes);
  EXPECT_LE(info.value().effective().available_bytes, info.value().machine.available_bytes);
  EXPECT_GE(info.value().page_bytes, system_memory::page_bytes_min);
#if defined(__linux__)
  EXPECT_GT(info.value().resident_bytes, 0U);
#endif
}

TEST(memory_information, is_what_the_files_say) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/statm"] = "900 12 3 1 0 5 0\n";
  const memory_info info = read_on(rig);
  EXPECT_EQ(info.machine.total_bytes, 4096 * kibibyte);
  EXPECT_EQ(info.machine.available_bytes, 2048 * kibibyte);
  EXPECT_EQ(info.resident_bytes, 12 * info.page_bytes);
  EXPECT_EQ(info.node_count, 2U);
  EXPECT_TRUE(info.huge_pages.contains(test::two_mebibytes));
  EXPECT_EQ(info.limit_version, control_group_version::none);
  EXPECT_EQ(info.effective().available_bytes, 2048 * kibibyte);
  EXPECT_EQ(info.pressure({}), memory_pressure::normal);
}

TEST(memory_information, is_asked_of_the_system_where_there_is_no_such_file) {
  machine_rig rig;
  rig.memory = {1000, 2000, 30};
  const memory_info info = read_on(rig);
  EXPECT_EQ(info.machine.total_bytes, 1000U);
  EXPECT_EQ(info.machine.available_bytes, 1000U) << "never more than there is";
  EXPECT_EQ(info.resident_bytes, 30U);
  rig.files["/proc/meminfo"] = "hostile";
  EXPECT_EQ(read_on(rig).machine.total_bytes, 1000U);
}

TEST(memory_information, that_nobody_gives_is_a_failure) {
  machine_rig rig;
  const system_memory machine = rig.machine();
  rig.fail_always(system_call::query_memory, 38);
  EXPECT_TRUE(
      test::refused_by(read_memory_info(machine).failure(), system_call::query_memory, 38, memory_field::bytes));
  EXPECT_TRUE(test::refused_for(read_memory_info(system_memory{}), memory_field::page_bytes, 0, 512, SIZE_MAX));
}

TEST(memory_limit, of_version_2_is_the_tightest_up_to_the_root) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "0::/outer/inner\n";
  have_group(rig, "/sys/fs/cgroup/outer/inner", "max\n", "0\n");
  have_group(rig, "/sys/fs/cgroup/outer", "2097152\n", "2000000\n");
  rig.files["/sys/fs/cgroup/outer/memory.stat"] = "anon 5\ninactive_file 1000000\n";
  have_group(rig, "/sys/fs/cgroup", "4000000\n", "100\n");
  const memory_info info = read_on(rig);
  EXPECT_EQ(info.limit_version, control_group_version::v2);
  EXPECT_EQ(info.limit.total_bytes, 2097152U);
  EXPECT_EQ(info.limit.available_bytes, 1097152U) << "what files take and could be dropped is available";
  EXPECT_EQ(info.effective().total_bytes, 2097152U);
}

TEST(memory_limit, of_version_1_is_read_where_that_one_is) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "7:memory:/box\n0::/\n";
  rig.files["/sys/fs/cgroup/memory/box/memory.limit_in_bytes"] = "1000\n";
  rig.files["/sys/fs/cgroup/memory/box/memory.usage_in_bytes"] = "970\n";
  rig.files["/sys/fs/cgroup/memory/box/memory.stat"] = "inactive_file 900\ntotal_inactive_file 10\n";
  rig.files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n";
  const memory_info info = read_on(rig);
  EXPECT_EQ(info.limit_version, control_group_version::v1);
  EXPECT_EQ(info.limit.total_bytes, 1000U);
  EXPECT_EQ(info.limit.available_bytes, 40U);
  EXPECT_EQ(info.pressure({}), memory_pressure::critical) << "of the limit, though the machine has plenty";
}

TEST(memory_limit, that_is_used_up_leaves_nothing) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "0::/\n";
  have_group(rig, "/sys/fs/cgroup", "1000\n", "1001\n");
  EXPECT_EQ(read_on(rig).limit.available_bytes, 0U);
}

TEST(memory_limit, that_is_not_tighter_than_the_machine_or_makes_no_sense_is_none) {
  for (const char* limit : {"max", "4194304", "99999999999999999999999", "0", "-1", "nonsense", ""}) {
    machine_rig rig;
    rig.have_everything();
    rig.files["/proc/self/cgroup"] = "0::/\n";
    have_group(rig, "/sys/fs/cgroup", limit, "10\n");
    EXPECT_EQ(read_on(rig).limit_version, control_group_version::none) << limit;
  }
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "0::/\n";
  have_group(rig, "/sys/fs/cgroup", "1000\n", "many\n");
  EXPECT_EQ(read_on(rig).limit_version, control_group_version::none);
  rig.files.erase("/sys/fs/cgroup/memory.current");
  EXPECT_EQ(read_on(rig).limit_version, control_group_version::none);
  rig.files["/proc/self/cgroup"] = "3:cpu:/\n";
  EXPECT_EQ(read_on(rig).limit_version, control_group_version::none);
}

TEST(memory_limit, may_be_more_than_half_of_the_address_space) {
  machine_rig rig;
  rig.have_everything();
  const std::string most_kibibytes = std::to_string(SIZE_MAX / kibibyte);
  rig.files["/proc/meminfo"] = "MemTotal: " + most_kibibytes + " kB\nMemAvailable: " + most_kibibytes + " kB\n";
  rig.files["/proc/self/cgroup"] = "0::/\n";
  have_group(rig, "/sys/fs/cgroup", std::to_string(SIZE_MAX / 2 + 1), std::to_string(SIZE_MAX / 2));
  const memory_info info = read_on(rig);
  EXPECT_EQ(info.limit_version, control_group_version::v2);
  EXPECT_EQ(info.limit.available_bytes, 1U);
  EXPECT_EQ(info.pressure({}), memory_pressure::critical);
}

TEST(memory_limit, of_a_process_outside_of_its_root_is_that_of_the_root) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "0::/../elsewhere\n";
  have_group(rig, "/sys/fs/cgroup", "5000\n", "10\n");
  EXPECT_EQ(read_on(rig).limit.total_bytes, 5000U);
}

TEST(memory_limit, of_a_path_longer_than_any_is_not_read) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "0::/" + std::string(5000, 'x') + "\n";
  have_group(rig, "/sys/fs/cgroup", "5000\n", "10\n");
  EXPECT_EQ(read_on(rig).limit.total_bytes, 5000U);
}

TEST(memory_limit, is_read_from_whole_lines_only) {
  machine_rig rig;
  rig.have_everything();
  rig.files["/proc/self/cgroup"] = "0::/\n";
  have_group(rig, "/sys/fs/cgroup", "1000\n", "900\n");
  // The number is cut where the buffer ends: 5 of 500.
  const std::string key = "inactive_file 500\n";
  rig.files["/sys/fs/cgroup/memory.stat"] = std::string(8192 - key.size() + 2, '\n') + key;
  EXPECT_EQ(read_on(rig).limit.available_bytes, 100U);
  rig.files["/sys/fs/cgroup/memory.stat"] = std::string(9000, 'x');
  EXPECT_EQ(read_on(rig).limit.available_bytes, 100U);
}

TEST(memory_information, takes_the_worse_of_both_pressures) {
  memory_info info;
  info.machine = {1000, 40};
  EXPECT_EQ(info.pressure({}), memory_pressure::critical);
  info.limit = {100, 50};
  info.limit_version = control_group_version::v2;
  EXPECT_EQ(info.pressure({}), memory_pressure::critical);
  EXPECT_EQ(info.effective().total_bytes, 1000U);
  info.machine = {1000, 900};
  EXPECT_EQ(info.pressure({}), memory_pressure::normal);
  EXPECT_EQ(info.effective().total_bytes, 100U);
}

} // namespace
} // namespace nebula::services
