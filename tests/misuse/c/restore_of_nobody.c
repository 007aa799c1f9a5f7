// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker that no allocator has made is restored.
// expect: foreign_marker
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  const nebula_marker point = {0};
  returned(nebula_stack_restore(frames, &point));
}
