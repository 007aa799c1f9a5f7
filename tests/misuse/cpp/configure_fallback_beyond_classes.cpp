// SPDX-License-Identifier: Apache-2.0 OR MIT
// As many classes to fall back to are configured as there are classes.
// expect: refusal invalid_configuration fallback_classes
#include "fixtures.hpp"

using namespace misuse_corpus;

static std::byte lent_bytes[1];

void misuse() {
  static constexpr nebula::size_class classes[] = {{24, 8, 1}, {64, 8, 1}};
  returned(nebula::segregated_config{{lent_bytes, sizeof lent_bytes}, classes, 2, 2}.validate());
}
