"""Did those who delivered the practice better gain more? Synthetic children and scores: the real ones are not public.

Run: python examples/delivery.py [--seed N]. Published (What Works for Children's Social Care and King's College
London, 2021): the effect "remains similar" whatever the embeddedness or quality of delivery. Here the rollout of nine
made-up authorities did nothing, whatever the score, so that the right answer is that nothing can be told.
"""

import argparse

import numpy as np

import sos_bayes as sb


def main(seed: int = 1) -> sb.DoseResponse:
    """Print the effect, and what goes with better delivery."""
    made = sb.simulation.made_up_england(seed=seed)
    panel = sb.read_panel(made.panel, authority="authority", period="period")
    fit = sb.fit(panel, made.rollout, made.outcome, method="fast")
    scores = dict(zip(made.rollout.adopters, np.linspace(0.2, 0.9, len(made.rollout.adopters)).round(2), strict=True))
    answer = sb.dose_response(fit, scores, error_sd=0.1)
    print("SYNTHETIC authorities and scores; the rollout did nothing.")
    print(sb.estimate(fit))
    print(answer)
    print(answer.to_frame().round(3).to_string(index=False))
    print("Adopters were not given their scores by lot: an association, never graded.")
    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic data")
    main(parser.parse_args().seed)
