// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker is restored twice.
// expect: spent_marker
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  nebula_marker point;
  prepared(nebula_bump_mark(bytes, &point));
  prepared(nebula_bump_restore(bytes, &point));
  returned(nebula_bump_restore(bytes, &point));
}
