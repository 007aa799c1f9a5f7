#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Tests of measure.py, report.py and charts.py over a fixture, with results in it that must be refused."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import charts
import measure
import report

FIXTURE = pathlib.Path(__file__).resolve().parent / "fixture"
SHIPPED_TARGETS = report.read_targets()


def printed(results):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        report.print_report(results)
    return text.getvalue()


class reported(unittest.TestCase):
    def setUp(self):
        self.results = report.read_results(FIXTURE / "results.json")

    def test_says_what_the_fixture_says(self):
        self.assertEqual(printed(self.results).strip(), (FIXTURE / "report.txt").read_text().strip())

    def test_is_another_when_two_of_three_rounds_are(self):
        self.results["compilers"]["g++"]["scenarios"]["bump"]["foonathan stack"]["rounds_ns"] = [0.5, 1.0, 4.0]
        self.assertIn("NOT MET", printed(self.results).split("0.20x mimalloc")[0].split("targets")[1])

    def test_what_was_disturbed_is_neither_met_nor_not(self):
        self.results["compilers"]["g++"]["scenarios"]["bump"]["nebula bump"]["disturbed"] = True
        text = printed(self.results)
        self.assertEqual(text.split("targets")[1].count("disturbed"), 2)
        self.assertIn("| nebula bump (disturbed) |", text)

    def test_peers_not_here_are_not_measured(self):
        del self.results["compilers"]["g++"]["scenarios"]["bump"]["mimalloc"]
        self.assertNotIn("0.20x mimalloc", printed(self.results))

    def test_each_shipped_target_is_judged_when_all_is_measured(self):
        for target in SHIPPED_TARGETS:
            scenarios = {}
            for place, names in ((target["scenario"], [target["ours"]]),
                                 (target.get("against_scenario", target["scenario"]), target.get("against", []))):
                scenarios.setdefault(place, {}).update({name: {"median_ns": 1.0, "rounds_ns": [1.0], "disturbed": False} for name in names})
            self.assertIn(report.judge(target, scenarios)[1], ("met", "NOT MET"), target)


class written(unittest.TestCase):
    def test_the_page_keeps_what_is_around_the_tables(self):
        results = {**report.read_results(FIXTURE / "results.json"), "command": "ci/bench"}
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.md"
            page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
            with contextlib.redirect_stdout(io.StringIO()):
                report.write_page(results, page)
            text = page.read_text()
            self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text)
            self.assertIn("| nebula bump     |       1.00 | 0.90..1.20 |        0.25 |", text)
            page.write_text("no lines")
            with self.assertRaisesRegex(measure.failed, "between which the tables go"):
                report.write_page(results, page)


class refused(unittest.TestCase):
    def read(self, change):
        results = json.loads((FIXTURE / "results.json").read_text())
        change(results)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.json"
            path.write_text(json.dumps(results))
            return report.read_results(path)

    def test_a_time_of_zero(self):
        def change(results):
            results["compilers"]["g++"]["scenarios"]["bump"]["mimalloc"]["median_ns"] = 0
        with self.assertRaisesRegex(measure.failed, "g[+][+], bump, mimalloc: median_ns is 0"):
            self.read(change)

    def test_a_missing_field(self):
        def change(results):
            del results["compilers"]["g++"]["scenarios"]["bump"]["mimalloc"]["p90_ns"]
        with self.assertRaisesRegex(measure.failed, "p90_ns"):
            self.read(change)

    def test_a_round_that_is_missing(self):
        def change(results):
            results["compilers"]["g++"]["scenarios"]["bump"]["mimalloc"]["rounds_ns"].pop()
        with self.assertRaisesRegex(measure.failed, "mimalloc: rounds_ns is"):
            self.read(change)

    def test_no_file(self):
        with self.assertRaisesRegex(measure.failed, "there is no /nowhere/results.json"):
            report.read_results("/nowhere/results.json")


def samples(time, count, preempted=False, threads=1):
    return [measure.Sample(time, preempted, preempted and threads > 1)] * count


class summarised(unittest.TestCase):
    def test_samples_with_a_preemption_are_dropped(self):
        kept = measure.summary("s", "c", [samples(1.0, 1) + samples(100.0, 1, True, 2)] * 5 + [samples(100.0, 1, True, 2)] * 15)
        self.assertEqual((kept["median_ns"], kept["p90_ns"], kept["dropped"], kept["disturbed"]), (1.0, 1.0, 20, False))

    def test_unless_too_few_are_left(self):
        kept = measure.summary("s", "c", [samples(1.0, 4) + samples(100.0, 20, True, 2)])
        self.assertEqual((kept["median_ns"], kept["dropped"], kept["disturbed"]), (100.0, 0, True))

    def test_one_thread_by_itself_is_not_disturbed(self):
        self.assertFalse(measure.summary("s", "c", [samples(1.0, 9, True)])["disturbed"])
        self.assertFalse(measure.summary("s", "c", [samples(1.0, 1, True)])["disturbed"])

    def test_time_of_several_threads_is_by_the_clock(self):
        entry = {"time_unit": "us", "threads": 2, "real_time": 3.0, "cpu_time": 9.0, "operations": 100, "preemptions": 1}
        self.assertEqual(measure.sample_of(entry), (60.0, True, True))
        self.assertEqual(measure.sample_of({**entry, "threads": 1}), (90.0, True, False))


class drawn(unittest.TestCase):
    def test_a_chart_is_well_formed_and_has_a_bar_for_each_column(self):
        columns = report.read_results(FIXTURE / "results.json")["compilers"]["g++"]["scenarios"]["counters_2_threads"]
        drawing = xml.etree.ElementTree.fromstring(charts.chart("title", "note", columns))
        bars = [element for element in drawing.iter() if element.tag.endswith("rect")]
        self.assertEqual([bar.get("class") for bar in bars], ["ours", "peer"])
        self.assertLess(float(bars[0].get("width")), float(bars[1].get("width")))

    def test_a_bar_far_beyond_the_others_is_cut(self):
        columns = {name: {"median_ns": time, "p10_ns": time, "p90_ns": time}
                   for name, time in (("a", 1.0), ("b", 1.0), ("c", 1000.0))}
        self.assertIn("1000.00 ns, bar cut", charts.chart("title", "note", columns))


class grown(unittest.TestCase):
    """A scenario at several sizes is one table and one chart."""
    def setUp(self):
        def measured(time, disturbed=False):
            return {"median_ns": time, "p10_ns": time, "p90_ns": time, "rounds_ns": [time], "disturbed": disturbed}
        self.scenarios = {"growth_of_capacity_1000": {"nebula pool": measured(2.0), "glibc": measured(30.0, True)},
                          "growth_of_capacity_10": {"nebula pool": measured(1.0), "glibc": measured(10.0)},
                          "growth_of_threads_2": {"nebula pool": measured(5.0)}, "bump": {}}

    def test_by_its_sizes_ascending(self):
        self.assertEqual(report.grown(self.scenarios), {"capacity": [(10, "growth_of_capacity_10"), (1000, "growth_of_capacity_1000")],
                                                        "threads": [(2, "growth_of_threads_2")]})

    def test_into_a_table_with_a_column_for_each_size(self):
        lines = report.growth_table(self.scenarios, report.grown(self.scenarios)["capacity"])
        self.assertEqual(lines[0], "| implementation |   10 | 1,000 |")
        self.assertEqual(lines[2:], ["| nebula pool    |  1.0 |   2.0 |", "| glibc          | 10.0 | 30.0* |"])

    def test_into_a_chart_with_a_line_for_each_implementation(self):
        drawing = xml.etree.ElementTree.fromstring(charts.growth_chart("t", "n", self.scenarios, report.grown(self.scenarios)["capacity"]))
        heights = {}
        for element in drawing.iter():
            if element.tag.endswith("polyline"):
                points = [tuple(map(float, point.split(","))) for point in element.get("points").split()]
                self.assertLess(points[0][0], points[1][0])
                heights[element.get("stroke-width")] = points[1][1]
        self.assertLess(heights["1.5"], heights["3"], "what is slower stands higher")

    def test_labels_do_not_lie_on_each_other(self):
        places = sorted(charts.apart({"a": 10.0, "b": 11.0, "c": 50.0}, 16).values())
        self.assertEqual(places, [10.0, 26.0, 50.0])

    def test_all_charts_are_written(self):
        results = report.read_results(FIXTURE / "results.json")
        results["compilers"]["g++"]["scenarios"].update(self.scenarios)
        del results["compilers"]["g++"]["scenarios"]["bump"]
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            charts.write_all(results, pathlib.Path(folder), report.grown)
            written = {path.name for path in pathlib.Path(folder).iterdir()}
        self.assertIn("growth_of_capacity.gxx.svg", written)
        self.assertNotIn("growth_of_capacity_10.gxx.svg", written)


if __name__ == "__main__":
    unittest.main()
