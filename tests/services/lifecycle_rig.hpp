// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <ostream>
#include <string>

#include <nebula/kernel.hpp>
#include <nebula/services/lifecycle_failure.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {

inline std::ostream& operator<<(std::ostream& out, const lifecycle_failure& failure) {
  char text[512];
  describe(failure, text, sizeof text);
  return out << text;
}

namespace test {

inline std::string text_of(const lifecycle_failure& failure) {
  char text[512];
  EXPECT_LT(describe(failure, text, sizeof text), sizeof text);
  return text;
}

inline constexpr fault_hook quiet{[](void* /*context*/, const fault& /*report*/) {}, nullptr};

/// A pool over storage of its own: shared, or of one owner.
template <class Pool, class Builder>
class owned_pool {
public:
  explicit owned_pool(std::size_t block_count = 8)
      : pool(Builder{}
                 .storage(byte_span{bytes_.data(), bytes_.size()})
                 .block_size_bytes(64)
                 .block_align_bytes(16)
                 .block_count(block_count)
                 .hook(quiet)
                 .build()
                 .value()) {}

private:
  alignas(64) std::array<std::byte, 4096> bytes_{};

public:
  Pool pool;
};
using shared_pool = owned_pool<pool_allocator, pool_builder>;
using local_pool = owned_pool<local_pool_allocator, local_pool_builder>;

class owned_bump {
public:
  owned_bump() : bump(bump_builder{}.storage(byte_span{bytes_.data(), bytes_.size()}).hook(quiet).build().value()) {}

private:
  alignas(64) std::array<std::byte, 1024> bytes_{};

public:
  bump_allocator bump;
};

} // namespace test
} // namespace nebula::services
