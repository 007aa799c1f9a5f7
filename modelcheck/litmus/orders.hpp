// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

namespace nebula::litmus {

/// `plain` is an access that is not atomic.
enum class access_order : std::uint8_t { plain, relaxed, acquire, release, acquire_release, sequential };

} // namespace nebula::litmus
