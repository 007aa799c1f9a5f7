// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bench/ck_list.h"

#include <ck_stack.h>

_Static_assert(sizeof(nebula_ck_list) == sizeof(struct ck_stack), "the same words");

static struct ck_stack* stack_of(nebula_ck_list* list) { return (struct ck_stack*)(void*)list->words; }

void nebula_ck_list_begin(nebula_ck_list* list) { ck_stack_init(stack_of(list)); }

void nebula_ck_list_push(nebula_ck_list* list, void* block) {
  ck_stack_push_mpmc(stack_of(list), (struct ck_stack_entry*)block);
}

void* nebula_ck_list_pop(nebula_ck_list* list) { return ck_stack_pop_mpmc(stack_of(list)); }
