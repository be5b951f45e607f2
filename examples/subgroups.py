"""Which children did the rollout serve differently? Synthetic children: records by subgroup are not public.

Run: python examples/subgroups.py [--seed N]. Of three made-up subgroups one has six points fewer events with the
rollout and two have none, in six of twenty made-up authorities; what was published of subgroups was not recovered.
"""

import argparse

import sos_bayes as sb


def main(seed: int = 3) -> sb.Subgroups:
    """Print the average, every subgroup beside its truth, and the grade of the one that differs most."""
    small = sb.simulation.Scenario(authorities=20, adopters=6, periods=6, sd_shock=0.08)
    made = sb.simulation.made_up_subgroups(small, effects=(-0.06, 0.0, 0.0), seed=seed)
    children = sb.read_cohort(made.children(), authority="authority", period="period", child="child")
    fit = sb.fit(children, made.rollout, made.outcome, sb.DiD(vary_by=("subgroup",)), method="fast")
    answer = sb.subgroups(fit, "subgroup")
    print("SYNTHETIC children.")
    print(sb.estimate(fit))
    print(answer)
    for group in answer:
        print(f"  {group.effect}  truth {100 * made.truth[group.effect.label]:+.1f}")
    first = max(answer, key=lambda group: group.p_largest).effect
    checks = sb.check(fit, subgroup=("subgroup", first.label))
    print(sb.grade(first, checks))
    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=3, help="of the synthetic data")
    main(parser.parse_args().seed)
