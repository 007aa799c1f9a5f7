# SPDX-License-Identifier: Apache-2.0 OR MIT
# The strict warning set, as errors, for every target of this project; never for code that embeds it.
add_library(nebula_warnings INTERFACE)
# The same for the targets in C: what gcc and clang both know.
add_library(nebula_c_warnings INTERFACE)

if(NOT NEBULA_STRICT_WARNINGS)
  return()
endif()

target_compile_options(nebula_c_warnings INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-align -Wcast-qual -Wformat=2 -Wundef -Wvla
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wnested-externs -Wredundant-decls -Wdate-time)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(nebula_warnings INTERFACE
    -Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-align=strict
    -Wcast-qual -Wswitch-enum -Wformat=2 -Wnull-dereference -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wundef
    -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi -Wredundant-decls -Wmissing-declarations -Wdouble-promotion
    -Warith-conversion -Wvla -Walloca -Wdate-time)
  # Where sizes have 32 bits, casts between them and words of 32 bits change nothing; on Windows, those from words of 64
  # to what printf() takes.
  if(CMAKE_SIZEOF_VOID_P EQUAL 8 AND NOT WIN32)
    target_compile_options(nebula_warnings INTERFACE -Wuseless-cast)
  endif()
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(nebula_warnings INTERFACE -Werror -Weverything)
  # Everything, less the following, each for its reason.
  target_compile_options(nebula_warnings INTERFACE
    -Wno-c++98-compat -Wno-c++98-compat-pedantic # the project's language is C++17 and later
    -Wno-pre-c++17-compat -Wno-c++20-compat      # likewise
    -Wno-padded                                  # layout is asserted where it matters
    -Wno-switch-default                          # contradicts -Wcovered-switch-default; switch-enum is the one kept
    -Wno-weak-vtables                            # header-only test fixtures
    -Wno-global-constructors -Wno-exit-time-destructors # GoogleTest registers tests so; the kernel re-enables both
  )
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 16)
    target_compile_options(nebula_warnings INTERFACE
      -Wno-pre-c++20-compat-pedantic
      -Wno-unsafe-buffer-usage) # an allocator is pointer arithmetic; each place is bounds-checked and asserted
  endif()
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 18)
    target_compile_options(nebula_warnings INTERFACE
      -Wno-nrvo) # a missed elision of a result is no defect
  endif()
endif()
