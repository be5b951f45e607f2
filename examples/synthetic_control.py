"""California's tobacco programme and the Basque country, by four designs beside each other.

Run: python examples/synthetic_control.py PATH, where the folder PATH holds california_prop99.csv (from synthdid) and
basque.csv (from pysyncon). Real data with published numbers: each row is one number for an authority and a year.

Point estimates first, which published numbers pin down; then posteriors: a difference-in-differences (no factors),
latent factors, and synthetic control with the constant free and, as published, without one.
"""

import sys
from pathlib import Path

import pandas as pd

import sos_bayes as sb
from sos_bayes import synthesis

CASES = {  # file: authority, period, value, unit, aim, worthwhile, adopter, start, left out
    "california_prop99.csv": ("State", "Year", "PacksPerCapita", "packs", sb.Aim.FEWER, 2.0, "California", 1989, ()),
    "basque.csv": ("regionname", "year", "gdpcap", "thousand dollars", sb.Aim.MORE, 0.1, "Basque Country (Pais Vasco)",
                   1975, ("Spain (Espana)",)),
}  # fmt: skip
POINTS = "difference_in_differences", "synthetic_control", "augmented_synthetic_control", "synthetic_did"
DESIGNS = {
    "DiD (no factors)": sb.LatentFactors(0),
    "latent factor": sb.LatentFactors(1),
    "synthetic control": sb.SyntheticControl(),
    "synthetic control, no constant": sb.SyntheticControl(intercept=False),
}


def main(folder: Path, *files: str) -> None:
    """Print one table for each case."""
    for file in files or CASES:
        authority, period, value, unit, aim, worthwhile, adopter, start, out = CASES[file]
        rows = pd.read_csv(folder / file)
        rows = rows[~rows[authority].isin(out)].astype({period: int})
        wide = rows.pivot(index=period, columns=authority, values=value)
        treated, donors, before = wide.pop(adopter).to_numpy(), wide.to_numpy(), int((wide.index < start).sum())
        print(f"\n{adopter}, mean effect from {start} on, {unit}")
        for point in POINTS:
            print(f"  {point:32} {getattr(synthesis, point)(treated, donors, before).effect:8.3f}")
        panel = sb.read_panel(rows, authority=authority, period=period)
        outcome = sb.Continuous(value, unit=unit, aim=aim, worthwhile=worthwhile, label=value, children="people")
        fits = {n: sb.fit(panel, sb.Rollout({adopter: start}), outcome, design) for n, design in DESIGNS.items()}
        for name, fit in fits.items():
            effect, (low, high) = sb.estimate(fit), sb.estimate(fit).interval(0.95)
            print(
                f"  {name:32} {effect.mean:8.3f}  ({low:.3f} to {high:.3f}){'' if fit.health.ok else '  not healthy'}"
            )
            if fit.weights is not None:
                print("   ", ", ".join(f"{d} {w:.2f}" for d, w in fit.weights_frame()[["donor", "weight"]].values[:5]))
        print(sb.compare(*fits.values(), names=tuple(fits)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
