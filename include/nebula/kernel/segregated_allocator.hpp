// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/segregated.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {

using segregated_config = basic_segregated_config<shared_atomics>;
using segregated_plan = basic_segregated_plan<shared_atomics>;
using local_segregated_config = basic_segregated_config<plain_atomics>;
using local_segregated_plan = basic_segregated_plan<plain_atomics>;

/// Pools of ascending block size in a caller's storage, for any number of threads and interrupts. Contracts:
/// basic_segregated. docs/allocators/segregated.md.
class segregated_allocator : public basic_segregated<shared_atomics> {
public:
  explicit segregated_allocator(const segregated_plan& plan) noexcept : basic_segregated(plan) {}
};

/// The same for one owner, without atomic operations.
class local_segregated_allocator : public basic_segregated<plain_atomics> {
public:
  explicit local_segregated_allocator(const local_segregated_plan& plan) noexcept : basic_segregated(plan) {}
};

} // namespace nebula
