// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker is restored on an allocator that did not make it.
// expect: foreign_marker
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  nebula_marker point;
  prepared(nebula_bump_mark(bytes, &point));
  nebula_bump* const others = make_other_bump();
  returned(nebula_bump_restore(others, &point));
}
