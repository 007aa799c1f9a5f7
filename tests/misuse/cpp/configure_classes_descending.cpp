// SPDX-License-Identifier: Apache-2.0 OR MIT
// Size classes are configured in descending order.
// expect: refusal invalid_configuration classes
#include "fixtures.hpp"

using namespace misuse_corpus;

static std::byte lent_bytes[1];

void misuse() {
  static constexpr nebula::size_class classes[] = {{64, 8, 1}, {24, 8, 1}};
  returned(nebula::segregated_config{{lent_bytes, sizeof lent_bytes}, classes, 2, 0}.validate());
}
