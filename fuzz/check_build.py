#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Is a folder of fuzz targets, as .clusterfuzzlite/build.sh leaves it, fit for those who run it?

  fuzz/check_build.py OUT TARGETS [--built NAME…] [--sanitizer NAME] [--runs N]

OUT holds the targets; TARGETS is the list that the build has written, a line a target: name, tab, corpus. Each name on the
list must be one that the runners take. Of each target built: it is an executable that is instrumented for coverage and by
the sanitizer; its corpus is there and not empty; its options are libFuzzer's, its dictionary is there and can be read; with
both it passes the corpus and N runs beyond it. Nothing else lies in OUT that could be taken for a target. Prints a line a
target, then `N passed, N failed`. Exit status 0 only when nothing failed, 2 when it was called wrongly.
"""
import argparse
import configparser
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

NAME = re.compile(r"[A-Za-z0-9_-]+")
LEAST_COUNTERS = 100
# The instrumentation's calls: the least that a target of ours has when all of it was compiled with the sanitizer. Those of
# code that was not come from the C++ library's templates alone.
LEAST_CALLS = {"address": 1000, "undefined": 168, "memory": 1000}
CALLEE = {"address": "__asan_", "undefined": "__ubsan_", "memory": "__msan_"}
# Sections whose values sanitizers read from the environment.
SECTIONS = {"libfuzzer": None, "asan": "ASAN_OPTIONS", "ubsan": "UBSAN_OPTIONS", "msan": "MSAN_OPTIONS"}
OF_A_TARGET = re.compile(r"(.*?)(_seed_corpus\.zip|\.options)")
SECONDS_AT_MOST = 300


class bad_build(Exception):
    pass


def read_targets(path):
    names = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fields = line.split("\t")
        if len(fields) != 2 or not all(fields):
            sys.exit(f"error: {path}:{number}: expected a name, a tab and a corpus, got: {line!r}")
        names[fields[0]] = fields[1]
    if not names:
        sys.exit(f"error: {path} lists no target")
    return names


def read_options(path):
    """Arguments for libFuzzer, and variables for the sanitizers."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(), str(path))
    except configparser.Error as problem:
        raise bad_build(f"{path.name} cannot be read: {' '.join(str(problem).split())}")
    arguments, environment = {}, {}
    for section in parser.sections():
        if section not in SECTIONS:
            raise bad_build(f"{path.name} has a section [{section}]; there are: {', '.join(SECTIONS)}")
        if section == "libfuzzer":
            arguments = dict(parser[section])
        else:
            environment[SECTIONS[section]] = ":".join(f"{key}={value}" for key, value in parser[section].items())
    return arguments, environment


def check_instrumentation(program, sanitizer):
    if sanitizer not in CALLEE:
        return
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True)
    calls = len(re.findall(rf"call\w*\s+[0-9a-f]+ <{CALLEE[sanitizer]}", code.stdout))
    if calls < LEAST_CALLS[sanitizer]:
        raise bad_build(f"{calls} calls of {CALLEE[sanitizer]}…, expected {LEAST_CALLS[sanitizer]} or more: "
                        f"it was not built with SANITIZER={sanitizer}")


def unpack_corpus(archive, folder):
    try:
        with zipfile.ZipFile(archive) as packed:
            files = [entry for entry in packed.infolist() if not entry.is_dir()]
            packed.extractall(folder)
    except FileNotFoundError:
        raise bad_build(f"{archive.name} is missing")
    except zipfile.BadZipFile as problem:
        raise bad_build(f"{archive.name} cannot be read: {problem}")
    if not files:
        raise bad_build(f"{archive.name} is empty")
    return len(files)


def libfuzzer_arguments(out, name):
    options = out / f"{name}.options"
    arguments, environment = read_options(options) if options.exists() else ({}, {})
    if "dict" in arguments:
        if not (out / arguments["dict"]).is_file():
            raise bad_build(f"{options.name} names the dictionary {arguments['dict']}, which is missing")
    elif (out / f"{name}.dict").exists():  # the runners take it, unasked
        arguments["dict"] = f"{name}.dict"
    return [f"-{key}={value}" for key, value in arguments.items()], environment


def run(out, name, sanitizer, runs):
    """Passes the corpus and some runs beyond it; says what was run, and how it was instrumented for coverage."""
    arguments, environment = libfuzzer_arguments(out, name)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = pathlib.Path(scratch) / "corpus"
        inputs = unpack_corpus(out / f"{name}_seed_corpus.zip", corpus)
        command = [out / name, *arguments, "-seed=1", f"-artifact_prefix={scratch}/", corpus]
        profile = pathlib.Path(scratch) / "profile"
        if sanitizer == "coverage":  # it is for reports, and instrumented for nothing else: libFuzzer cannot go beyond
            environment["LLVM_PROFILE_FILE"] = str(profile)
            command.append("-runs=0")
        else:  # libFuzzer counts the corpus, and the empty input, among its runs
            command.append(f"-runs={inputs + 1 + runs}")
        done = subprocess.run(command, cwd=out, env={**os.environ, **environment}, capture_output=True, text=True,
                              errors="replace", timeout=SECONDS_AT_MOST)
        profile_bytes = profile.stat().st_size if profile.exists() else 0
    said = done.stdout + done.stderr
    unknown = re.search(r"WARNING: unrecognized flag '([^']*)'", said)
    if unknown:
        raise bad_build(f"{name}.options has what libFuzzer does not know: {unknown.group(1)}")
    if "ParseDictionaryFile: error" in said:
        raise bad_build(f"its dictionary cannot be read: {said.strip().splitlines()[-1]}")
    if done.returncode != 0 or not re.search(r"^Done \d+ runs in", said, re.MULTILINE):
        raise bad_build(f"exit status {done.returncode} on its corpus:\n" + "\n".join(said.splitlines()[-20:]))
    if sanitizer == "coverage":
        if profile_bytes == 0:
            raise bad_build("leaves no profile: it was not built with CXXFLAGS")
        return f"{inputs} inputs, a profile of {profile_bytes} bytes"
    counters = re.search(r"INFO: Loaded \d+ modules\s+\((\d+) inline 8-bit counters\)", said)
    if not counters or int(counters.group(1)) < LEAST_COUNTERS:
        raise bad_build(f"{counters.group(1) if counters else 'no'} counters of coverage, expected {LEAST_COUNTERS} or "
                        "more: it was not built with CXXFLAGS")
    return f"{inputs} inputs and {runs} runs, {counters.group(1)} counters"


def check_target(out, name, sanitizer, runs):
    program = out / name
    if not program.is_file():
        raise bad_build("is missing")
    if not os.access(program, os.X_OK):
        raise bad_build("is not executable")
    verdict = run(out, name, sanitizer, runs)
    check_instrumentation(program, sanitizer)
    return verdict


def check_folder(out, built):
    """What lies in OUT beside the targets."""
    problems = []
    for path in sorted(out.iterdir()):
        owner = OF_A_TARGET.fullmatch(path.name)
        if owner:
            if owner.group(1) not in built:
                problems.append((path.name, "belongs to no target"))
        elif path.name not in built and os.access(path, os.X_OK) and path.is_file():
            wrong = "" if NAME.fullmatch(path.name) else f": names of targets match {NAME.pattern}"
            problems.append((path.name, f"is an executable and no target{wrong}"))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("targets", type=pathlib.Path)
    parser.add_argument("--built", nargs="+", metavar="NAME", help="which of them were built; all, unless said")
    parser.add_argument("--sanitizer", default="address", help="address, undefined, memory, coverage or none")
    parser.add_argument("--runs", type=int, default=500, help="runs beyond the corpus")
    arguments = parser.parse_args()
    for path in (arguments.out, arguments.targets):
        if not path.exists():
            parser.error(f"there is no {path}")
    targets = read_targets(arguments.targets)
    built = arguments.built or sorted(targets)
    unknown = sorted(set(built) - set(targets))
    if unknown:
        parser.error(f"not on the list {arguments.targets}: {', '.join(unknown)}")

    out = arguments.out.resolve()
    problems = [(name, f"is on the list, and no name of a target: those match {NAME.pattern}")
                for name in targets if not NAME.fullmatch(name)]
    problems += check_folder(out, set(built))
    passed = 0
    for number, name in enumerate(built, 1):
        try:
            verdict = check_target(out, name, arguments.sanitizer, arguments.runs)
            passed += 1
        except bad_build as problem:
            verdict = "BAD"
            problems.append((name, str(problem)))
        except subprocess.TimeoutExpired:
            verdict = "BAD"
            problems.append((name, f"not done with its corpus after {SECONDS_AT_MOST} s"))
        print(f"[{number}/{len(built)}] {name:<20}  {verdict}", flush=True)
    for name, problem in problems:
        print(f"bad build: {name}: {problem}")
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
