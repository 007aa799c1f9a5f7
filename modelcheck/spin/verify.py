#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Searches free_list.pml with spin, holds each search to what is pinned of it, and performs what the model says with the
shipped template.

  verify.py --replay PROGRAM ROW...   the rows named
  verify.py --walks FILE              writes narrated random walks of the model, without judging them
  verify.py --list                    the rows
"""
import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Optional

SPIN = "spin"
MODEL = Path(__file__).resolve().parent / "free_list.pml"
WALKS = 40
STEPS_OF_A_WALK = 3000
FIRST_SEED = 1
DEPTH_MAX = 600_000  # of a path; spin takes the memory for it at once


class Search(NamedTuple):
    """A whole search, or one that ends at a shortest execution that is wrong."""
    threads: int
    blocks: int
    tag_bits: int
    window: Optional[int] = None  # the most changes of others in a window; None: as many as come
    operations: int = 0  # of each thread; 0: without end
    many: int = 0
    whole: int = 1
    states: int = 0  # pinned, iff nothing is wrong
    wrong: str = ""  # what the assertion that fails says
    changes: int = 0  # pinned, iff something is wrong: in the widest window
    steps: int = 0  # and the steps up to there

    def definitions(self):
        given = {"THREADS": self.threads, "BLOCKS": self.blocks, "TAG_BITS": self.tag_bits,
                 "OPERATIONS": self.operations, "MANY": self.many, "WHOLE": self.whole}
        if self.window is not None:
            given["WINDOW"] = self.window
        return [f"-D{name}={value}" for name, value in given.items()]

    def words(self):
        length = f"{self.operations} calls each" if self.operations else "calls without end"
        window = "any number of" if self.window is None else f"at most {self.window}"
        two = ", two blocks at a time too" if self.many else ""
        return (f"{self.threads} threads, {self.blocks} blocks, a tag of {self.tag_bits} bits, {length}{two}, "
                f"{window} changes in a window")


COUNT = "seen_depth==free_count"
TWICE = "out&(1<<"  # already_out()

# The pins are what was found when it was last looked at: other numbers mean that the model, or what it
# can do, has changed; find out why before moving them.
ROWS = {
    # Sufficient: fewer changes than the tag can tell apart, and nothing is wrong, in programs without end.
    "no_tag.clean": Search(2, 3, 0, window=0, states=34056),
    "no_tag.two_changes.clean": Search(2, 3, 0, window=2, states=255791),
    "tag_1.clean": Search(2, 3, 1, window=1, states=117409),
    "tag_1.three_changes.clean": Search(2, 3, 1, window=3, states=492417),
    "tag_2.clean": Search(2, 3, 2, window=3, states=985139),
    "tag_1.many.clean": Search(2, 3, 1, window=1, many=1, states=1190049),
    "three_threads.clean": Search(3, 2, 2, window=2, states=523030),
    "tag_3.clean": Search(2, 2, 3, window=7, states=154960),
    # The same without an assumption: the program ends before the tag comes round.
    "bounded.two_threads.clean": Search(2, 3, 4, operations=5, states=719757),
    "bounded.three_threads.clean": Search(3, 2, 4, operations=3, states=1970957),
    "bounded.many.clean": Search(2, 3, 3, operations=3, many=1, states=376107),
    # Necessary: as many as it can tell apart, and it is wrong.
    "no_tag.wraps": Search(2, 3, 0, window=3, wrong=COUNT, changes=3, steps=25),
    "tag_1.wraps": Search(2, 3, 1, window=4, wrong=COUNT, changes=4, steps=30),
    "tag_2.wraps": Search(2, 3, 2, window=4, wrong=COUNT, changes=4, steps=30),
    "tag_3.wraps": Search(2, 3, 3, window=8, wrong=COUNT, changes=8, steps=54),
    "tag_1.many.wraps": Search(2, 3, 1, window=2, many=1, wrong=COUNT, changes=2, steps=22),
    "no_tag.out_twice": Search(2, 3, 0, window=3, whole=0, wrong=TWICE, changes=3, steps=31),
    "tag_2.out_twice": Search(2, 3, 2, window=4, whole=0, wrong=TWICE, changes=4, steps=36),
    "bounded.no_tag.out_twice": Search(2, 3, 0, operations=4, whole=0, wrong=TWICE, changes=3, steps=31),
}


class Refused(Exception):
    pass


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Refused(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def narrated(text):
    return [line.strip() for line in text.splitlines() if line.strip().startswith("STEP ")]


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise Refused(f"spin does not say '{pattern}':\n{text}")
    return int(found.group(1))


def replayed(program, search, steps, folder):
    """What spin_replay says of these steps."""
    (folder / "steps").write_text(f"WALK {search.threads} {search.blocks} {search.tag_bits}\n" + "\n".join(steps) + "\n")
    said = run([program, "steps"], folder).strip()
    return said, number(r"(\d+) blocks were handed out twice", said)


def widest_window(steps):
    """The most changes that others made between what a thread had read and its exchange, of those that succeeded."""
    changes = {}
    widest = 0
    for step in steps:
        _, who, what, _, _ = step.split()
        if what in ("load_head", "fail"):
            changes[who] = 0
        elif what == "exchange":
            widest = max(widest, changes.pop(who))
            changes = {other: count + 1 for other, count in changes.items()}
    return widest


def readable(steps, search):
    """The steps in words, one a line."""
    place = lambda index: "end" if int(index) == search.blocks else f"block {index}"
    say = {"pop": lambda a, b: "pop", "push": lambda a, b: f"push block {a}", "pop_two": lambda a, b: "pop two",
           "push_two": lambda a, b: f"push blocks {a} and {b}",
           "load_head": lambda a, b: f"  reads the head: {place(a)}, tag {b}",
           "load_link": lambda a, b: f"  reads what follows block {a}: {place(b)}",
           "load_depth": lambda a, b: f"  reads the depth of block {a}: {b}",
           "store_link": lambda a, b: f"  writes what follows block {a}: {place(b)}",
           "store_depth": lambda a, b: f"  writes the depth of block {a}: {b}",
           "exchange": lambda a, b: f"  exchanges the head: {place(a)}, tag {b}",
           "fail": lambda a, b: f"  fails to exchange the head: {place(a)}, tag {b}",
           "popped": lambda a, b: f"has block {a}; the list had {b}",
           "pushed": lambda a, b: f"has put block {a} on top; the list had {b}",
           "none_left": lambda a, b: "finds none"}
    lines = []
    for step in steps:
        _, thread, what, first, second = step.split()
        lines.append(f"    thread {thread}: {say[what](first, second)}")
    return "\n".join(lines)


def judge(name, search, compiler, program):
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / MODEL.name).write_text(MODEL.read_text())
        run([SPIN, "-a", *search.definitions(), MODEL.name], folder)
        breadth = ["-DBFS"] if search.wrong else []
        run([compiler, "-O1", "-w", "-DSAFETY", *breadth, "-o", "pan", "pan.c"], folder)
        found = run(["./pan", "-n", f"-m{DEPTH_MAX}"], folder)
        errors = number(r"errors: (\d+)", found)
        states = number(r"(\d+) states, stored", found)
        reached = number(r"depth reached (\d+)", found)
        if "max search depth too small" in found or "Search not completed" in found and not search.wrong:
            raise Refused(f"{name}: the search is not a whole one:\n{found}")
        print(f"{name}: {search.words()}")
        if not search.wrong:
            print(f"  {states} states, {reached} deep, {errors} errors, "
                  f"{time.monotonic() - start:.1f} s", flush=True)
            if errors:
                trail = narrated(run([SPIN, "-t", "-T", *search.definitions(), MODEL.name], folder))
                raise Refused(f"{name}: FAILED: {re.search(r'pan:1: (.*)', found).group(1)}\n{readable(trail, search)}")
            if states != search.states:
                raise Refused(f"{name}: FAILED: {search.states} states are pinned")
            return
        if errors != 1 or search.wrong not in found:
            raise Refused(f"{name}: FAILED: '{search.wrong}' should be violated, and is not:\n{found}")
        trail = narrated(run([SPIN, "-t", "-T", *search.definitions(), MODEL.name], folder))
        changes = widest_window(trail)
        said, twice = replayed(program, search, trail, folder)
        print(f"  {re.search(r'pan:1: (.*?) *.at depth', found).group(1)}, after {len(trail)} steps:")
        print(readable(trail, search))
        print(f"  changes of the head in the widest window of an exchange that succeeded: {changes}\n  {said}")
        if search.wrong == TWICE and twice == 0:
            raise Refused(f"{name}: FAILED: the shipped template does not hand the block out twice")
        if (changes, len(trail)) != (search.changes, search.steps):
            raise Refused(f"{name}: FAILED: {search.changes} changes and {search.steps} steps are pinned")


def walks(file):
    """Random walks of shapes of each kind, narrated; the tag comes round many times."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / MODEL.name).write_text(MODEL.read_text())
        with open(file, "w") as out:
            for seed in range(FIRST_SEED, FIRST_SEED + WALKS):
                search = Search(2 + seed % 2, 2 + seed % 3, 5, many=seed % 4 // 2, whole=1)
                steps = narrated(run([SPIN, "-T", f"-n{seed}", f"-u{STEPS_OF_A_WALK}", *search.definitions(), MODEL.name],
                                     folder))
                out.write(f"WALK {search.threads} {search.blocks} {search.tag_bits}\n" + "\n".join(steps) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="cc", help="compiles what spin generates")
    parser.add_argument("--spin", default="spin", help="the program spin")
    parser.add_argument("--replay", default="", help="the program spin_replay")
    parser.add_argument("--walks", default="", help="where to write random walks")
    parser.add_argument("--list", action="store_true", help="print the rows")
    parser.add_argument("--pin", type=int, help="pinned states, in place of the row's")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    given = parser.parse_args()
    if given.list:
        for name, search in ROWS.items():
            print(f"{name}: {search.words()}")
        return 0
    unknown = [row for row in given.rows if row not in ROWS]
    if unknown:
        parser.error(f"{unknown[0]}: there is no such row; --list names them")
    if not given.rows and not given.walks:
        parser.error("nothing to do: name rows, or give --walks FILE")
    if given.rows and not given.replay and any(ROWS[row].wrong for row in given.rows):
        parser.error("--replay PROGRAM: spin_replay is needed for rows in which something is wrong")
    global SPIN
    SPIN = given.spin
    try:
        if given.walks:
            walks(given.walks)
        program = given.replay and str(Path(given.replay).resolve())
        for row in given.rows:
            search = ROWS[row] if given.pin is None else ROWS[row]._replace(states=given.pin)
            judge(row, search, given.compiler, program)
    except Refused as refusal:
        print(refusal)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
