#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""table.py [DOCUMENT]

Prints the table of the misuse corpus, from the second and third lines of its programs. With a document it compares instead:
exit status 1 iff the document does not show the table as printed.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def programs():
    """{name: {language: (bug, verdict)}}"""
    found = {}
    for language, suffix in (("c", ".c"), ("cpp", ".cpp")):
        for path in sorted((HERE / language).glob(f"*{suffix}")):
            lines = path.read_text(encoding="utf-8").splitlines()
            if len(lines) < 3 or not lines[1].startswith("// ") or not lines[2].startswith("// expect: "):
                sys.exit(f"{path}: the second line says the bug, the third one '// expect: …'")
            found.setdefault(path.stem, {})[language] = (lines[1].removeprefix("// "), lines[2].removeprefix("// expect: "))
    return found


def table():
    rows = [("program", "bug", "verdict", "in")]
    for name, languages in sorted(programs().items()):
        if len(set(languages.values())) != 1:
            sys.exit(f"{name}: its programs in C and in C++ say different things: {languages}")
        bug, verdict = next(iter(languages.values()))
        links = ", ".join(f"[{'C' if each == 'c' else 'C++'}](../tests/misuse/{each}/{name}.{each})" for each in languages)
        rows.append((f"`{name}`", bug.rstrip("."), f"`{verdict}`", links))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def main():
    if len(sys.argv) == 1:
        print("\n".join(table()))
        return 0
    document = pathlib.Path(sys.argv[1])
    shown = document.read_text(encoding="utf-8").splitlines()
    expected = table()
    if expected[0] in shown:
        begin = shown.index(expected[0])
        shown = shown[begin:begin + len(expected) + 1]
        if shown[:len(expected)] == expected and not shown[len(expected):][:1] == ["|"]:
            print(f"{len(expected) - 2} programs")
            return 0
    for line in expected:
        if line not in shown:
            print(f"{document} does not show this line of the table:\n{line}")
            break
    else:
        print(f"{document} shows lines that the table has not, or another order")
    return 1


if __name__ == "__main__":
    sys.exit(main())
