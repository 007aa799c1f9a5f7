# SPDX-License-Identifier: Apache-2.0 OR MIT
# How this project's own executables and libraries are declared.

if(NEBULA_SANITIZERS)
  set(compiler_is_clang FALSE)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(compiler_is_clang TRUE)
  endif()
  nebula_sanitizer_options(sanitizer_options ${compiler_is_clang} "${NEBULA_SANITIZERS}")
  add_link_options(${sanitizer_options})
  list(FILTER sanitizer_options EXCLUDE REGEX "^-fuse-ld=") # clang warns of what only a linker is told
  add_compile_options(${sanitizer_options})
endif()

# nebula_executable(NAME sources… [LINK libraries…] [STANDARD 17|20]): strict warnings, C++20 unless said otherwise.
function(nebula_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "STANDARD" "LINK")
  if(NOT arg_STANDARD)
    set(arg_STANDARD 20)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_compile_features(${name} PRIVATE cxx_std_${arg_STANDARD})
  target_link_libraries(${name} PRIVATE ${arg_LINK} nebula_warnings)
endfunction()

# nebula_c_objects(NAME sources…): C11 sources under strict warnings, for any executable to take.
function(nebula_c_objects name)
  add_library(${name} OBJECT ${ARGN})
  target_compile_features(${name} PRIVATE c_std_11)
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
  target_link_libraries(${name} PRIVATE nebula::kernel nebula_c_warnings)
endfunction()
