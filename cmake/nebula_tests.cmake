# SPDX-License-Identifier: Apache-2.0 OR MIT
# How tests are declared. Every test has a label: unit property fuzz race stress exhaustive fault cross example docs tool cost services; those of the kit for
# other allocators have the label conformance besides.
include(GoogleTest)
set(NEBULA_GOOGLETEST_SOURCE "" CACHE PATH "GoogleTest's sources, to be built for a target that has no package of it")
if(NEBULA_GOOGLETEST_SOURCE)
  set(BUILD_GMOCK OFF)
  set(INSTALL_GTEST OFF)
  add_subdirectory(${NEBULA_GOOGLETEST_SOURCE} ${PROJECT_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
elseif(NEBULA_FUZZING_ENGINE STREQUAL "")
  find_package(GTest REQUIRED)
endif()
find_package(Threads REQUIRED)
option(NEBULA_TESTS_BY_PROGRAM "Each GoogleTest executable is one test: for checkers and emulators, which take long to start"
  ${CMAKE_CROSSCOMPILING})

option(NEBULA_PRECOMPILED_TEST_HEADERS "Compile what most tests take longest over, GoogleTest's header, once for each set of options" OFF)
# nebula_precompile(TARGET STANDARD options…): the target, which has these options, takes GoogleTest's header as it was compiled before. Sources
# with options of their own cannot: they get the property SKIP_PRECOMPILE_HEADERS.
function(nebula_precompile target standard)
  if(NOT NEBULA_PRECOMPILED_TEST_HEADERS)
    return()
  endif()
  string(MAKE_C_IDENTIFIER "nebula_precompiled_${standard}${ARGN}" precompiled)
  if(NOT TARGET ${precompiled}) # a program, for its objects are compiled as those of programs are
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled/gtest.cpp CONTENT "")
    nebula_executable(${precompiled} ${PROJECT_BINARY_DIR}/precompiled/gtest.cpp STANDARD ${standard} LINK GTest::gtest GTest::gtest_main Threads::Threads)
    target_compile_options(${precompiled} PRIVATE ${ARGN})
    target_link_options(${precompiled} PRIVATE ${ARGN})
    target_precompile_headers(${precompiled} PRIVATE <gtest/gtest.h> <array> <atomic> <cstddef> <cstdint> <string> <thread> <vector>)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${precompiled})
endfunction()

# nebula_test_program(NAME LABEL): what a test of the label runs. The target LABEL_tests builds them all.
function(nebula_test_program name label)
  if(NOT TARGET ${label}_tests)
    add_custom_target(${label}_tests)
  endif()
  add_dependencies(${label}_tests ${name})
endfunction()

# nebula_add_gtest(NAME LABEL label sources… [LINK libraries…] [STANDARD 17|20]): a GoogleTest executable; each test in it is a ctest,
# or all together are one, with NEBULA_TESTS_BY_PROGRAM.
function(nebula_add_gtest name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;STANDARD" "LINK")
  if(NOT arg_STANDARD)
    set(arg_STANDARD 20)
  endif()
  nebula_executable(${name} ${arg_UNPARSED_ARGUMENTS} STANDARD ${arg_STANDARD}
    LINK ${arg_LINK} nebula::kernel GTest::gtest GTest::gtest_main Threads::Threads)
  target_compile_options(${name} PRIVATE ${NEBULA_TEST_OPTIONS})
  nebula_precompile(${name} ${arg_STANDARD} ${NEBULA_TEST_OPTIONS})
  nebula_test_program(${name} ${arg_LABEL})
  if(NEBULA_TESTS_BY_PROGRAM)
    add_test(NAME ${arg_LABEL}.${name} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${arg_LABEL}.${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 3000)
    return()
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${arg_LABEL}." PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300 DISCOVERY_TIMEOUT 60)
endfunction()

# nebula_declare_twin(NAME FILE path FROM text TO text [FROM2 text TO2 text]): a seeded bug, as an edit of one shipped file: a header,
# by its path below include/, or a source of the kernel, of the services, of the tools or of an example, by kernel/…, services/…, tools/… or examples/…. Each text must occur exactly once, so that a twin cannot outlive the code that it breaks. The edited copy stands in the build tree; an executable
# that puts it first on its include path is otherwise the shipped code.
function(nebula_declare_twin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILE;FROM;TO;FROM2;TO2" "")
  set(shipped ${PROJECT_SOURCE_DIR}/include/${arg_FILE})
  if(arg_FILE MATCHES "^(kernel|services|tools|examples)/")
    set(shipped ${PROJECT_SOURCE_DIR}/${arg_FILE})
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${shipped})
  file(READ ${shipped} text)
  foreach(edit "" 2)
    if(NOT DEFINED arg_FROM${edit})
      continue()
    endif()
    string(FIND "${text}" "${arg_FROM${edit}}" first)
    string(FIND "${text}" "${arg_FROM${edit}}" last REVERSE)
    if(first EQUAL -1 OR NOT first EQUAL last)
      message(FATAL_ERROR "twin ${name}: FROM${edit} occurs not exactly once in ${arg_FILE}; bring the twin up to date with the header")
    endif()
    string(REPLACE "${arg_FROM${edit}}" "${arg_TO${edit}}" text "${text}")
  endforeach()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/twins/${name}/${arg_FILE} CONTENT "${text}" @ONLY)
  set_property(GLOBAL APPEND PROPERTY NEBULA_TWINS ${name})
endfunction()

# nebula_expect_twin(NAME): an error, unless a twin is called so.
function(nebula_expect_twin name)
  get_property(declared GLOBAL PROPERTY NEBULA_TWINS)
  if(NOT name IN_LIST declared)
    message(FATAL_ERROR "no twin is called ${name}: tests/twins/catalogue.cmake has it no more, and this would build the shipped code")
  endif()
endfunction()

# nebula_twin_executable(TARGET TWIN twin SOURCES sources… [LINK …] [OPTIONS …] [STANDARD 17|20]): a harness on a twin.
function(nebula_twin_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TWIN;STANDARD" "SOURCES;LINK;OPTIONS")
  nebula_expect_twin(${arg_TWIN})
  nebula_executable(${target} ${arg_SOURCES} STANDARD ${arg_STANDARD} LINK ${arg_LINK} nebula::kernel)
  target_include_directories(${target} BEFORE PRIVATE ${PROJECT_BINARY_DIR}/twins/${arg_TWIN})
  target_compile_options(${target} PRIVATE -w ${arg_OPTIONS}) # -w: a seeded bug may well leave a variable unused
  target_link_options(${target} PRIVATE ${arg_OPTIONS})
  if("GTest::gtest" IN_LIST arg_LINK)
    nebula_precompile(${target} ${arg_STANDARD} -w ${arg_OPTIONS})
  endif()
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/twins/bin)
endfunction()

# nebula_add_twin_test(NAME TWIN twin HARNESS harness LABEL label CAUGHT regex [ARGS …] [SOURCES] sources… [LINK …] [OPTIONS …]): builds the
# harness on the twin; the test passes iff the harness fails and says what the regular expression says.
function(nebula_add_twin_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TWIN;HARNESS;LABEL;CAUGHT;STANDARD" "SOURCES;LINK;ARGS;OPTIONS")
  if(NOT NEBULA_BUILD_TWINS OR (NEBULA_BUILD_TWINS STREQUAL "SEARCH" AND NOT arg_HARNESS MATCHES "search$"))
    return()
  endif()
  # Most twins compile for longer than they run. Coverage, by which fuzzers search, depends on optimisation; enumeration
  # and injection run for long.
  set(quick "")
  if(arg_LABEL MATCHES "^(unit|property|fuzz|docs|services|tool)$" AND NOT arg_HARNESS MATCHES "search$")
    set(quick -O0 -g0)
  endif()
  if(NOT arg_STANDARD)
    set(arg_STANDARD 20)
  endif()
  if(arg_HARNESS STREQUAL arg_LABEL)
    set(test ${arg_LABEL}.twin.${arg_TWIN})
  else()
    set(test ${arg_LABEL}.${arg_HARNESS}.twin.${arg_TWIN})
  endif()
  string(REPLACE "." "_" target "${test}")
  nebula_twin_executable(${target} TWIN ${arg_TWIN} STANDARD ${arg_STANDARD} SOURCES ${arg_SOURCES} ${arg_UNPARSED_ARGUMENTS}
    LINK ${arg_LINK} OPTIONS ${quick} ${arg_OPTIONS})
  add_test(NAME ${test}
    COMMAND ${CMAKE_COMMAND} -DCAUGHT=${arg_CAUGHT} -P ${PROJECT_SOURCE_DIR}/cmake/expect_caught.cmake
      -- $<TARGET_FILE:${target}> ${arg_ARGS})
  set_tests_properties(${test} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300)
endfunction()
