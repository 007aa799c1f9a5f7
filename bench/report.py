#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Runs nebula-bench and reports: a table for each scenario, and each target as met or not met. ci/bench calls it.

  bench/report.py measure --program LABEL=PATH… --results FILE   runs, writes the results, prints the report
  bench/report.py print --results FILE                           prints the report of results that are there
  bench/report.py charts --results FILE --into FOLDER            draws a chart of each scenario
  bench/report.py page --results FILE --page FILE                writes the tables of docs/performance.md

Each round is a process of its own; inside of it the columns of a scenario follow each other in no fixed order. A sample
during which a thread was preempted is dropped where enough others are left. A ratio is the median of the rounds'
ratios. Exit status 1 when results are not usable, 2 when it was called wrongly.
"""
import argparse
import json
import math
import pathlib
import re
import statistics
import sys

import charts
from measure import called_wrongly, failed, measure

HERE = pathlib.Path(__file__).resolve().parent
BEGIN = "<!-- written by ci/bench --charts: begin -->"
END = "<!-- written by ci/bench --charts: end -->"
GROWTH = "growth_of_"
# What a ratio in a scenario's table is to: the first of these that is there.
REFERENCES = ["mimalloc", "exchange loop", "boost lockfree", "ck_stack", "shared counter", "glibc"]


# --- the report ------------------------------------------------------------------------------------------------------


def ratio_of(ours, other):
    """The median of the rounds' ratios: what slows the machine down for a round slows both."""
    return statistics.median(mine / theirs for mine, theirs in zip(ours["rounds_ns"], other["rounds_ns"]))


def read_results(path):
    try:
        results = json.loads(pathlib.Path(path).read_text())
        for label, compiled in results["compilers"].items():
            for scenario, columns in compiled["scenarios"].items():
                for column, values in columns.items():
                    for field in ("median_ns", "p10_ns", "p90_ns"):
                        if not values[field] > 0:
                            raise ValueError(f"{label}, {scenario}, {column}: {field} is {values[field]}")
                    if len(values["rounds_ns"]) != results["rounds"] or not min(values["rounds_ns"]) > 0:
                        raise ValueError(f"{label}, {scenario}, {column}: rounds_ns is {values['rounds_ns']}")
        return results
    except FileNotFoundError:
        raise failed(f"there is no {path}; ci/bench writes it")
    except (KeyError, TypeError, ValueError) as problem:
        raise failed(f"{path} is not what ci/bench writes: {problem!r}; measure again")


def reference_of(columns):
    for name in REFERENCES:
        if name in columns:
            return name
    return max(columns, key=lambda name: columns[name]["median_ns"])


def shown(name, measured):
    return name + " (disturbed)" * any(values["disturbed"] for values in measured)


def aligned(rows, left_columns=1):
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [cell.ljust(width) if place < left_columns else cell.rjust(width)
                 for place, (cell, width) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (width + 2) if place < left_columns else "-" * (width + 1) + ":"
                                        for place, width in enumerate(widths)) + "|")
    return lines


def grown(scenarios):
    """{subject: [(number, scenario)]} of the scenarios that are one scenario at several sizes, ascending."""
    groups = {}
    for name in scenarios:
        matched = re.fullmatch(r"growth_of_([a-z]+)_(\d+)", name)
        if matched:
            groups.setdefault(matched.group(1), []).append((int(matched.group(2)), name))
    return {subject: sorted(members) for subject, members in groups.items()}


def growth_table(scenarios, members):
    """A row for each implementation, a column for each size: medians."""
    names = {name for _, scenario in members for name in scenarios[scenario]}
    rows = [["implementation"] + [f"{number:,}" for number, _ in members]]
    last = members[-1][1]
    for name in sorted(names, key=lambda each: scenarios[last].get(each, {}).get("median_ns", math.inf)):
        cells = [scenarios[scenario].get(name) for _, scenario in members]
        rows.append([name] + [f"{cell['median_ns']:.1f}" + "*" * cell["disturbed"] if cell else "" for cell in cells])
    return aligned(rows)


def scenario_table(columns):
    reference = reference_of(columns)
    rows = [["implementation", "ns/op", "p10..p90", f"to {reference}"]]
    for name, values in sorted(columns.items(), key=lambda item: item[1]["median_ns"]):
        ratio = ratio_of(values, columns[reference])
        rows.append([shown(name, [values]), f"{values['median_ns']:.2f}", f"{values['p10_ns']:.2f}..{values['p90_ns']:.2f}", f"{ratio:.2f}"])
    return aligned(rows)


def read_targets():
    return json.loads((HERE / "targets.json").read_text())["targets"]


def verdict(is_met, measured):
    if any(values["disturbed"] for values in measured):
        return "disturbed"
    return "met" if is_met else "NOT MET"


def judge(target, scenarios):
    """What is measured, as text, and met, NOT MET, not measured, or disturbed: too few samples of several threads that
    none of them was preempted in."""
    ours = scenarios.get(target["scenario"], {}).get(target["ours"])
    if "at_most_ns" in target:
        if ours is None:
            return "", "not measured"
        return f"{ours['median_ns']:.2f} ns", verdict(ours["median_ns"] <= target["at_most_ns"], [ours])
    other = scenarios.get(target.get("against_scenario", target["scenario"]), {})
    peers = [other[name] for name in target["against"] if name in other]
    if ours is None or not peers:
        return "", "not measured"
    ratio = max(ratio_of(ours, peer) for peer in peers)
    return f"{ratio:.2f}", verdict(ratio <= target["at_most"], [ours] + peers)


def limit_of(target):
    if "at_most_ns" in target:
        return f"{target['at_most_ns']} ns"
    against = target["against"]
    named = "the best malloc" if len(against) > 1 else against[0]
    if "against_scenario" in target:
        named = target["against_scenario"]
    return f"{target['at_most']:.2f}x {named}"


def targets_table(results, targets):
    labels = list(results["compilers"])
    rows = [["scenario", "ours", "at most"] + [cell for label in labels for cell in (label, "")]]
    for target in targets:
        row = [target["scenario"], target["ours"], limit_of(target)]
        for label in labels:
            row.extend(judge(target, results["compilers"][label]["scenarios"]))
        rows.append(row)
    rows = [row for row in rows if any(cell and cell != "not measured" for cell in row[3:])]
    return aligned(rows, 3) if len(rows) > 1 else ["no target of those scenarios"]


def targets_met(results, targets):
    """How many, in words."""
    counts = []
    for label, compiled in results["compilers"].items():
        verdicts = [judge(target, compiled["scenarios"])[1] for target in targets]
        judged = sum(each in ("met", "NOT MET") for each in verdicts)
        counts.append(f"{verdicts.count('met')} of {judged} under {label}")
    return "met: " + ", ".join(counts)


def print_report(results):
    print(f"\n{results['date']}, {results['machine']}, {results['rounds']} rounds; "
          f"load {results['load_before']:.1f} before, {results['load_after']:.1f} after")
    for label, compiled in results["compilers"].items():
        groups = grown(compiled["scenarios"])
        for scenario, columns in compiled["scenarios"].items():
            if not scenario.startswith(GROWTH):
                print(f"\n{label}: {scenario}")
                print("\n".join(scenario_table(columns)))
        for subject, members in groups.items():
            print(f"\n{label}: growth of {subject}, ns/op; *: disturbed")
            print("\n".join(growth_table(compiled["scenarios"], members)))
    print("\ntargets")
    print("\n".join(targets_table(results, read_targets())))
    print(targets_met(results, read_targets()))


# --- the page --------------------------------------------------------------------------------------------------------


def scenarios_table(results, scenario):
    """One table of all compilers."""
    compiled = {label: each["scenarios"][scenario] for label, each in results["compilers"].items()
                if scenario in each["scenarios"]}
    first = next(iter(compiled.values()))
    reference = reference_of(first)
    rows = [["implementation"] + [cell for label in compiled for cell in (f"{label}, ns/op", "p10..p90", f"to {reference}")]]
    for name, _ in sorted(first.items(), key=lambda item: item[1]["median_ns"]):
        row = [shown(name, [columns[name] for columns in compiled.values()])]
        for columns in compiled.values():
            values = columns[name]
            row += [f"{values['median_ns']:.2f}", f"{values['p10_ns']:.2f}..{values['p90_ns']:.2f}",
                    f"{ratio_of(values, columns[reference]):.2f}"]
        rows.append(row)
    return aligned(rows)


def page_text(results):
    lines = [f"{results['date']}, {results['machine']}; {results['rounds']} rounds; load of the machine "
             f"{results['load_before']:.1f} before and {results['load_after']:.1f} after. Printed by `{results['command']}`.", ""]
    for label, compiled in results["compilers"].items():
        if compiled["left_out"]:
            lines += [f"Left out under {label}: " + "; ".join(each.partition(" (")[0] for each in compiled["left_out"]) + ".", ""]
    lines += [f"Targets {targets_met(results, read_targets())}.", ""] + targets_table(results, read_targets())
    for scenario in next(iter(results["compilers"].values()))["scenarios"]:
        if not scenario.startswith(GROWTH):
            lines += ["", f"### {scenario}", ""] + scenarios_table(results, scenario)
    for label, compiled in results["compilers"].items():
        for subject, members in grown(compiled["scenarios"]).items():
            lines += ["", f"### growth of {subject}, {label}", "", "Nanoseconds an operation; `*`: disturbed.", ""]
            lines += growth_table(compiled["scenarios"], members)
            lines += ["", f"![growth of {subject}, {label}](bench/{charts.growth_name(subject, label)})"]
    return "\n".join(lines)


def write_page(results, path):
    text = path.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise failed(f"{path} has not the lines '{BEGIN}' and '{END}', between which the tables go")
    path.write_text(text.partition(BEGIN)[0] + BEGIN + "\n\n" + page_text(results) + "\n\n" + END + text.partition(END)[2])
    print(f"tables: {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("--program", action="append", required=True, metavar="LABEL=PATH")
    measuring.add_argument("--command-line", default="bench/report.py measure", metavar="TEXT", help="what the page names")
    measuring.add_argument("--only", default="", metavar="REGEX")
    measuring.add_argument("--rounds", type=int, default=9)
    measuring.add_argument("--repetitions", type=int, default=3)
    measuring.add_argument("--seconds", type=float, default=0.002)
    printing = commands.add_parser("print")
    drawing = commands.add_parser("charts")
    drawing.add_argument("--into", required=True, metavar="FOLDER")
    writing = commands.add_parser("page")
    writing.add_argument("--page", required=True, metavar="FILE")
    for each in (measuring, printing, drawing, writing):
        each.add_argument("--results", required=True, metavar="FILE")
    arguments = parser.parse_args()
    try:
        if arguments.command == "measure":
            print_report(measure(arguments))
        elif arguments.command == "print":
            print_report(read_results(arguments.results))
        elif arguments.command == "page":
            write_page(read_results(arguments.results), pathlib.Path(arguments.page))
        else:
            charts.write_all(read_results(arguments.results), pathlib.Path(arguments.into), grown)
    except called_wrongly as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except failed as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
