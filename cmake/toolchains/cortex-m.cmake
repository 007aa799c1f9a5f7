# SPDX-License-Identifier: Apache-2.0 OR MIT
# Cortex-M by arm-none-eabi-g++ and newlib; the tests run under QEMU, on a board with the processor in question. Included by
# cortex-m0.cmake and its like, which set:
#   nebula_cpu      for -mcpu
#   nebula_machine  QEMU's name of a board that has it and enough memory
#   nebula_choice   of nebula/kernel/configuration.hpp
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_FLAGS_INIT "-mcpu=${nebula_cpu} -mthumb -ffunction-sections -fdata-sections")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT} -fno-threadsafe-statics")
set(CMAKE_ASM_FLAGS_INIT "-mcpu=${nebula_cpu} -mthumb")
set(CMAKE_CROSSCOMPILING_EMULATOR
  qemu-system-arm -M ${nebula_machine} -display none -monitor none -serial none
  -semihosting-config enable=on,target=native -kernel)

string(REPLACE "=" ";" nebula_choice ${nebula_choice})
list(GET nebula_choice 0 nebula_choice_name)
list(GET nebula_choice 1 nebula_choice_value)
set(${nebula_choice_name} ${nebula_choice_value} CACHE STRING "The program's choice for this target")
