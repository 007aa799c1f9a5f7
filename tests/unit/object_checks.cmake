# SPDX-License-Identifier: Apache-2.0 OR MIT
# What the compiled kernel may contain, and what its sources may include; each check beside a broken twin that it must
# catch.

set(check_objects ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/check_objects.py
  --nm ${CMAKE_NM} --objdump ${CMAKE_OBJDUMP})

# unit_check(NAME command…): a test with the label unit.
function(unit_check name)
  add_test(NAME unit.${name} COMMAND ${ARGN})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
# unit_check_twin(NAME CAUGHT-REGEX command…): passes iff the command fails and says so.
function(unit_check_twin name caught)
  unit_check(${name} ${CMAKE_COMMAND} -DCAUGHT=${caught} -P ${PROJECT_SOURCE_DIR}/cmake/expect_caught.cmake -- ${ARGN})
endfunction()

# Sanitizers and coverage add symbols of their own; where memcheck is told what is free, allocators have destructors.
if(NOT NEBULA_SANITIZERS AND NOT NEBULA_VALGRIND AND NOT CMAKE_CXX_FLAGS MATCHES "sanitize|coverage|profile")
  add_library(unit_importing_twin OBJECT importing_twin.cpp)
  target_compile_features(unit_importing_twin PRIVATE cxx_std_17)
  target_link_libraries(unit_importing_twin PRIVATE nebula::kernel nebula_warnings)
  add_library(unit_constructing_twin OBJECT constructing_twin.cpp)
  target_compile_features(unit_constructing_twin PRIVATE cxx_std_17)
  target_link_libraries(unit_constructing_twin PRIVATE nebula::kernel nebula_warnings)
  add_library(unit_register_objects OBJECT register_probe.cpp)
  target_compile_features(unit_register_objects PRIVATE cxx_std_17)
  target_compile_options(unit_register_objects PRIVATE -O2 -fomit-frame-pointer -fno-stack-protector)
  target_link_libraries(unit_register_objects PRIVATE nebula::kernel nebula_warnings)

  foreach(objects unit_importing_twin unit_constructing_twin unit_register_objects)
    nebula_test_program(${objects} unit)
  endforeach()

  unit_check(kernel_objects.import_nothing_but_mem_functions
    ${check_objects} imports $<TARGET_FILE:nebula_kernel> $<TARGET_OBJECTS:unit_kernel_objects>)
  unit_check_twin(kernel_objects.import_nothing_but_mem_functions.twin.malloc "imports malloc"
    ${check_objects} imports $<TARGET_FILE:nebula_kernel> $<TARGET_OBJECTS:unit_importing_twin>)
  unit_check(kernel_objects.have_no_static_constructors
    ${check_objects} start_up $<TARGET_FILE:nebula_kernel> $<TARGET_OBJECTS:unit_kernel_objects>
      $<TARGET_OBJECTS:unit_static_objects>)
  unit_check_twin(kernel_objects.have_no_static_constructors.twin.constructor "runs code at start-up"
    ${check_objects} start_up $<TARGET_OBJECTS:unit_constructing_twin>)
  unit_check(static_allocators.take_no_room_in_the_image
    ${check_objects} bss --symbol shared_pool_in_bss --symbol cached_pool_in_bss --symbol shared_bump_in_bss --symbol local_pool_in_bss --symbol bump_in_bss
      --symbol stack_in_bss $<TARGET_OBJECTS:unit_static_objects>)
  unit_check_twin(static_allocators.take_no_room_in_the_image.twin.with_a_hook
    "pool_with_constant_hook.* is not in .bss"
    ${check_objects} bss --symbol pool_with_constant_hook $<TARGET_OBJECTS:unit_static_objects>)

  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND CMAKE_SIZEOF_VOID_P EQUAL 8 AND NOT WIN32) # whose convention has one register for it
    unit_check(result.comes_back_in_two_registers
      ${check_objects} registers --function nebula_returns_a_block --function nebula_returns_an_error
        $<TARGET_OBJECTS:unit_register_objects>)
    unit_check_twin(result.comes_back_in_two_registers.twin.memory "nebula_returns_three_words stores to memory"
      ${check_objects} registers --function nebula_returns_three_words $<TARGET_OBJECTS:unit_register_objects>)
  endif()
endif()

set(check_layers ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/check_layers.py)
unit_check(layers.include_only_what_lies_below ${check_layers} ${PROJECT_SOURCE_DIR})
foreach(twin IN ITEMS
    "kernel_includes_the_heap|include/nebula/kernel/pool.hpp|#include <vector>|pool.hpp:1: .*<vector>"
    "kernel_includes_construct|include/nebula/kernel/pool.hpp|#include <nebula/construct/make.hpp>|pool.hpp:1: .*/make.hpp"
    "kernel_includes_by_quotes|kernel/fault.cpp|#include \"local.hpp\"|fault.cpp:1: .*local.hpp"
    "c_header_includes_the_heap|include/nebula/c/pool.h|#include <stdlib.h>|pool.h:1: .*<stdlib.h>"
    "c_header_includes_cpp|include/nebula/c/pool.h|#include <nebula/kernel/pool.hpp>|pool.h:1: .*/pool.hpp"
    "kernel_includes_services|include/nebula/kernel/arena.hpp|#include <nebula/services/page_source.hpp>|arena.hpp:1: .*/page_source.hpp"
    "services_include_the_kit|services/page_source.cpp|#include <nebula/verify/model.hpp>|page_source.cpp:1: .*/model.hpp"
    "construct_includes_a_container|include/nebula/construct/make.hpp|#include <vector>|make.hpp:1: .*<vector>"
    "construct_includes_services|include/nebula/nebula.hpp|#include <nebula/services/cache.hpp>|nebula.hpp:1: .*/cache.hpp"
    "construct_keyed_on_ndebug|include/nebula/construct/make.hpp|#ifndef NDEBUG|make.hpp:1: .*NDEBUG"
    "verify_includes_services|include/nebula/verify/oracle.hpp|#include <nebula/services/cache.hpp>|oracle.hpp:1: .*/cache.hpp"
    "kernel_keyed_on_ndebug|include/nebula/kernel/pool.hpp|#ifndef NDEBUG|pool.hpp:1: .*NDEBUG")
  string(REPLACE "|" ";" parts "${twin}")
  list(GET parts 0 name)
  list(GET parts 1 path)
  list(GET parts 2 text)
  list(GET parts 3 caught)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/layer_twins/${name}/${path} CONTENT "${text}\n" @ONLY)
  unit_check_twin(layers.include_only_what_lies_below.twin.${name} "${caught}"
    ${check_layers} ${CMAKE_CURRENT_BINARY_DIR}/layer_twins/${name})
endforeach()
