// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

namespace nebula::test {

/// Calls every function of every allocator of the kernel, from a file compiled as C++17 without exceptions or run-time
/// type information. Returns the number of calls that did not do what they should.
[[nodiscard]] int call_everything_in_cxx17() noexcept;

} // namespace nebula::test
