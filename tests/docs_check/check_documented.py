#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""check_documented.py HEADER ENUMERATION DOCUMENT

The document has an entry for each enumerator, and no other: a heading `### value name`, with the name between back
quotes, or a row of a table whose first two cells are those.

Each entry has each of the fields that the first one has, filled in: a line that begins with "- **field**:", or a cell of
the row, whose field is the column's title.
"""
import re
import sys


def enumerators(header, enumeration):
    text = open(header, encoding="utf-8").read()
    body = re.search(rf"enum class {enumeration} [^{{]*\{{(.*?)\n\}};", text, re.DOTALL)
    if body is None:
        sys.exit(f"{header}: no enumeration {enumeration}")
    code = re.sub(r"//[^\n]*", "", body.group(1))
    return {name: int(value) for name, value in re.findall(r"(\w+)\s*=\s*(\d+)", code)}


def entries(document):
    """name: (value, line, {field: text})"""
    found = {}
    name = None
    titles = []
    for number, line in enumerate(open(document, encoding="utf-8"), start=1):
        heading = re.match(r"### (\d+) `(\w+)`\s*$", line) or re.match(r"\| *(\d+) *\| *`(\w+)` *\|", line)
        field = re.match(r"- \*\*(.+?)\*\*: *(.*)$", line)
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if heading:
            name = heading.group(2)
            if name in found:
                sys.exit(f"{document}:{number}: {name} has a second entry")
            found[name] = (int(heading.group(1)), number, dict(zip(titles[2:], cells[2:])))
        elif cells:
            titles = titles if set(line.strip()) <= set("|-: ") else cells
        elif line.startswith("#"):
            name = None
        elif field and name:
            found[name][2][field.group(1)] = field.group(2).strip()
    return found


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: check_documented.py HEADER ENUMERATION DOCUMENT")
    header, enumeration, document = sys.argv[1:]
    declared = enumerators(header, enumeration)
    described = entries(document)
    problems = []
    for name, value in declared.items():
        if name not in described:
            problems.append(f"{document}: {name} ({value}) has no entry; add `### {value} {name}`")
        elif described[name][0] != value:
            problems.append(f"{document}:{described[name][1]}: {name} is {value}, not {described[name][0]}")
    fields = next(iter(described.values()))[2].keys() if described else ()
    if not fields:
        problems.append(f"{document}: no entry with fields")
    for name, (_, line, present) in described.items():
        if name not in declared:
            problems.append(f"{document}:{line}: {name} is no enumerator of {enumeration}; remove the entry")
        for field in fields:
            if not present.get(field):
                problems.append(f"{document}:{line}: {name} has no {field}")
        for field in present.keys() - fields:
            problems.append(f"{document}:{line}: {name} has a field that the others have not, {field}")
    for problem in problems:
        print(problem)
    print(f"{len(declared)} enumerators, {len(described)} entries, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
