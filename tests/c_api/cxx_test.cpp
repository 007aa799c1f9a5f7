// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <type_traits>

#include <gtest/gtest.h>

#include <nebula/nebula.h>
#include <nebula/kernel.hpp>

namespace {

using namespace nebula;

struct heard {
  std::size_t count = 0;
  const void* allocator = nullptr;
};
void hear(void* context, const fault& report) { *static_cast<heard*>(context) = {1, report.allocator}; }
void hear_in_c(void* context, const nebula_fault* report) { *static_cast<heard*>(context) = {1, report->allocator}; }

class program_hooks : public testing::Test {
protected:
  ~program_hooks() override { set_program_fault_hook(nullptr); }

  alignas(64) std::byte storage_[256] = {};
  bump_allocator of_cpp_{bump_config{{storage_, 128}}.validate().value()};
  nebula_bump_object memory_{};
  nebula_bump* of_c_ = [this] {
    const nebula_bump_config config{{storage_ + 128, 128}, {nullptr, nullptr}, NEBULA_CHECK_LEVEL_STANDARD};
    nebula_bump* made = nullptr;
    EXPECT_EQ(nebula_bump_create(&memory_, sizeof memory_, &config, &made).code, NEBULA_ERROR_NONE);
    return made;
  }();
};

// SR-CAPI-005
TEST_F(program_hooks, hear_of_the_allocators_of_the_other_language) {
  heard first;
  const nebula_fault_hook in_c{hear_in_c, &first};
  nebula_set_program_fault_hook(&in_c);
  EXPECT_EQ(of_cpp_.deallocate(nullptr, {8, 8}).code(), error_code::null_pointer);
  EXPECT_EQ(first.count, 1U);
  EXPECT_EQ(first.allocator, &of_cpp_);

  heard second;
  const fault_hook in_cpp{hear, &second};
  set_program_fault_hook(&in_cpp);
  EXPECT_EQ(nebula_bump_deallocate(of_c_, nullptr, NEBULA_LAYOUT_OF(double)).code, NEBULA_ERROR_NULL_POINTER);
  EXPECT_EQ(second.count, 1U);
  EXPECT_EQ(second.allocator, of_c_);
}

// SR-CAPI-001
TEST(c_types, are_plain_in_cpp) {
  EXPECT_TRUE(std::is_trivial_v<nebula_error> && std::is_standard_layout_v<nebula_error>);
  EXPECT_TRUE(std::is_trivial_v<nebula_pool_object> && std::is_standard_layout_v<nebula_pool_object>);
  EXPECT_TRUE(noexcept(nebula_pool_allocate(nullptr, nebula_layout{}, nullptr)));
  EXPECT_EQ(sizeof(nebula_pool_object), std::size_t{NEBULA_POOL_OBJECT_BYTES});
  EXPECT_EQ(alignof(nebula_pool_object), std::size_t{NEBULA_POOL_OBJECT_ALIGN});
}

} // namespace
