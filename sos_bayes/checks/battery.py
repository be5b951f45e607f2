"""Try a fit on every check there is."""

from __future__ import annotations

from collections.abc import Callable

from sos_bayes._core.errors import SosBayesError, nearest
from sos_bayes.checks.bench import Bench, bench_of, guarded
from sos_bayes.checks.denominator import check_denominator
from sos_bayes.checks.imputation import check_imputation
from sos_bayes.checks.leads import check_leads
from sos_bayes.checks.leave_one_out import check_leave_one_out
from sos_bayes.checks.level_gap import check_level_gap
from sos_bayes.checks.no_change import check_no_change
from sos_bayes.checks.population import check_population
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.variants import check_drift, check_random_walk, check_sceptical, check_trends
from sos_bayes.checks.weighting import check_weighting
from sos_bayes.fitting import Fit

CHECKS: dict[str, Callable[[Bench], CheckResult]] = {
    "patt": check_population,
    "weighting": check_weighting,
    "level_gap": check_level_gap,
    "leads": check_leads,
    "leave_one_out": check_leave_one_out,
    "random_walk": check_random_walk,
    "trends": check_trends,
    "imputation": check_imputation,
    "sceptical": check_sceptical,
    "drift": check_drift,
    "no_change": check_no_change,
    "denominator": check_denominator,
}


def check(fit: Fit, *, skip: tuple[str, ...] = ()) -> tuple[CheckResult, ...]:
    """Try to falsify a fit; seconds in all, by the fast route.

    Parameters
    ----------
    fit : Fit
    skip : tuple of str
        Checks to switch off by name. One that the rule reads for the direction caps the grade at low then;
        ``leads`` and ``level_gap`` only inform, and without ``no_change`` there is no null finding.

    Returns
    -------
    tuple of CheckResult
        One for each check, in a fixed order, whether or not it could be run.

    Raises
    ------
    SosBayesError
        If ``skip`` names a check that does not exist.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> result = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> others = tuple(name for name in CHECKS if name != "drift")
    >>> [c.state.value for c in sb.check(result, skip=others) if c.name == "drift"]
    ['reported']
    """
    for name in skip:
        if name not in CHECKS:
            raise SosBayesError(
                f"There is no check {name!r}.{nearest(name, CHECKS)}", cure=f"Skip any of {', '.join(CHECKS)}."
            )
    bench = bench_of(fit)
    return tuple(_run(name, bench, skip) for name in CHECKS)


def _run(name: str, bench: Bench, skip: tuple[str, ...]) -> CheckResult:
    if name in skip:
        return CheckResult(name, name.replace("_", " "), State.SWITCHED_OFF, (), "Switched off by the analyst.")
    try:
        return CHECKS[name](bench)
    except SosBayesError as error:
        return guarded(name, name.replace("_", " "), error)
