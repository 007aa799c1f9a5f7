# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The bench's samples: runs nebula-bench, round by round, and sums up what it has measured."""
import collections
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess

LEAST_SAMPLES = 5  # without preemption, before those with one are dropped
Sample = collections.namedtuple("Sample", "time_ns is_preempted is_spoilt")


class failed(Exception):
    pass


class called_wrongly(Exception):
    pass


def run(command, environment=None):
    outcome = subprocess.run(command, capture_output=True, text=True, env=environment)
    if outcome.returncode != 0:
        raise failed(f"{' '.join(map(str, command))} ended with status {outcome.returncode}:\n{outcome.stderr.strip()}")
    return outcome


# --- measuring -------------------------------------------------------------------------------------------------------


def columns_of(program):
    outcome = run([program, "--list"])
    scenarios = {}
    for line in outcome.stdout.splitlines():
        scenario, _, column = line.partition("\t")
        scenarios.setdefault(scenario, []).append(column)
    left_out = [line.partition("left out: ")[2] for line in outcome.stderr.splitlines() if "left out: " in line]
    return scenarios, left_out


def sample_of(entry):
    """Nanoseconds of one thread for an operation. Of one thread alone, the processor's time: a preemption then spoils no
    more than its caches."""
    factor = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[entry["time_unit"]]
    threads = entry["threads"]
    time = entry["real_time"] * threads if threads > 1 else entry["cpu_time"]
    is_preempted = entry["preemptions"] > 0
    return Sample(time * factor / entry["operations"], is_preempted, is_preempted and threads > 1)


def measure_longer(scenario):
    """Several threads take some time to begin together."""
    return "2_threads" in scenario or "of_threads" in scenario or scenario.startswith("produce")


def measure_round(program, scenario, seconds, repetitions):
    command = [program, f"--benchmark_filter=^{re.escape(scenario)}/", "--benchmark_format=json",
               "--benchmark_enable_random_interleaving=true", f"--benchmark_repetitions={repetitions}",
               f"--benchmark_min_time={seconds}"]
    samples = {}
    for entry in json.loads(run(command).stdout)["benchmarks"]:
        if entry["run_type"] != "iteration":
            continue
        if entry.get("error_occurred"):
            raise failed(f"{entry['name']}: {entry['error_message']}")
        column = entry["run_name"].split("/")[1]
        samples.setdefault(column, []).append(sample_of(entry))
    return samples


def measure(arguments):
    programs = {}
    for each in arguments.program:
        label, separator, path = each.partition("=")
        if not separator or not label or not pathlib.Path(path).is_file():
            raise called_wrongly(f"--program takes LABEL=PATH of a built nebula-bench, got: {each}")
        programs[label] = path
    try:
        wanted = re.compile(arguments.only)
    except re.error as problem:
        raise called_wrongly(f"--only takes a regular expression, and '{arguments.only}' is none: {problem}")
    results = {"command": arguments.command_line, "date": datetime.date.today().isoformat(), "machine": machine(), "rounds": arguments.rounds,
               "load_before": os.getloadavg()[0], "compilers": {}}
    for label, program in programs.items():
        scenarios, left_out = columns_of(program)
        for peer in left_out:
            print(f"left out: {peer}")
        chosen = {name: columns for name, columns in scenarios.items() if wanted.search(name)}
        if not chosen:
            raise called_wrongly(f"--only {arguments.only} names no scenario; there are: {', '.join(scenarios)}")
        rounds = {name: {column: [] for column in columns} for name, columns in chosen.items()}
        for round_number in range(1, arguments.rounds + 1):
            print(f"{label}: round {round_number} of {arguments.rounds}", flush=True)
            for name in chosen:
                seconds = arguments.seconds * (5 if measure_longer(name) else 1)
                for column, measured in measure_round(program, name, seconds, arguments.repetitions).items():
                    rounds[name][column].append(measured)
        results["compilers"][label] = {
            "left_out": left_out,
            "scenarios": {name: {column: summary(name, column, measured) for column, measured in columns.items()}
                          for name, columns in rounds.items()}}
    results["load_after"] = os.getloadavg()[0]
    path = pathlib.Path(arguments.results)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")
    return results


def machine():
    model = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(": ")[2]
            break
    return f"{os.cpu_count()} processors, {model or platform.processor() or platform.machine()}"


def quiet_times(samples, least):
    quiet = [sample.time_ns for sample in samples if not sample.is_preempted]
    return quiet if len(quiet) >= least else [sample.time_ns for sample in samples]


def summary(scenario, column, rounds):
    """Of a list of samples for each round."""
    everything = [sample for samples in rounds for sample in samples]
    if not everything:
        raise failed(f"{scenario}, {column}: no sample")
    kept = quiet_times(everything, LEAST_SAMPLES)
    return {"median_ns": statistics.median(kept), "p10_ns": percentile(kept, 10), "p90_ns": percentile(kept, 90),
            "samples": len(kept), "dropped": len(everything) - len(kept),
            "disturbed": sum(not sample.is_spoilt for sample in everything) < min(LEAST_SAMPLES, len(everything)),
            "rounds_ns": [statistics.median(quiet_times(samples, 1)) for samples in rounds]}


def percentile(values, percent):
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
