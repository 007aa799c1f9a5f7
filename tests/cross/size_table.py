#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""size_table.py --size SIZE --nm NM --budget FILE OBJECT…: code and memory of each allocator on small processors.

Objects are named TARGET.ALLOCATOR.{calls,whole}.o, of tests/cross/size_probe.cpp. `calls` is allocate and deallocate,
`whole` is these with validation, construction, state and check. Prints a table, and fails if a figure exceeds its
budget, or has none.
"""
import argparse
import pathlib
import subprocess
import sys


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def code_bytes(size, path):
    """Instructions, constants and initialised data: what lies in flash. Unwinding tables are not linked."""
    kinds = (".text", ".rodata", ".data")
    lines = [line.split() for line in output_of(size, "-A", path).splitlines()]
    return sum(int(words[1]) for words in lines if len(words) == 3 and words[0].startswith(kinds))


def object_bytes(nm, path):
    for line in output_of(nm, "-S", path).splitlines():
        words = line.split()
        if words[-1] == "probe_object":
            return int(words[1], 16)
    sys.exit(f"{path} has no probe_object")


def budgets(path):
    """{(target, allocator): (calls, whole, object)}: figure and slack in percent, as the largest that is allowed."""
    table, slack = {}, None
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "slack_percent" and len(words) == 2:
            slack = int(words[1])
        elif len(words) == 5 and slack is not None:
            table[words[0], words[1]] = tuple(int(word) * (100 + slack) // 100 for word in words[2:])
        else:
            sys.exit(f"{path}:{number}: neither 'slack_percent N' nor 'target allocator calls whole object'")
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", required=True)
    parser.add_argument("--nm", required=True)
    parser.add_argument("--budget", required=True)
    parser.add_argument("objects", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    measured = {}
    for path in options.objects:
        target, allocator, part, _ = path.name.split(".")
        figures = measured.setdefault((target, allocator), {})
        figures[part] = code_bytes(options.size, path)
        figures["object"] = object_bytes(options.nm, path)
    allowed, problems = budgets(options.budget), 0
    print(f"{'target':<15} {'allocator':<26} {'calls':>6} {'whole':>6} {'object':>6}  bytes; at most")
    for (target, allocator), figures in sorted(measured.items()):
        got = tuple(figures[part] for part in ("calls", "whole", "object"))
        limit = allowed.get((target, allocator))
        line = f"{target:<15} {allocator:<26} " + " ".join(f"{value:>6}" for value in got)
        if limit is None:
            problems += 1
            print(f"{line}  NO BUDGET")
        else:
            over = [part for part, value, most in zip(("calls", "whole", "object"), got, limit) if value > most]
            problems += len(over)
            print(f"{line}  {' '.join(map(str, limit))}{'  OVER BUDGET: ' + ', '.join(over) if over else ''}")
    print(f"{len(measured)} allocators, {problems} problems")
    return 1 if problems or not measured else 0


if __name__ == "__main__":
    sys.exit(main())
