# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Bar charts of the bench's results as SVG, in colours that can be read on a light and on a dark page."""
import html

ROW = 26
LABEL_WIDTH = 190
BAR_WIDTH = 420
VALUE_WIDTH = 190

STYLE = """<style>
  text { font: 13px sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .note { fill: #57606a }
  .peer { fill: #8c959f }
  .ours { fill: #1a7f64 }
  .spread { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    .peer { fill: #6e7681 }
    .ours { fill: #3fb68f }
    .spread { stroke: #e6edf3 }
  }
</style>"""


def bar_length(value, longest):
    return max(1.0, BAR_WIDTH * min(value, longest) / longest)


def chart(title, note, columns):
    """One bar for each column, the fastest first. Bars beyond ten times the median of all are cut, and say so."""
    ordered = sorted(columns.items(), key=lambda item: item[1]["median_ns"])
    medians = [values["median_ns"] for _, values in ordered]
    longest = min(medians[-1], 10 * medians[len(medians) // 2])
    width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH
    height = ROW * (len(ordered) + 2)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'role="img" aria-label="{html.escape(title, quote=True)}">', STYLE,
             f'<text class="title" x="4" y="18">{html.escape(title)}</text>']
    for place, (name, values) in enumerate(ordered):
        top = ROW * (place + 1)
        length = bar_length(values["median_ns"], longest)
        kind = "ours" if name.startswith("nebula") else "peer"
        lines.append(f'<text x="{LABEL_WIDTH - 8}" y="{top + 18}" text-anchor="end">{html.escape(name)}</text>')
        lines.append(f'<rect class="{kind}" x="{LABEL_WIDTH}" y="{top + 5}" width="{length:.1f}" height="{ROW - 10}" rx="2"/>')
        least, most = bar_length(values["p10_ns"], longest), bar_length(values["p90_ns"], longest)
        lines.append(f'<line class="spread" x1="{LABEL_WIDTH + least:.1f}" x2="{LABEL_WIDTH + most:.1f}" '
                     f'y1="{top + ROW // 2}" y2="{top + ROW // 2}"/>')
        cut = ", bar cut" if values["median_ns"] > longest else ""
        lines.append(f'<text x="{LABEL_WIDTH + max(length, most) + 8:.1f}" y="{top + 18}">{values["median_ns"]:.2f} ns{cut}</text>')
    lines.append(f'<text class="note" x="4" y="{height - 8}">{html.escape(note)}</text>')
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def write_all(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for label, compiled in results["compilers"].items():
        for scenario, columns in compiled["scenarios"].items():
            note = f"nanoseconds an operation: median, and 10th to 90th percentile; {label}, {results['date']}"
            path = folder / f"{scenario}.{label.replace('+', 'x')}.svg"
            path.write_text(chart(scenario.replace("_", " "), note, columns))
    print(f"charts: {folder}")
