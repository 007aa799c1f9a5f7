#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Compares what keeps a checker quiet, anywhere in the project, with the table of docs/sanitizers.md.

suppressions.py [--root FOLDER] [--document FILE]   exit 0 iff each suppression is in the table, as often as it occurs,
                                                    with a reason, and each row of the table still occurs
suppressions.py --places                            prints each, with its file and line
"""
import argparse
import pathlib
import re
import sys

FOLDERS = "include kernel construct services fuzz proptest modelcheck tests bench examples tools sanitizers cmake ci".split()
SOURCES = {".hpp", ".cpp", ".h", ".c"}

# What is matched in which files; the groups name the suppression.
IN_SOURCES = [
    (re.compile(r"NOLINT(?:NEXTLINE|BEGIN)?\(([^)]*)\)"), "NOLINT({})"),
    (re.compile(r"NOLINT(?!\w|\()()"), "NOLINT of everything{}"),
    (re.compile(r"cppcheck-suppress(?:-\w+)?\s+(\w+)"), "cppcheck-suppress {}"),
    (re.compile(r"__attribute__\(\(.*?\b(no_sanitize(?:_\w+)?)\b"), "{}"),
    (re.compile(r"\[\[.*?\b(no_sanitize(?:_\w+)?)\b"), "{}"),
    (re.compile(r"^(?!\s*(?:#define|//)).*\b(NEBULA_WRAPS|NEBULA_UNSEEN)\b"), "{}"),
    (re.compile(r"#pragma (?:clang|GCC) diagnostic ignored \"([^\"]*)\""), "pragma {}"),
]
IN_BUILD = [(re.compile(r"(-fno-sanitize=\w+)"), "{}")]


def in_list(text):
    """Lines of a sanitizer's own file of suppressions."""
    return [line for line in text if line.strip() and not line.startswith(("#", "["))]


def suppressions(root):
    """(what, file, line) of each."""
    own = pathlib.Path(__file__).resolve()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if not path.is_file() or path.resolve() == own:
                continue
            build = path.suffix == ".cmake" or path.name == "CMakeLists.txt"
            listed = folder == "sanitizers" and (path.suffix == ".supp" or path.name.endswith("ignorelist.txt"))
            if not (path.suffix in SOURCES or build or listed):
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                if listed and line in in_list([line]):
                    yield f"{path.name}: {line.strip()}", path, number
                for pattern, name in IN_SOURCES if path.suffix in SOURCES else IN_BUILD if build else []:
                    for match in pattern.finditer(line):
                        for each in match.group(1).split(",") if name.startswith("NOLINT(") else [match.group(1)]:
                            yield name.format(each.strip()), path, number
    tidy = root / ".clang-tidy"
    if tidy.exists():
        for number, line in enumerate(tidy.read_text(encoding="utf-8").splitlines(), 1):
            if re.match(r"  -(?!\*)[\w-]+", line):
                yield f".clang-tidy: {line.strip().rstrip(',')}", tidy, number
    lint = root / "ci" / "lint.bash"
    if lint.exists():
        text = lint.read_text(encoding="utf-8")
        for word in re.search(r"cppcheck_left_out=\(([^)]*)\)", text).group(1).split():
            yield f"cppcheck: {word}", lint, text[: text.index(word)].count("\n") + 1


def table(document):
    """what → (count, reason), of the rows `| `what` | count | reason |` behind the heading of suppressions."""
    rows = {}
    text = document.read_text(encoding="utf-8")
    text = text[text.index("## Suppressions") :]
    for line in text.splitlines():
        match = re.match(r"\| `([^`]*)`\s*\|\s*(\d+)\s*\|\s*(.*?)\s*\|$", line)
        if match:
            rows[match.group(1)] = (int(match.group(2)), match.group(3))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--document", type=pathlib.Path)
    parser.add_argument("--places", action="store_true")
    arguments = parser.parse_args()
    document = arguments.document or arguments.root / "docs" / "sanitizers.md"

    found = {}
    for what, path, number in suppressions(arguments.root):
        found.setdefault(what, []).append(f"{path.relative_to(arguments.root)}:{number}")
    if arguments.places:
        for what, places in sorted(found.items()):
            print(f"{what} | {len(places)} | {' '.join(places)}")
        return 0

    rows, problems = table(document), []
    for what, places in sorted(found.items()):
        count, reason = rows.get(what, (0, ""))
        if count == 0:
            problems.append(f"`{what}` is not listed in {document.name}: {' '.join(places)}")
        elif count != len(places):
            problems.append(f"`{what}` occurs {len(places)} times, listed are {count}: {' '.join(places)}")
        elif len(reason) < 10:
            problems.append(f"`{what}` is listed without a reason")
    for what in rows:
        if what not in found:
            problems.append(f"`{what}` is listed, and occurs nowhere")
    for problem in problems:
        print(problem)
    print(f"{sum(map(len, found.values()))} suppressions of {len(found)} kinds, {len(problems)} problems")
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main())
