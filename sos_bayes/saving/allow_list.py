"""What a file may hold: nouns by name, with the fields that are kept of each and what each field may be.

A field that is not named here is neither written nor read. A noun that is not named here cannot be kept at all. What a
field may be is what the noun's own annotation says, but for the few that are wider than what is kept (`HINTS`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sos_bayes.checks.result import CheckResult, State
from sos_bayes.comparators import Balance, BalanceRow, Comparators, Features
from sos_bayes.comparators.balance import Group
from sos_bayes.comparators.candidates import Pool
from sos_bayes.comparators.features import Feature
from sos_bayes.data import (
    Aim,
    Binary,
    Bins,
    Calendar,
    Category,
    Cells,
    Cohort,
    Continuous,
    Count,
    Duration,
    Exposure,
    Intervals,
    Ordinal,
    Outcome,
    Panel,
    Rollout,
    Window,
)
from sos_bayes.data.without_rows import no_rows
from sos_bayes.designs import DesignProtocol, DiD, Layout, Priors
from sos_bayes.designs.baselines.numbers import Baselines
from sos_bayes.estimands import Growth, Heterogeneity, Learned, Ranked, Subgroup, Subgroups
from sos_bayes.estimands.cluster_sharing import Sharing
from sos_bayes.estimands.effect import Effect, Effects
from sos_bayes.estimands.link_effect import LinkEffect
from sos_bayes.estimands.outcome_path import OutcomePath
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.evidence import Criterion, Direction, Grade, Strength
from sos_bayes.fitting import Fit
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.hyper_proposal import Proposal, WarmStart
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.sampling.sampler import Sampler
from sos_bayes.study import Evaluation, Finding, Pooled, Study
from sos_bayes.study.pooled_outcomes import PooledOutcome
from sos_bayes.synthesis import ImputedFit, LatentFactors, SyntheticControl
from sos_bayes.synthesis.panel.series import series_of
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors, Predicted

SCHEMA = 1  # raise it with any change below, and say in `files.READ` how older files are read

ENUMS: tuple[type[Enum], ...] = (Aim, Direction, State, Strength)

FIELDS: dict[type, tuple[str, ...]] = {
    Binary: (
        "events", "trials", "aim", "worthwhile", "label", "among", "denominator", "missing", "unit", "after",
        "conditional", "within", "overdispersed",
    ),
    Continuous: (
        "events", "unit", "aim", "worthwhile", "label", "number", "sd", "squares", "among", "denominator", "missing",
        "tails", "degrees", "children",
    ),
    Count: (
        "events", "exposure", "per", "aim", "worthwhile", "label", "among", "denominator", "missing", "overdispersed",
        "unit",
    ),
    Duration: (
        "events", "bands", "by_day", "aim", "worthwhile", "label", "done", "among", "denominator", "missing", "unit",
    ),
    Ordinal: (
        "events", "levels", "at_least", "aim", "worthwhile", "label", "among", "denominator", "missing", "unit",
    ),
    Window: ("since", "months", "cut_off", "dated", "partial", "tolerate", "crossing"),
    Category: ("column", "missing"),
    Bins: ("column", "edges", "quantiles", "missing", "scored"),
    Calendar: ("first", "length", "kind"),
    Health: ("ok", "reasons", "numbers"),
    Sharing: ("stated", "share", "adopters", "comparators"),
    Effect: (
        "label", "draws", "outcome", "estimand", "weight", "scale", "baseline", "n_children", "n_adopters",
        "n_comparators", "n_pre", "k_effective", "selected", "method", "health", "dose", "at", "subgroup_of",
        "unsupplied", "years_before", "points", "choices", "other_priors", "fingerprint", "sharing", "calibrated",
    ),
    Effects: ("by", "effects"),
    DiD: ("adjust", "priors", "shocks", "trends", "drift", "leads", "vary_by", "slope", "cohorts", "baseline"),
    Priors: (
        "effect_sd", "heterogeneity", "lag_step", "shock", "adopter_scale", "authority", "level_gap", "period",
        "covariate", "intercept", "cutpoint", "overdispersion", "extra_binomial", "trend", "lead", "cohort", "vary",
        "cluster_shock", "season", "noise", "stream_level", "stream_shock", "baseline",
    ),
    SyntheticControl: (
        "intercept", "donors", "concentration", "concentration_log_sd", "intercept_sd", "augmentation", "effect_sd",
    ),
    LatentFactors: ("factors", "loading", "effect_sd", "donors"),
    ReleasedFit: (
        "outcome", "design", "method", "seed", "health", "seconds", "notes", "n_adopters", "n_comparators", "hyper",
        "effects", "by", "checks",
    ),
    Cells: (
        "authorities", "names", "calendar", "columns", "patterns", "events", "total", "outcome", "source", "notes",
        "levels", "squares", "bands", "intervals", "design_effect", "clusters", "carried",
    ),
    Intervals: ("authority", "period", "low", "high", "sure", "chance"),
    Baselines: ("columns", "values"),
    Layout: ("cells", "starts", "given_dose", "score", "excluded", "baselines"),
    Draws: ("hyper", "shared", "own", "beta", "theta", "effect", "lead", "level_gap", "statistics"),
    Proposal: ("centre", "root"),
    WarmStart: ("proposal", "names"),
    Fit: ("layout", "design", "method", "seed", "draws", "health", "seconds", "notes", "warm_start"),
    Predicted: ("mean", "cov", "before"),
    EffectPriors: ("effect_sd", "heterogeneity", "lag_step", "free_profile"),
    ImputedFit: (
        "layout", "design", "method", "seed", "predicted", "priors", "draws", "weights", "health", "seconds", "notes",
    ),
    Evaluation: ("study", "findings", "seconds", "pooled", "balance"),
    Finding: (
        "outcome", "effect", "checks", "grade", "error", "estimates", "by_authority", "by_level", "health", "seconds",
        "notes", "heterogeneity", "growth", "subgroups", "link", "path",
    ),
    OutcomePath: (
        "label", "outcome", "periods", "adopters", "comparators", "with_rollout", "without", "started", "n_adopters",
        "n_comparators", "design",
    ),
    Study: (
        "title", "data", "rollout", "design", "outcomes", "method", "seed", "sampler", "checks", "notes", "family",
        "nested", "comparators",
    ),
    Cohort: ("authority", "period", "calendar", "notes", "child", "episodes", "order", "timezone", "cluster"),
    Panel: ("authority", "period", "name", "calendar", "timezone", "cluster"),
    Rollout: ("starts", "exclude", "exposure"),
    Exposure: ("inside", "ramp", "wash_out", "ends", "after_end", "partial", "earlier"),
    Sampler: ("draws", "tune", "chains", "cores", "target_accept", "progress", "nuts_sampler"),
    Learned: ("name", "prior_mean", "prior_low", "prior_high", "mean", "low", "high", "contraction"),
    Ranked: ("effect", "p_towards", "p_best", "p_worst", "rank_low", "rank_high"),
    Heterogeneity: (
        "outcome", "spread", "spread_natural", "authorities", "average", "next_authority", "p_next_towards",
        "p_signs_differ", "p_mixed", "p_mixed_prior", "verdict", "sentence",
    ),
    Growth: ("outcome", "by_event_time", "slope", "per_year", "p_grows", "verdict", "sentence"),
    Subgroup: ("effect", "difference", "p_above", "p_above_link", "p_largest", "p_smallest"),
    Subgroups: ("by", "outcome", "groups", "spread", "sentence"),
    LinkEffect: ("mean", "sd", "prior_sd", "authorities", "periods", "residuals"),
    PooledOutcome: ("separate", "p_separate", "p_pooled", "link_separate", "link_pooled", "natural_pooled"),
    Pooled: (
        "outcomes", "left_out", "p_family", "correlation", "correlation_is", "harm", "chance_low", "chance_moderate",
    ),
    Pool: ("rollout", "adopters", "candidates", "names"),
    Comparators: ("pool", "kept", "label", "rule", "notes", "on_outcomes", "features"),
    Features: ("pool", "columns"),
    Feature: ("label", "unit", "values", "outcome", "events", "total", "notes"),
    Balance: ("comparators", "rows"),
    BalanceRow: ("feature", "unit", "outcome", "adopters", "everybody", "chosen", "others"),
    Group: ("n", "mean", "variance", "events", "total"),
    CheckResult: ("name", "title", "state", "numbers", "sentence", "series", "subgroup", "bearing", "fingerprint"),
    Criterion: (
        "name", "title", "value", "thresholds", "reached", "state", "sentence", "borderline", "least", "most",
    ),
    Grade: (
        "graded", "strength", "direction", "null_finding", "reasons", "criteria", "rule", "sentence", "borderline",
        "contradicted_by", "weakened_by", "choices",
    ),
}  # fmt: skip

LEFT_OUT: dict[type, dict[str, str]] = {
    Cells: {"values": "Values of single children stay in the memory of the process that read them."},
    Fit: {"problem": "It follows from layout and design, and is made of them again."},
    Finding: {"fault": "It holds positions of rows; what may be said of it is the error."},
    Cohort: {"table": "An evaluation carries no row."},
    Panel: {"table": "An evaluation carries no row.", "published": "Official counts are rows, too."},
    ImputedFit: {"series": "They follow from layout and design, and are made of them again."},
}  # fields that a noun has and no file holds, and why

DESIGNS = DiD | SyntheticControl | LatentFactors
HINTS: dict[tuple[type, str], Any] = {
    (ReleasedFit, "design"): DESIGNS,
    (ReleasedFit, "checks"): tuple[CheckResult, ...],
    (Study, "design"): DESIGNS,
    (Study, "data"): Cohort | Panel | None,
    (ImputedFit, "design"): SyntheticControl | LatentFactors,
}  # what a field may be, where its annotation is wider


def _fit(**kept: Any) -> Fit:
    layout, design = kept["layout"], kept["design"]
    return Fit(problem=problem_of(design.model(layout), layout.cells), **kept)


def _imputed(**kept: Any) -> ImputedFit:
    return ImputedFit(series=series_of(kept["layout"], kept["design"].donors), **kept)


def _rollout(starts: Any, exclude: Any, exposure: Exposure) -> Rollout:
    return Rollout(dict(starts), exclude=exclude, exposure=exposure)


def _exposure(ends: Any, partial: Any, earlier: Any, **kept: Any) -> Exposure:
    users = {name: dose if since is None else (dose, since) for name, dose, since in partial}
    rounds = {name: (first, last) for name, first, last in earlier}
    return Exposure(ends=dict(ends), partial=users, earlier=rounds, **kept)


MAKERS: dict[type, Callable[..., Any]] = {
    Fit: _fit,
    ImputedFit: _imputed,
    Rollout: _rollout,
    Exposure: _exposure,
    Cohort: lambda **kept: Cohort(table=no_rows(), **kept),
    Panel: lambda **kept: Panel(table=no_rows(), **kept),
}  # how a noun is made of its fields, where not by its own name

DIMS: dict[tuple[type, str], tuple[str, ...]] = {
    (Effect, "draws"): ("chain", "draw"),
    (Effect, "points"): ("chain", "draw"),
    (ReleasedFit, "hyper"): ("chain", "draw"),
    (Draws, "hyper"): ("chain", "draw"),
    (Draws, "shared"): ("chain", "draw"),
    (Draws, "own"): ("chain", "draw", "adopter"),
    (Draws, "theta"): ("chain", "draw", "adopter", "period"),
    (Draws, "effect"): ("chain", "draw", "adopter", "period"),
    (Draws, "lead"): ("chain", "draw", "adopter", "period"),
    (Draws, "level_gap"): ("chain", "draw"),
    (Draws, "statistics"): ("chain", "draw"),
    (Cells, "events"): ("authority", "period", "pattern"),
    (Cells, "total"): ("authority", "period", "pattern"),
}  # names of dimensions, for readers in other tools

UNKNOWN: frozenset[tuple[type, str]] = frozenset(  # arrays in which NaN is what is not known
    {
        (Cells, "events"),
        (Draws, "statistics"),
        (Feature, "values"),
        (OutcomePath, "adopters"),
        (OutcomePath, "comparators"),
        (OutcomePath, "with_rollout"),
        (OutcomePath, "without"),
    }
)

WORDS: dict[str, Any] = {
    "Any": Any, "DesignProtocol": DesignProtocol, "Mapping": Mapping, "NDArray": NDArray, "Outcome": Outcome, "dt": dt,
    "np": np,
}  # names that annotations are written with  # fmt: skip


@cache
def by_name() -> dict[str, type]:
    """Nouns by their names in a file."""
    return {kind.__name__: kind for kind in FIELDS}


@cache
def kinds(noun: type) -> dict[str, Any]:
    """What each kept field of a noun may be."""
    words = {**WORDS, **{kind.__name__: kind for kind in (*FIELDS, *ENUMS)}}
    hints = get_type_hints(noun, localns=words)
    return {name: HINTS.get((noun, name), hints[name]) for name in FIELDS[noun]}


def made(noun: type, values: dict[str, Any]) -> Any:
    """Make a noun of its fields; what its constructor refuses is refused."""
    return MAKERS.get(noun, noun)(**values)
