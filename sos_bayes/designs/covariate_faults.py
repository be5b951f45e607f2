"""Covariates that take the effect away, or do nothing, in words."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.errors import DesignError
from sos_bayes._core.words import listed, short
from sos_bayes.designs.covariate_overlap import Mix, Move, decided, mixes_of, move_of, told_by_others, told_by_outcome
from sos_bayes.designs.layout import Layout

ALL, SOME = 0.9, 0.3  # share of adopters' children that change level at the start: the practice itself; moved by it
CLEAR = 0.2  # what chance may make of such a share where it is an error
OUTCOME, MUCH = 0.9, 0.5  # share of the outcome that a covariate tells: the outcome itself; nearly so
SAME = 0.99  # share of a covariate that something else tells, from which on it adds nothing
SHOWN = 5


def covariate_faults(layout: Layout) -> tuple[list[DesignError], list[str]]:
    """What is wrong with covariates, and what must be known of them.

    Parameters
    ----------
    layout : Layout
        Counts by covariates, with the rollout on them.

    Returns
    -------
    faults : list of DesignError
        Covariates that are the practice or the outcome under another name.
    notes : list of str
        Covariates that moved with the practice or tell much of the outcome, and those that do nothing.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> covariate_faults(layout_of(made.cells, made.rollout))
    ([], [])
    """
    mixes = tuple(mixes_of(layout))
    faults: list[DesignError] = []
    notes: list[str] = []
    for mix in mixes:
        if len(mix.levels) < 2:
            continue
        told, move = told_by_outcome(layout, mix), move_of(layout, mix)
        if told >= OUTCOME:
            faults.append(_outcome(mix, told))
        elif move.share >= ALL and move.noise <= CLEAR:
            faults.append(_practice(mix, move))
        else:
            notes += _moved(mix, move) + _tells(layout, mix, told) + _idle(layout, mix)
    return faults, notes + _doubled(layout, mixes)


def _practice(mix: Mix, move: Move) -> DesignError:
    levels = f" (level {_some(move.new)} is seen only there)" if move.new else ""
    return DesignError(
        f'The covariate "{mix.column}" is the practice under another name: {_percent(move.share)} of adopters\' '
        f"children change level at the start of the rollout and stay there{levels}.",
        where=f'adjust, column "{mix.column}"',
        why="Holding it equal compares children with the practice to nobody: the effect would be what its prior says.",
        cure="Leave it out of adjust and vary_by.",
    )


def _outcome(mix: Mix, told: float) -> DesignError:
    return DesignError(
        f'The covariate "{mix.column}" is the outcome under another name: it tells {_percent(told)} of it.',
        where=f'adjust, column "{mix.column}"',
        why="Among children with the same outcome there is no effect to be found.",
        cure="Leave it out of adjust and vary_by: a covariate is known before the outcome.",
    )


def _moved(mix: Mix, move: Move) -> list[str]:
    """Levels that begin or end with the practice, or a mix that moved with it."""
    notes = []
    if move.new:
        notes.append(
            f'Covariate "{mix.column}": level {_some(move.new)} is seen only where and when the practice is. Adjusting '
            "takes away what the practice does through it; leave the covariate out unless it was settled before."
        )
    if move.gone:
        notes.append(
            f'Covariate "{mix.column}": level {_some(move.gone)} ends in adopters at their start, and not elsewhere. '
            "Adjusting takes away what the practice does through it; leave the covariate out unless it was settled "
            "before."
        )
    if not notes and move.share >= SOME + 3 * move.noise:
        notes.append(
            f'Covariate "{mix.column}" moved with the practice: {_percent(move.share)} of adopters\' children change '
            "level at the start beyond what comparators' do. If the practice moved it, adjusting takes part of the "
            "effect away: compare with a fit without it."
        )
    return notes


def _tells(layout: Layout, mix: Mix, told: float) -> list[str]:
    """Covariates that tell much of the outcome, or have levels that decide it."""
    levels = decided(layout, mix)
    if levels and told < MUCH:
        return [
            f'Covariate "{mix.column}": level {_some(levels)} decides the outcome. If it is settled with the outcome '
            "or after it, adjusting takes the effect away: leave the covariate out unless it is known before."
        ]
    if told < MUCH:
        return []
    return [
        f'Covariate "{mix.column}" tells {_percent(told)} of the outcome. If it is settled with the outcome or after '
        "it, adjusting takes the effect away: leave it out unless it is known before."
    ]


def _idle(layout: Layout, mix: Mix) -> list[str]:
    """Covariates that levels of authorities or period effects hold already."""
    if mix.by_authority >= SAME:
        what = "tells who adopts" if _tells_adopters(layout, mix) else "does not change within any authority"
        return [
            f'Covariate "{mix.column}" {what}: every authority has a level of its own in the model already, so it '
            "adjusts for nothing. Leave it out."
        ]
    if mix.by_period >= SAME:
        return [
            f'Covariate "{mix.column}" is the period under another name: period effects hold it already, so it adjusts '
            "for nothing. Leave it out."
        ]
    return []


def _tells_adopters(layout: Layout, mix: Mix) -> bool:
    own = mix.counts.sum(axis=1)
    adopters = np.zeros(len(own), dtype=bool)
    adopters[layout.adopters] = True
    inside, outside = own[adopters].sum(axis=0), own[~adopters].sum(axis=0)
    if not outside.any():
        return False
    shares = inside / inside.sum(), outside / outside.sum()
    return float(np.abs(shares[0] - shares[1]).sum() / 2) >= SAME


def _doubled(layout: Layout, mixes: tuple[Mix, ...]) -> list[str]:
    """Covariates that the others tell: each is named once."""
    notes: list[str] = []
    left = [j for j, mix in enumerate(mixes) if len(mix.levels) > 1]
    for j in sorted(left, key=lambda j: len(mixes[j].levels)):  # the coarser of two first
        others = tuple(k for k in left if k != j)
        if not others or told_by_others(layout, mixes, j, others) < SAME:
            continue
        one = next((k for k in others if told_by_others(layout, mixes, j, (k,)) >= SAME), None)
        by = listed([f'"{mixes[k].column}"' for k in (others if one is None else (one,))])
        notes.append(f'Covariate "{mixes[j].column}" says nothing that {by} does not: it adjusts for nothing more.')
        left.remove(j)
    return notes


def _some(levels: tuple[str, ...]) -> str:
    shown = [f'"{short(level, 40)}"' for level in levels[:SHOWN]]
    return listed(shown) if len(levels) <= SHOWN else ", ".join(shown) + ", ..."


def _percent(share: float) -> str:
    return "all" if share > 0.995 else f"{100 * share:.0f} %"
