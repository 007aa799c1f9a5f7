# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=bash
# Shared by the commands in ci/: stages with progress and a closing table. Sourced, never run.
#
#   run_stage NAME EXPECTED_SECONDS HINT COMMAND…   runs one stage, its output in build/logs/NAME.log; returns its
#                                                   status. `set -e` is off inside, as ever under `||`: a COMMAND that
#                                                   is a function returns its failures itself.
#   skip_stage NAME REASON                          records that a stage did not run
#   stage_note TEXT                                 adds a remark to the last stage's line in the table
#   print_stage_table                               stage, verdict, time

# shellcheck disable=SC2034 # used by the scripts that source this file
project_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log_dir=$project_dir/build/logs

stage_names=() stage_verdicts=() stage_seconds=() stage_notes=()
stage_count=0 # how many stages are planned; set by the caller for "k/n"
last_stage_log=

live_line=no
if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${CI:-} ]]; then live_line=yes; fi
bold='' red='' green='' yellow='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
fi

fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
  exit 1
}

format_seconds() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# The last line of a log that tells how far the work is: ninja's [12/34], ctest's 12/34 Test, else whatever came last.
progress_of() {
  tail -c 8192 "$1" 2>/dev/null | tr '\r' '\n' | grep -aE '[^[:space:]]' | tail -n 1 | tr -cd '[:print:]' | cut -c1-"$2"
}

# One live line on a terminal, else a line every 30 seconds. Ends when it is killed or when its parent is gone.
show_progress() {
  local log=$1 started=$2 expected=$3 parent=$4 elapsed columns line about=''
  if ((expected > 0)); then about=" of about $(format_seconds "$expected")"; fi
  while kill -0 "$parent" 2>/dev/null; do
    sleep 1 >/dev/null 2>&1
    elapsed=$((SECONDS - started))
    if [[ $live_line == yes ]]; then
      columns=$(tput cols 2>/dev/null || echo 100)
      line="    $(format_seconds "$elapsed")$about  "
      printf '\r\e[K%s%s' "$line" "$(progress_of "$log" $((columns > 40 ? columns - ${#line} - 1 : 20)))"
    elif ((elapsed > 0 && elapsed % 30 == 0)); then
      printf '    %s%s  %s\n' "$(format_seconds "$elapsed")" "$about" "$(progress_of "$log" 90)"
    fi
  done
}

# What this stage took the last time on this machine, else what the caller guesses.
expected_seconds() {
  local remembered=$log_dir/$1.seconds
  if [[ -s $remembered ]]; then cat "$remembered"; else printf '%s' "$2"; fi
}

progress_process=
stop_progress() {
  if [[ -n $progress_process ]]; then
    kill "$progress_process" 2>/dev/null || true
    wait "$progress_process" 2>/dev/null || true
    progress_process=
    if [[ $live_line == yes ]]; then printf '\r\e[K'; fi
  fi
}
trap stop_progress EXIT
trap 'stop_progress; exit 130' INT
trap 'stop_progress; exit 143' TERM

run_stage() {
  local name=$1 expected=$2 hint=$3
  shift 3
  local log=$log_dir/$name.log started=$SECONDS status=0 elapsed
  mkdir -p "$log_dir"
  expected=$(expected_seconds "$name" "$expected")
  printf '%s[%d/%d] %s%s (expected %s)\n' "$bold" $((${#stage_names[@]} + 1)) "$stage_count" "$name" "$plain" \
    "$(format_seconds "$expected")"
  : >"$log"
  show_progress "$log" "$started" "$expected" $$ &
  progress_process=$!
  "$@" </dev/null >>"$log" 2>&1 || status=$?
  stop_progress
  elapsed=$((SECONDS - started))
  last_stage_log=$log
  stage_names+=("$name") stage_seconds+=("$elapsed") stage_notes+=('')
  if ((status == 0)); then
    stage_verdicts+=(passed)
    printf '%d' $((elapsed > 0 ? elapsed : 1)) >"$log_dir/$name.seconds"
    printf '    %spassed%s in %s\n' "$green" "$plain" "$(format_seconds "$elapsed")"
  else
    stage_verdicts+=(FAILED)
    printf '    %sFAILED%s (status %d) after %s; the end of %s:\n' "$red" "$plain" "$status" \
      "$(format_seconds "$elapsed")" "${log#"$project_dir"/}"
    tail -n 60 "$log" | sed 's/^/    | /'
    printf '    %swhat to do:%s %s\n' "$yellow" "$plain" "$hint"
  fi
  return "$status"
}

skip_stage() {
  stage_names+=("$1") stage_verdicts+=('not run') stage_seconds+=(0) stage_notes+=("$2")
  printf '%s[%d/%d] %s%s not run: %s\n' "$bold" ${#stage_names[@]} "$stage_count" "$1" "$plain" "$2"
}

stage_note() { stage_notes[${#stage_notes[@]}-1]=$1; }

# How many tests a log of ctest names as failed: those that could not be started too, unlike its JUnit file.
ctest_failures() {
  local count
  count=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests\? failed out of [0-9]*$/\1/p' "$1" | tail -n 1)
  printf '%s' "${count:-0}"
}

print_stage_table() {
  local i width=5 colour
  for i in "${!stage_names[@]}"; do
    if ((${#stage_names[i]} > width)); then width=${#stage_names[i]}; fi
  done
  printf '\n%-*s  %-8s  %6s\n' "$width" stage verdict time
  for i in "${!stage_names[@]}"; do
    case ${stage_verdicts[i]} in
      passed) colour=$green ;;
      FAILED) colour=$red ;;
      *) colour=$yellow ;;
    esac
    printf '%-*s  %s%-8s%s  %6s  %s\n' "$width" "${stage_names[i]}" "$colour" "${stage_verdicts[i]}" "$plain" \
      "$(format_seconds "${stage_seconds[i]}")" "${stage_notes[i]}"
  done
}

# --- compilers -------------------------------------------------------------------------------------------------------

preferred_clang=22 # formatting and tidiness are judged by this version alone; other versions judge differently
oldest_clang=14

has_command() { command -v "$1" >/dev/null 2>&1; }

# Does this clang++ come with the fuzzing runtime for this machine?
has_fuzzer_runtime() {
  local library
  for library in "$("$1" --print-runtime-dir 2>/dev/null)"/libclang_rt.fuzzer*.a \
    "$("$1" --print-resource-dir 2>/dev/null)"/lib/linux/libclang_rt.fuzzer-"$(uname -m)".a; do
    if [[ -e $library ]]; then return 0; fi
  done
  return 1
}

# Prints the clang++ for the preset `clang`: version 22, else the newest here that can fuzz. Fails when there is none.
newest_clang() {
  local major
  for major in $preferred_clang $(seq 40 -1 $oldest_clang); do
    if has_command "clang++-$major" && has_fuzzer_runtime "clang++-$major"; then
      printf 'clang++-%s' "$major"
      return 0
    fi
  done
  if has_command clang++ && has_fuzzer_runtime clang++; then
    major=$(clang++ -dumpversion)
    if ((${major%%.*} >= oldest_clang)); then
      printf 'clang++'
      return 0
    fi
  fi
  return 1
}

# Fills configure_arguments: what cmake is to be told on this machine beyond the preset.
choose_configure_arguments() { # preset
  local compiler
  configure_arguments=()
  if has_command ccache; then
    # A clone in another folder finds what the first one has compiled.
    export CCACHE_BASEDIR=$project_dir CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros # the last for precompiled headers
    configure_arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  if [[ $1 == clang || $1 == clang-* ]] && ! has_command "clang++-$preferred_clang"; then
    compiler=$(newest_clang) || return 0 # cmake then says what it lacks
    configure_arguments+=(-DCMAKE_C_COMPILER="${compiler/++/}" -DCMAKE_CXX_COMPILER="$compiler")
  fi
}
