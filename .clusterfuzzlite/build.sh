#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds all fuzz targets into $OUT, by the contract of OSS-Fuzz and ClusterFuzzLite: it takes the compilers from $CC and $CXX,
# their flags, which instrument, from $CFLAGS and $CXXFLAGS, and main() from $LIB_FUZZING_ENGINE; the sources lie in
# $SRC/nebula, what is in between goes to $WORK. In $OUT, of the target NAME: NAME, NAME_seed_corpus.zip, and NAME.options, which
# names a dictionary.
#
# NEBULA_FUZZ_TARGETS='stack pool' builds these only, and lists all the same.
set -euo pipefail

for variable in CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE OUT SRC WORK; do
  if [[ -z ${!variable+set} ]]; then
    printf 'error: %s is not set; OSS-Fuzz sets it, and ci/clusterfuzzlite does so in its stead\n' "$variable" >&2
    exit 2
  fi
done

fuzz=$SRC/nebula/fuzz build=$WORK/nebula

# Build type None: no flags but those given.
cmake -S "$SRC/nebula" -B "$build" -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="$CXXFLAGS" \
  -DNEBULA_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" -DNEBULA_BUILD_TWINS=OFF -DNEBULA_STRICT_WARNINGS=OFF

declare -A corpus_of=()
while IFS=$'\t' read -r name corpus; do corpus_of[$name]=$corpus; done <"$build/fuzz/targets.tsv"

read -ra names <<<"${NEBULA_FUZZ_TARGETS:-${!corpus_of[*]}}"
programs=()
for name in "${names[@]}"; do
  if [[ -z ${corpus_of[$name]:-} ]]; then
    printf "error: NEBULA_FUZZ_TARGETS names '%s', which is no fuzz target; there are: %s\n" "$name" "${!corpus_of[*]}" >&2
    exit 2
  fi
  programs+=("fuzz_$name")
done
cmake --build "$build" --parallel "$(nproc)" --target "${programs[@]}"

for name in "${names[@]}"; do
  corpus=${corpus_of[$name]}
  cp "$build/bin/fuzz_$name" "$OUT/$name"
  (cd "$fuzz/corpus/$corpus" && cmake -E tar cf "$OUT/${name}_seed_corpus.zip" --format=zip -- *)
  # operations.options is for every target of the operation language that has none of its own.
  for from in "$name" "$corpus" operations; do
    if [[ -e $fuzz/$from.options ]]; then
      cp "$fuzz/$from.options" "$OUT/$name.options"
      break
    fi
  done
done
# Several options files may name the same dictionary.
find "$fuzz" -maxdepth 1 -name '*.dict' -exec cp -n {} "$OUT" \;
cp "$build/fuzz/targets.tsv" "$WORK"
