#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Tests of compare.py on ratios whose truth is known."""
import math
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare
import measure

GATE = 0.05


def noisy(change, spread, rounds=15, seed=1):
    """Ratios of a change under noise that no round escapes, and that slows a few rounds down a lot."""
    numbers = random.Random(seed)
    return [change * numbers.lognormvariate(0, spread) * (3 if numbers.random() < 0.1 else 1) for _ in range(rounds)]


def verdict(ratios):
    return compare.judge(ratios, GATE)[3]


class compared(unittest.TestCase):
    def test_a_change_beyond_the_gate_is_told(self):
        self.assertEqual(verdict(noisy(1.15, 0.02)), "slower")
        self.assertEqual(verdict(noisy(0.85, 0.02)), "faster")

    def test_no_change_is_the_same(self):
        self.assertEqual(verdict(noisy(1.0, 0.01)), "same")

    def test_a_change_within_the_gate_is_the_same(self):
        self.assertEqual(verdict(noisy(1.02, 0.005)), "same")

    def test_noise_is_not_called_a_change(self):
        wrong = sum(verdict(noisy(1.0, 0.5, seed=seed)) in ("slower", "faster") for seed in range(1000))
        self.assertLess(wrong, 50, "of 1000 comparisons of a program with itself, seeds 0 to 999")

    def test_the_interval_holds_the_median_95_times_of_100(self):
        for rounds in (6, 9, 15, 40):
            held = 0
            for seed in range(1000):
                low, high = compare.interval(noisy(1.0, 0.3, rounds, seed))
                held += low <= true_median(0.3) <= high
            self.assertGreater(held, 935, f"{rounds} rounds, seeds 0 to 999")

    def test_order_statistics_of_fifteen_rounds(self):
        self.assertEqual(compare.interval([float(each) for each in range(1, 16)]), (4.0, 12.0))

    def test_too_few_rounds_are_refused(self):
        with self.assertRaisesRegex(measure.called_wrongly, "5 rounds have no interval"):
            compare.interval([1.0] * 5)

    def test_the_table_counts_what_it_says(self):
        lines, counts = compare.table_of({("bump", "nebula bump"): noisy(1.2, 0.01), ("churn", "nebula local_pool"): noisy(1.0, 0.01)}, GATE)
        self.assertEqual(counts, {"slower": 1, "faster": 0, "same": 1, "unclear": 0})
        self.assertEqual(sum("SLOWER" in line for line in lines), 1)


def true_median(spread):
    """The median of the noise of above: of ratios one in ten is three times as large."""
    low, high = 0.01, 10.0

    def below(value):
        def normal(x):
            return 0.5 * math.erfc(-x / math.sqrt(2))
        return 0.9 * normal(math.log(value) / spread) + 0.1 * normal(math.log(value / 3) / spread)
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < 0.5 else (low, middle)
    return low


if __name__ == "__main__":
    unittest.main()
