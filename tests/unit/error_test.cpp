// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <set>
#include <string>

#include "support.hpp"

namespace {

using namespace nebula;

template <class Enumeration>
std::set<std::string> names_of_all_values() {
  std::set<std::string> names;
  for (unsigned value = 0; value < 256; ++value) {
    const char* const words = name(static_cast<Enumeration>(value));
    EXPECT_NE(words, nullptr);
    if (std::strcmp(words, "unknown") != 0) {
      EXPECT_TRUE(names.insert(words).second) << words << " names two values";
    }
  }
  return names;
}

// SR-ERR-001
TEST(error, codes_have_the_values_that_logs_rely_on) {
  EXPECT_STREQ(name(static_cast<error_code>(0)), "none");
  EXPECT_STREQ(name(static_cast<error_code>(1)), "invalid_layout");
  EXPECT_STREQ(name(static_cast<error_code>(2)), "size_overflow");
  EXPECT_STREQ(name(static_cast<error_code>(3)), "layout_unsupported");
  EXPECT_STREQ(name(static_cast<error_code>(4)), "exhausted");
  EXPECT_STREQ(name(static_cast<error_code>(5)), "contended");
  EXPECT_STREQ(name(static_cast<error_code>(6)), "not_last_block");
  EXPECT_STREQ(name(static_cast<error_code>(7)), "invalid_configuration");
  EXPECT_STREQ(name(static_cast<error_code>(8)), "over_budget");
  EXPECT_STREQ(name(static_cast<error_code>(9)), "over_block_limit");
  EXPECT_STREQ(name(static_cast<error_code>(10)), "over_capacity");
  EXPECT_STREQ(name(static_cast<error_code>(11)), "no_cache_slot");
  EXPECT_STREQ(name(static_cast<error_code>(32)), "null_pointer");
  EXPECT_STREQ(name(static_cast<error_code>(33)), "foreign_pointer");
  EXPECT_STREQ(name(static_cast<error_code>(34)), "misaligned_pointer");
  EXPECT_STREQ(name(static_cast<error_code>(35)), "double_free");
  EXPECT_STREQ(name(static_cast<error_code>(36)), "layout_mismatch");
  EXPECT_STREQ(name(static_cast<error_code>(37)), "lifo_violation");
  EXPECT_STREQ(name(static_cast<error_code>(38)), "foreign_marker");
  EXPECT_STREQ(name(static_cast<error_code>(39)), "stale_marker");
  EXPECT_STREQ(name(static_cast<error_code>(40)), "spent_marker");
  EXPECT_STREQ(name(static_cast<error_code>(41)), "blocks_live");
  EXPECT_STREQ(name(static_cast<error_code>(42)), "stale_handle");
  EXPECT_STREQ(name(static_cast<error_code>(43)), "over_release");
  EXPECT_STREQ(name(static_cast<error_code>(44)), "budget_in_use");
  EXPECT_STREQ(name(static_cast<error_code>(45)), "written_after_free");
  EXPECT_STREQ(name(static_cast<error_code>(46)), "overrun");
  EXPECT_STREQ(name(static_cast<error_code>(47)), "caches_attached");
  EXPECT_STREQ(name(static_cast<error_code>(64)), "corrupted");
  EXPECT_EQ(names_of_all_values<error_code>().size(), 29U) << "a new code: state its value here and in docs/errors.md";
}

TEST(error, every_enumerator_has_its_own_name) {
  EXPECT_EQ(names_of_all_values<operation>().size(), 18U);
  EXPECT_EQ(names_of_all_values<component>().size(), 18U);
  EXPECT_EQ(names_of_all_values<configuration_field>().size(), 19U);
  EXPECT_STREQ(name(operation::resolve_handle), "resolve_handle");
  EXPECT_STREQ(name(component::local_segregated_allocator), "local_segregated_allocator");
  EXPECT_STREQ(name(configuration_field::fallback_classes), "fallback_classes");
  EXPECT_STREQ(name(static_cast<operation>(200)), "unknown");
  EXPECT_STREQ(name(static_cast<component>(200)), "unknown");
  EXPECT_STREQ(name(static_cast<configuration_field>(200)), "unknown");
  EXPECT_STREQ(name(static_cast<invariant>(200)), "unknown");
}

// SR-ERR-001
TEST(error, every_value_but_none_is_of_exactly_one_kind) {
  for (unsigned value = 0; value < 256; ++value) {
    const auto code = static_cast<error_code>(value);
    const unsigned kinds = (is_refusal(code) ? 1U : 0U) + (is_misuse(code) ? 1U : 0U) + (is_corruption(code) ? 1U : 0U);
    EXPECT_EQ(kinds, value == 0 ? 0U : 1U) << value;
    EXPECT_EQ(is_refusal(code), value >= 1 && value <= 31) << value;
    EXPECT_EQ(is_misuse(code), value >= 32 && value <= 63) << value;
    EXPECT_EQ(is_corruption(code), value >= 64) << value;
    EXPECT_EQ(is_retryable(code), code == error_code::exhausted || code == error_code::contended ||
                                      code == error_code::over_budget || code == error_code::over_capacity ||
                                      code == error_code::no_cache_slot || code == error_code::written_after_free ||
                                      code == error_code::overrun)
        << value;
  }
}

// SR-ERR-002
TEST(error, compares_by_all_of_its_fields) {
  constexpr error sample{error_code::exhausted, operation::allocate, component::pool_allocator,
                         configuration_field::storage};
  error other = sample;
  EXPECT_TRUE(other == sample);
  other.code = error_code::contended;
  EXPECT_TRUE(other != sample);
  other = sample;
  other.during = operation::mark;
  EXPECT_TRUE(other != sample);
  other = sample;
  other.reporter = component::layout;
  EXPECT_TRUE(other != sample);
  other = sample;
  other.field = configuration_field::none;
  EXPECT_TRUE(other != sample);
}

} // namespace
