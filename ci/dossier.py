#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Judges what ci/audit measured, prints the verdict table, and writes it to the dossier as Markdown and JSON.

usage: dossier.py WORK_DIR DOSSIER_DIR

WORK_DIR holds these tables, tab-separated, without headings:
  expected.tsv   name, program or label
  stages.tsv     stage, verdict, seconds
  programs.tsv   name, plain seconds, recorded seconds, least events
  replays.tsv    name, exit status, seconds (the report is DOSSIER_DIR/replay/NAME.json)
  campaign.tsv   label, preset, exit status, passed, failed, seconds
Exit status 0 only if every row holds.
"""
import csv
import json
import pathlib
import sys

# A column of ours, and the keys of a trace in the report of `nebula replay --json` whose sum it is.
REPLAY_FIELDS = {
    "events": ("events",),
    "refused": ("refused",),
    "misuse": ("misuse",),
    "corruption": ("corruption", "accounting_errors"),
    "content_damage": ("damaged_blocks", "misplaced_blocks"),
    "lost_events": ("dropped_events", "missing_events"),
}
MUST_BE_ZERO = ("refused", "misuse", "corruption", "content_damage", "lost_events")


class bad_input(Exception):
    pass


def rows(path, columns):
    with path.open(newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), 1):
            if len(row) != len(columns):
                raise bad_input(f"{path}:{number}: {len(row)} columns, expected {len(columns)}: {', '.join(columns)}")
            yield dict(zip(columns, row))


def whole_number(trace, key, path):
    value = trace.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_input(f"{path}: a trace lacks the whole number '{key}'")
    return value


def read_report(path):
    """The sums over the traces of one program, and what keeps its replay from counting."""
    try:
        report = json.loads(path.read_text())
        traces = report["traces"]
        peak_bytes = max(whole_number(trace, "peak_live_bytes", path) for trace in traces)
        found = {"traces": len(traces), "peak_bytes": peak_bytes}
        for name, keys in REPLAY_FIELDS.items():
            found[name] = sum(whole_number(trace, key, path) for trace in traces for key in keys)
        problems = [f"{key}: {found[key]}" for key in MUST_BE_ZERO if found[key] != 0]
        problems += [f"{trace['trace']}: not closed, or cut" for trace in traces
                     if trace["is_closed"] is not True or trace["is_truncated"] is not False]
        if report["is_intact"] is not True:
            problems.append("the replay says that it is not intact")
        return found, problems
    except (ValueError, KeyError, TypeError) as problem:
        raise bad_input(f"{path}: not a report of nebula replay --json: {problem!r}") from problem


def program_rows(work_dir, dossier_dir, expected):
    columns = ("name", "plain", "recorded", "least_events")
    measured = {row["name"]: row for row in rows(work_dir / "programs.tsv", columns)}
    replays = {row["name"]: row for row in rows(work_dir / "replays.tsv", ("name", "status", "seconds"))}
    for name in expected:
        row, problems = {"program": name}, []
        run, replay = measured.get(name), replays.get(name)
        if run is None or replay is None:
            problems.append("not recorded or not replayed; its log says why")
        else:
            row["recording_slowdown"] = round(float(run["recorded"]) / max(float(run["plain"]), 0.001), 2)
            row["seconds"] = round(float(replay["seconds"]), 1)
            if replay["status"] != "0":
                problems.append(f"the replay ended with status {replay['status']}")
            try:
                found, more_problems = read_report(dossier_dir / "replay" / f"{name}.json")
                row |= found
                problems += more_problems
                if row["events"] < int(run["least_events"]):
                    problems.append(f"only {row['events']} events, expected {run['least_events']} or more")
            except bad_input as problem:
                problems.append(str(problem))
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
        "program": "program", "traces": "traces", "events": "events", "peak_bytes": "peak live",
        "recording_slowdown": "recording", "refused": "refused", "misuse": "misuse", "corruption": "corruption",
        "content_damage": "damage", "lost_events": "lost", "verdict": "verdict", "seconds": "time, s"}, programs)
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
    verdict = "The audit holds." if holds else "The audit does NOT hold."
    (dossier_dir / "dossier.md").write_text(
        "\n".join(["# Audit", "", verdict, "", *text]) + "\n" + "```\n" + machine + "```\n")
    report = {"holds": holds, "programs": programs, "campaign": campaign, "stages": stages,
              "machine": machine.splitlines()}
    (dossier_dir / "dossier.json").write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(0 if holds else 1)


try:
    main()
except (bad_input, OSError) as problem:
    sys.exit(f"dossier: {problem}")
