#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Judges what ci/audit measured, prints the verdict table, and writes it to the dossier as Markdown and JSON.

usage: dossier.py WORK_DIR DOSSIER_DIR

WORK_DIR holds these tables, tab-separated, without headings:
  expected.tsv   name, program or label
  stages.tsv     stage, verdict, seconds
  programs.tsv   name, plain seconds, recorded seconds, least events
  replays.tsv    name, JSON file, exit status, seconds, trace bytes
  campaign.tsv   label, preset, exit status, passed, failed, seconds
Exit status 0 only if every row holds.
"""
import csv
import json
import pathlib
import sys

# Where the report of `nebula replay --json` says what: a column of ours, and the path of keys that leads to its number.
REPLAY_FIELDS = {
    "events": ("events",),
    "peak_bytes": ("peak_bytes",),
    "refused": ("refused",),
    "misuse": ("misuse",),
    "corruption": ("corruption",),
    "content_damage": ("content_damage",),
}
MUST_BE_ZERO = ("refused", "misuse", "corruption", "content_damage")


class bad_input(Exception):
    pass


def rows(path, columns):
    with path.open(newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), 1):
            if len(row) != len(columns):
                raise bad_input(f"{path}:{number}: {len(row)} columns, expected {len(columns)}: {', '.join(columns)}")
            yield dict(zip(columns, row))


def replay_numbers(path):
    try:
        report = json.loads(path.read_text())
    except ValueError as problem:
        raise bad_input(f"{path}: not JSON: {problem}") from problem
    numbers = {}
    for name, keys in REPLAY_FIELDS.items():
        value = report
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                raise bad_input(f"{path}: lacks {'.'.join(keys)}, which nebula replay --json is to report")
            value = value[key]
        if not isinstance(value, int):
            raise bad_input(f"{path}: {'.'.join(keys)} is not a whole number")
        numbers[name] = value
    return numbers


def program_rows(work_dir, dossier_dir, expected):
    columns = ("name", "plain", "recorded", "least_events")
    measured = {row["name"]: row for row in rows(work_dir / "programs.tsv", columns)}
    replays = list(rows(work_dir / "replays.tsv", ("name", "file", "status", "seconds", "bytes")))
    for name in expected:
        own = [replay for replay in replays if replay["name"] == name]
        row = {"program": name, "processes": len(own), "events": 0, "peak_bytes": 0, **dict.fromkeys(MUST_BE_ZERO, 0)}
        problems = []
        for replay in own:
            if replay["status"] != "0":
                problems.append(f"{replay['file']}: replay ended with status {replay['status']}")
            try:
                numbers = replay_numbers(dossier_dir / replay["file"])
            except bad_input as problem:
                problems.append(str(problem))
                continue
            row["peak_bytes"] = max(row["peak_bytes"], numbers.pop("peak_bytes"))
            for key, value in numbers.items():
                row[key] += value
        problems += [f"{key}: {row[key]}" for key in MUST_BE_ZERO if row[key] != 0]
        run = measured.get(name)
        if run is None or not own:
            problems.append("not recorded or not replayed")
        else:
            row["recording_slowdown"] = round(float(run["recorded"]) / max(float(run["plain"]), 0.001), 2)
            if row["events"] < int(run["least_events"]):
                problems.append(f"only {row['events']} events, expected {run['least_events']} or more")
        row["trace_bytes"] = sum(int(replay["bytes"]) for replay in own)
        row["seconds"] = round(sum(float(replay["seconds"]) for replay in own), 2)
        row["problems"] = problems
        row["verdict"] = "holds" if not problems else "DOES NOT HOLD"
        yield row


def campaign_rows(work_dir, expected):
    columns = ("label", "preset", "status", "passed", "failed", "seconds")
    ran = {row["label"]: row for row in rows(work_dir / "campaign.tsv", columns)}
    for label in expected:
        row = ran.get(label, dict(zip(columns, (label, "", "not run", "0", "0", "0"))))
        holds = row["status"] == "0" and row["failed"] == "0" and int(row["passed"]) > 0
        yield {"label": label, "preset": row["preset"], "passed": int(row["passed"]), "failed": int(row["failed"]),
               "seconds": int(row["seconds"]), "verdict": "holds" if holds else "DOES NOT HOLD"}


def cell(key, value):
    if key.endswith("_bytes"):
        return f"{value / 2**20:,.1f} MiB"
    if key == "recording_slowdown":
        return f"{value:.2f}x"
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(title, headings, found):
    """Lines of a Markdown table that also reads well as plain text."""
    lines = [list(headings.values())]
    lines += [[cell(key, row[key]) if key in row else "-" for key in headings] for row in found]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    numeric = [all(isinstance(row.get(key, 0), (int, float)) for row in found) for key in headings]

    def text(line):
        return "| " + " | ".join(word.rjust(width) if right else word.ljust(width)
                                 for word, width, right in zip(line, widths, numeric)) + " |"

    rules = ["-" * (width + 1) + (":" if right else "-") for width, right in zip(widths, numeric)]
    rule = "|" + "|".join(rules) + "|"
    return [f"## {title}", "", text(lines[0]), rule, *map(text, lines[1:]), ""]


def main():
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} WORK_DIR DOSSIER_DIR")
    work_dir, dossier_dir = map(pathlib.Path, sys.argv[1:3])
    expected = dict(row for row in csv.reader((work_dir / "expected.tsv").open(newline=""), delimiter="\t"))
    programs = list(program_rows(work_dir, dossier_dir, [name for name, kind in expected.items() if kind == "program"]))
    campaign = list(campaign_rows(work_dir, [name for name, kind in expected.items() if kind == "label"]))
    stages = list(rows(work_dir / "stages.tsv", ("stage", "verdict", "seconds")))

    text = table("real programs, replayed with every check on", {
        "program": "program", "processes": "traces", "events": "events", "peak_bytes": "peak", "trace_bytes": "trace",
        "recording_slowdown": "recording", "refused": "refused", "misuse": "misuse", "corruption": "corruption",
        "content_damage": "damage", "verdict": "verdict", "seconds": "time, s"}, programs)
    text += table("campaign at its quick budget", {
        "label": "label", "preset": "preset", "passed": "passed", "failed": "failed", "verdict": "verdict",
        "seconds": "time, s"}, campaign)
    problems = [f"- {row['program']}: {problem}" for row in programs for problem in row["problems"]]
    problems += [f"- stage {row['stage']}: {row['verdict']}" for row in stages if row["verdict"] != "passed"]
    if problems:
        text += ["## what does not hold", "", *problems, ""]
    holds = not problems and all(row["verdict"] == "holds" for row in programs + campaign)

    print("\n" + "\n".join(text))
    machine = (dossier_dir / "machine.txt").read_text()
    (dossier_dir / "dossier.md").write_text("\n".join(["# Audit", "", *text]) + "\n" + "```\n" + machine + "```\n")
    report = {"holds": holds, "programs": programs, "campaign": campaign, "stages": stages,
              "machine": machine.splitlines()}
    (dossier_dir / "dossier.json").write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(0 if holds else 1)


try:
    main()
except (bad_input, OSError) as problem:
    sys.exit(f"dossier: {problem}")
