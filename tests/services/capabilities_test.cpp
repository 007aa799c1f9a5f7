// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>

#include <nebula/services/bulk_copy.hpp>
#include <nebula/services/capabilities.hpp>
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

std::string report_of(const capabilities& found) {
  char text[512];
  EXPECT_LT(describe(found, text, sizeof text), sizeof text);
  return text;
}

// [SR-SYS-011]
TEST(capability_report, names_all_that_is_there) {
  test::machine_rig rig;
  rig.have_everything();
  rig.page_bytes = 4096;
  rig.line_bytes = 128;
  capabilities found = detect_capabilities(rig.machine());
  found.has_avx2 = true;
  EXPECT_EQ(report_of(found),
            "page: 4.00 KiB\nexplicit huge pages: 2.00 MiB, 1.00 GiB\ntransparent huge page: 2.00 MiB\n"
            "nodes: 2, highest 1\nprefetch line: 128 B\navx2: yes\n");
}

TEST(capability_report, names_what_is_not) {
  EXPECT_EQ(report_of(capabilities{.page_bytes = 4096}),
            "page: 4.00 KiB\nexplicit huge pages: none\ntransparent huge page: none\nnodes: 1, highest 0\n"
            "prefetch line: 64 B (assumed)\navx2: no\n");
}

TEST(capability_report, is_cut_at_the_end_of_the_buffer) {
  char text[10] = "#########";
  EXPECT_GT(describe(capabilities{}, text, 5), 5U);
  EXPECT_STREQ(text, "page");
  EXPECT_EQ(text[5], '#');
}

TEST(detected_capabilities, are_those_of_the_processor) {
  const system_memory machine = system_memory::detect().value();
  const capabilities found = detect_capabilities(machine);
  EXPECT_EQ(found.page_bytes, machine.page_bytes());
  EXPECT_EQ(found.has_avx2, is_available(copy_way::avx2));
  EXPECT_GE(found.prefetch_line_bytes, 16U);
}

TEST(detected_capabilities, do_not_believe_in_lines_that_cannot_be) {
  test::machine_rig rig;
  for (const std::size_t line : {std::size_t{8}, std::size_t{48}, std::size_t{8192}}) {
    rig.line_bytes = line;
    const capabilities found = detect_capabilities(rig.machine());
    EXPECT_EQ(found.prefetch_line_bytes, 64U);
    EXPECT_FALSE(found.is_line_known);
  }
  const system_memory machine = rig.machine();
  rig.line_bytes = 32;
  EXPECT_EQ(detect_capabilities(machine).prefetch_line_bytes, 32U);
  rig.fail_always(system_call::query_number, 38);
  EXPECT_FALSE(detect_capabilities(machine).is_line_known);
  EXPECT_FALSE(detect_capabilities(system_memory{}).is_line_known);
}

} // namespace
} // namespace nebula::services
