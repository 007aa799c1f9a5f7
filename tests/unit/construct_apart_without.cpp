// SPDX-License-Identifier: Apache-2.0 OR MIT
// The half of construct_apart_test.cpp that is compiled without exceptions, and linked first.
#include "construct_apart.hpp"

#if defined(__cpp_exceptions)
#error "this file is to be compiled without exceptions"
#endif

namespace nebula::test {
namespace {

struct this_file {};

} // namespace

int make_in_a_file_without_exceptions(shared_memory& memory) {
  int failures = 0;
  for (int way = 0; way < ways; ++way) {
    failures += make_one_way<this_file>(memory, way, 1);
  }
  return failures;
}

} // namespace nebula::test
