// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target functions: all public members of the allocator of one subject, which CMakeLists.txt names.
#include "fuzz_subject.hpp"

#if !defined(NEBULA_SUBJECT)
#error "define NEBULA_SUBJECT, as in stack_subject"
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return nebula::fuzz::run_bytes<nebula::verify::NEBULA_SUBJECT>(data, size);
}
