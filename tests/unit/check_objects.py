#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Looks into compiled objects for what the kernel promises not to contain.

  imports    they import nothing but memcpy, memmove, memset and memcmp
  start_up   nothing in them runs before main()
  bss        the symbols named are in .bss, so that they take no room in the image
  registers  the functions named store nothing to memory, so that their results come back in registers
"""
import argparse
import re
import subprocess
import sys

# By these names, or those that the ARM EABI has for them; and the probe of a large stack frame's pages on Windows.
ALLOWED_IMPORTS = re.compile(
    r"mem(cpy|move|set|cmp)|__aeabi_mem(cpy|move|set|clr)[48]?|_GLOBAL_OFFSET_TABLE_|___chkstk_ms")
START_UP_SECTIONS = (".init_array", ".ctors", ".preinit_array", ".fini_array", ".dtors")


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def symbols(nm, objects):
    """(type, name) of each symbol of each object."""
    for line in output_of(nm, *objects).splitlines():
        match = re.match(r"^[0-9a-fA-F]*\s+([A-Za-z?])\s+(\S+)$", line)
        if match:
            yield match.group(1), match.group(2)


def imports(options):
    defined, undefined = set(), set()
    for kind, name in symbols(options.nm, options.objects):
        (undefined if kind in "Uwv" else defined).add(name)
    if not defined:
        return ["no symbol at all: the wrong objects?"]
    return [f"imports {name}" for name in sorted(undefined - defined) if not ALLOWED_IMPORTS.fullmatch(name)]


def start_up(options):
    text = output_of(options.objdump, "-h", *options.objects)
    if ".text" not in text:
        return ["no code at all: the wrong objects?"]
    sections = set(re.findall(r"^\s*\d+\s+(\S+)", text, re.MULTILINE))
    found = sorted(name for name in sections if name.startswith(START_UP_SECTIONS))
    return [f"section {name} runs code at start-up or exit" for name in found]


def bss(options):
    kinds = dict((name, kind) for kind, name in symbols(options.nm, options.objects))
    problems = []
    for symbol in options.symbol:
        found = [kind for name, kind in kinds.items() if re.search(rf"\d{symbol}E?$", name)]
        if not found:
            problems.append(f"{symbol} is not in the objects")
        elif found[0] not in "Bb":
            problems.append(f"{symbol} (type {found[0]}) is not in .bss")
    return problems


def registers(options):
    text = output_of(options.objdump, "-d", "--no-show-raw-insn", *options.objects)
    problems = []
    for function in options.function:
        match = re.search(rf"<\S*{function}\S*>:\n((?:.+\n)+)", text)
        if not match:
            problems.append(f"{function} is not in the objects")
            continue
        for line in match.group(1).splitlines():
            instruction = line.split(":", 1)[-1].strip()
            operands = instruction.split(None, 1)[1] if " " in instruction else ""
            # AT&T order: the destination is the last operand
            ends_in_memory = re.search(r"\)$", operands.split("#")[0].strip())
            if ends_in_memory and not re.search(r"\bnop|^(lea|call|jmp|cmp|test)", instruction):
                problems.append(f"{function} stores to memory: {instruction}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nm", required=True)
    parser.add_argument("--objdump", required=True)
    checks = parser.add_subparsers(dest="check", required=True)
    for check in (imports, start_up, bss, registers):
        sub = checks.add_parser(check.__name__)
        sub.set_defaults(run=check)
        sub.add_argument("--symbol", action="append", default=[])
        sub.add_argument("--function", action="append", default=[])
        sub.add_argument("objects", nargs="+")
    options = parser.parse_args()
    problems = options.run(options)
    for problem in problems:
        print(problem)
    print(f"{options.check}: {len(options.objects)} objects, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
