"""Suppressed counts kept as ranges, dropped, or replaced by a mid-point: Signs of Safety pilots, SYNTHETIC THINNING.

Run: python examples/suppressed_counts.py PATH [nuts|fast], where the folder PATH holds la_panel_2010_2025.csv.gz and
sofs_pilots.csv (Department for Education and ONS statistics, Open Government Licence v3.0).

No published count of 1 to 5 is known, so each looked-after child in a children's home or secure unit (2013-2019) is
kept with probability .2: a rare outcome, made up from real counts. Then 1 to 5 are hidden again, in a file of DfE's
form, and answers are held against the one with nothing hidden; docs/explanation/suppressed_counts.md repeats it.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import sos_bayes as sb

KEPT, WAYS = 0.2, {"all known": "", "ranges": "c", "dropped": "x", "mid-point": "3"}
HOMES = sb.Binary("homes", "looked_after", aim=sb.Aim.FEWER, worthwhile=0.005, label="homes (thinned)", unit="children")
NAMES = {"year": "time_period", "la_code": "new_la_code", "region": "region_code", "denominator": "looked_after"}
LOCAL = {"geographic_level": "Local authority", "time_identifier": "Reporting year"}


def counted(folder: Path) -> pd.DataFrame:
    """Rows of authorities in the columns of a published file, with the count that is to be thinned."""
    rows = pd.read_csv(folder / "la_panel_2010_2025.csv.gz", na_values=[""]).rename(columns=NAMES)
    rows = rows[(rows["measure"] == "placement_secure_or_childrens_home") & rows["time_period"].between(2013, 2019)]
    return rows[[*NAMES.values(), "la_name", "numerator"]].dropna().reset_index(drop=True).assign(**LOCAL)


def published(rows: pd.DataFrame, hidden: pd.Series, symbol: str) -> pd.DataFrame:
    """Write a symbol for what is hidden."""
    return rows.assign(homes=rows["homes"].astype(int).astype(str).mask(hidden, symbol))


def effect(file: pd.DataFrame, adopters: list[str], dfe: sb.DfE, method: str = "fast") -> sb.Effect:
    """Read, fit and estimate, without adopters that have no count before or after 2016."""
    late = file["time_period"] >= 2016
    seen = [set(file.loc[side & (file["homes"] != "x"), "new_la_code"]) for side in (late, ~late)]
    blind = tuple(a for a in adopters if not all(a in side for side in seen))
    rollout = sb.Rollout({a: 2016 for a in adopters if a not in blind}, exclude=blind)
    return sb.estimate(sb.fit(sb.read_panel(file, dfe=dfe), rollout, HOMES, sb.DiD(), method=method))


def main(folder: Path, method: str = "fast") -> None:
    """Print the effect on the pilots by each way, beside the effect with all counts known."""
    pilots = pd.read_csv(folder / "sofs_pilots.csv").query("round1_2014_16 == 1")["la_code"]
    rows = counted(folder).assign(homes=lambda r: np.random.default_rng(1).binomial(r["numerator"].astype(int), KEPT))
    small = rows["homes"].between(1, 5)
    print(f"{small.mean():.0%} of {len(rows):,} counts (real ones, thinned) are hidden.")
    for way, symbol in WAYS.items():
        file = published(rows, small & (way != "all known"), symbol)
        found = effect(file, pilots.tolist(), sb.DfE(secondary=0), method)
        print(f"{way:>9}: {100 * found.mean:+.2f} pp (sd {100 * found.sd:.2f}), {found.n_adopters} pilots")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
