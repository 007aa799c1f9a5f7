# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Bar charts of the bench's results as SVG, in colours that can be read on a light and on a dark page."""
import html
import math

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


LINE_WIDTH, LINE_HEIGHT, MARGIN = 520, 300, 56
# Told apart without colours, too, by the names at their ends; these can be told apart by people who see few colours (Okabe and Ito).
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c959f", "#b8860b"]


def decades(least, most):
    return range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)


def apart(places, least):
    """Moves labels down until each is so far below the one above it."""
    moved = {}
    below = -math.inf
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        below = max(place, below + least)
        moved[name] = below
    return moved


def growth_chart(title, note, scenarios, members):
    """A line for each implementation over the sizes, both axes logarithmic: what costs the same at any size is level."""
    names = sorted({name for _, scenario in members for name in scenarios[scenario]})
    medians = {name: [(number, scenarios[scenario][name]["median_ns"]) for number, scenario in members if name in scenarios[scenario]]
               for name in names}
    values = [value for line in medians.values() for _, value in line]
    rows = decades(min(values), max(values))
    first, last = math.log10(members[0][0]), math.log10(members[-1][0])

    def x(number):
        return MARGIN + (math.log10(number) - first) / max(last - first, 1e-9) * LINE_WIDTH

    def y(value):
        return MARGIN + LINE_HEIGHT - (math.log10(value) - rows[0]) / max(rows[-1] - rows[0], 1) * LINE_HEIGHT

    width, height = MARGIN + LINE_WIDTH + 190, LINE_HEIGHT + 2 * MARGIN + 30
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'role="img" aria-label="{html.escape(title, quote=True)}">', STYLE,
             f'<text class="title" x="4" y="18">{html.escape(title)}</text>']
    for row in rows:
        at = y(10.0 ** row)
        lines.append(f'<line x1="{MARGIN}" x2="{MARGIN + LINE_WIDTH}" y1="{at:.1f}" y2="{at:.1f}" stroke="#8c959f" stroke-opacity="0.35"/>')
        lines.append(f'<text class="note" x="{MARGIN - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0 ** row:g} ns</text>')
    for number, _ in members:
        lines.append(f'<text class="note" x="{x(number):.1f}" y="{MARGIN + LINE_HEIGHT + 20}" text-anchor="middle">{number:,}</text>')
    ends = apart({name: y(line[-1][1]) + 4 for name, line in medians.items()}, 16)
    ours = [name for name in names if name.startswith("nebula")]
    for place, name in enumerate(ours + [name for name in names if name not in ours]):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{x(number):.1f},{y(value):.1f}" for number, value in medians[name])
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{3 if name in ours else 1.5}"/>')
        weight = ' font-weight="600"' if name in ours else ""
        lines.append(f'<text x="{MARGIN + LINE_WIDTH + 8}" y="{ends[name]:.1f}" style="fill: {colour}"{weight}>{html.escape(name)}</text>')
    lines.append(f'<text class="note" x="4" y="{height - 8}">{html.escape(note)}</text>')
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def growth_name(subject, label):
    return f"growth_of_{subject}.{label.replace('+', 'x')}.svg"


def write_all(results, folder, grown):
    folder.mkdir(parents=True, exist_ok=True)
    for label, compiled in results["compilers"].items():
        groups = grown(compiled["scenarios"])
        members_of_groups = {scenario for members in groups.values() for _, scenario in members}
        for scenario, columns in compiled["scenarios"].items():
            if scenario in members_of_groups:
                continue
            note = f"nanoseconds an operation: median, and 10th to 90th percentile; {label}, {results['date']}"
            path = folder / f"{scenario}.{label.replace('+', 'x')}.svg"
            path.write_text(chart(scenario.replace("_", " "), note, columns))
        for subject, members in groups.items():
            note = f"nanoseconds an operation, median, over {subject}; both axes logarithmic; {label}, {results['date']}"
            (folder / growth_name(subject, label)).write_text(growth_chart(f"growth of {subject}", note, compiled["scenarios"], members))
    print(f"charts: {folder}")
