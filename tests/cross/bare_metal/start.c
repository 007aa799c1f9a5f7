/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Start code of a Cortex-M without an operating system: vectors, memory, constructors, main(). */
#include <stdint.h>
#include <stdlib.h>

extern uint32_t data_in_flash[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];
void __libc_init_array(void);
int main(void);
void after_fault(void);
void reset(void);

/* What crti.o and crtbegin.o would define. */
void* __dso_handle = 0;
void _init(void);
void _fini(void);
void _init(void) {}
void _fini(void) {}

/* Programs without tests do not expect to die. */
__attribute__((weak)) void after_fault(void) { exit(3); }

/* Leaves the exception for after_fault(): its address replaces that of the instruction that faulted, in the frame that
   the processor has stacked. */
static void __attribute__((naked)) fault(void) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "mrs r0, msp\n\t"
      "ldr r1, =after_fault\n\t"
      "lsrs r1, r1, #1\n\t" /* an instruction's address is even in a frame; its odd form is for branches */
      "lsls r1, r1, #1\n\t"
      "str r1, [r0, #24]\n\t"
      "ldr r1, =0x01000000\n\t"
      "str r1, [r0, #28]\n\t"
      "bx lr\n\t"
      ".ltorg");
}

void reset(void) {
#if defined(__ARM_FP) && !defined(__SOFTFP__)
  /* The floating-point unit is off until both of its halves are granted; the barriers are for the next instruction. */
  *(volatile uint32_t*)UINT32_C(0xE000ED88) |= UINT32_C(0xF) << 20;
  __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
  uint32_t* from = data_in_flash;
  for (uint32_t* to = data_begin; to != data_end; ++to) {
    *to = *from++;
  }
  for (uint32_t* to = bss_begin; to != bss_end; ++to) {
    *to = 0;
  }
  __libc_init_array();
  exit(main());
}

typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    (vector)(uintptr_t)stack_top, reset, fault, fault, fault, fault, fault};
