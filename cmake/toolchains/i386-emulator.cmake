# SPDX-License-Identifier: Apache-2.0 OR MIT
# Not every x86-64 runs programs of its 32-bit half: kernels can be built, and machines virtualised, without. There they run under QEMU.
execute_process(COMMAND /lib/ld-linux.so.2 --version RESULT_VARIABLE nebula_i386_status OUTPUT_QUIET ERROR_QUIET)
if(NOT nebula_i386_status EQUAL 0)
  find_program(NEBULA_QEMU_I386 qemu-i386)
  if(NEBULA_QEMU_I386)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${NEBULA_QEMU_I386})
  endif()
endif()
