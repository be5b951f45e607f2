"""The 2018 systematic review of Signs of Safety: what a synthesis can and cannot say of it.

Run: python examples/systematic_review.py

Published by CASCADE (Sheehan and others 2018): 38 publications, "few studies and none of a high quality"; one paper, of
2009, showed lower care entry. Its effect and standard error were not recovered, and none is invented here. What is
computed at the end follows from the library's stated priors alone, and says so.
"""

import argparse

import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes.meta_analyses.measures import DEFAULTS

PUBLICATIONS, OF_HIGH_QUALITY, ON_CARE_ENTRY = 38, 0, 1
PAPER = pd.DataFrame({"study": ["paper of 2009"], "effect": [np.nan], "se": [np.nan]})  # not recovered
EFFECT = {"effect": "effect", "se": "se", "measure": "log_odds_ratio", "aim": sb.Aim.FEWER}


def answer(table: pd.DataFrame) -> str:
    """What the library says to a table of studies."""
    try:
        return str(sb.meta_analysis(table, **EFFECT))
    except sb.SosBayesError as fault:
        return str(fault)


def main() -> None:
    """Print what was published, why it cannot be pooled, and what one study could ever say of another place."""
    print(f"{PUBLICATIONS} publications, {OF_HIGH_QUALITY} of a high quality, {ON_CARE_ENTRY} with lower care entry.")
    print(f"\nPooled as it stands:\n  {answer(PAPER)}")
    twice = pd.concat([PAPER, PAPER.assign(study="a second paper, if there were one")], ignore_index=True)
    print(f"\nWith a second paper of which no more is known:\n  {answer(twice)}")

    spread = DEFAULTS["log_odds_ratio"].from_shares((np.arange(100_000) + 0.5) / 100_000)
    apart = float(np.quantile(spread * np.random.default_rng(1).standard_normal(len(spread)), 0.975))
    print(
        "\nWhat it cannot say: how effects differ between places takes several studies. Before any is seen, the\n"
        f"library's prior lets the log odds ratio of a place lie {apart:.1f} above or below the mean (95 %): even a\n"
        f"mean that was known for certain could be {np.exp(apart):.1f} times larger or smaller in odds at a new site."
    )
    print(
        "\nThat few studies were found and none was of a high quality is a finding on the evidence, not on the\n"
        "practice: it is no evidence that the practice does nothing. This is not graded here."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    main()
