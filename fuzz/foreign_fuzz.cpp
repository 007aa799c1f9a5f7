// SPDX-License-Identifier: Apache-2.0 OR MIT
// The target function of an allocator that is not ours.
#include "fuzz_subject.hpp"

#include <cstddef>
#include <cstdint>

#include <nebula/verify/foreign_allocator.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return nebula::fuzz::run_bytes<nebula::verify::subject_under_test>(data, size);
}
