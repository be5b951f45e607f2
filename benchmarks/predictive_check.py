"""What the check of discrepancies adds to all checks, 40 authorities by 8 periods: with it and without it, in pairs.

Run with: python benchmarks/predictive_check.py [--pairs 12]

CPU seconds of one process, the order within a pair alternating; the mean ratio on the log scale with its upper 95 %
limit (one-sided, Student's t over pairs), beside the limit of 1.05.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time

from scipy.stats import t as student

import sos_bayes as sb
from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import fit_layout

LIMIT = 1.05


def seconds(fit: sb.Fit, skip: tuple[str, ...]) -> float:
    """CPU seconds of all checks but some."""
    begun = time.process_time()
    sb.check(fit, skip=skip)
    return time.process_time() - begun


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=12)
    pairs = parser.parse_args().pairs
    made = sb.simulation.made_up_england(seed=1)
    fit = fit_layout(layout_of(made.cells, made.rollout), DiD(), method="fast", seed=1)
    sides = ((), ("predictive",))
    for skip in sides:  # compiled code is read before anything is timed
        seconds(fit, skip)
    ratios = []
    for number in range(pairs):
        took = {skip: seconds(fit, skip) for skip in (sides if number % 2 else reversed(sides))}
        ratios.append(math.log(took[()] / took["predictive",]))
    mean, error = statistics.fmean(ratios), statistics.stdev(ratios) / math.sqrt(pairs)
    upper = math.exp(mean + float(student.ppf(0.95, pairs - 1)) * error)
    print(f"with / without: {math.exp(mean):.3f}, at most {upper:.3f}: {'kept' if upper <= LIMIT else 'NOT KEPT'}")


if __name__ == "__main__":
    main()
