"""Children in need, conferences, plans, looked-after children: a gap in level, and did it change? Pilots of round 2.

Run: python examples/level_gaps.py [MEASURE ...] [--start 2019] [--nearest 10] [--method nuts]

Published of Signs of Safety: fewer in the pilots throughout, no change over time; a level gap is no effect. Figures of
authorities (DfE and ONS, OGL v3.0); child records are not public, and the start used on them was not recovered. Ten
pilots were funded in July 2017 (the one that dropped out is not known), against their statistical neighbours. Years
of round 1 (to March 2015 and 2016) are left out where a pilot was in it. Worthwhile changes are judgements.
"""

import argparse

import sos_bayes as sb

MEASURES = {  # label, worthwhile change per 10,000 children
    "cin_at_31_march": ("children in need", 15),
    "icpc": ("initial child protection conferences", 3),
    "cpp_at_31_march": ("child protection plans", 2),
    "cla_at_31_march": ("looked-after children", 2),
}


def main(measures: list[str], start: int = 2018, nearest: int = 10, method: str = "fast") -> None:
    """Print, for each measure, the rates by year, the gap before, and the grade of the change."""
    rounds = sb.datasets.pilots()
    first, second = (rounds[rounds[n] == 1]["la_code"] for n in ("round1_2014_16", "round2_2017_19"))
    every = table = sb.datasets.england(list(MEASURES), years=range(2010, 2021))
    table = table[~(table["la_code"].isin(first) & table["year"].isin([2015, 2016]))]
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name", cluster="region")
    rollout = sb.Rollout(dict.fromkeys(second, start), exclude=set(first) - set(second))
    keys = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
    listed = sb.comparators.neighbours(data, rollout, sb.datasets.neighbours(), **keys)
    for measure in measures or MEASURES:
        label, worthwhile = MEASURES[measure]
        words = {"aim": sb.Aim.FEWER, "worthwhile": worthwhile, "denominator": "population", "missing": "drop"}
        outcome = sb.Count(measure, f"{measure}_of", per=10_000, label=label, unit="children", **words)
        print(f"\n{label} per 10,000 children, years to March")
        for who, names in (("pilots", second), (f"{len(listed.authorities)} neighbours", listed.authorities)):
            sums = every[every["la_code"].isin(names)].dropna(subset=[measure]).groupby("year").sum(numeric_only=True)
            rates = 10_000 * sums[measure] / sums[outcome.exposure]
            print(f"  {who:>14}: " + ", ".join(f"{year} {rate:.0f}" for year, rate in rates.items()))
        fit = sb.fit(data, listed.rollout, outcome, method=method, seed=1)
        checks = sb.check(fit)
        print(next(c.sentence for c in checks if c.name == "level_gap"))
        print(sb.grade(sb.estimate(fit), checks))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--start", type=int, default=2018, help="first year with it, to March (2018)")
    parser.add_argument("--nearest", type=int, default=10, help="neighbours of each pilot (10)")
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
