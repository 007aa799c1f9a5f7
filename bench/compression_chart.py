#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""compression_chart.py COMPRESSION_BENCH CHART.svg FILE…: runs the program on the files, and draws how much smaller they become and how
fast, in the colours of charts.py. Prints the rows as a table."""
import html
import json
import pathlib
import subprocess
import sys

from charts import ROW, STYLE

NAME, BAR, NUMBER, GAP = 190, 130, 92, 10
COLUMNS = (("ratio", "times smaller", "{:.2f}"), ("compress_mib_s", "MiB/s in", "{:.0f}"), ("decompress_mib_s", "MiB/s out", "{:.0f}"))


def chart(rows):
    width = NAME + len(COLUMNS) * (BAR + NUMBER + GAP)
    height = ROW * (len(rows) + 3)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             'role="img" aria-label="Ratio and speed of a compressed store on files">', STYLE,
             '<text class="title" x="4" y="18">A compressed store on files: ratio and speed</text>']
    for place, (key, title, form) in enumerate(COLUMNS):
        left = NAME + place * (BAR + NUMBER + GAP)
        most = max(row[key] for row in rows) or 1
        lines.append(f'<text class="note" x="{left}" y="{ROW + 16}">{title}</text>')
        for index, row in enumerate(rows):
            top = ROW * (index + 2)
            length = BAR * row[key] / most
            if row[key] == 0:  # nothing was compressed
                lines.append(f'<text class="note" x="{left}" y="{top + 18}">kept as it is</text>')
                continue
            lines.append(f'<rect class="ours" x="{left}" y="{top + 5}" width="{max(1, length):.1f}" height="{ROW - 10}" rx="2"/>')
            lines.append(f'<text x="{left + length + 6:.1f}" y="{top + 18}">{form.format(row[key])}</text>')
    for index, row in enumerate(rows):
        name = html.escape(pathlib.Path(row["file"]).name)
        lines.append(f'<text x="{NAME - 8}" y="{ROW * (index + 2) + 18}" text-anchor="end">{name}</text>')
    value = rows[0]["value_bytes"] // 1024
    lines.append(f'<text class="note" x="4" y="{height - 8}">Values of {value} KiB, blocks of 256 bytes, liblz4; the best of the rounds</text>')
    return "\n".join(lines + ["</svg>"]) + "\n"


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: compression_chart.py COMPRESSION_BENCH CHART.svg FILE…")
    out = subprocess.run([sys.argv[1], *sys.argv[3:]], check=True, capture_output=True, text=True).stdout
    rows = sorted((json.loads(line) for line in out.splitlines()), key=lambda row: -row["ratio"])
    pathlib.Path(sys.argv[2]).write_text(chart(rows), encoding="utf-8")
    for row in rows:
        out = row["decompress_mib_s"]
        print(f'| {row["file"]:64} | {row["bytes"]:9,} | {row["ratio"]:5.2f} | {row["blocks_ratio"]:5.2f} | '
              f'{row["compress_mib_s"]:5.0f} | {f"{out:5.0f}" if out else "    –"} |')


main()
