// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target functions: all public members of arena, over both chunk sources.
#include "fuzz_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return nebula::fuzz::run_bytes<nebula::verify::arena_subject>(data, size);
}
