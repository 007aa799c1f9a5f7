#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Drives the example of a server as its users would, and as those would who want it to fail.

usage: drive_server.py PROGRAM

Exit status: 0 iff the server did what its page says.
"""
import contextlib
import csv
import io
import os
import random
import signal
import socket
import subprocess
import sys
import threading

PATIENCE_SECONDS = 60


class unexpected(Exception):
    pass


def expect(found, wanted, what):
    if found != wanted:
        raise unexpected(f"{what}: found {found!r}, wanted {wanted!r}")


class client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.answers = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answers.close()
        self.socket.close()

    def ask(self, line):
        self.socket.sendall(line if isinstance(line, bytes) else line.encode() + b"\n")
        return self.answers.readline().decode(errors="replace").rstrip("\n")

    def statistics(self):
        """By source, metric and label: a dictionary of values."""
        self.socket.sendall(b"statistics\n")
        lines = []
        while (line := self.answers.readline()) not in (b"\r\n", b""):
            lines.append(line.decode())
        rows = csv.DictReader(io.StringIO("".join(lines), newline=""))
        return {(row["source"], row["metric"], row["label_value"]): row["value"] for row in rows}


@contextlib.contextmanager
def server(program, **settings):
    """A running server's port; it must end well when it is told to."""
    environment = dict(os.environ, **settings)
    process = subprocess.Popen([program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        listening = process.stdout.readline()
        if not listening.startswith("listening on 127.0.0.1:"):
            raise unexpected(f"the server says {listening!r} and {process.stderr.read()!r}")
        yield int(listening.rsplit(":", 1)[1])
        process.send_signal(signal.SIGTERM)
        out, complaints = process.communicate(timeout=PATIENCE_SECONDS)
        expect(out, "ended, and every block has come back\n", "its last words")
        expect(process.returncode, 0, "its exit status")
        if "Leaked" in complaints or "runtime error" in complaints or "Sanitizer" in complaints:
            raise unexpected(complaints)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def keeps_what_it_is_given(program):
    with server(program) as port, client(port) as one:
        expect(one.ask("get name"), "error: there is no such key", "before")
        expect(one.ask("set name Ada Lovelace"), "stored", "set")
        expect(one.ask("get name"), "Ada Lovelace", "get")
        expect(one.ask("set name Grace"), "stored", "set again")
        expect(one.ask("get name"), "Grace", "get again")
        expect(one.ask("drop name"), "dropped", "drop")
        expect(one.ask("drop name"), "error: there is no such key", "drop again")
        expect(one.ask("health"), "healthy; healthy 1, degraded 0, failed 0", "health")
        numbers = one.statistics()
        expect(numbers["memory", "allocator_live_blocks", "words"], "0", "live blocks")
        expect(numbers["requests", "requests", "answered"], "6", "answered")
        expect(numbers["requests", "requests", "refused"], "2", "refused")
        expect(one.ask(b"set a b\nget a\nqu"), "stored", "several lines at once")
        expect(one.answers.readline(), b"b\n", "the second of them")
        expect(one.ask(b"it\n"), "", "quit, in two pieces")


def refuses_what_is_no_request(program):
    usage = "error: a line is set KEY VALUE, get KEY, drop KEY, health, statistics, or quit"
    with server(program) as port:
        with client(port) as one:
            for line in ("", "set", "set key", "set  value", "get", "get a b", "drop", "health now", "SET a b", "\0\xff", "x" * 1999):
                expect(one.ask(line), usage, f"of {line[:20]!r}")
            expect(one.ask("set k " + "v" * 1993), "stored", "the longest line")
            expect(one.ask("x" * 2000), "error: a line has at most 1999 bytes", "a longer one")
            expect(one.ask("get k"), "v" * 1993, "after it")
            expect(one.ask("x" * 100_000), "error: a line has at most 1999 bytes", "a much longer one")
            expect(one.ask("health"), "healthy; healthy 1, degraded 0, failed 0", "after it")
        with client(port) as another:
            expect(another.ask("get k"), "v" * 1993, "others are served on")


def lives_within_its_memory(program):
    with server(program, NEBULA_MEMORY_LOG_LEVEL="error", NEBULA_MEMORY_LOG_EVENTS_PER_SECOND="10",
                NEBULA_MEMORY_HEALTH_NEAR_CAPACITY_PER_MILLE="600") as port, client(port) as one:
        kept = 0
        while (said := one.ask(f"set key{kept} {'v' * 1000}")) == "stored":
            kept += 1
        expect(said, "error: no memory for it; drop something, or try again later", "when it is full")
        expect(kept, 32, "values of 1,000 bytes in 32 blocks of 2,048")
        expect(one.ask(f"get key{kept - 1}"), "v" * 1000, "what was kept")
        expect(one.ask(f"get key{kept}"), "error: there is no such key", "what was not kept")
        expect(one.ask(f"set key0 {'w' * 1000}"), "error: no memory for it; drop something, or try again later", "a change")
        expect(one.ask("get key0"), "v" * 1000, "what was not changed")
        expect(one.ask("drop key0"), "dropped", "drop")
        expect(one.ask(f"set key0 {'w' * 1000}"), "stored", "afterwards")
        if int(one.statistics()["memory", "allocator_failed_calls", "words"]) < 2:
            raise unexpected("refusals are not counted")
        small = 0
        while one.ask(f"set small{small} value") == "stored":
            small += 1
        if not one.ask("health").startswith("degraded: 'words' near_capacity, "):
            raise unexpected(f"health when it is full: {one.ask('health')}")
        for index in range(small):
            expect(one.ask(f"drop small{index}"), "dropped", f"small{index}")
        expect(one.ask("health"), "healthy; healthy 1, degraded 0, failed 0", "recovered")


def sheds_large_requests_under_pressure(program):
    with server(program, NEBULA_MEMORY_PRESSURE_HIGH_PER_MILLE="0", NEBULA_MEMORY_PRESSURE_CRITICAL_PER_MILLE="0",
                NEBULA_MEMORY_SHEDDING_ABOVE_CRITICAL_BYTES="256") as port, client(port) as one:
        expect(one.ask("set small value"), "stored", "a small one")
        expect(one.ask(f"set large {'v' * 500}"), "error: no memory for it; drop something, or try again later", "a large one")


def serves_many_at_a_time(program, seed):
    failures = []

    def use(port, number):
        chance = random.Random(seed + number)
        try:
            for _ in range(20):
                with client(port) as one:
                    for step in range(20):
                        value = f"{number}-{step}-" + "v" * chance.randrange(200)
                        expect(one.ask(f"set key{number} {value}"), "stored", "set")
                        expect(one.ask(f"get key{number}"), value, "get")
        except (unexpected, OSError) as failure:
            failures.append(failure)

    with server(program) as port:
        users = [threading.Thread(target=use, args=(port, number)) for number in range(8)]
        for each in users:
            each.start()
        for each in users:
            each.join()
        expect(failures, [], f"with seed {seed}")
        with client(port) as one:
            expect(one.statistics()["requests", "requests", "answered"], str(8 * 20 * 20 * 2), "answered")
            waiting = client(port)  # has said nothing whole, when the server is told to end
            waiting.socket.sendall(b"get")
    waiting.__exit__()


def refuses_a_wrong_setting(program):
    done = subprocess.run([program], env=dict(os.environ, NEBULA_MEMORY_LOG_LEVEL="loud"), capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS)
    expect(done.returncode, 1, "exit status")
    expect(done.stderr, "server: configuration: NEBULA_MEMORY_LOG_LEVEL is 'loud'; accepted is trace, debug, info, warning, error, off\n",
           "what it says")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    for check in (keeps_what_it_is_given, refuses_what_is_no_request, lives_within_its_memory, sheds_large_requests_under_pressure,
                  lambda which: serves_many_at_a_time(which, seed), refuses_a_wrong_setting):
        try:
            check(program)
        except (unexpected, OSError, subprocess.TimeoutExpired) as failure:
            print(f"drive_server: {getattr(check, '__name__', check)}: {failure}", file=sys.stderr)
            sys.exit(1)
    print("6 checks passed")


main()
