"""What would looked-after children avoided be worth, beside INVENTED costs? Pilots of round 2 of Signs of Safety.

Run: python examples/cost.py [--last 2020] [--nearest 10] [--method nuts]

The effect is estimated on published figures of authorities (DfE and ONS, OGL v3.0): looked-after children at 31 March,
per 10,000. One fewer is taken for a year of care less. A week of foster care is published: £646 a child (PSSRU, Unit
Costs of Health and Social Care 2017, p. 86, as told by its editor, Lesley Curtis, on pssru.ac.uk, 19 February 2018);
its prices are taken for those of 2017. It is the cheaper kind of care, and an average: what an authority saves when
one child fewer is placed is not known. WHAT THE PRACTICE COSTS IS INVENTED here, line by line: the evaluation's cost
study has the five kinds, its amounts were not recovered. Nothing in this output says what Signs of Safety costs.
"""

import argparse

import sos_bayes as sb

MEASURE, FOSTER_WEEK = "cla_at_31_march", 646
INVENTED = (  # label, pounds for each authority a year, kind, how many years
    ("five-day courses, two days for all others", 160_000, "staff_and_training", 1),
    ("licences, consultants and materials", 60_000, "other_direct", 2),
    ("hours away from casework", 110_000, "indirect", 2),
    ("a practice lead and the project board", 75_000, "management", 3),
    ("new staff trained, refreshers", 30_000, "ongoing", 3),
)


def main(last: int = 2020, nearest: int = 10, method: str = "fast") -> None:
    """Print unit costs with their band, net benefit, and P(cost-effective) by what a year of care is worth."""
    rounds = sb.datasets.pilots()
    first, second = (rounds[rounds[n] == 1]["la_code"] for n in ("round1_2014_16", "round2_2017_19"))
    every = sb.datasets.england([MEASURE], years=range(2010, last + 1))
    table = every[~(every["la_code"].isin(first) & every["year"].isin([2015, 2016]))]
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name", cluster="region")
    rollout = sb.Rollout(dict.fromkeys(second, 2018), exclude=set(first) - set(second))
    keys = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
    listed = sb.comparators.neighbours(data, rollout, sb.datasets.neighbours(), **keys)
    words = {"aim": sb.Aim.FEWER, "worthwhile": 2, "denominator": "population", "missing": "drop", "unit": "children"}
    outcome = sb.Count(MEASURE, f"{MEASURE}_of", per=10_000, label="looked-after children", **words)
    effect = sb.estimate(sb.fit(data, listed.rollout, outcome, method=method, seed=1))
    exposed = every[every["la_code"].isin(second) & (every["year"] >= 2018)].dropna(subset=[MEASURE])
    lines = [sb.costs.CostLine(label, pounds, kind, price_year=2017, paid=2018, years=years, per="authority",
                               low=pounds / 2, high=2 * pounds, shape="gamma", source="invented")
             for label, pounds, kind, years in INVENTED]  # fmt: skip
    costs = sb.costs.Costs(lines, sb.costs.Prices(2017, discount_rate=0.035, base=2018), authorities=len(second),
                           children=int(exposed[outcome.exposure].sum()))  # fmt: skip
    care = sb.costs.Benefit(52 * FOSTER_WEEK, "event", price_year=2017, paid=2019, source="PSSRU 2017, p. 86, 52 weeks")
    found = sb.cost_effectiveness(effect, costs, benefit=care, willingness=range(0, 70_001, 10_000))
    print(f"INVENTED costs, for each child of the population and year: {costs}")
    print(costs.to_frame().round(2).to_string(index=False))
    print(f"\n{found}\n")
    print(found.acceptability().round(2).to_string(index=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--last", type=int, default=2020, help="last year to March (2020)")
    parser.add_argument("--nearest", type=int, default=10, help="neighbours of each pilot (10)")
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
