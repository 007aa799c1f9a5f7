/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What compilers call for the tests' own std::atomic where the processor cannot do it; the kernel calls none of these, as
   ctest -L cross shows. With interrupts disabled. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static uint32_t enter(void) {
  uint32_t before;
  __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
  return before;
}
static void leave(uint32_t before) { __asm__ volatile("msr primask, %0" : : "r"(before) : "memory"); }

/* The compilers know these names, and forbid their definition under them. */
#define NAMED(name) __asm__(#name)
#define HELPERS(type, width)                                                                                     \
  type exchange_##width(volatile void* word, type value, int order) NAMED(__atomic_exchange_##width);            \
  type exchange_##width(volatile void* word, type value, int order) {                                            \
    (void)order;                                                                                                 \
    const uint32_t before = enter();                                                                             \
    const type was = *(volatile type*)word;                                                                      \
    *(volatile type*)word = value;                                                                               \
    leave(before);                                                                                               \
    return was;                                                                                                  \
  }                                                                                                              \
  type fetch_add_##width(volatile void* word, type value, int order) NAMED(__atomic_fetch_add_##width);          \
  type fetch_add_##width(volatile void* word, type value, int order) {                                           \
    (void)order;                                                                                                 \
    const uint32_t before = enter();                                                                             \
    const type was = *(volatile type*)word;                                                                      \
    *(volatile type*)word = (type)(was + value);                                                                 \
    leave(before);                                                                                               \
    return was;                                                                                                  \
  }                                                                                                              \
  type fetch_sub_##width(volatile void* word, type value, int order) NAMED(__atomic_fetch_sub_##width);          \
  type fetch_sub_##width(volatile void* word, type value, int order) {                                           \
    return fetch_add_##width(word, (type)(0 - value), order);                                                    \
  }                                                                                                              \
  type load_##width(const volatile void* word, int order) NAMED(__atomic_load_##width);                          \
  type load_##width(const volatile void* word, int order) {                                                      \
    (void)order;                                                                                                 \
    const uint32_t before = enter();                                                                             \
    const type was = *(const volatile type*)word;                                                                \
    leave(before);                                                                                               \
    return was;                                                                                                  \
  }                                                                                                              \
  void store_##width(volatile void* word, type value, int order) NAMED(__atomic_store_##width);                  \
  void store_##width(volatile void* word, type value, int order) { (void)exchange_##width(word, value, order); } \
  bool compare_##width(volatile void* word, void* expected, type desired, bool weak, int success, int failure)   \
      NAMED(__atomic_compare_exchange_##width);                                                                  \
  bool compare_##width(volatile void* word, void* expected, type desired, bool weak, int success, int failure) { \
    (void)weak;                                                                                                  \
    (void)success;                                                                                               \
    (void)failure;                                                                                               \
    const uint32_t before = enter();                                                                             \
    const type was = *(volatile type*)word;                                                                      \
    const bool same = was == *(type*)expected;                                                                   \
    if (same) {                                                                                                  \
      *(volatile type*)word = desired;                                                                           \
    } else {                                                                                                     \
      *(type*)expected = was;                                                                                    \
    }                                                                                                            \
    leave(before);                                                                                               \
    return same;                                                                                                 \
  }

HELPERS(uint8_t, 1)
HELPERS(uint16_t, 2)
HELPERS(uint32_t, 4)
HELPERS(uint64_t, 8)
