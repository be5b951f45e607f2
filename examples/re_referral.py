"""Re-referral, and what stands for escalation, on published figures: round 2 of the Signs of Safety pilots.

Run: python examples/re_referral.py [MEASURE ...] [--start 2019] [--nearest 10] [--method nuts]

Published, on child records: no impact on being referred again within six months of "no further action", nor on that
with escalation to a plan or care. Those records are not public and their start was not recovered. PROXIES here, by
authority: referrals within 12 months of another, children referred again within 12 months, conferences and plans begun
(DfE, OGL v3.0). Practice decides who is referred, so shares of referrals are capped. Years of round 1 are left out.
"""

import argparse

import sos_bayes as sb

PER = {"per": 10_000, "denominator": "population", "unit": "children"}
MEASURES = {  # kind, label, worthwhile change, more
    "rereferrals_within_12m": (
        sb.Binary,
        "referrals within 12 months of another",
        0.01,
        {"denominator": "by_practice"},
    ),
    "children_rereferred_within_12m": (sb.Binary, "children referred again", 0.01, {"denominator": "by_practice"}),
    "icpc": (sb.Count, "initial child protection conferences", 3, PER),
    "cpp_started": (sb.Count, "child protection plans begun", 3, PER),
}


def main(measures: list[str], start: int = 2018, nearest: int = 10, method: str = "fast") -> None:
    """Print the grade of each measure."""
    rounds = sb.datasets.pilots()
    first, second = (rounds[rounds[n] == 1]["la_code"] for n in ("round1_2014_16", "round2_2017_19"))
    table = sb.datasets.england(list(MEASURES), years=range(2011, 2021))
    table = table[~(table["la_code"].isin(first) & table["year"].isin([2015, 2016]))]
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name", cluster="region")
    rollout = sb.Rollout(dict.fromkeys(second, start), exclude=set(first) - set(second))
    keys = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
    listed = sb.comparators.neighbours(data, rollout, sb.datasets.neighbours(), **keys)
    for measure in measures or MEASURES:
        kind, label, worthwhile, more = MEASURES[measure]
        words = {"aim": sb.Aim.FEWER, "worthwhile": worthwhile, "label": label, "missing": "drop", **more}
        fit = sb.fit(data, listed.rollout, kind(measure, f"{measure}_of", **words), method=method, seed=1)
        print(f"\n{sb.grade(sb.estimate(fit), sb.check(fit))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--start", type=int, default=2018, help="first year with it, to March (2018)")
    parser.add_argument("--nearest", type=int, default=10, help="neighbours of each pilot (10)")
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
