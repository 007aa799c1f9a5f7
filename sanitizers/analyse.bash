#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# sanitizers/analyse.bash cppcheck|tidy FILE [argument…]: one file under a tool of ci/lint.bash, with the very options of
# `ci/test lint`. Further arguments are for the tool or, with tidy, for the compiler.
set -euo pipefail
tool=$1 file=$2
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=ci/lib.bash
source ci/lib.bash
# shellcheck source=ci/lint.bash
source ci/lint.bash
case $tool in
  cppcheck) printf '%s\0' "$file" | cppcheck_files --std=c++17 --language=c++ "$@" ;;
  tidy) printf '%s\0' "$file" | tidy_files -x c++ -std=c++17 -fno-exceptions -fno-rtti "$@" ;;
  *) fail "no tool is called '$tool'; there are: cppcheck tidy" ;;
esac
