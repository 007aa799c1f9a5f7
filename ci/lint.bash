# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=bash
# The checks that read the sources without building them. Sourced after lib.bash, from the project's folder.

# shellcheck disable=SC2154 # preferred_clang comes from lib.bash

source_dirs() {
  local dir
  for dir in include kernel construct services fuzz proptest modelcheck sanitizers tests bench examples tools docs; do
    if [[ -d $dir ]]; then printf '%s\n' "$dir"; fi
  done
}

# C and C++ files, zero-terminated.
list_sources() {
  local dirs
  mapfile -t dirs < <(source_dirs)
  find "${dirs[@]}" -type f \( -name '*.hpp' -o -name '*.cpp' -o -name '*.h' -o -name '*.c' \) -print0 | sort -z
}

lint_tool() {
  case $1 in
    format) echo "clang-format-$preferred_clang" ;;
    tidy) echo "clang-tidy-$preferred_clang" ;;
    *) echo "$1" ;;
  esac
}
lint_tool_there() { has_command "$(lint_tool "$1")"; }

lint_licence_lines() {
  local dirs file count=0 missing=0
  mapfile -t dirs < <(source_dirs)
  while IFS= read -r -d '' file; do
    ((count += 1))
    if ! head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0 OR MIT'; then
      printf '%s: no SPDX line at the top\n' "$file"
      ((missing += 1))
    fi
  done < <(
    list_sources
    find "${dirs[@]}" ci cmake .ci CMakeLists.txt -type f \
      \( -name CMakeLists.txt -o -name '*.cmake' -o -name '*.py' -o -name '*.bash' -o -name '*.sh' \
      -o -path 'ci/*' ! -name '*.*' -o -path '.ci/*' ! -name '*.*' \) -print0
  )
  printf '%d files read, %d without the line\n' "$count" "$missing"
  ((count > 0 && missing == 0))
}

lint_format() { list_sources | xargs -0 -r "$(lint_tool format)" --dry-run -Werror --ferror-limit=3; }

# Left out: what clang-tidy says better (explicit constructors), and what is no defect in a header library (members and
# functions that only its users use; loops spelled out; words passed by value; a member and a local of one name;
# functions that could be const since what they write is mutable; that not all of 2^n configurations were read).
# Two are false: legacyUninitvar (a pointer that placement new initialises), constStatement (braced initialisers).
cppcheck_left_out=(missingIncludeSystem unusedFunction unusedStructMember noExplicitConstructor useStlAlgorithm
  passedByValue shadowFunction legacyUninitvar constStatement functionConst toomanyconfigs)

# Reads the files whose names are on standard input, zero-terminated; further arguments are for the tool. What differs at
# -Os are attributes, which it does not look at.
cppcheck_files() {
  xargs -0 cppcheck -j "$(nproc)" -U __OPTIMIZE_SIZE__ --enable=warning,style,performance,portability --inconclusive --inline-suppr \
    "${cppcheck_left_out[@]/#/--suppress=}" -I include --error-exitcode=1 --quiet \
    --template='{file}:{line}: {severity}: {message} [{id}]' "$@"
}

# Of the construct layer the one configuration that differs is read, with exceptions: the kernel's, which it includes,
# have been read.
lint_cppcheck() {
  local status=0
  find kernel include/nebula/kernel -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z |
    cppcheck_files --std=c++17 --language=c++ -U NEBULA_CRITICAL_SECTION_HEADER || status=1
  find include/nebula/construct -type f -name '*.hpp' -print0 | sort -z |
    cppcheck_files --std=c++17 --language=c++ -U NEBULA_CRITICAL_SECTION_HEADER -D__cpp_exceptions=199711L || status=1
  find services include/nebula/services -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z |
    cppcheck_files --std=c++20 --language=c++ -U NEBULA_CRITICAL_SECTION_HEADER || status=1
  find include/nebula/c include/nebula/nebula.h -type f -print0 | sort -z |
    cppcheck_files --std=c11 --language=c || status=1
  return "$status"
}

# Reads the files whose names are on standard input, each on its own; further arguments are for the compiler.
# shellcheck disable=SC2016 # the inner bash expands
tidy_files() {
  xargs -0 -n 1 -P "$(nproc)" bash -c 'file=${*: -1}
    "$0" --quiet "$file" -- "${@:1:$#-1}" -I include -Wno-pragma-once-outside-header 2>&1 |
      grep -vE "^[0-9]+ (warning|error)s? .*generated|^Suppressed|^Use -header"
    exit "${PIPESTATUS[0]}"' "$(lint_tool tidy)" "$@"
}

# Each header is read on its own too, so that it must include what it uses. What templates come to only when they are
# instantiated the preset gcc-analysis has read, in ci/matrix: it takes minutes.
lint_tidy() {
  local status=0
  find kernel include/nebula/kernel -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z |
    tidy_files -x c++ -std=c++17 -fno-exceptions -fno-rtti || status=1
  find include/nebula/construct include/nebula/*.hpp -type f -print0 | sort -z |
    tidy_files -x c++ -std=c++17 || status=1
  find services include/nebula/services -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z |
    tidy_files -x c++ -std=c++20 || status=1
  find include/nebula/c include/nebula/nebula.h -type f -print0 | sort -z | tidy_files -x c -std=c11 || status=1
  return "$status"
}
