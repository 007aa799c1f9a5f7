# SPDX-License-Identifier: Apache-2.0 OR MIT
# AArch64, by g++; programs run under QEMU's user mode.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CXX_FLAGS_INIT -mno-outline-atomics) # or the kernel imports functions of libgcc: docs/targets.md
# By the environment: an option -L would be taken by the scripts of CMake that run some of the tests.
set(CMAKE_CROSSCOMPILING_EMULATOR env QEMU_LD_PREFIX=/usr/aarch64-linux-gnu qemu-aarch64)
