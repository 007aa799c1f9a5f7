#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Broken twins of a build of the fuzz targets: breaks a copy in one way, and hands it to fuzz/check_build.py.

  fuzz/broken_builds.py WAY OUT TARGETS TARGET COMPILER SCRATCH

OUT and TARGETS are a good build's, TARGET one that was built; COMPILER makes the targets that it lacks. Exit status and
output are the checker's.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

PROJECT = pathlib.Path(__file__).resolve().parent.parent
ENTRY = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, decltype(sizeof(0)) size)'


class build:
    def __init__(self, out, targets, target, compiler):
        self.out, self.targets, self.target, self.compiler = out, targets, target, compiler

    def of(self, ending):
        return self.out / (self.target + ending)

    def name_with_a_dot(self):
        self.of("").rename(self.out / f"{self.target}.fuzz")

    def listed_name_with_a_dot(self):
        self.targets.write_text(self.targets.read_text() + f"{self.target}.again\t{self.target}\n")

    def target_missing(self):
        self.of("").unlink()

    def target_not_executable(self):
        shutil.copyfile(self.of(""), self.of(".copy"))  # not through the link, whose other end is the good build's
        self.of(".copy").chmod(0o644)
        self.of(".copy").replace(self.of(""))

    def corpus_missing(self):
        self.of("_seed_corpus.zip").unlink()

    def corpus_empty(self):
        self.of("_seed_corpus.zip").unlink()
        zipfile.ZipFile(self.of("_seed_corpus.zip"), "w").close()

    def corpus_of_nothing(self):
        shutil.copyfile(self.of("_seed_corpus.zip"), self.out / "nothing_seed_corpus.zip")

    def options(self, text):
        self.of(".options").unlink(missing_ok=True)
        self.of(".options").write_text(text)

    def dictionary_missing(self):
        self.options("[libfuzzer]\ndict = of_nobody.dict\n")

    def dictionary_unreadable(self):
        self.of(".broken.dict").write_text('name="unfinished\n')
        self.options(f"[libfuzzer]\ndict = {self.target}.broken.dict\n")

    def option_unknown(self):
        self.options("[libfuzzer]\nmaximum_length = 512\n")

    def option_without_section(self):
        self.options("max_len = 512\n")

    def section_unknown(self):
        self.options("[libfuzz]\nmax_len = 512\n")

    def replace_target(self, body, *flags):
        source = self.out.parent / "target.cpp"
        source.write_text(f"{ENTRY} {{\n{body}\n  return 0;\n}}\n")
        self.of("").unlink()
        subprocess.run([self.compiler, "-O1", *flags, "-fsanitize=fuzzer", source, "-o", self.of("")], check=True)

    # A hundred places that an input can reach.
    BRANCHES = "volatile int seen = 0;\n" + "".join(f"if (size > {n} && data[{n}] == {n}) seen = {n};\n" for n in range(100))

    def without_coverage(self):
        self.replace_target("static_cast<void>(data); static_cast<void>(size);", "-fsanitize=address")

    def without_sanitizer(self):
        self.replace_target(self.BRANCHES)

    def crash_on_the_corpus(self):
        self.replace_target(self.BRANCHES + "if (size > 3) __builtin_trap();", "-fsanitize=address")

    def end_on_the_corpus(self):
        self.replace_target(self.BRANCHES + "if (size > 3) _Exit(0);", "-fsanitize=address", "-include", "cstdlib")


WAYS = sorted(name for name in vars(build) if name[0].islower() and name not in ("of", "options", "replace_target"))


def main():
    if len(sys.argv) != 7 or sys.argv[1] not in WAYS:
        sys.exit(f"{__doc__}\nways: {' '.join(WAYS)}")
    way, good, targets, target, compiler, scratch = sys.argv[1:]
    folder = pathlib.Path(scratch) / way
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "out").mkdir(parents=True)
    for path in pathlib.Path(good).iterdir():
        if path.name.startswith(target) or path.suffix == ".dict":
            os.link(path, folder / "out" / path.name)
    shutil.copyfile(targets, folder / "targets.tsv")
    getattr(build(folder / "out", folder / "targets.tsv", target, compiler), way)()
    done = subprocess.run([PROJECT / "fuzz/check_build.py", folder / "out", folder / "targets.tsv", "--built", target], check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
