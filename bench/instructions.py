#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Instructions of one operation, exactly, by callgrind: the difference of two runs that differ in their length.

  bench/instructions.py PROGRAM [--only REGEX]                       prints them, of each implementation
  bench/instructions.py PROGRAM --check LABEL [--only REGEX]         of ours alone: fails if one is above its budget
  bench/instructions.py PROGRAM --write LABEL                        makes what ours take the budgets

Of scenarios with one thread. The same numbers on each run and however busy the machine is, with one compiler and one
version of each library. LABEL is the compiler whose budgets they are, g++ or clang++; budgets stand in
instruction_budgets.json beside this file (--budgets FILE: in another). Exit status 1: above a budget, or nothing could be
counted; 2: called wrongly, or the file is not what it should be.
"""
import argparse
import json
import os
import pathlib
import re
import sys
import tempfile

import measure
import report

SHORT, LONG = 40, 1040  # units: the more, the less a start that varies by some thirty instructions counts
# What the program would start itself again for, which callgrind does not follow.
ENVIRONMENT = {**os.environ, "GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=16384"}
BUDGETS = pathlib.Path(__file__).resolve().parent / "instruction_budgets.json"
LABELS = ("g++", "clang++")
OURS = "nebula "
# The work is counted exactly; how a program and its libraries start varies with where they lie.
SLACK = 0.05  # instructions


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


def per_operation(program, scenario, column):
    (few, first), (many, last) = (instructions(program, scenario, column, units) for units in (SHORT, LONG))
    return round((many - few) / (last - first), 2)


def read_budgets(path):
    """{label: {scenario: {column: instructions}}}"""
    try:
        budgets = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as problem:
        raise measure.called_wrongly(f"{path} is no JSON: {problem}")
    for label, scenarios in budgets.items():
        if label not in LABELS:
            raise measure.called_wrongly(f"{path}: '{label}' is no compiler with budgets; there are: {', '.join(LABELS)}")
        for scenario, columns in scenarios.items():
            for column, count in columns.items():
                if not isinstance(count, (int, float)) or isinstance(count, bool) or not count > 0:
                    raise measure.called_wrongly(f"{path}: {label}, {scenario}, {column}: a budget is a number above 0, got: {count!r}")
    return budgets


def check(measured, budgets, label, path):
    """What is not as the budgets have it, as lines."""
    problems = []
    for scenario, columns in measured.items():
        for column, count in columns.items():
            budget = budgets.get(label, {}).get(scenario, {}).get(column)
            if budget is None:
                problems.append(f"{scenario}, {column}: {count} instructions, and no budget in {path.name}")
            elif count > budget + SLACK:
                problems.append(f"{scenario}, {column}: {count} instructions, the budget is {budget}")
            elif count < budget - SLACK:
                print(f"{scenario}, {column}: {count} instructions, below the budget of {budget}: --write {label} lowers it")
    return problems


def forgotten(budgets, label, scenarios):
    return [f"{scenario}, {column}: has a budget, and is no column of the program" for scenario, columns in budgets.get(label, {}).items()
            for column in columns if column not in scenarios.get(scenario, [])]


def count_all(program, scenarios, ours_only):
    measured = {}
    for scenario, columns in scenarios.items():
        rows = [["implementation", "instructions/op"]]
        for column in columns:
            if ours_only and not column.startswith(OURS):
                continue
            count = per_operation(program, scenario, column)
            measured.setdefault(scenario, {})[column] = count
            rows.append([column, f"{count:.1f}"])
        if len(rows) > 1:
            print(f"\n{scenario}\n" + "\n".join(report.aligned(rows)), flush=True)
    return measured


def run(arguments):
    label = arguments.check or arguments.write
    budgets = read_budgets(arguments.budgets)
    everything, _ = measure.columns_of(arguments.program)
    scenarios = {name: columns for name, columns in everything.items()
                 if re.search(arguments.only, name) and not measure.measure_longer(name) and not name.startswith(report.GROWTH)}
    if not scenarios:
        raise measure.called_wrongly(f"--only {arguments.only} names no scenario of one thread; there are: {', '.join(everything)}")
    measured = count_all(arguments.program, scenarios, ours_only=label is not None)
    if arguments.write:
        budgets[label] = measured
        arguments.budgets.write_text(json.dumps({name: budgets[name] for name in LABELS if name in budgets}, indent=1) + "\n")
        print(f"\nbudgets: {arguments.budgets}")
    if not arguments.check:
        return 0
    problems = check(measured, budgets, label, arguments.budgets) + forgotten(budgets, label, everything)
    print("\n" + "\n".join(problems + [f"{sum(map(len, measured.values()))} columns of ours, {len(problems)} problems"]))
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--budgets", type=pathlib.Path, default=BUDGETS, metavar="FILE")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", choices=LABELS, metavar="LABEL")
    what.add_argument("--write", choices=LABELS, metavar="LABEL")
    arguments = parser.parse_args()
    if arguments.write and arguments.only:
        parser.error("--write takes the whole of the scenarios: not with --only")
    try:
        return run(arguments)
    except measure.called_wrongly as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except (measure.failed, FileNotFoundError, re.error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
