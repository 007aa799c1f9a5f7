#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""check_layers.py PROJECT: each layer includes only what lies below it; nothing of the kernel, and of the layer of objects on it, is
keyed on the build type."""
import pathlib
import re
import sys

FREESTANDING = {"atomic", "cstddef", "cstdint", "limits", "new", "type_traits"}
# Of the memory checkers, in builds that have them.
CHECKERS = {"include/nebula/kernel/memory_tools.hpp": {"sanitizer/asan_interface.h", "sanitizer/msan_interface.h", "valgrind/memcheck.h"}}
OBJECTS = {"cstddef", "cstdint", "iterator", "limits", "memory", "memory_resource", "new", "type_traits", "utility"}
FREESTANDING_IN_C = {"stdbool.h", "stddef.h", "stdint.h"}  # those of C11, 4p6, that are needed

# layer: (folders, the project's own headers that it may include, the standard and library headers that it may: None for any)
LAYERS = {
    "C headers": (("include/nebula/nebula.h", "include/nebula/c"), ("nebula/c/",), FREESTANDING_IN_C),
    "kernel": (
        ("include/nebula/kernel.hpp", "include/nebula/kernel", "kernel"),
        ("nebula/kernel/", "nebula/c/", "nebula/nebula.h"),
        FREESTANDING,
    ),
    "construct": (
        ("include/nebula/nebula.hpp", "include/nebula/construct"),
        ("nebula/kernel/", "nebula/kernel.hpp", "nebula/construct/"),
        OBJECTS,
    ),
    "verify": (
        ("include/nebula/verify",),
        ("nebula/kernel/", "nebula/kernel.hpp", "nebula/c/", "nebula/nebula.h", "nebula/verify/"),
        None,
    ),
    "services": (
        ("include/nebula/services", "services"),
        ("nebula/kernel/", "nebula/kernel.hpp", "nebula/construct/", "nebula/services/"),
        None,
    ),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
BUILD_TYPE = re.compile(r"^\s*#.*\bNDEBUG\b|\bassert\s*\(|^\s*#\s*include\s*<(cassert|assert\.h)>")


def problem_of(layer, allowed_own, allowed_library, quote, header):
    if quote == '"':
        return None if layer == "services" else f"{layer} includes \"{header}\", which is not by its public path"
    if header.startswith("nebula/"):
        return None if header.startswith(allowed_own) else f"{layer} must not include <{header}>"
    if allowed_library is None or header in allowed_library:
        return None
    return f"{layer} must not include <{header}>: <{'>, <'.join(sorted(allowed_library))}> only"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check_layers.py PROJECT")
    project = pathlib.Path(sys.argv[1])
    problems, files = [], 0
    for layer, (folders, allowed_own, allowed_library) in LAYERS.items():
        for folder in folders:
            place = project.joinpath(folder)
            for path in [place] if place.is_file() else sorted([*place.rglob("*.[hc]pp"), *place.rglob("*.h")]):
                files += 1
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                    where = f"{path.relative_to(project)}:{number}"
                    match = INCLUDE.match(line)
                    checkers = CHECKERS.get(path.relative_to(project).as_posix(), set())
                    problem = match and match.group(2) not in checkers and problem_of(
                        layer, allowed_own, allowed_library, match.group(1), match.group(2)
                    )
                    if problem:
                        problems.append(f"{where}: {problem}")
                    keyed = layer in ("C headers", "kernel", "construct") and BUILD_TYPE.search(line.split("//")[0])
                    if keyed and "static_assert" not in line:
                        problems.append(f"{where}: keyed on the build type (NDEBUG)")
    for problem in problems:
        print(problem)
    print(f"{files} files, {len(problems)} problems")
    return 1 if problems or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
