// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

namespace nebula {

/// A T for use in expressions that are not evaluated. Declared and never defined: C++17's own is in a header that
/// freestanding implementations need not have.
template <class T>
T&& instance_of() noexcept;

} // namespace nebula
