// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

namespace nebula::test {

/// Calls every function of the construct layer, from a file compiled as C++17 without exceptions or run-time type
/// information. Returns the number of calls that did not do what they should.
[[nodiscard]] int construct_everything_in_cxx17();

/// Asks for more than there is through an interface that could only throw.
void exhaust_a_container_without_exceptions();

} // namespace nebula::test
