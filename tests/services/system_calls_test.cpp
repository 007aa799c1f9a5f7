// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <string>

#include <nebula/services/system_calls.hpp>
#include "machine_rig.hpp"

#if defined(__linux__)
#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>
#endif

namespace nebula::services {
namespace {

const system_calls& calls() { return native_system_calls(); }

std::size_t page() {
  std::size_t bytes = 0;
  EXPECT_EQ(calls().query_number(nullptr, system_number::page_bytes, &bytes), 0U);
  return bytes;
}

// [SR-SYS-002]
TEST(native_calls, reserve_commit_and_release) {
  const std::size_t bytes = 16 * page();
  std::byte* at = nullptr;
  ASSERT_EQ(calls().reserve(nullptr, bytes, &at), 0U);
  ASSERT_EQ(calls().commit(nullptr, at + page(), page()), 0U);
  EXPECT_EQ(at[page()], std::byte{0});
  at[page()] = std::byte{1};
  EXPECT_EQ(calls().release(nullptr, at, bytes), 0U);
}

TEST(native_calls, return_the_systems_error) {
  std::byte* at = nullptr;
  const std::size_t nearly_all = ~(page() - 1); // half of it can be had in 32 bits
  EXPECT_NE(calls().reserve(nullptr, nearly_all, &at), 0U);
  EXPECT_EQ(at, nullptr);
  ASSERT_EQ(calls().reserve(nullptr, page(), &at), 0U);
  ASSERT_EQ(calls().release(nullptr, at, page()), 0U);
  EXPECT_NE(calls().commit(nullptr, at, page()), 0U) << "nothing is there any more";
  EXPECT_TRUE(calls().lock(nullptr, at, page()) != 0 || test::is_sanitized);
  EXPECT_NE(calls().release(nullptr, at + 1, page()), 0U) << "no page begins there";
}

TEST(native_calls, know_how_much_memory_there_is) {
  system_memory_numbers numbers;
  ASSERT_EQ(calls().query_memory(nullptr, &numbers), 0U);
  EXPECT_GT(numbers.total_bytes, page());
  EXPECT_LE(numbers.available_bytes, numbers.total_bytes);
}

TEST(native_calls, read_what_fits_of_a_file) {
  char buffer[8];
  std::size_t length = 99;
  EXPECT_NE(calls().read_file(nullptr, "no/such/file", buffer, sizeof buffer, &length), 0U);
#if defined(__linux__)
  ASSERT_EQ(calls().read_file(nullptr, "/proc/self/statm", buffer, 2, &length), 0U);
  EXPECT_EQ(length, 2U);
  ASSERT_EQ(calls().read_file(nullptr, "/dev/null", buffer, sizeof buffer, &length), 0U);
  EXPECT_EQ(length, 0U);
  EXPECT_EQ(calls().read_file(nullptr, "/", buffer, sizeof buffer, &length), static_cast<std::uint32_t>(EISDIR));
#endif
}

TEST(native_errors, are_told_from_a_lack_of_the_call) {
  EXPECT_FALSE(is_unsupported(0));
  EXPECT_EQ(name_of_system_error(54321), nullptr);
#if defined(__linux__)
  EXPECT_TRUE(is_unsupported(ENOSYS) && is_unsupported(EINVAL) && is_unsupported(EOPNOTSUPP));
  EXPECT_FALSE(is_unsupported(ENOMEM));
  const std::pair<int, const char*> known[] = {
      {EPERM, "EPERM"},   {ENOENT, "ENOENT"},         {EINTR, "EINTR"},        {EIO, "EIO"},
      {EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"},         {EACCES, "EACCES"},      {EFAULT, "EFAULT"},
      {EEXIST, "EEXIST"}, {EINVAL, "EINVAL"},         {ENFILE, "ENFILE"},      {EMFILE, "EMFILE"},
      {ENOSYS, "ENOSYS"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {EOVERFLOW, "EOVERFLOW"}};
  for (const auto& [number, symbol] : known) {
    EXPECT_STREQ(name_of_system_error(static_cast<std::uint32_t>(number)), symbol);
  }
#endif
}

#if defined(__linux__)

TEST(native_calls, map_huge_pages_exactly_there_or_not_at_all) {
  constexpr std::size_t huge = std::size_t{2} << 20U;
  std::byte* at = nullptr;
  ASSERT_EQ(calls().reserve(nullptr, 2 * huge, &at), 0U);
  std::byte* place = at + (huge - reinterpret_cast<std::uintptr_t>(at) % huge) % huge;
  // The place is taken: by this reservation.
  EXPECT_NE(calls().map_huge(nullptr, place, huge, huge), 0U);
  ASSERT_EQ(calls().commit(nullptr, place, huge), 0U) << "the reservation is still there";
  place[huge - 1] = std::byte{1};
  ASSERT_EQ(calls().release(nullptr, at, 2 * huge), 0U);
}

// Whatever the machine offers, each call comes back, and says why it did not do what it was asked.
TEST(native_calls, that_a_machine_need_not_have_are_honest) {
  const std::size_t bytes = 4 * page();
  std::byte* at = nullptr;
  ASSERT_EQ(calls().reserve(nullptr, bytes, &at), 0U);
  ASSERT_EQ(calls().commit(nullptr, at, bytes), 0U);
  // qemu-user answers any advice with success, and hands none on.
  constexpr int no_advice = 0x7fff;
  const bool is_advice_taken = madvise(at, bytes, no_advice) != 0;
  if (calls().populate(nullptr, at, bytes) == 0 && is_advice_taken) {
    unsigned char resident[4] = {};
    ASSERT_EQ(mincore(at, bytes, resident), 0);
    for (const unsigned char each : resident) {
      EXPECT_EQ(each & 1, 1) << "populated pages are there";
    }
  }
  static_cast<void>(calls().advise_huge(nullptr, at, bytes));
  std::size_t node = node_count_max;
  if (calls().query_node(nullptr, at, &node) == 0) {
    EXPECT_LT(node, node_count_max);
    EXPECT_EQ(calls().bind_node(nullptr, at, bytes, node, true), 0U) << "the node that it is on is a node";
    EXPECT_EQ(calls().bind_node(nullptr, at, bytes, node, false), 0U);
    EXPECT_NE(calls().bind_node(nullptr, at, bytes, node_count_max - 1, true), 0U);
  }
  EXPECT_EQ(calls().bind_node(nullptr, at, bytes, node_count_max, true), static_cast<std::uint32_t>(EINVAL));
  EXPECT_NE(calls().query_node(nullptr, nullptr, &node), 0U);
  ASSERT_EQ(calls().release(nullptr, at, bytes), 0U);
  if (is_advice_taken) {
    EXPECT_NE(calls().populate(nullptr, at, bytes), 0U);
    EXPECT_NE(calls().advise_huge(nullptr, at, bytes), 0U);
  }
}

#endif

} // namespace
} // namespace nebula::services
