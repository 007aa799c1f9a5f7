#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Compares the safety requirements with the code that carries their ids and the tests that mention them.

usage: trace_check.py [--strict] [--root DIR] [--requirements FILE]...

A requirement is stated by a heading `### SR-AREA-000 Title` in docs/requirements/*.md (or in the files given), with the four fields
of FIELDS below it. It is carried by each file of include/ and kernel/ that has its id, and mentioned by each file of the test folders
that has it. The verification kit, include/nebula/verify/, is a test of the kernel and the carrier of its own ids, SR-VER-….
`SR-AREA-001 to SR-AREA-003` names the three of them, in brackets or not, also across a line's end.

Errors: an id that code, tests or pages have and no requirement states; one stated and not carried; one stated twice; a malformed id; a
range that runs backwards; an entry that lacks a field; an assumption of use, AoU-00, that is not stated, or stated twice.
Warnings, and errors with --strict: an id that no test mentions; a file named under `Verified` that does not exist.
Exit status: 0 iff there is no error, 1 iff there is, 2 iff the check itself cannot be made.
"""
import argparse
import pathlib
import re
import signal
import sys

CARRIER_FOLDERS = ("include", "kernel")
TEST_FOLDERS = ("tests", "proptest", "fuzz", "modelcheck", "examples", "sanitizers")
KIT_FOLDER = "include/nebula/verify"
KIT_AREA = "VER"
SUFFIXES = {".hpp", ".h", ".cpp", ".c", ".py", ".bash", ".cmake", ".txt", ".md"}
FIELDS = ("Statement", "Rationale", "On failure", "Verified")

LOOKS_LIKE_ID = re.compile(r"\bSR-[A-Za-z]*-?\d+\b")
ID = re.compile(r"SR-([A-Z]+)-(\d{3})")
RANGE = re.compile(r"\b(SR-([A-Z]+)-(\d{3}))\]?[\s/#*]*(?:to|through|…|–|\.\.)[\s/#*]*\[?(SR-([A-Z]+)-(\d{3}))\b")
HEADING = re.compile(r"^### (SR-[A-Z]+-\d{3}) \S.*$", re.MULTILINE)
ASSUMPTION = re.compile(r"\bAoU-\d\d\b")
ASSUMPTION_HEADING = re.compile(r"^### (AoU-\d\d) \S.*$", re.MULTILINE)
NAMED_FILE = re.compile(r"`([\w./*-]+/[\w.*-]+)`")


class bad_input(Exception):
    pass


class findings:
    def __init__(self):
        self.errors = []
        self.warnings = []


def files_below(root, folder):
    """The text files of a folder, in the order of their names; none iff there is no such folder."""
    return sorted(path for path in (root / folder).rglob("*") if path.is_file() and path.suffix in SUFFIXES)


def read(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise bad_input(f"{path}: cannot be read as UTF-8 text: {failure}") from failure


def place_of(path, root, text, offset):
    """file:line, the file as seen from the project's folder if it is in there."""
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{shown}:{line_of(text, offset)}"


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def ids_in(text, place, found):
    """{id: line} of all ids in a text, ranges spelled out."""
    ids = {}
    for match in LOOKS_LIKE_ID.finditer(text):
        if ID.fullmatch(match.group()):
            ids.setdefault(match.group(), line_of(text, match.start()))
        else:
            found.errors.append(f"{place}:{line_of(text, match.start())}: '{match.group()}' is no id; ids are as SR-POOL-001")
    for match in RANGE.finditer(text):
        first, first_area, first_number, last, last_area, last_number = match.groups()
        line = line_of(text, match.start())
        if first_area != last_area or int(first_number) >= int(last_number):
            found.errors.append(f"{place}:{line}: the range {first} to {last} must ascend within one area")
            continue
        for number in range(int(first_number), int(last_number) + 1):
            ids.setdefault(f"SR-{first_area}-{number:03}", line)
    return ids


def read_entries(files, root, found):
    """{id: place} of the requirements stated; checks each entry's fields and the files that it names."""
    entries = {}
    for path in files:
        text = read(path)
        headings = list(HEADING.finditer(text))
        for match in headings:
            place = place_of(path, root, text, match.start())
            name = match.group(1)
            if name in entries:
                found.errors.append(f"{place}: {name} is stated twice, first at {entries[name]}")
            entries.setdefault(name, place)
            end = re.search(r"^#{1,3} ", text[match.end():], re.MULTILINE)
            body = text[match.end():match.end() + end.start()] if end else text[match.end():]
            for field in FIELDS:
                if not re.search(rf"^- \*\*{field}:\*\* \S", body, re.MULTILINE):
                    found.errors.append(f"{place}: {name} lacks the field '- **{field}:** …'")
            verified = body.partition("- **Verified:**")[2]
            for pattern in NAMED_FILE.findall(verified):
                if not any(root.glob(pattern)):
                    found.warnings.append(f"{place}: {name} names {pattern}, and there is no such file")
    return entries


def trace(root, folders, found):
    """({id: [files that carry it]}, {id: [files that mention it]}, {id: first place})."""
    carried, mentioned, places = {}, {}, {}
    for folder in folders:
        for path in files_below(root, folder):
            name = path.relative_to(root).as_posix()
            if folder == "docs" and path.suffix != ".md":
                continue
            for each, line in ids_in(read(path), name, found).items():
                places.setdefault(each, f"{name}:{line}")
                if folder == "docs":
                    continue
                in_kit = name.startswith(KIT_FOLDER + "/")
                is_kits_own = ID.fullmatch(each).group(1) == KIT_AREA
                carries = folder in CARRIER_FOLDERS and in_kit == is_kits_own
                if carries or folder in TEST_FOLDERS or in_kit:
                    (carried if carries else mentioned).setdefault(each, []).append(name)
    return carried, mentioned, places


def check_assumptions(root, found):
    stated = {}
    for path in files_below(root, "docs/requirements"):
        text = read(path)
        for match in ASSUMPTION_HEADING.finditer(text):
            place = place_of(path, root, text, match.start())
            if match.group(1) in stated:
                found.errors.append(f"{place}: {match.group(1)} is stated twice, first at {stated[match.group(1)]}")
            stated.setdefault(match.group(1), place)
    for folder in (*CARRIER_FOLDERS, "docs"):
        for path in files_below(root, folder):
            if folder == "docs" and path.suffix != ".md":
                continue
            text = read(path)
            for match in ASSUMPTION.finditer(text):
                if match.group() not in stated:
                    place = place_of(path, root, text, match.start())
                    found.errors.append(f"{place}: {match.group()} is not stated")


def print_table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def without_folders(names):
    return ", ".join(name.removeprefix("include/nebula/") for name in names) or "-"


def check(options):
    root = options.root.resolve()
    requirement_files = options.requirements or sorted((root / "docs/requirements").glob("*.md"))
    if not requirement_files:
        raise bad_input(f"{root / 'docs/requirements'}: no *.md file; give --root or --requirements")
    found = findings()
    entries = read_entries(requirement_files, root, found)
    if not entries:
        raise bad_input(f"{requirement_files[0]}: no requirement; each has a heading '### SR-AREA-000 Title'")
    # Pages that stand beside a replacement of the requirements are not its own.
    folders = (*CARRIER_FOLDERS, *TEST_FOLDERS) + (() if options.requirements else ("docs",))
    carried, mentioned, places = trace(root, folders, found)
    check_assumptions(root, found)

    for each in sorted(set(places) - set(entries)):
        found.errors.append(f"{places[each]}: {each} is not stated by any requirement")
    for each, place in sorted(entries.items()):
        if each not in carried:
            found.errors.append(f"{place}: {each} is stated, and no header carries it")
        if each not in mentioned:
            found.warnings.append(f"{place}: no test mentions {each}")

    rows = [("id", "headers", "tests")]
    for each in sorted(set(entries) | set(carried)):
        rows.append((each, without_folders(carried.get(each, [])), without_folders(mentioned.get(each, []))))
    print_table(rows)
    errors = found.errors + (found.warnings if options.strict else [])
    warnings = [] if options.strict else found.warnings
    for text in warnings:
        print(f"warning: {text}")
    for text in errors:
        print(f"error: {text}")
    print(f"{len(entries)} requirements, {sum(1 for each in entries if each in mentioned)} of them mentioned by tests, "
          f"{len(warnings)} warnings, {len(errors)} errors")
    return 1 if errors else 0


def main():
    parser = argparse.ArgumentParser(description="Compares the safety requirements with the code and the tests.")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2],
                        help="the project's folder")
    parser.add_argument("--requirements", type=pathlib.Path, action="append", metavar="FILE",
                        help="read the requirements from here, not from docs/requirements")
    options = parser.parse_args()
    if not options.root.is_dir():
        raise bad_input(f"{options.root}: no such folder")
    return check(options)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has seen enough, as `head`, is no error
    try:
        sys.exit(main())
    except bad_input as failure:
        print(f"trace_check.py: {failure}", file=sys.stderr)
        sys.exit(2)
