"""Try a fit on every check there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sos_bayes._core.errors import SosBayesError, nearest
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes.checks.bearing import bearing_of, direction_of
from sos_bayes.checks.by_type_of_fit import ANSWERED, answered_by, switched_off
from sos_bayes.checks.fit_under_test import Part, effect_on, under_test
from sos_bayes.checks.own_model import OWN_MODEL
from sos_bayes.checks.parallel_trends.donut import check_donut
from sos_bayes.checks.parallel_trends.leads import check_leads
from sos_bayes.checks.parallel_trends.level_gap import check_level_gap
from sos_bayes.checks.parallel_trends.natural_scale import check_points
from sos_bayes.checks.parallel_trends.predictive import check_predictive
from sos_bayes.checks.parallel_trends.shared_shocks import check_shared_shocks
from sos_bayes.checks.parallel_trends.start_shock import check_start_shock
from sos_bayes.checks.result import CheckResult
from sos_bayes.checks.scheduling import Check, in_rounds
from sos_bayes.checks.sensitivity.comparators import check_comparators
from sos_bayes.checks.sensitivity.denominator import check_denominator
from sos_bayes.checks.sensitivity.imputation import check_imputation
from sos_bayes.checks.sensitivity.leave_one_out import check_leave_one_out
from sos_bayes.checks.sensitivity.model_variants import check_drift, check_random_walk, check_sceptical, check_trends
from sos_bayes.checks.sensitivity.no_change import check_no_change
from sos_bayes.checks.sensitivity.population import check_population
from sos_bayes.checks.sensitivity.weighting import check_weighting
from sos_bayes.designs import Layout
from sos_bayes.estimands import subgroups
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.fitting import Fit, PyMCFit
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.fitting.runs.cache_key import question_of

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
    "predictive": check_predictive,
}
ANSWERED[PyMCFit] = OWN_MODEL


@sealed
@handed("health", "design", give="what sb.fit returned")
def check(
    fit: Fit | FitProtocol | ReleasedFit,
    *,
    skip: tuple[str, ...] = (),
    subgroup: tuple[str, str] | None = None,
    against: Mapping[str, Layout] | None = None,
) -> tuple[CheckResult, ...]:
    """Try to falsify a fit; seconds in all, by the fast route.

    Check fits run side by side in threads of this process, or where ``joblib.parallel_config`` says; see
    `fitting.runs.parallel_fits`. The results are the same.

    Parameters
    ----------
    fit : Fit
        A `ReleasedFit` gives the checks that were saved with it.
    skip : tuple of str
        Checks to switch off by name. One that the rule reads for the direction caps the grade at low then;
        ``leads``, ``level_gap``, ``comparators`` and ``predictive`` only inform, and without ``no_change`` there is no
        null finding.
    subgroup : tuple of (str, str), optional
        A column that the design lets effects vary by, and one of its levels, ``("age_band", "0-4")``: the effect among
        these children is tried instead of that over all.
    against : mapping from str to Layout, optional
        The same adopters with other comparators, by name, for the check of comparators: ``fitting.prepare_layout`` with
        another set's ``rollout`` makes one.

    Returns
    -------
    tuple of CheckResult
        One for each check, in a fixed order, whether or not it could be run.

    Raises
    ------
    SosBayesError
        If ``skip`` names a check that does not exist, or ``subgroup`` one that the design does not have; if the fit
        was saved without its cells and without checks.

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
    if isinstance(fit, ReleasedFit):
        return fit.checked(plain=not skip and subgroup is None and not against)
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
    tried = in_rounds(wanted, under_test(fit, subgroup, against)) if wanted else {}
    results = (tried[name] if name in tried else switched_off(name) for name in CHECKS)
    return _marked(tuple(results), fit, subgroup)


def _marked(results: tuple[CheckResult, ...], fit: FitProtocol, part: Part | None) -> tuple[CheckResult, ...]:
    """Say of every result what it was made of, and how it bears on the headline."""
    sign, made_of = direction_of(effect_on(fit, part)), question_of(fit.layout, fit.design)
    whose = None if part is None else part[1]
    return tuple(
        replace(one, subgroup=whose, bearing=one.bearing or bearing_of(one, sign), fingerprint=made_of)
        for one in results
    )
