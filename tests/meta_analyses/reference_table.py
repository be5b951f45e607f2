"""Print syntheses beside what other programs say of them: python -m tests.meta_analyses.reference_table."""

from __future__ import annotations

import pandas as pd

import sos_bayes as sb
from sos_bayes.meta_analyses.exact_grid import exact
from tests.meta_analyses.published import BCG_COUNTS, BCG_RATIOS, SCHOOLS, bcg, calendars, read

WIDE = sb.SynthesisPriors(10, 1, covariate=10)
POINTS = {"effect": "effect", "se": "se", "measure": "difference"}
DISTRICTS = {"study": "district", "within": "school", "effect": "effect", "se": "se"}


def row(name: str, theirs: tuple[float, float] | float, mean: float, sd: float) -> None:
    """One line; theirs with a standard error or an sd where they give one."""
    given, error = theirs if isinstance(theirs, tuple) else (theirs, None)
    said = f"{given:.4f} ({error:.4f})" if error else f"{given:.4f}"
    apart = f"{(mean - given) / error:+.2f}" if error else f"{mean - given:+.3f} (its unit)"
    print(f"| {name} | {said} | {mean:.4f} ({sd:.4f}) | {apart} |")


def mean_and_tau(
    name: str, found: sb.MetaAnalysis, mean: tuple[float, float], tau: tuple[float, float] | float
) -> None:
    """Two lines of a synthesis."""
    assert found.health.ok
    drawn = found.draws["tau"]
    row(f"{name}: mean", mean, found.mean.mean, found.mean.sd)
    row(f"{name}: heterogeneity", tau, float(drawn.mean()), float(drawn.std()))


def pooled(table: pd.DataFrame, **asked: object) -> sb.MetaAnalysis:
    """A synthesis with the default sampler."""
    return sb.meta_analysis(table, seed=1, **asked)  # type: ignore[arg-type]


def main() -> None:
    """Print the rows of docs/explanation/agreement.md."""
    published = sb.SynthesisPriors(5, 5, "half_cauchy")
    schools = pooled(SCHOOLS, priors=published, **POINTS)
    mean_and_tau("eight schools, posteriordb", schools, (4.4105, 3.3093), (3.6021, 3.1985))
    flat = exact(read(SCHOOLS, **POINTS), sb.SynthesisPriors(1000, 1000))
    row("eight schools, flat priors, BDA3 5.5: mean", (7.93, 5.18), flat.mean.mean, flat.mean.sd)
    row("eight schools, flat priors, BDA3 5.5: heterogeneity", (6.58, 5.65), *flat.tau)
    mean_and_tau("BCG log risk ratios, rma (REML)", pooled(bcg(), priors=WIDE, **BCG_RATIOS), (-0.7145, 0.1798), 0.5597)
    sloped = pooled(bcg(), priors=WIDE, covariates=["latitude"], **BCG_RATIOS).coefficients().iloc[0]
    row("BCG log risk ratios, rma (REML): a degree of latitude", (-0.0291, 0.0072), sloped["mean"], sloped["sd"])
    mean_and_tau("BCG counts, rma.glmm (UM.FS)", pooled(bcg(), priors=WIDE, **BCG_COUNTS), (-0.7450, 0.1756), 0.5430)
    for rho, mean, tau, within in ((0.0, (0.1847, 0.0846), 0.2551, 0.1809), (0.5, (0.1905, 0.0861), 0.2403, 0.2128)):
        asked = {"measure": "standardised_mean_difference", "correlation": rho, "priors": WIDE}
        found = pooled(calendars(), **DISTRICTS, **asked)
        mean_and_tau(f"calendars, rma.mv (REML), errors correlated by {rho:g}", found, mean, tau)
        inside = found.draws["tau_within"]
        row("within districts", within, float(inside.mean()), float(inside.std()))


if __name__ == "__main__":
    main()
