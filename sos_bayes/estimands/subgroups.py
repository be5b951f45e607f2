"""Which subgroup is different: conditional effects, and each against the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import listed, probability
from sos_bayes.data import Outcome
from sos_bayes.designs.priors import HalfNormal
from sos_bayes.disclosure import SAFE, Rules, release
from sos_bayes.estimands.contraction import Learned, learned, prior_grid, unread
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.link_scale import link_averages
from sos_bayes.estimands.printed import size, span
from sos_bayes.estimands.weights import Groups, child_weights, groups_by, normalised

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

SURE = 0.975  # either way


@dataclass(frozen=True, slots=True, eq=False)
class Subgroup:
    """One subgroup beside the others.

    Attributes
    ----------
    effect : Effect
        SATT among its children, children weighted equally.
    difference : Effect
        That effect minus the SATT among the children of all other subgroups, natural scale.
    p_above, p_above_link : float
        Probability that the difference is above zero: on the natural scale, and on the log-odds or log-rate scale,
        where differing base rates alone make no difference.
    p_largest, p_smallest : float
        Probability that no subgroup's effect lies further towards the aim, or further from it, on that second scale.
    different : bool
        Whether both probabilities lie beyond .975 on the same side.
    """

    effect: Effect
    difference: Effect
    p_above: float
    p_above_link: float
    p_largest: float
    p_smallest: float

    @property
    def different(self) -> bool:
        """Whether both scales say so, beyond .975 either way, in a fit that may be read."""
        probabilities = (self.p_above, self.p_above_link)
        return self.effect.health.ok and (min(probabilities) >= SURE or max(probabilities) <= 1 - SURE)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subgroups:
    """Effects of the levels of one column, partially pooled.

    Attributes
    ----------
    by : str
    outcome : Binary or Count
    groups : tuple of Subgroup
        In the order of the column's levels.
    spread : Learned
        ``sd_vary``, how far subgroups' effects lie apart on the log-odds or log-rate scale: prior beside posterior.
    sentence : str
    """

    by: str
    outcome: Outcome
    groups: tuple[Subgroup, ...]
    spread: Learned
    sentence: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Levels, in order."""
        return tuple(g.effect.label for g in self.groups)

    def __getitem__(self, label: object) -> Subgroup:
        for group in self.groups:
            if group.effect.label == str(label):
                return group
        raise DesignError(
            f"There is no subgroup {str(label)!r}.{nearest(str(label), self.labels)}",
            where=f"{self.by}: {', '.join(self.labels)}",
        )

    def __iter__(self) -> Iterator[Subgroup]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def shown(self, rules: Rules = SAFE) -> tuple[Subgroup, ...]:
        """Subgroups that may be printed: those with too few treated children are left out."""
        return tuple(g for g, ok in zip(self.groups, _free(self.groups, rules), strict=True) if ok)

    def to_frame(self, prob: float = 0.90, rules: Rules = SAFE) -> pd.DataFrame:
        """Two tidy rows a subgroup: its effect, and its difference from the others (estimand ``contrast``)."""
        import pandas as pd

        rows: list[dict[str, object]] = []
        for g in self.shown(rules):
            more = {"p_above_link": g.p_above_link, "different": g.different}
            more |= {"p_largest": g.p_largest, "p_smallest": g.p_smallest}
            for e, extra in ((g.effect, dict.fromkeys(more)), (g.difference, more)):
                rows.append({"by": self.by, "subgroup": g.effect.label, **e.figures(prob), **extra})
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<Subgroups of {self.outcome.label!r} by {self.by}: {', '.join(self.labels)}>"


@sealed
@handed("layout", "contrast", give="what sb.fit returned")
def subgroups(fit: FitProtocol, by: str | None = None) -> Subgroups:
    """Ask which subgroup's effect is different.

    Parameters
    ----------
    fit : Fit
        Its design must have let effects vary by the column: ``DiD(vary_by=("age_band",))``.
    by : str, optional
        A column of ``vary_by``; needed where there are several.

    Returns
    -------
    Subgroups

    Raises
    ------
    DesignError
        If the design did not let effects vary by this column, or it has one level.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_subgroups(sb.simulation.Scenario(authorities=20), seed=1)
    >>> from sos_bayes.fitting import fit_layout
    >>> from sos_bayes.designs import layout_of
    >>> design = sb.DiD(vary_by=("subgroup",))
    >>> result = fit_layout(layout_of(made.cells, made.rollout), design, seed=1, n_draws=1000)
    >>> sb.subgroups(result)
    <Subgroups of 'made-up outcome (synthetic)' by subgroup: a, b, c>
    """
    by = _column(fit, by)
    effects = estimate(fit, by=by).effects
    if len(effects) < 2:
        raise DesignError(f"{by!r} has one level among the adopters.", cure="Ask estimate(fit) instead.")
    groups = groups_by(fit.layout, by)
    weights = child_weights(fit.layout)
    size = groups.sums(weights).sum(axis=1)
    natural = np.stack([e.draws for e in effects], axis=-1)
    link = link_averages(fit, groups, normalised(weights, groups))
    apart, apart_link = _against_others(natural, size), _against_others(link, size)
    towards = fit.outcome.aim.sign * link.reshape(-1, len(effects))
    largest, smallest = towards.argmax(axis=1), towards.argmin(axis=1)
    made = tuple(
        Subgroup(
            e, _difference(e, apart[..., g], effects, groups), float((apart[..., g] > 0).mean()),
            float((apart_link[..., g] > 0).mean()), float((largest == g).mean()), float((smallest == g).mean()),
        )
        for g, e in enumerate(effects)
    )  # fmt: skip
    spread = learned("sd_vary", prior_grid(HalfNormal(fit.design.priors.vary)), fit.draws.hyper["sd_vary"])
    return Subgroups(by, fit.outcome, made, spread, unread(fit) or _sentence(by, made, spread))


def _column(fit: FitProtocol, by: str | None) -> str:
    vary: tuple[str, ...] = fit.design.varying
    if by is None and len(vary) == 1:
        return vary[0]
    if by is not None and by in vary:
        return by
    if by is None and vary:
        raise DesignError("Effects vary by several columns here.", cure=f"Name one: by={vary[0]!r}.")
    column = by or "age_band"
    known = f" Effects vary by {listed(vary)} only." if vary else ""
    raise DesignError(
        f"This design does not let effects vary by {column!r}.{known}" if by else "This design lets no effects vary.",
        where=f"subgroups(fit, by={by!r}), design with vary_by={vary}",
        why="Subgroups then share one effect on the model's scale, and their effects on the natural scale differ only "
        "through their base rates: no difference between them could be found.",
        cure=f"Fit again with DiD(vary_by=({column!r},)).",
    )


def _against_others(values: Floats, size: Floats) -> Floats:
    """Each of (..., G) minus the average of the others, subgroups weighing as many children as they have."""
    total = values @ size
    return np.asarray(values - (total[..., None] - values * size) / (size.sum() - size))


def _difference(effect: Effect, draws: Floats, every: tuple[Effect, ...], groups: Groups) -> Effect:
    others = [e for e in every if e is not effect]
    return replace(
        effect, label=f"{effect.label} against the others", draws=draws, estimand="contrast", subgroup_of=None,
        n_children=effect.n_children + sum(e.n_children for e in others), n_adopters=len(groups.of),
        baseline=float("nan"),
    )  # fmt: skip


def _free(groups: tuple[Subgroup, ...], rules: Rules) -> tuple[bool, ...]:
    return release([g.effect.n_children for g in groups], rules)


def _sentence(by: str, groups: tuple[Subgroup, ...], spread: Learned) -> str:
    free = _free(groups, SAFE)
    apart = [g for g, ok in zip(groups, free, strict=True) if ok and g.different]
    apart.sort(key=lambda g: -abs(g.difference.mean) / g.difference.sd)
    outcome = groups[0].effect.outcome
    if apart:
        said = "; ".join(f"{g.effect.label}: {_said(g)}" for g in apart)
        answer = f"by {by}, the effect differs from that among the other children in {said}."
        if len(apart) > 1:
            answer += f" The others of each include those apart: {apart[0].effect.label} stands out most."
    else:
        answer = f"by {by}, no subgroup is shown to differ from the others; this is not evidence that all are alike."
    learnt = f" The data took {max(0.0, 100 * spread.contraction):.0f} % off the prior's variance of the spread."
    return f"{outcome.label}: {answer}{learnt}"


def _said(group: Subgroup) -> str:
    d = group.difference
    p = max(min(group.p_above, group.p_above_link), 1 - max(group.p_above, group.p_above_link))
    return f"{size(d)} than among the others (90 % interval {span(d, 0.90)}; {probability(p)})"
