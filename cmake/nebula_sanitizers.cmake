# SPDX-License-Identifier: Apache-2.0 OR MIT
# What a compiler is told for each value of NEBULA_SANITIZERS, in one place: presets and the programs that show each
# checker red (sanitizers/) have it from here. docs/sanitizers.md says what each shows, and what it cannot.

# nebula_sanitizer_options(VARIABLE COMPILER_IS_CLANG SANITIZERS): options for compiling and linking alike.
function(nebula_sanitizer_options result is_clang sanitizers)
  string(REPLACE "," ";" checks "${sanitizers}")
  set(options -fno-omit-frame-pointer)
  if("undefined" IN_LIST checks)
    if(is_clang) # what is defined and yet seldom meant, too: wrapping, and conversions that change a value
      list(APPEND checks integer implicit-conversion local-bounds nullability float-divide-by-zero)
      list(APPEND options -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/sanitizers/integer_ignorelist.txt)
    else()
      list(APPEND checks bounds-strict alignment float-divide-by-zero float-cast-overflow)
    endif()
    list(APPEND options -fno-sanitize-recover=all)
  endif()
  if("cfi" IN_LIST checks) # every call of a whole program is checked: it is linked at once
    list(APPEND options -flto=thin -fvisibility=hidden -fuse-ld=lld -fno-sanitize-trap=cfi -fno-sanitize-recover=cfi)
  endif()
  if("memory" IN_LIST checks)
    list(APPEND options -fsanitize-memory-track-origins=2)
  endif()
  list(JOIN checks "," checks)
  set(${result} -fsanitize=${checks} ${options} PARENT_SCOPE)
endfunction()
