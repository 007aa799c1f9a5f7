// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/nebula.h>

/// What the programs of this folder are linked with: main(), which runs misuse() under a hook and prints one line, the
/// verdict, as the third line of each program says it. C11, freestanding but for misuse_print(), which whoever links
/// defines; hosted_print.c is such a definition.
///
///   double_free                     the fault that the hook has heard of; the call returned the same
///   refusal exhausted               no fault; the call returned a refusal
///   refusal invalid_configuration storage      the same, with the field
///   undetected                      no fault, and the call succeeded
///   trap                            not printed: the program dies before it can
/// Whatever else is printed is a defect of the program or of the kernel.

#if defined(__cplusplus)
extern "C" {
#endif

/// The program: it defines this.
void misuse(void);
/// Prints a text, which has its own line ends.
void misuse_print(const char* text);

/// Says what the wrong call has returned; the last one counts.
void returned(nebula_error outcome);
/// The wrong call was the end of an object of C++, which has nothing to return.
void returned_nothing(void);
/// What goes before the wrong call must succeed: if it has not, that is the verdict.
void prepared(nebula_error outcome);
/// The built-in reaction instead of the hook.
void without_hook(void);

#if defined(__cplusplus)
}
#endif
