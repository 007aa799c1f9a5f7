#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Compares two builds of nebula-bench, column by column of ours, and tells a change from noise. ci/compare_bench calls it.

  bench/compare.py BEFORE AFTER [--only REGEX] [--rounds N] [--gate PERCENT]

Each round runs both programs one right after the other, in turns the one and the other first, and gives one ratio for each
column, after to before. The median of the ratios is quoted, with the interval that holds the true median 95 times in 100
whatever the noise is like (of order statistics; David and Nagaraja, Order Statistics, 7.1). A column is

  slower, faster   the interval lies wholly beyond the gate
  same             wholly within it
  unclear          neither: more rounds, or a quieter machine

Exit status 1 when a column is slower; 2 when it was called wrongly; 3 when a program could not be measured.
"""
import argparse
import math
import pathlib
import re
import statistics
import sys

import measure
import report

OURS = "nebula "
LEAST_ROUNDS = 6  # fewer have no interval of 95 %
Verdict = dict(slower="SLOWER", faster="faster", same="same", unclear="unclear")


def interval(ratios):
    """The order statistics between which the median lies in at least 95 of 100 cases."""
    ordered, count = sorted(ratios), len(ratios)
    below = 0  # the probability that fewer than `rank` of all lie below the median
    rank = 0
    while rank < count // 2:
        below += math.comb(count, rank) / 2 ** count
        if 2 * below > 0.05:
            break
        rank += 1
    if rank == 0:
        raise measure.called_wrongly(f"{count} rounds have no interval of 95 %: at least {LEAST_ROUNDS}")
    return ordered[rank - 1], ordered[count - rank]


def judge(ratios, gate):
    """(median, low, high, verdict) of the rounds' ratios; gate as a fraction."""
    low, high = interval(ratios)
    slowest, fastest = 1 + gate, 1 / (1 + gate)
    if low > slowest:
        verdict = "slower"
    elif high < fastest:
        verdict = "faster"
    elif low >= fastest and high <= slowest:
        verdict = "same"
    else:
        verdict = "unclear"
    return statistics.median(ratios), low, high, verdict


def table_of(ratios, gate):
    """Lines, and how many columns have which verdict. ratios: {(scenario, column): [ratio of each round]}"""
    counts = dict.fromkeys(Verdict, 0)
    rows = [["scenario", "ours", "after/before", "95 of 100", ""]]
    for (scenario, column), values in ratios.items():
        median, low, high, verdict = judge(values, gate)
        counts[verdict] += 1
        rows.append([scenario, column, f"{median:.3f}", f"{low:.3f}..{high:.3f}", Verdict[verdict]])
    return report.aligned(rows, 2), counts


def median_times(samples):
    return {column: statistics.median(measure.quiet_times(each, 1)) for column, each in samples.items() if column.startswith(OURS)}


def collect(before, after, scenarios, arguments):
    ratios = {}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
        for scenario in scenarios:
            seconds = arguments.seconds * (5 if measure.measure_longer(scenario) else 1)
            order = (before, after) if number % 2 == 0 else (after, before)
            times = {program: median_times(measure.measure_round(program, scenario, seconds, arguments.repetitions)) for program in order}
            for column, time in times[after].items():
                if column in times[before]:
                    ratios.setdefault((scenario, column), []).append(time / times[before][column])
    return ratios


def run(arguments):
    if arguments.rounds < LEAST_ROUNDS:
        raise measure.called_wrongly(f"--rounds takes at least {LEAST_ROUNDS}, got: {arguments.rounds}")
    if not 0 < arguments.gate <= 100:
        raise measure.called_wrongly(f"--gate takes percents above 0 and up to 100, got: {arguments.gate}")
    for program in (arguments.before, arguments.after):
        if not pathlib.Path(program).is_file():
            raise measure.called_wrongly(f"there is no program {program}")
    old, _ = measure.columns_of(arguments.before)
    new, _ = measure.columns_of(arguments.after)
    try:
        scenarios = [name for name in new if name in old and re.search(arguments.only, name)]
    except re.error as problem:
        raise measure.called_wrongly(f"--only takes a regular expression, and '{arguments.only}' is none: {problem}")
    if not scenarios:
        raise measure.called_wrongly(f"--only {arguments.only} names no scenario of both; there are: {', '.join(new)}")
    for name in sorted(set(old) ^ set(new)):
        print(f"not compared: {name}, which only one of both has")
    lines, counts = table_of(collect(arguments.before, arguments.after, scenarios, arguments), arguments.gate / 100)
    print("\n" + "\n".join(lines))
    print(f"\n{measure.machine()}; {arguments.rounds} rounds; gate {arguments.gate:g} %: " +
          ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["slower"] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", metavar="BEFORE")
    parser.add_argument("after", metavar="AFTER")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--gate", type=float, default=5.0, metavar="PERCENT")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.002)
    try:
        return run(parser.parse_args())
    except measure.called_wrongly as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except measure.failed as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
