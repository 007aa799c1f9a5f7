#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""check_c_api.py CHECK PROJECT C_HEADERS

  enumerators  each enumerator of C++ has its twin in C, of the same value, and none in C is without one [SR-CAPI-004]
  called       each function of the C headers is called by the tests in C
  documented   each function of the C headers stands in the tables of docs/c_api.md, and no other does
"""
import pathlib
import re
import sys

# C++ header, enumeration, prefix of the C enumerators
ENUMERATIONS = (
    ("error.hpp", "error_code", "NEBULA_ERROR_"),
    ("error.hpp", "operation", "NEBULA_OPERATION_"),
    ("error.hpp", "component", "NEBULA_COMPONENT_"),
    ("error.hpp", "configuration_field", "NEBULA_FIELD_"),
    ("check_level.hpp", "check_level", "NEBULA_CHECK_LEVEL_"),
)
# the names that a macro of the tests stands for
FAMILIES = {
    "POOL": ("nebula_pool", "nebula_local_pool"),
    "SEGREGATED": ("nebula_segregated", "nebula_local_segregated"),
}


def read(path):
    return path.read_text(encoding="utf-8")


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def all_headers(folder):
    headers = sorted(folder.glob("*.h"))
    if not headers:
        sys.exit(f"{folder}: no header")
    return without_comments("\n".join(read(path) for path in headers))


def functions(folder):
    code = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", all_headers(folder), flags=re.MULTILINE)
    found = re.findall(r"\b(nebula_\w+)\s*\([^()]*\)\s*NEBULA_C_NOEXCEPT\s*;", code)
    return found or sys.exit(f"{folder}: no function")


def enumerators(project, folder):
    of_c = {name: int(value) for name, value in re.findall(r"\b(NEBULA_\w+) = (\d+),", all_headers(folder))}
    problems = []
    for header, enumeration, prefix in ENUMERATIONS:
        path = project / "include/nebula/kernel" / header
        body = re.search(rf"enum class {enumeration} [^{{]*\{{(.*?)\n\}};", read(path), re.DOTALL)
        if body is None:
            sys.exit(f"{path}: no enumeration {enumeration}")
        of_cpp = {name: int(value) for name, value in re.findall(r"(\w+)\s*=\s*(\d+)", without_comments(body.group(1)))}
        for name, value in of_cpp.items():
            twin = prefix + name.upper()
            if twin not in of_c:
                problems.append(f"{enumeration}::{name} has no {twin}")
            elif of_c[twin] != value:
                problems.append(f"{twin} is {of_c[twin]}, {enumeration}::{name} {value}")
        for twin in of_c:
            if twin.startswith(prefix) and twin.removeprefix(prefix).lower() not in of_cpp:
                problems.append(f"{twin} has no {enumeration}::{twin.removeprefix(prefix).lower()}")
    return len(of_c), problems


def called(project, folder):
    used = set()
    for path in sorted((project / "tests/c_api").glob("*.[ch]")):
        text = without_comments(read(path))
        used.update(re.findall(r"\b(nebula_\w+)\s*\(", text))
        for macro, suffix in re.findall(r"\b([A-Z]+)\((_\w+)\)\s*\(", text):
            used.update(family + suffix for family in FAMILIES.get(macro, ()))
    declared = functions(folder)
    return len(declared), [f"{name} is called by no test in tests/c_api" for name in declared if name not in used]


def documented(project, folder):
    """A table that begins with "functions of `family`…" has suffixes, as `_reset`, for all of them; others have whole names."""
    path = project / "docs/c_api.md"
    rows = []  # of each name in a first column, what it may stand for
    families = ()
    for line in read(path).partition("\n## Functions\n")[2].splitlines():
        first_column = line.split("|")[1] if line.startswith("|") else ""
        names = re.findall(r"`(\w+)`", first_column)
        if first_column.strip().startswith("functions"):
            families = tuple(names)
        else:
            rows += [{family + name for family in families} if name.startswith("_") else {name} for name in names]
    declared = functions(folder)
    listed = set().union(*rows)
    problems = [f"{path}: {name} is not in the tables" for name in declared if name not in listed]
    for row in rows:
        if not row & set(declared):
            problems.append(f"{path}: {' or '.join(sorted(row))} is no function of the headers")
    return len(declared), problems


def main():
    checks = {each.__name__: each for each in (enumerators, called, documented)}
    if len(sys.argv) != 4 or sys.argv[1] not in checks:
        sys.exit("usage: check_c_api.py enumerators|called|documented PROJECT C_HEADERS")
    count, problems = checks[sys.argv[1]](pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    for problem in problems:
        print(problem)
    print(f"{count} {'enumerators' if sys.argv[1] == 'enumerators' else 'functions'}, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
