// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef NEBULA_BENCH_CK_LIST_H
#define NEBULA_BENCH_CK_LIST_H

#include <stdalign.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ck_stack.h is C: this is what of it the bench needs, behind calls. The double word is swapped as one. */
typedef struct nebula_ck_list {
  alignas(16) void* words[2];
} nebula_ck_list;

void nebula_ck_list_begin(nebula_ck_list* list);
/* The block's first word becomes the list's. */
void nebula_ck_list_push(nebula_ck_list* list, void* block);
/* Null iff the list is empty. */
void* nebula_ck_list_pop(nebula_ck_list* list);

#ifdef __cplusplus
}
#endif

#endif
