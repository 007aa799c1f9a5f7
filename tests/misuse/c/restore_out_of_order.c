// SPDX-License-Identifier: Apache-2.0 OR MIT
// An inner marker is restored after the outer one.
// expect: spent_marker
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  nebula_marker outer;
  nebula_marker inner;
  prepared(nebula_stack_mark(frames, &outer));
  prepared(nebula_stack_mark(frames, &inner));
  prepared(nebula_stack_restore(frames, &outer));
  returned(nebula_stack_restore(frames, &inner));
}
