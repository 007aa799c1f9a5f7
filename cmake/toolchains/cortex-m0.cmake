# SPDX-License-Identifier: Apache-2.0 OR MIT
# QEMU's one board with a Cortex-M0, the microbit, has 16 KiB of memory. Its programs are run there; the others, compiled for the
# same processor, on a Cortex-M3, whose instruction set includes that of the Cortex-M0.
set(nebula_cpu cortex-m0)
set(nebula_machine mps2-an385)
set(nebula_choice NEBULA_ATOMICS_CRITICAL_SECTION=1)
include(${CMAKE_CURRENT_LIST_DIR}/cortex-m.cmake)
