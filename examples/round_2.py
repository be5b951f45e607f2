"""Round 2 of the Signs of Safety pilots whole: which start, what of round 1, who dropped out. Published figures.

Run: python examples/round_2.py [MEASURE ...] [--nearest 10] [--method nuts] [--seed 1]

The published evaluation is of round 2: announced in July 2017, fieldwork April 2018 to March 2020; the start used on
child records, which are not public, was not recovered. So choices stand side by side: the year to March 2018 or 2019 is
the first; the years of round 1 (to March 2015 and 2016) of nine pilots are left out, or a dose, or round 1 is carried
on (start 2016), also with the pilot of round 1 alone ("both rounds"). Ten were funded and nine analysed: each is left
out in turn. Comparators are statistical neighbours, of which many used some of it: that pulls estimates to zero.
"""

import argparse

import sos_bayes as sb

LABELS = {"cin_at_31_march": "children in need", "cpp_at_31_march": "plans", "cla_at_31_march": "looked-after children"}
WORTHWHILE = {"cin_at_31_march": 15, "cpp_at_31_march": 2, "cla_at_31_march": 2}  # per 10,000 children: judgements


def main(measures: list[str], nearest: int = 10, method: str = "fast", seed: int = 1) -> None:
    """Print one line for each choice, and the grade of the first."""
    rounds = sb.datasets.pilots().set_index("la_code")
    first, second = (rounds[rounds[name] == 1].index for name in ("round1_2014_16", "round2_2017_19"))
    both, alone = second.intersection(first), first.difference(second)
    table = sb.datasets.england(list(LABELS), years=range(2010, 2021))
    without = table[~(table["la_code"].isin(first) & table["year"].isin([2015, 2016]))]
    keys = {"authority": "la_code", "period": "year", "name": "la_name", "cluster": "region"}
    all_years, left_out = (sb.read_panel(rows, **keys) for rows in (table, without))
    pairs = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
    plain = sb.Rollout(dict.fromkeys(second, 2018), exclude=alone)
    out = sb.comparators.neighbours(left_out, plain, sb.datasets.neighbours(), **pairs).rollout.exclude
    dose, old, choices = sb.Exposure(earlier=dict.fromkeys(both, (2015, 2016))), dict.fromkeys(first, 2016), []
    for start in (2018, 2019):
        new = dict.fromkeys(second, start)
        choices += [(f"{start}, round 1 left out", left_out, sb.Rollout(new, exclude=out))]
        choices += [(f"{start}, round 1 a dose", all_years, sb.Rollout(new, exclude=out, exposure=dose))]
        choices += [(f"{start}, round 1 carried", all_years, sb.Rollout(new | dict.fromkeys(both, 2016), exclude=out))]
        choices += [(f"{start}, both rounds", all_years, sb.Rollout(new | old, exclude={*out} - {*alone}))]
    for code in second:
        name, nine = rounds["la_name"][code], dict.fromkeys(second.drop(code), 2018)
        choices += [(f"2018, left out, without {name}", left_out, sb.Rollout(nine, exclude=(*out, code)))]
    words = {"aim": sb.Aim.FEWER, "denominator": "population", "missing": "drop", "per": 10_000}
    for measure in measures or LABELS:
        outcome = sb.Count(measure, f"{measure}_of", label=LABELS[measure], worthwhile=WORTHWHILE[measure], **words)
        fits = [sb.fit(data, rollout, outcome, method=method, seed=seed) for _, data, rollout in choices]
        print(f"\n{outcome.label}, change per 10,000 children (95 % interval), P of fewer")
        for (what, *_), effect in zip(choices, map(sb.estimate, fits), strict=True):
            low, high = effect.interval(0.95)
            print(f"  {what:40} {effect.mean:+6.1f} ({low:+.1f} to {high:+.1f})  P {effect.probability(below=0.0):.2f}")
        print(sb.grade(sb.estimate(fits[0]), sb.check(fits[0])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(LABELS)}; all by default")
    parser.add_argument("--nearest", type=int, default=10, help="neighbours of each pilot (10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
