"""The comparators that were chosen, for whom, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sos_bayes._core.errors import DesignError
from sos_bayes._core.words import counted
from sos_bayes.comparators.candidates import Pool, check_known
from sos_bayes.data import Rollout

if TYPE_CHECKING:
    from sos_bayes.comparators.features import Features

REGRESSION = (
    "Chosen on levels of outcomes before the rollout: authorities that look alike by chance move apart again "
    "afterwards (regression to the mean), which can feign or hide an effect. Read it beside other comparators, as a "
    "check of bias; agreement makes the answer no stronger."
)


@dataclass(frozen=True, slots=True, repr=False)
class Comparators:
    """A set of comparators, chosen by rule before any fit.

    The model compares adopters with the whole set. How often an authority was chosen is no weight: the likelihood
    counts every authority's children once, and the choice only says who is in.

    Attributes
    ----------
    pool : Pool
        Who there was to choose from.
    kept : tuple of (str, tuple of str)
        Each adopter with its comparators, best first.
    label : str
        A few words that tell this set from others.
    rule : str
        The rule in words.
    notes : tuple of str
        What a reader must know of the choice.
    on_outcomes : bool
        Whether levels of outcomes decided: then it is never the only set to look at.
    features : Features, optional
        What the choice was made on.

    Raises
    ------
    DesignError
        If nobody is chosen, or an adopter is named as a comparator.
    RolloutError
        If a comparator is not a candidate.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.comparators import named
    >>> from sos_bayes.data import read_panel
    >>> table = pd.DataFrame({"la": ["Leeds", "York", "Kent"], "year": [2014] * 3})
    >>> panel = read_panel(table, authority="la", period="year")
    >>> chosen = named(panel, Rollout({"York": 2015}), ["Leeds"])
    >>> chosen.authorities, chosen.rollout.exclude
    (('Leeds',), ('Kent',))
    """

    pool: Pool
    kept: tuple[tuple[str, tuple[str, ...]], ...]
    label: str
    rule: str
    notes: tuple[str, ...] = ()
    on_outcomes: bool = False
    features: Features | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in (name for _, chosen in self.kept for name in chosen):
            if name in self.pool.adopters:
                raise DesignError(
                    f'"{self.pool.name_of(name)}" adopts the practice and is named as a comparator.',
                    where=self.label,
                    why="Before its start an adopter is compared with in any case; afterwards it cannot be.",
                    cure="Take it out of the list of comparators, or out of the rollout.",
                )
            check_known(name, self.pool.candidates, f"{self.label} (candidates: authorities not excluded)")
        if not self.authorities:
            raise DesignError(
                f"No comparator is left by the rule: {self.rule}.",
                where=self.label,
                cure="Ask for more, widen the caliper, or use another rule.",
            )

    @property
    def authorities(self) -> tuple[str, ...]:
        """All comparators, each once, sorted."""
        return tuple(sorted({name for _, chosen in self.kept for name in chosen}))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Candidates that were not chosen, sorted."""
        chosen = set(self.authorities)
        return tuple(name for name in self.pool.candidates if name not in chosen)

    @property
    def everyone(self) -> bool:
        """Whether no candidate is left out."""
        return not self.left_out

    @property
    def rollout(self) -> Rollout:
        """The rollout without the candidates that were not chosen: give this to `fit`."""
        given, out = self.pool.rollout, self.left_out
        exposure = given.exposure.without(out)
        return Rollout(dict(given.starts), exclude=(*given.exclude, *out), exposure=exposure)

    @property
    def effective(self) -> float:
        """Number of equally used comparators that the choices amount to: fewer than chosen where some serve many.

        Each adopter spreads one unit over its comparators. This describes the overlap; the model uses no weights.
        """
        shares: dict[str, float] = {}
        for _, chosen in self.kept:
            for name in chosen:
                shares[name] = shares.get(name, 0.0) + 1 / len(chosen)
        return sum(shares.values()) ** 2 / sum(share**2 for share in shares.values())

    def of(self, adopter: str) -> tuple[str, ...]:
        """Comparators of one adopter, best first.

        Raises
        ------
        RolloutError
            If it is no adopter.
        """
        kept = dict(self.kept)
        if adopter not in kept:
            check_known(adopter, self.pool.adopters, "adopters")
        return kept.get(adopter, ())

    def describe(self) -> str:
        """Say in one sentence who was chosen, and how."""
        who = counted(len(self.authorities), "comparator")
        return f"{who} of {len(self.pool.candidates)} candidates: {self.rule}."

    def __repr__(self) -> str:
        return f"<Comparators {self.label!r}: {len(self.authorities)} of {len(self.pool.candidates)} candidates>"
