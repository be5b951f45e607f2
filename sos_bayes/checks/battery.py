"""Try a fit on every check there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sos_bayes._core.errors import SosBayesError, nearest
from sos_bayes._core.sealed import sealed
from sos_bayes.checks.bearing import bearing_of, direction_of
from sos_bayes.checks.bench import Part, bench_of, effect_on
from sos_bayes.checks.by_fit import answered_by, switched_off
from sos_bayes.checks.comparators import check_comparators
from sos_bayes.checks.denominator import check_denominator
from sos_bayes.checks.donut import check_donut
from sos_bayes.checks.imputation import check_imputation
from sos_bayes.checks.leads import check_leads
from sos_bayes.checks.leave_one_out import check_leave_one_out
from sos_bayes.checks.level_gap import check_level_gap
from sos_bayes.checks.no_change import check_no_change
from sos_bayes.checks.points import check_points
from sos_bayes.checks.population import check_population
from sos_bayes.checks.result import CheckResult
from sos_bayes.checks.rounds import Check, in_rounds
from sos_bayes.checks.shared_shocks import check_shared_shocks
from sos_bayes.checks.start_shock import check_start_shock
from sos_bayes.checks.variants import check_drift, check_random_walk, check_sceptical, check_trends
from sos_bayes.checks.weighting import check_weighting
from sos_bayes.designs import Layout
from sos_bayes.estimands import subgroups
from sos_bayes.fitting import Fit
from sos_bayes.fitting.answers import Answers
from sos_bayes.fitting.fingerprint import question_of

CHECKS: dict[str, Check] = {
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
    "comparators": check_comparators,
    "donut": check_donut,
    "points": check_points,
    "start_shock": check_start_shock,
    "shared_shocks": check_shared_shocks,
}


@sealed
def check(
    fit: Fit | Answers,
    *,
    skip: tuple[str, ...] = (),
    subgroup: tuple[str, str] | None = None,
    against: Mapping[str, Layout] | None = None,
) -> tuple[CheckResult, ...]:
    """Try to falsify a fit; seconds in all, by the fast route.

    Check fits run side by side in threads of this process, or where ``joblib.parallel_config`` says; see
    `fitting.many`. The results are the same.

    Parameters
    ----------
    fit : Fit
    skip : tuple of str
        Checks to switch off by name. One that the rule reads for the direction caps the grade at low then;
        ``leads``, ``level_gap`` and ``comparators`` only inform, and without ``no_change`` there is no null finding.
    subgroup : tuple of (str, str), optional
        A column that the design lets effects vary by, and one of its levels, ``("age_band", "0-4")``: the effect among
        these children is tried instead of that over all.
    against : mapping from str to Layout, optional
        The same adopters with other comparators, by name, for the check of comparators: ``fitting.lay_out`` with
        another set's ``rollout`` makes one.

    Returns
    -------
    tuple of CheckResult
        One for each check, in a fixed order, whether or not it could be run.

    Raises
    ------
    SosBayesError
        If ``skip`` names a check that does not exist, or ``subgroup`` one that the design does not have.

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
    answered = answered_by(type(fit))
    known = (*CHECKS, *answered.own)
    for name in skip:
        if name not in known:
            raise SosBayesError(
                f"There is no check {name!r}.{nearest(name, known)}", cure=f"Skip any of {', '.join(known)}."
            )
    if subgroup is not None:
        subgroups(fit, subgroup[0])[subgroup[1]]  # refuses what the design does not have
    if not isinstance(fit, Fit):
        return _marked(answered.tried(fit, CHECKS, skip), fit, None)
    wanted = {name: one for name, one in CHECKS.items() if name not in skip}
    found = in_rounds(wanted, bench_of(fit, subgroup, against)) if wanted else {}
    results = (found[name] if name in found else switched_off(name) for name in CHECKS)
    return _marked(tuple(results), fit, subgroup)


def _marked(results: tuple[CheckResult, ...], fit: Answers, part: Part | None) -> tuple[CheckResult, ...]:
    """Say of every result what it was made of, and how it bears on the headline."""
    sign, made_of = direction_of(effect_on(fit, part)), question_of(fit.layout, fit.design)
    whose = None if part is None else part[1]
    return tuple(
        replace(one, subgroup=whose, bearing=one.bearing or bearing_of(one, sign), fingerprint=made_of)
        for one in results
    )
