"""Signs of Safety, FIRST round of pilots, by synthetic difference-in-differences (published statistics).

Run: python examples/pilots_synthetic_did.py [MEASURE ...]. DfE and ONS statistics, Open Government Licence v3.0.

The mean of the pilots, weighed equally, against weighted comparators and weighted years before the year to 31 March
2016 (Arkhangelsky and others 2021). Authorities without every year are left out, since a point estimate needs every
cell. No interval: what the posterior of a design says is in `three_designs`.
"""

import argparse

import sos_bayes as sb
from sos_bayes.synthesis import synthetic_did

MEASURES = {  # what a rate is multiplied by
    "rereferrals_within_12m": 100, "cin_at_31_march": 10_000, "cpp_at_31_march": 10_000, "cla_at_31_march": 10_000,
}  # fmt: skip
LIST = {"authority": "la_code", "neighbour": "neighbour_la_code"}


def main(*measures: str) -> None:
    """Print one line for each measure and set of comparators."""
    pilots = sb.datasets.pilots().query("round1_2014_16 == 1")["la_code"]
    rollout, who = sb.Rollout(dict.fromkeys(pilots, 2016)), sb.comparators
    for measure in measures or MEASURES:
        part, times = sb.datasets.england(measure, years=range(2010, 2020)), MEASURES[measure]
        outcome = sb.Count(measure, f"{measure}_of", per=times, aim=sb.Aim.FEWER, worthwhile=1, label=measure)
        data = sb.read_panel(part, authority="la_code", period="year", name="la_name")
        near = who.nearest(who.features(data, rollout, [outcome]), n=5)
        listed = who.neighbours(data, rollout, sb.datasets.neighbours(), **LIST)
        rates = part.assign(rate=times * part[measure] / part[f"{measure}_of"])
        wide = rates.pivot(index="year", columns="la_code", values="rate").dropna(axis=1)
        own, before = wide[[name for name in pilots if name in wide]], int((wide.index < 2016).sum())
        for label, chosen in (("nearest", near), ("statistical neighbours", listed)):
            donors = wide[[name for name in chosen.authorities if name in wide]]
            mean = own.mean(axis=1).to_numpy()
            found = synthetic_did(mean, donors.to_numpy(), before, adopters=own.shape[1])
            said = f"{found.effect:+.1f} per {times:,} ({own.shape[1]} pilots, {donors.shape[1]} comparators)"
            print(f"{measure:24} {label:24} {said}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; all by default")
    main(*parser.parse_args().measures)
