/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What newlib asks of a system, by semihosting: output, memory, the end. Source: Arm, "Semihosting for AArch32 and
   AArch64". */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { sys_writec = 0x03, sys_exit_extended = 0x20, stopped_application_exit = 0x20026 };

static int semihost(int operation, const volatile void* argument) {
  register int r0 __asm__("r0") = operation;
  register const volatile void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

int _write(int file, const char* bytes, int count);
void* _sbrk(ptrdiff_t increment);
int _close(int file);
int _fstat(int file, struct stat* status);
int _isatty(int file);
int _lseek(int file, int offset, int whence);
int _read(int file, char* bytes, int count);
int _kill(int process, int signal);
int _getpid(void);

int _write(int file, const char* bytes, int count) {
  (void)file;
  for (int index = 0; index < count; ++index) {
    const volatile char each = bytes[index];
    semihost(sys_writec, &each);
  }
  return count;
}

void* _sbrk(ptrdiff_t increment) {
  extern char heap_begin[], heap_end[];
  static char* top;
  if (top == NULL) {
    top = heap_begin;
  }
  if (increment > heap_end - top) {
    errno = ENOMEM;
    return (void*)-1; /* NOLINT(performance-no-int-to-ptr): what sbrk says */
  }
  char* const before = top;
  top += increment;
  return before;
}

void _exit(int status) {
  const volatile uintptr_t block[2] = {stopped_application_exit, (uintptr_t)status};
  semihost(sys_exit_extended, block);
  for (;;) {
  }
}

int _kill(int process, int signal) {
  (void)process;
  _exit(128 + signal);
}
int _getpid(void) { return 1; }
int _isatty(int file) {
  (void)file;
  return 1;
}
int _fstat(int file, struct stat* status) {
  (void)file;
  status->st_mode = S_IFCHR;
  return 0;
}
int _close(int file) {
  (void)file;
  return -1;
}
int _lseek(int file, int offset, int whence) {
  (void)file;
  (void)offset;
  (void)whence;
  return 0;
}
int _read(int file, char* bytes, int count) {
  (void)file;
  (void)bytes;
  (void)count;
  return 0;
}
