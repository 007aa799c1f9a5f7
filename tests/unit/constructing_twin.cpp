// SPDX-License-Identifier: Apache-2.0 OR MIT
// A broken twin: a static allocator that a constructor must make when the program starts.
#include <nebula/kernel.hpp>

namespace nebula::test {
extern std::byte storage_of_late_bump[100];
extern bump_allocator late_bump;
std::byte storage_of_late_bump[100];
bump_allocator late_bump(bump_config{{storage_of_late_bump, sizeof storage_of_late_bump}, {}}.validate().value());
} // namespace nebula::test
