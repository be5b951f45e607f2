"""What was chosen instead of the default, in words: a grade names it."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from sos_bayes._core.words import counted, listed
from sos_bayes.data.children.covariates import name_of
from sos_bayes.designs import DiD, Priors

if TYPE_CHECKING:
    from sos_bayes.data.outcomes import Outcome
    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

IN_WORDS = {
    "adjust": "adjusted for", "baseline": "adjusted in every period for", "vary_by": "effects varying by",
    "donors": "donors chosen by name:",
}  # fmt: skip


def choices_of(fit: FitProtocol) -> tuple[str, ...]:
    """Name what in priors, design, outcome and rollout is not the default.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.fitting import fit_layout
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> layout = layout_of(made.cells, made.rollout)
    >>> design = DiD(priors=Priors(effect_sd=1.5))
    >>> choices_of(fit_layout(layout, design, method="fast", seed=1, n_draws=500))
    ('prior effect_sd 1.5 (default 0.5)',)
    """
    said = (*changed_priors(fit.design), *_design(fit.design), *_outcome(fit.outcome), *_rollout(fit), *_clusters(fit))
    return said if is_calibrated(fit.design) else ("a model of the analyst's own", *said)


def is_calibrated(design: object) -> bool:
    """Whether a design is the library's own; of another, how often a grading rule is wrong with it was not measured.

    Examples
    --------
    >>> is_calibrated(DiD(trends=True)), is_calibrated(object())
    (True, False)
    """
    return isinstance(design, DiD) or bool(getattr(design, "calibrated", False))


def _clusters(fit: FitProtocol) -> tuple[str, ...]:
    """How many clusters the authorities were said to belong to."""
    clusters = fit.layout.cells.clusters
    if clusters is None:
        return ()
    members = counted(len(clusters), "authority", "authorities")
    return (f"shocks shared in {counted(len(set(clusters)), 'cluster')} of {members}",)


def changed_priors(design: object) -> tuple[str, ...]:
    """Prior scales of a design that are not the default; of a design with a model of its own, its scales.

    Examples
    --------
    >>> changed_priors(DiD()), changed_priors(DiD(priors=Priors(shock=0.1)))
    ((), ('prior shock 0.1 (default 0.3)',))
    """
    where = design.priors if isinstance(design, DiD) else design
    changed = [(f.name, value, was) for f, value, was in _changed(where) if isinstance(value, float)]
    return tuple(f"prior {name} {value:g}{_default(was)}" for name, value, was in changed)


def _design(design: object) -> tuple[str, ...]:
    """Arguments of a design other than its priors, as far as they are not the default."""
    own_scales = not isinstance(design, DiD)
    said = [
        _argument(f.name, value)
        for f, value, _ in _changed(design)
        if not isinstance(value, Priors) and not (own_scales and isinstance(value, float))
    ]
    return tuple(said)


def _argument(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        names = [str(v) if name == "donors" else name_of(v) for v in value]
        return f"{IN_WORDS.get(name, name)} {listed(names)}"
    return f"{name}={value!r}"


def _changed(value: object) -> list[tuple[Field[Any], Any, Any]]:
    """Fields of a frozen noun that differ from their default: field, value, default."""
    if not is_dataclass(value):
        return []
    settings = ((f, getattr(value, f.name), _usual(f)) for f in fields(value) if f.init)
    return [(f, now, usual) for f, now, usual in settings if usual is not MISSING and now != usual]


def _usual(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _default(was: object) -> str:
    return f" (default {was:g})" if isinstance(was, int | float) else ""


def _outcome(outcome: Outcome) -> tuple[str, ...]:
    said = []
    if outcome.within is not None:
        window = outcome.within
        kept = [name for name in ("partial", "crossing") if getattr(window, name) == "keep"]
        tail = f" ({' and '.join(kept)} windows kept)" if kept else ""
        said.append(f"followed for {window.words}{tail}")
    if outcome.missing == "drop":
        said.append("rows without the outcome dropped")
    return tuple(said)


def _rollout(fit: FitProtocol) -> tuple[str, ...]:
    layout = fit.layout
    said = []
    if layout.excluded:
        said.append(f"{counted(layout.excluded, 'authority', 'authorities')} excluded")
    if layout.given_dose is not None:
        said.append("exposure other than full from the start on")
    return tuple(said)
