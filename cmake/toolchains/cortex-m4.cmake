# SPDX-License-Identifier: Apache-2.0 OR MIT
# Cortex-M4 with its floating-point unit.
set(nebula_cpu "cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16")
set(nebula_machine mps2-an386)
set(nebula_choice NEBULA_HEAD_BITS=32)
include(${CMAKE_CURRENT_LIST_DIR}/cortex-m.cmake)
