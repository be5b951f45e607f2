"""California's tobacco programme and the Basque country, by four designs beside each other.

Run: python examples/synthetic_control.py [california|basque]. Real data (distributed with synthdid and with pysyncon)
with published numbers: each row is one number for an authority and a year.

Point estimates first, which published numbers pin down; then posteriors: a difference-in-differences (no factors),
latent factors, and synthetic control with the constant free and, as published, without one.
"""

import argparse

import sos_bayes as sb
from sos_bayes import synthesis

CASES = {  # data set: authority, period, value, unit, aim, worthwhile, adopter, start, left out
    "california": ("State", "Year", "PacksPerCapita", "packs", sb.Aim.FEWER, 2.0, "California", 1989, ()),
    "basque": ("regionname", "year", "gdpcap", "thousand dollars", sb.Aim.MORE, 0.1, "Basque Country (Pais Vasco)",
                   1975, ("Spain (Espana)",)),
}  # fmt: skip
POINTS = "difference_in_differences", "synthetic_control", "augmented_synthetic_control", "synthetic_did"
DESIGNS = {
    "DiD (no factors)": sb.LatentFactors(0),
    "latent factor": sb.LatentFactors(1),
    "synthetic control": sb.SyntheticControl(),
    "synthetic control, no constant": sb.SyntheticControl(intercept=False),
}


def main(*names: str) -> None:
    """Print one table for each case."""
    for case in names or CASES:
        authority, period, value, unit, aim, worthwhile, adopter, start, out = CASES[case]
        rows = getattr(sb.datasets, case)()
        rows = rows[~rows[authority].isin(out)]
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="california or basque; both by default")
    main(*parser.parse_args().cases)
