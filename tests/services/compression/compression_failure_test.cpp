// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>

#include <nebula/services/compression/compression_failure.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

using code = compression_failure_code;

std::string text_of(const compression_failure& failure) {
  char buffer[200];
  const std::size_t length = describe(failure, buffer, sizeof buffer);
  EXPECT_EQ(length, std::string(buffer).size());
  return buffer;
}
compression_failure of(code what, std::uint64_t value, std::uint64_t lowest, std::uint64_t highest,
                       compression_field field = compression_field::none) {
  return {what, field, {}, {3, 9}, value, lowest, highest};
}

// [SR-COMPRESS-006]
TEST(compression_failures, are_described_with_value_and_range) {
  EXPECT_EQ(text_of({}), "no failure");
  EXPECT_EQ(text_of(of(code::invalid_configuration, 8, 16, 99, compression_field::block_bytes)),
            "block_bytes is 8; accepted is 16...99");
  EXPECT_EQ(text_of(of(code::invalid_configuration, 8, 1, 0, compression_field::value_max_bytes)),
            "value_max_bytes is 8; no value would do as long as the other fields stay");
  EXPECT_EQ(text_of(of(code::too_large, 8, 0, 4)), "the value has 8 bytes; at most 4 are taken");
  EXPECT_EQ(text_of(of(code::full, 8, 0, 4)), "the value takes 8 blocks, and 4 are free");
  EXPECT_EQ(text_of(of(code::too_many_values, 0, 0, 4)), "all 4 values that there can be are there");
  EXPECT_EQ(text_of(of(code::buffer_too_small, 8, 9, 20)), "the buffer has 8 bytes; 9 are needed");
  compression_failure unknown = of(code::unknown_handle, 0, 0, 0);
  unknown.kernel.code = error_code::stale_handle;
  EXPECT_EQ(text_of(unknown), "value 3, generation 9 is not in the store: stale_handle");
  EXPECT_EQ(text_of(of(code::damaged, 0, 0, 0)),
            "value 3, generation 9 is damaged: what is stored is not what was put");
  EXPECT_EQ(text_of(of(code::no_pin_free, 0, 0, 4)), "all 4 views that there can be are out");
  compression_failure broken = of(code::refused_by_kernel, 0, 0, 0);
  broken.kernel.code = error_code::corrupted;
  EXPECT_EQ(text_of(broken), "a pool of the kernel refuses: corrupted");
}

// [SR-COMPRESS-006]
TEST(compression_failures, are_cut_where_the_buffer_ends) {
  char buffer[6] = "?????";
  EXPECT_EQ(describe(compression_failure{}, buffer, 4), 10U);
  EXPECT_STREQ(buffer, "no ");
  EXPECT_EQ(buffer[4], '?');
}

TEST(compression_failures, have_names) {
  EXPECT_STREQ(name(code::refused_by_kernel), "refused_by_kernel");
  EXPECT_STREQ(name(static_cast<code>(10)), "unknown");
  EXPECT_STREQ(name(compression_field::storage), "storage");
  EXPECT_STREQ(name(static_cast<compression_field>(7)), "unknown");
}

} // namespace
} // namespace nebula::services
