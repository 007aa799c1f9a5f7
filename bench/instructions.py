#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Instructions of one operation, exactly, by callgrind: the difference of two runs that differ in their length.

  bench/instructions.py PROGRAM [--only REGEX]

Of scenarios with one thread. The same numbers on each run and however busy the machine is, with one compiler and one
version of each library.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import measure
import report

SHORT, LONG = 40, 240  # units
# What the program would start itself again for, which callgrind does not follow.
ENVIRONMENT = {**os.environ, "GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=16384"}


def instructions(program, scenario, column, units):
    with tempfile.TemporaryDirectory() as folder:
        stripped, counts = pathlib.Path(folder) / "program", pathlib.Path(folder) / "counts"
        measure.run(["strip", "-g", "-o", stripped, program])  # valgrind 3.19 cannot read the debug information of clang 22
        outcome = measure.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", stripped, "--work",
                               scenario, column, str(units)], ENVIRONMENT)
    collected = re.search(r"Collected : (\d+)", outcome.stderr)
    if not collected:
        raise measure.failed(f"callgrind has counted nothing for {scenario}, {column}:\n{outcome.stderr}")
    return int(collected.group(1)), float(outcome.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("--only", default="", metavar="REGEX")
    arguments = parser.parse_args()
    try:
        scenarios, _ = measure.columns_of(arguments.program)
        chosen = {name: columns for name, columns in scenarios.items()
                  if re.search(arguments.only, name) and "2_threads" not in name and not name.startswith("produce")}
        if not chosen:
            raise measure.called_wrongly(f"--only {arguments.only} names no scenario of one thread; there are: {', '.join(scenarios)}")
        for scenario, columns in chosen.items():
            rows = [["implementation", "instructions/op"]]
            for column in columns:
                (few, first), (many, last) = (instructions(arguments.program, scenario, column, units) for units in (SHORT, LONG))
                rows.append([column, f"{(many - few) / (last - first):.1f}"])
            print(f"\n{scenario}\n" + "\n".join(report.aligned(rows)), flush=True)
    except measure.called_wrongly as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except (measure.failed, FileNotFoundError, re.error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
