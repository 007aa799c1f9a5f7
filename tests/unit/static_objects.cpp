// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "static_objects.hpp"

namespace nebula::test {
namespace {

constinit std::size_t faults = 0;
void count_fault(void* context, const fault& /*report*/) { ++*static_cast<std::size_t*>(context); }
constexpr fault_hook counting_hook{&count_fault, &faults};

} // namespace

constinit static_pool<static_payload, 100> shared_pool_in_bss;
constinit static_pool<static_payload, 100, 3> cached_pool_in_bss;
constinit static_local_pool<static_payload, 100> local_pool_in_bss;
constinit static_bump<1000> bump_in_bss;
constinit static_shared_bump<1000> shared_bump_in_bss;
constinit static_stack<1000> stack_in_bss;

constinit static_pool<static_payload, 3> pool_with_constant_hook{counting_hook};
constinit static_local_pool<static_payload, 3> local_pool_with_constant_hook{counting_hook};
constinit static_bump<100> bump_with_constant_hook{counting_hook};
constinit static_stack<100> stack_with_constant_hook{counting_hook};
std::size_t faults_of_constant_hook() { return faults; }

} // namespace nebula::test
