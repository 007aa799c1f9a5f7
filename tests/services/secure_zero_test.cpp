// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <nebula/services/page_mapping.hpp>
#include <nebula/services/secure_zero.hpp>
#include "machine_rig.hpp"
#include "secure_zero_probe.hpp"

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace nebula::services {

void test::use_secret(const unsigned char* secret) { __asm__ __volatile__("" : : "r"(secret) : "memory"); }

namespace {

// [SR-SYS-014]
TEST(secure_zero_of_bytes, zeroes_exactly_those) {
  unsigned char bytes[32];
  for (std::size_t begin = 0; begin < 16; ++begin) {
    for (std::size_t count = 0; count < 16; ++count) {
      std::memset(bytes, 0xAA, sizeof bytes);
      secure_zero(bytes + begin, count);
      for (std::size_t index = 0; index < sizeof bytes; ++index) {
        const bool is_inside = index >= begin && index < begin + count;
        ASSERT_EQ(bytes[index], is_inside ? 0 : 0xAA);
      }
    }
  }
  secure_zero(nullptr, 0);
}

#if !defined(_WIN32)

/// Runs the function on a stack that can be looked at when it has ended; true iff a part of its secret is still there.
bool is_secret_left_by(void (*function)()) {
  const page_mapping_config config{.bytes = std::size_t{256} << 10U};
  const page_mapping stack = page_mapping::make(config.validate(system_memory::detect().value()).value()).value();
  pthread_attr_t attributes;
  EXPECT_EQ(pthread_attr_init(&attributes), 0);
  EXPECT_EQ(pthread_attr_setstack(&attributes, stack.bytes().data, stack.bytes().size), 0);
  pthread_t thread{};
  const auto body = [](void* call) -> void* {
    (*static_cast<void (**)()>(call))();
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, body, &function), 0);
  EXPECT_EQ(pthread_join(thread, nullptr), 0);
  EXPECT_EQ(pthread_attr_destroy(&attributes), 0);

  constexpr std::size_t part_bytes = 16;
  unsigned char part[part_bytes];
  for (unsigned index = 0; index < part_bytes; ++index) {
    part[index] = static_cast<unsigned char>(0xC3U ^ (128U + index));
  }
  for (std::size_t offset = 0; offset + part_bytes <= stack.bytes().size; ++offset) {
    if (std::memcmp(stack.bytes().data + offset, part, part_bytes) == 0) {
      return true;
    }
  }
  return false;
}

TEST(secure_zero_of_a_secret, survives_the_optimiser) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer keeps arrays elsewhere than on the stack";
  EXPECT_TRUE(is_secret_left_by(test::leave_secret)) << "the test can see a secret that is left";
  EXPECT_FALSE(is_secret_left_by(test::wipe_secret));
  // What the function is for; no promise of the compiler, so that it is only told.
  std::printf("memset alone is %s\n", is_secret_left_by(test::overwrite_secret) ? "left out" : "kept");
}

#endif

} // namespace
} // namespace nebula::services
