# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -DSOURCE=file [-DPROCESSOR=name] [-DTRAPPED=regex] -P expect_verdict.cmake -- command…: succeeds iff the program that the command runs
# comes to the verdict that the third line of its source expects. A trap is expected to end it: TRAPPED says what its status
# is then, in words or as a number.
if(NOT DEFINED TRAPPED)
  # 29 is the last byte of Windows' EXCEPTION_ILLEGAL_INSTRUCTION, 0xC000001D, as Wine hands it on. On z/Architecture a trap
  # behind a condition is one instruction, compare and trap, whose data exception is SIGFPE (Principles of Operation, 6).
  set(TRAPPED "Illegal instruction|[Tt]race/breakpoint|SIGILL|SIGTRAP|^29$|[cC]000001[dD]")
  if(PROCESSOR STREQUAL "s390x")
    string(APPEND TRAPPED "|Floating-point exception|SIGFPE")
  endif()
endif()
set(command "")
set(seen_separator FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE ${last})
  if(seen_separator)
    list(APPEND command "${CMAKE_ARGV${index}}")
  elseif(CMAKE_ARGV${index} STREQUAL "--")
    set(seen_separator TRUE)
  endif()
endforeach()

file(STRINGS ${SOURCE} lines LIMIT_COUNT 3)
list(GET lines 2 line)
if(NOT line MATCHES "^// expect: ([a-z_]+( [a-z_]+)*)$")
  message(FATAL_ERROR "${SOURCE}: the third line is '${line}', and not '// expect: …'")
endif()
set(expected "${CMAKE_MATCH_1}")

# Checkers that would report the trap as a finding of theirs leave it to end the program.
foreach(checker ASAN UBSAN TSAN)
  set(ENV{${checker}_OPTIONS} "$ENV{${checker}_OPTIONS}:handle_sigill=0:handle_sigtrap=0")
endforeach()
execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}")
if(NOT output MATCHES "(^|\n)begins\r?\n")
  message(FATAL_ERROR "the program has not begun (status ${status})")
endif()
if(output MATCHES "\nverdict: ([^\r\n]*)\r?\n" AND status EQUAL 0)
  set(observed "${CMAKE_MATCH_1}")
elseif(NOT output MATCHES "verdict:" AND status MATCHES "${TRAPPED}")
  set(observed "trap")
else()
  set(observed "an end with status ${status}")
endif()
if(NOT observed STREQUAL expected)
  message("expected ${expected}, observed ${observed}") # in one line, whatever its length
  message(FATAL_ERROR "${SOURCE}: another verdict")
endif()
