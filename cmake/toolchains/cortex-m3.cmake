# SPDX-License-Identifier: Apache-2.0 OR MIT
# Cortex-M3: swaps of 32 bits.
set(nebula_cpu cortex-m3)
set(nebula_machine mps2-an385)
set(nebula_choice NEBULA_HEAD_BITS=32)
include(${CMAKE_CURRENT_LIST_DIR}/cortex-m.cmake)
