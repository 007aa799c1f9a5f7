#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Records which blocks a real program asks for, one after the other, for the caches' tests and charts.

    record_blocks.py file FILE OUTPUT -- PROGRAM...      pages of FILE that the program reads (strace)
    record_blocks.py memory PAGES OUTPUT -- PROGRAM...   pages of memory that it touches, the same page once in a row, PAGES at most (valgrind)

OUTPUT: two bytes for each access, little-endian: the block, numbered in the order in which blocks first came. Pages have 4096 bytes.
"""
import re
import struct
import subprocess
import sys
import tempfile

PAGE = 4096


def pages_of_file(path, command):
    """preads of the file, and whatever the file's descriptor is called."""
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(["strace", "-f", "-y", "-e", "trace=pread64", "-o", log.name, *command], check=True, stdout=subprocess.DEVNULL)
        call = re.compile(r"pread64\(\d+<" + re.escape(path) + r">, .*, (\d+), (\d+)\)\s+= (\d+)")
        for line in log:
            found = call.search(line)
            if found and int(found[3]) > 0:
                first = int(found[2]) // PAGE
                last = (int(found[2]) + int(found[3]) - 1) // PAGE
                yield from range(first, last + 1)


def pages_of_memory(most, command):
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={log.name}", *command], check=True, stdout=subprocess.DEVNULL)
        before = None
        count = 0
        for line in log:
            if line[:2] not in ("I ", " L", " S", " M"):
                continue
            page = int(line[3:].split(",")[0], 16) // PAGE
            if page != before:
                yield page
                count += 1
                if count == most:
                    return
            before = page


def main():
    if len(sys.argv) < 6 or sys.argv[1] not in ("file", "memory") or sys.argv[4] != "--":
        sys.exit(__doc__)
    kind, what, output, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[5:]
    blocks = pages_of_file(what, command) if kind == "file" else pages_of_memory(int(what), command)
    numbers = {}
    accesses = [numbers.setdefault(block, len(numbers)) for block in blocks]
    if not accesses or len(numbers) > 0x10000:
        sys.exit(f"record_blocks: {len(accesses)} accesses to {len(numbers)} blocks; 1 to 65536 blocks can be written")
    with open(output, "wb") as to:
        to.write(b"".join(struct.pack("<H", number) for number in accesses))
    print(f"{output}: {len(accesses)} accesses to {len(numbers)} blocks")


if __name__ == "__main__":
    main()
