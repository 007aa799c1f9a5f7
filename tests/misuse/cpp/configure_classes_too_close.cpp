// SPDX-License-Identifier: Apache-2.0 OR MIT
// Size classes are configured that differ by a byte.
// expect: refusal invalid_configuration classes
#include "fixtures.hpp"

using namespace misuse_corpus;

static std::byte lent_bytes[1];

void misuse() {
  static constexpr nebula::size_class classes[] = {{100, 4, 1}, {101, 4, 1}};
  returned(nebula::segregated_config{{lent_bytes, sizeof lent_bytes}, classes, 2, 0}.validate());
}
