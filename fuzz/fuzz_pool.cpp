// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target functions: all public members of pool_allocator.
#include "fuzz_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return nebula::fuzz::run_bytes<nebula::verify::pool_subject>(data, size);
}
