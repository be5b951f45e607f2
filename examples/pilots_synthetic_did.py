"""Signs of Safety, first round of pilots, by synthetic difference-in-differences (published statistics).

Run: python examples/pilots_synthetic_did.py PATH, where the folder PATH holds la_panel_2010_2025.csv.gz,
sofs_pilots.csv and la_statistical_neighbours.csv (DfE and ONS statistics, Open Government Licence v3.0).

The mean of the pilots, weighed equally, against weighted comparators and weighted years before the year to 31 March
2016 (Arkhangelsky and others 2021). Authorities without every year are left out, since a point estimate needs every
cell. No interval: what the posterior of a design says is in `three_designs`.
"""

import sys
from pathlib import Path

import pandas as pd

import sos_bayes as sb
from sos_bayes.synthesis import synthetic_did

MEASURES = {  # what a rate is multiplied by
    "rereferrals_within_12m": 100, "cin_at_31_march": 10_000, "cpp_at_31_march": 10_000, "cla_at_31_march": 10_000,
}  # fmt: skip
LIST = {"authority": "la_code", "neighbour": "neighbour_la_code"}


def main(folder: Path) -> None:
    """Print one line for each measure and set of comparators."""
    rows = pd.read_csv(folder / "la_panel_2010_2025.csv.gz", keep_default_na=False, na_values=[""])
    pilots = pd.read_csv(folder / "sofs_pilots.csv").query("round1_2014_16 == 1")["la_code"]
    rollout, who = sb.Rollout(dict.fromkeys(pilots, 2016)), sb.comparators
    for measure, times in MEASURES.items():
        part = rows[(rows["measure"] == measure) & rows["year"].between(2010, 2019)]
        part = part[part["denominator"].notna() & part["numerator"].notna()]
        words = {"aim": sb.Aim.FEWER, "missing": "drop", "worthwhile": 1, "label": measure}
        outcome = sb.Count("numerator", "denominator", per=times, **words)
        data = sb.read_panel(part, authority="la_code", period="year", name="la_name")
        near = who.nearest(who.features(data, rollout, [outcome]), n=5)
        listed = who.neighbours(data, rollout, folder / "la_statistical_neighbours.csv", **LIST)
        counts = part[["numerator", "denominator"]].apply(pd.to_numeric, errors="coerce")
        rates = part.assign(rate=times * counts["numerator"] / counts["denominator"])
        wide = rates.pivot(index="year", columns="la_code", values="rate").dropna(axis=1)
        own, before = wide[[name for name in pilots if name in wide]], int((wide.index < 2016).sum())
        for label, chosen in (("nearest", near), ("statistical neighbours", listed)):
            donors = wide[[name for name in chosen.authorities if name in wide]]
            mean = own.mean(axis=1).to_numpy()
            found = synthetic_did(mean, donors.to_numpy(), before, adopters=own.shape[1])
            said = f"{found.effect:+.1f} per {times:,} ({own.shape[1]} pilots, {donors.shape[1]} comparators)"
            print(f"{measure:24} {label:24} {said}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
