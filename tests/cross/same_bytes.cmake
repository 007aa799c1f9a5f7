# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -DPYTHON=… -DAMALGAMATE=… -DFIRST=file -DSECOND=file -P same_bytes.cmake: makes the second, and compares.
execute_process(COMMAND ${PYTHON} ${AMALGAMATE} ${SECOND} COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${FIRST} first)
file(SHA256 ${SECOND} second)
if(NOT first STREQUAL second)
  message(FATAL_ERROR "two runs of ci/amalgamate gave ${first} and ${second}: run it again by hand and compare the two headers")
endif()
message("SHA-256 ${first}")
