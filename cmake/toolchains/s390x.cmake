# SPDX-License-Identifier: Apache-2.0 OR MIT
# s390x: big-endian, by g++; programs run under QEMU's user mode.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(CMAKE_C_COMPILER s390x-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER s390x-linux-gnu-g++)
# By the environment: an option -L would be taken by the scripts of CMake that run some of the tests.
set(CMAKE_CROSSCOMPILING_EMULATOR env QEMU_LD_PREFIX=/usr/s390x-linux-gnu qemu-s390x)
