"""What is published about placements with kin, by authority: round 2 of the Signs of Safety pilots. PROXIES.

Run: python examples/kinship_proxies.py [MEASURE ...] [--start 2019] [--nearest 10] [--method nuts]

Published, on child records: kinship placement 13 percentage points lower among looked-after children, moderate and
contrary to the aim. Those records are not public, and placements with kin are not published by authority after 2010:
nine_pilots.py shows that finding on SYNTHETIC children. Nearest on real figures (DfE, OGL v3.0): returns to parents or
relatives and special guardianship among those who leave care, and foster placements of any kind. Practice decides who
is looked after, so all are capped. Small counts are suppressed: pilots without data are left out by name.
"""

import argparse

import sos_bayes as sb

MEASURES = {  # label, aim
    "cla_ceased_returned_to_parents_or_relatives": ("returned to parents or relatives", sb.Aim.MORE),
    "cla_ceased_special_guardianship": ("special guardianship", sb.Aim.MORE),
    "placement_foster": ("foster placement of any kind", sb.Aim.FEWER),
}


def main(measures: list[str], start: int = 2018, nearest: int = 10, method: str = "fast") -> None:
    """Print the grade of each measure, and which pilots are left out of it."""
    rounds = sb.datasets.pilots()
    first, second = (rounds[rounds[n] == 1].set_index("la_code") for n in ("round1_2014_16", "round2_2017_19"))
    table = sb.datasets.england(list(MEASURES), years=range(2011, 2021))
    table = table[~(table["la_code"].isin(first.index) & table["year"].isin([2015, 2016]))]
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name", cluster="region")
    for measure in measures or MEASURES:
        label, aim = MEASURES[measure]
        words = {"aim": aim, "worthwhile": 0.03, "label": label, "denominator": "by_practice", "missing": "drop"}
        years = table.dropna(subset=[measure]).groupby("la_code")["year"].agg(["min", "max"])
        seen = set(years.query("min < @start <= max").index)
        blind = second[~second.index.isin(seen)]["la_name"]
        print(f"\nLeft out of {label!r}, for want of data before or after the start: {', '.join(blind) or 'nobody'}.")
        adopters = second.index.difference(blind.index)
        rollout = sb.Rollout(dict.fromkeys(adopters, start), exclude={*blind.index, *first.index.difference(adopters)})
        keys = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
        listed = sb.comparators.neighbours(data, rollout, sb.datasets.neighbours(), **keys)
        outcome = sb.Binary(measure, f"{measure}_of", unit="children", **words)
        fit = sb.fit(data, listed.rollout, outcome, method=method, seed=1)
        print(sb.grade(sb.estimate(fit), sb.check(fit)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--start", type=int, default=2018, help="first year with it, to March (2018)")
    parser.add_argument("--nearest", type=int, default=10, help="neighbours of each pilot (10)")
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
