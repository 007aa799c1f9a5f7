#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Hit rates of cache policies: a chart, or the table of docs/services/cache.md.

    build/bench/bin/cache_hits | bench/cache_chart.py chart docs/bench/cache_hit_rates.svg
    build/bench/bin/cache_hits | bench/cache_chart.py table
"""
import csv
import html
import math
import sys

from charts import COLOURS, STYLE, apart

PANEL_WIDTH, PANEL_HEIGHT, LEFT, RIGHT, TOP, BOTTOM, COLUMNS = 430, 290, 44, 100, 44, 40, 2
POLICIES = ["fifo", "random", "lru", "lfu", "arc", "s3_fifo", "w_tiny_lfu"]


def read(lines):
    """{workload: {percent: {policy: rate}}}, in the order of the lines."""
    rates = {}
    for row in csv.DictReader(lines):
        rates.setdefault(row["workload"], {}).setdefault(int(row["percent"]), {})[row["policy"]] = float(row["hit rate"])
    if not rates:
        sys.exit("cache_chart: no hit rates on standard input; cache_hits prints them")
    return rates


def panel(workload, by_percent, left, top):
    percents = sorted(by_percent)
    plot_width, plot_height = PANEL_WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM
    rates = [rate for each in by_percent.values() for rate in each.values()]
    low, high = math.floor(min(rates) / 10) * 10, math.ceil(max(rates) / 10) * 10

    def x(percent):
        return left + LEFT + plot_width * percents.index(percent) / (len(percents) - 1)

    def y(rate):
        return top + TOP + plot_height * (high - rate) / (high - low)

    lines = [f'<text class="title" x="{left + LEFT}" y="{top + TOP - 14}">{html.escape(workload)}</text>']
    for rate in range(low, high + 1, 10 if high - low <= 60 else 20):
        lines.append(f'<line class="grid" x1="{x(percents[0])}" x2="{x(percents[-1])}" y1="{y(rate):.1f}" y2="{y(rate):.1f}"/>')
        lines.append(f'<text class="note" x="{left + LEFT - 6}" y="{y(rate) + 4:.1f}" text-anchor="end">{rate}</text>')
    for percent in percents:
        lines.append(f'<text class="note" x="{x(percent):.1f}" y="{top + PANEL_HEIGHT - BOTTOM + 18}" text-anchor="middle">{percent}</text>')
    places = apart({policy: y(by_percent[percents[-1]][policy]) for policy in POLICIES}, 14)
    overflow = max(places.values()) - (top + PANEL_HEIGHT - BOTTOM + 6)
    for policy, colour in zip(POLICIES, COLOURS):
        points = " ".join(f"{x(percent):.1f},{y(by_percent[percent][policy]):.1f}" for percent in percents)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = places[policy] - max(0, overflow)
        end = y(by_percent[percents[-1]][policy])
        lines.append(f'<line x1="{x(percents[-1]):.1f}" y1="{end:.1f}" x2="{x(percents[-1]) + 10:.1f}" y2="{place:.1f}" stroke="{colour}"/>')
        lines.append(f'<text x="{x(percents[-1]) + 13:.1f}" y="{place + 4:.1f}" style="fill:{colour}">{policy}</text>')
    return lines


def chart(rates):
    rows = (len(rates) + COLUMNS - 1) // COLUMNS
    width, height = PANEL_WIDTH * COLUMNS + 40, PANEL_HEIGHT * rows + 30
    title = "Hit rate in percent, by the entries in percent of all keys"
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'role="img" aria-label="{title}">',
             STYLE.replace("</style>", "  .grid { stroke: #8c959f; stroke-width: 0.4 }\n</style>"),
             f'<text class="title" x="4" y="18">{title}</text>']
    for place, (workload, by_percent) in enumerate(rates.items()):
        lines += panel(workload, by_percent, place % COLUMNS * (PANEL_WIDTH + 20), 14 + place // COLUMNS * PANEL_HEIGHT)
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def table(rates):
    rows = [["workload", "entries"] + [f"`{policy}`" for policy in POLICIES]]
    for workload, by_percent in rates.items():
        for percent in (5, 20, 40):
            best = max(by_percent[percent].values())
            cells = [f"**{rate:.1f}**" if rate == best and best > 0 else f"{rate:.1f}"
                     for rate in (by_percent[percent][policy] for policy in POLICIES)]
            rows.append([workload, f"{percent} %"] + cells)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))) + " |" for row in rows]
    rule = "|" + "|".join("-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule] + lines[1:]) + "\n"


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "chart":
        text = chart(read(sys.stdin))
        with open(sys.argv[2], "w", encoding="utf-8") as to:
            to.write(text)
    elif sys.argv[1:] == ["table"]:
        sys.stdout.write(table(read(sys.stdin)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
