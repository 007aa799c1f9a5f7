// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include <nebula/verify/driver.hpp>
#include <nebula/verify/subject.hpp>

namespace nebula::fuzz {

/// The bytes are a configuration, how often the invariants are walked, and a program; any finding ends the process, after it has been told.
template <class Subject>
int run_bytes(const std::uint8_t* data, std::size_t size) {
  verify::byte_reader bytes(std::span<const std::uint8_t>(data, size));
  const verify::configuration made_of = verify::read_configuration(bytes);
  const verify::walks walked = verify::read_walks(bytes.byte());
  const verify::program steps = verify::read_program(bytes);
  const auto found = verify::run_program<Subject>(made_of, steps, nullptr, walked);
  if (found) {
    std::fprintf(stderr, "%s: step %zu: %s\n%s%s", Subject::name, found->step, found->what.c_str(),
                 to_text(made_of).c_str(), to_text(std::span<const verify::operation>(steps)).c_str());
    std::abort();
  }
  return 0;
}

} // namespace nebula::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
