#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Compares the code of two object files, function by function: instructions, their operands, and what they refer to.

usage: same_code.py OBJDUMP FIRST SECOND PREFIX

Functions are those whose names, without parameters, begin with PREFIX, and what the compiler has split off from them. Exit
status: 0 iff both files have the same of them, at least one, with the same code; 1 iff not; 2 iff a file cannot be read.
"""
import re
import subprocess
import sys

ADDRESS = re.compile(r"^\s*[0-9a-f]+:\s+")


def functions_of(objdump, path, prefix):
    """{name: [instructions and relocations]}, without the addresses that lines begin with."""
    command = [objdump, "--disassemble", "--reloc", "--demangle", "--no-show-raw-insn", "--no-addresses", path]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"same_code: {path}: {done.stderr.strip()}", file=sys.stderr)
        sys.exit(2)
    found, current = {}, None
    for line in done.stdout.splitlines():
        match = re.match(r"^(?:[0-9a-f]+ )?<(.+)>:$", line)
        if match:
            name = match.group(1)
            current = found.setdefault(name, []) if name.startswith(prefix) else None
        elif current is not None and line.strip():
            current.append(ADDRESS.sub("", line).strip())
    return found


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    objdump, first_path, second_path, prefix = sys.argv[1:]
    first, second = (functions_of(objdump, path, prefix) for path in (first_path, second_path))
    if not first or set(first) != set(second):
        print(f"same_code: other functions: {sorted(first)} and {sorted(second)}")
        sys.exit(1)
    differing = [name for name in sorted(first) if first[name] != second[name]]
    for name in differing:
        print(f"same_code: {name}: {len(first[name])} lines of code, and {len(second[name])} that differ")
    print(f"same_code: {len(first)} functions, {sum(map(len, first.values()))} lines of code, {len(differing)} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
