#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""check_reference.py macros HEADER DOCUMENT      the document names each macro that the header defines or asks for
check_reference.py retryable HEADER DOCUMENT   its entries say "yes" of exactly the codes of is_retryable()
"""
import re
import sys


def macros(header, document):
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    asked = set(re.findall(r"\bNEBULA_[A-Z0-9_]+\b", code))
    shown = set(re.findall(r"`(NEBULA_[A-Z0-9_]+)`", document))
    return len(asked), [f"{name} is not explained" for name in sorted(asked - shown)]


def retryable(header, document):
    body = re.search(r"\bis_retryable\(error_code \w+\) noexcept \{(.*?)\n\}", header, re.DOTALL)
    if body is None:
        return 0, ["the header has no is_retryable()"]
    expected = set(re.findall(r"error_code::(\w+)", body.group(1)))
    said = re.findall(r"^### \d+ `(\w+)`\n.*?^- \*\*retryable\*\*: (\w+)", document, re.DOTALL | re.MULTILINE)
    problems = []
    for name, word in said:
        if (word == "yes") != (name in expected):
            problems.append(f"{name}: is_retryable() is {str(name in expected).lower()}, and the entry says '{word}'")
    problems += [f"{name} has no entry" for name in sorted(expected - {name for name, _ in said})]
    return len(said), problems


def main():
    checks = {"macros": macros, "retryable": retryable}
    if len(sys.argv) != 4 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    header, document = (open(path, encoding="utf-8").read() for path in sys.argv[2:])
    count, problems = checks[sys.argv[1]](header, document)
    for problem in problems:
        print(f"{sys.argv[3]}: {problem}")
    print(f"{count} read, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
