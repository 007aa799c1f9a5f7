// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nebula::test {

/// A size, alignment or offset in bytes, and of what.
struct abi_fact {
  std::string of;
  std::size_t bytes;
};

std::vector<abi_fact> abi_with_ndebug();
std::vector<abi_fact> abi_without_ndebug();

} // namespace nebula::test
