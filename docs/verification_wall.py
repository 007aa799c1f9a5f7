#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Keeps the tables of docs/verification.md true to the tests that a build has.

The page's rows are written by hand: a harness, the tests that are its (a regular expression over their names), what it
covers and at which budget. Which tests those are, how many twins (seeded bugs) it must kill, and their names, are filled
in from `ctest --show-only`. Without --write, differences are an error, as are

  - a test of a harness's label that belongs to no row, or to two;
  - a row without a test, or without a twin: a harness that has caught nothing counts as nothing.

The page has one table for each build that has tests of its own, between <!-- wall NAME --> and <!-- end -->.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

LABELS = {"property", "fuzz", "race", "stress", "exhaustive", "fault"}  # of which every test is a row's
HEADER = ["harness", "tests", "covers", "budget under `ctest`", "longer", "count", "twins killed"]


def names_of_tests(build, ctest):
    shown = subprocess.run([ctest, "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True)
    if shown.returncode != 0:
        sys.exit(f"verification_wall: {ctest} cannot list the tests of {build}: {shown.stderr.strip()}")
    must_have_row, names = set(), []
    for test in json.loads(shown.stdout)["tests"]:
        labels = next((each["value"] for each in test.get("properties", []) if each["name"] == "LABELS"), [])
        names.append(test["name"])
        if LABELS & set(labels):
            must_have_row.add(test["name"])
    return names, must_have_row


def cells_of(line):
    return [each.strip() for each in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def pattern_of(row):
    return re.compile(row[1].strip("`").replace("\\|", "|"))  # a bar in a cell is written with a backslash


def killed_by(name):
    """The seeded bug, or the defect of somebody's allocator, that the test passes for having found; else nothing."""
    if ".twin." in name:
        return name.rsplit(".twin.", 1)[1]
    return name.split(".finding.")[0].rsplit(".", 1)[1] if ".finding." in name else None


class Wall:
    """One table of the page, and the tests that it is to be true to."""

    def __init__(self, lines, tests, elsewhere):
        self.rows = [cells_of(line) for line in lines if line.startswith("|")][2:]
        self.problems = []
        self.names, self.must_have_row = tests
        self.elsewhere = elsewhere  # rows of the page's other tables, whose tests this build may have as well

    def fill(self):
        owners = {}
        for row in self.rows:
            if len(row) != len(HEADER):
                self.problems.append(f"a row has {len(row)} cells, and not {len(HEADER)}: {row[0]}")
                continue
            pattern = pattern_of(row)
            mine = [name for name in self.names if pattern.fullmatch(name)]
            twins = sorted({bug for bug in map(killed_by, mine) if bug})
            for name in mine:
                owners.setdefault(name, []).append(row[0])
            if all(map(killed_by, mine)):
                self.problems.append(f"{row[0]}: no test is called {row[1]}")
            if not twins:
                self.problems.append(f"{row[0]}: no twin: what has caught nothing counts as nothing")
            row[5] = str(sum(not killed_by(name) for name in mine))
            row[6] = f"{len(twins)}: " + ", ".join(twins) if twins else "none"
        for name in self.names:
            held = owners.get(name, [])
            if len(held) > 1:
                self.problems.append(f"{name} belongs to several rows: {', '.join(held)}")
            elif not held and name in self.must_have_row and not any(pattern.fullmatch(name) for pattern in self.elsewhere):
                self.problems.append(f"{name} belongs to no row")

    def text(self):
        rows = [HEADER] + self.rows
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER) - 1)]

        def line(row):
            padded = [row[column].ljust(widths[column]) for column in range(len(widths))]
            return "| " + " | ".join(padded + [row[-1]]) + " |"

        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|---|"
        return [line(rows[0]), rule] + [line(row) for row in rows[1:]]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--page", required=True, type=Path, help="docs/verification.md")
    options.add_argument("--table", required=True, help="which of the page's tables: NAME in <!-- wall NAME -->")
    options.add_argument("--build", required=True, help="a configured build folder")
    options.add_argument("--ctest", default="ctest")
    options.add_argument("--write", action="store_true", help="bring the page up to date")
    given = options.parse_args()
    try:
        lines = given.page.read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        sys.exit(f"verification_wall: {problem}")
    tables = {}
    for number, line in enumerate(lines):
        if begun := re.fullmatch(r"<!-- wall (\w+) -->", line):
            if "<!-- end -->" not in lines[number:]:
                sys.exit(f"verification_wall: {given.page}: the table {begun[1]} has no <!-- end -->")
            tables[begun[1]] = (number + 1, lines.index("<!-- end -->", number))
    if given.table not in tables:
        sys.exit(f"verification_wall: {given.page} has no table {given.table}; it has: {', '.join(tables) or 'none'}")
    begin, end = tables[given.table]
    others = []
    for name, (first, beyond) in tables.items():
        if name != given.table:
            rows = [cells_of(line) for line in lines[first:beyond] if line.startswith("|")][2:]
            others += [pattern_of(row) for row in rows if len(row) == len(HEADER)]
    wall = Wall(lines[begin:end], names_of_tests(given.build, given.ctest), others)
    wall.fill()
    for problem in wall.problems:
        print(f"verification_wall: {problem}", file=sys.stderr)
    text = wall.text()
    if given.write:
        given.page.write_text("\n".join(lines[:begin] + text + lines[end:]) + "\n", encoding="utf-8")
    elif text != lines[begin:end] and not wall.problems:
        changed = next((new for old, new in zip(lines[begin:end], text) if old != new), text[-1])
        print(f"verification_wall: {given.page} is not up to date; bring it so by --write. It is to say:\n{changed}",
              file=sys.stderr)
        wall.problems.append("stale")
    print(f"{given.table}: {len(wall.rows)} harnesses, {sum(int(row[5]) for row in wall.rows if row[5].isdigit())} tests, "
          f"{sum(int(row[6].split(':')[0]) for row in wall.rows if row[6] != 'none')} twins killed")
    return 1 if wall.problems else 0


if __name__ == "__main__":
    sys.exit(main())
