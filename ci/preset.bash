# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=bash
# Stages of one preset of CMakePresets.json: configure, build, test. Sourced after lib.bash, from the project's folder.
#
#   known_presets     the names
#   run_preset NAME   runs its three stages, or none if this system lacks what they need; adds to tests_passed and
#                     stages_failed, and leaves its own in preset_passed

# shellcheck disable=SC2034,SC2154 # used by those who source this; log_dir, project_dir, oldest_clang and others come from lib.bash

mapfile -t known_presets < <(
  sed -n '/"buildPresets"/,/^  \]/s/.*"name": "\([^"]*\)".*/\1/p' CMakePresets.json
)

tests_passed=0 stages_failed=0
preset_passed=0 # of the last preset that was tested

test_preset() {
  local preset=$1 junit=$log_dir/$1.junit.xml run_passed=0 run_failed=0 not_run=0 status=0
  rm -f "$junit"
  run_stage "$preset-test" "$(expected_test_seconds "$preset")" \
    "run the failed tests again with: ctest --preset $preset --rerun-failed" \
    ctest --preset "$preset" --no-tests=error --output-on-failure -j2 --output-junit "$junit" || status=$?
  if [[ -s $junit ]]; then
    run_passed=$(grep -c '<testcase .*status="run"' "$junit" || true)
    not_run=$(sed -n '/^The following tests did not run:/,/^$/p' "$last_stage_log" |
      grep -cE '\((Skipped|Disabled)\)$' || true)
  fi
  run_failed=$(ctest_failures "$last_stage_log")
  if ((status != 0 && run_failed == 0)); then run_failed=1; fi
  if ((status == 0 && run_passed == 0)); then
    printf '    ctest reports success, yet %s counts no test that passed\n' "${junit#"$project_dir"/}"
    run_failed=1
  fi
  if [[ -s $junit && $status == 0 ]]; then
    case $preset in
      cortex-*) run_passed=$(tests_in_programs "$junit") ;;
      i386-* | aarch64 | s390x | mingw) ((run_passed += $(tests_beyond_first "$junit"))) || true ;;
    esac
  fi
  preset_passed=$run_passed
  ((tests_passed += run_passed, stages_failed += run_failed)) || true
  stage_note "$run_passed passed, $run_failed failed$( ((not_run == 0)) || printf ', %d did not run' "$not_run")"
}

# Rough, on 2 cores and with an empty ccache; run_stage prefers what it measured here.
expected_build_seconds() { case $1 in gcc | clang) echo 240 ;; clang14) echo 120 ;; *) echo 300 ;; esac; }
expected_test_seconds() { case $1 in gcc | clang) echo 150 ;; clang14) echo 60 ;; *) echo 300 ;; esac; }

# What a preset runs beyond what ci/setup always brings: a system may not offer it.
commands_needed() {
  case $1 in
    clang14) echo "clang++-$oldest_clang" ;;
    cortex-*) echo arm-none-eabi-g++ qemu-system-arm ;;
    aarch64 | s390x) echo "$1-linux-gnu-g++" "qemu-$1" ;;
    mingw) echo x86_64-w64-mingw32-g++-posix /usr/lib/wine/wine64 ;;
    i386-clang) echo "clang++-$preferred_clang" ;;
    clang-cfi) echo "ld.lld-$preferred_clang" ;;
    gcc-analysis) echo "clang-tidy-$preferred_clang" ;;
    gcc-memcheck) echo valgrind ;;
  esac
}

# A program on a processor without an operating system is one test to ctest, and says itself how many it has run.
tests_in_programs() { # JUnit file
  grep -oE '\[  PASSED  \] [0-9]+ tests|[0-9]+ inputs replayed' "$1" | grep -oE '[0-9]+' |
    awk '{ sum += $1 } END { print sum + 0 }'
}

# Where a program of GoogleTest is one test to ctest: how many more it has run.
tests_beyond_first() { # JUnit file
  grep -oE '\[  PASSED  \] [0-9]+ tests?' "$1" | grep -oE '[0-9]+' | awk '{ sum += $1 - 1 } END { print sum + 0 }'
}

run_preset() {
  local preset=$1 step command
  choose_configure_arguments "$preset"
  for command in $(commands_needed "$preset"); do
    if has_command "$command"; then continue; fi
    for step in configure build test; do
      skip_stage "$preset-$step" "this system does not offer $command"
    done
    return
  done
  if ! run_stage "$preset-configure" 5 "if the build directory is stale, remove build/$preset and run ci/test $preset" \
    cmake --preset "$preset" "${configure_arguments[@]}"; then
    ((stages_failed += 1))
    skip_stage "$preset-build" 'not configured'
    skip_stage "$preset-test" 'not configured'
    return
  fi
  if ! run_stage "$preset-build" "$(expected_build_seconds "$preset")" \
    "mend the first error in build/logs/$preset-build.log, then: cmake --build --preset $preset" \
    cmake --build --preset "$preset" --parallel "$(nproc)" -- -k 0; then
    ((stages_failed += 1))
    skip_stage "$preset-test" 'not built'
    return
  fi
  test_preset "$preset"
}
