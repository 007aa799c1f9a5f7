// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel.hpp>

/// Allocators with static storage, for the tests that look where the compiler put them.
namespace nebula::test {

struct static_payload {
  alignas(16) std::byte bytes[48];
};

extern static_pool<static_payload, 100> shared_pool_in_bss;
extern static_pool<static_payload, 100, 3> cached_pool_in_bss;
extern static_local_pool<static_payload, 100> local_pool_in_bss;
extern static_bump<1000> bump_in_bss;
extern static_shared_bump<1000> shared_bump_in_bss;
extern static_stack<1000> stack_in_bss;

extern static_pool<static_payload, 3> pool_with_constant_hook;
extern static_local_pool<static_payload, 3> local_pool_with_constant_hook;
extern static_bump<100> bump_with_constant_hook;
extern static_stack<100> stack_with_constant_hook;
[[nodiscard]] std::size_t faults_of_constant_hook();

} // namespace nebula::test
