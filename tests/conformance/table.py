#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""table.py PAGE PROGRAM…: runs programs that make single mistakes on an allocator each (misuse.cpp), prints one table of
what became of them, and fails iff the page does not show it."""
import pathlib
import re
import subprocess
import sys

LINE = re.compile(r"  (.{36})(.{15})(promised|not promised)")


def column(program):
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    matches = [LINE.match(line) for line in lines[1:]]
    if not matches or not all(matches):
        sys.exit(f"{program} does not print what misuse.cpp prints")
    outcomes = {}
    for match in matches:
        mistake, outcome, promised = (part.strip() for part in match.groups())
        outcomes[mistake] = f"**{outcome}**" if promised == "promised" else outcome
    return lines[0], outcomes


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: table.py PAGE PROGRAM…")
    columns = [column(program) for program in sys.argv[2:]]
    mistakes = list(max((outcomes for _, outcomes in columns), key=len))
    for _, outcomes in columns:
        mistakes += [mistake for mistake in outcomes if mistake not in mistakes]
    rows = [["mistake"] + [f"`{name}`" for name, _ in columns]]
    rows += [[mistake] + [outcomes.get(mistake, "–") for _, outcomes in columns] for mistake in mistakes]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    text = "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)
    print(text)
    page = pathlib.Path(sys.argv[1])
    if text not in page.read_text(encoding="utf-8"):
        sys.exit(f"{page} does not show this table: copy it from above")


main()
