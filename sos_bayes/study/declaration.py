"""A study as its protocol declares it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sos_bayes._core.errors import StudyError, nearest
from sos_bayes._core.seeds import check_seed
from sos_bayes._core.words import counted, short
from sos_bayes.comparators import Comparators
from sos_bayes.data import Cohort, Outcome, Panel, Rollout
from sos_bayes.data.outcomes import is_outcome

if TYPE_CHECKING:
    from sos_bayes.designs import DesignProtocol, DiD
    from sos_bayes.fitting import Sampler

Method = Literal["nuts", "fast"]
SEED = 20180401


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Study:
    """What is to be evaluated, as the protocol declares it: nothing is fitted yet.

    Parameters
    ----------
    title : str
        Printed at the head of the report.
    data : Cohort or Panel
        Children or authorities.
    rollout : Rollout
        Which authority adopted, and from which period.
    design : DiD, SyntheticControl or LatentFactors
    outcomes : tuple of Binary, Count, Ordinal or Continuous
        Each needs a label of its own.
    method : {"nuts", "fast"}
    seed : int
        Default 20180401.
    sampler : Sampler, optional
        Settings of NUTS.
    checks : bool
        False switches the checks off, which caps every grade at low.
    notes : tuple of str
        Printed with the report, such as ``"Synthetic data: no real child is described."``.
    family : tuple of str, optional
        Labels of the outcomes whose effects are pooled as a sensitivity; all by default.
    nested : tuple of str
        Labels of outcomes that are part of another one, and are not pooled with it.
    comparators : Comparators or tuple of Comparators
        Chosen for this rollout, before any fit. The first set is the headline's; the answer against the others, and
        against all candidates, stands beside it. Without any, every authority that never adopts is a comparator.

    Raises
    ------
    StudyError
        If there is no outcome, two share a label, the method is unknown, or comparators belong to another rollout.

    Examples
    --------
    >>> from sos_bayes.data import Aim, Binary, Rollout
    >>> Study(title="Trial", data=None, rollout=Rollout({"A": 2016}), design=None, outcomes=())
    Traceback (most recent call last):
    ...
    sos_bayes._core.errors.StudyError: The study has no outcome. What to do: Give outcomes=(Binary(...), ...).
    """

    title: str
    data: Cohort | Panel
    rollout: Rollout
    design: DiD | DesignProtocol[Any]
    outcomes: tuple[Outcome, ...]
    method: Method = "nuts"
    seed: int = SEED
    sampler: Sampler | None = None
    checks: bool = True
    notes: tuple[str, ...] = ()
    family: tuple[str, ...] | None = None
    nested: tuple[str, ...] = ()
    comparators: tuple[Comparators, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", _in_order(self.outcomes))
        object.__setattr__(self, "comparators", _in_order(self.comparators))
        object.__setattr__(self, "notes", _in_order(self.notes))
        if not self.outcomes:
            raise StudyError("The study has no outcome.", cure="Give outcomes=(Binary(...), ...).")
        _only_outcomes(self.outcomes)
        _distinct(self.labels)
        for name in ("family", "nested"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _in_order(given))
                _only_labels(name, getattr(self, name), self.labels)
        _of_this_rollout(self.comparators, self.rollout)
        check_seed(self.seed, StudyError)
        if self.method not in get_args(Method):
            allowed = get_args(Method)
            raise StudyError(
                f"There is no method {self.method!r}.{nearest(str(self.method), allowed)}",
                where=f"allowed: {', '.join(allowed)}",
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the outcomes, in order."""
        return tuple(o.label for o in self.outcomes)

    @property
    def compared(self) -> Rollout:
        """The rollout with the headline's comparators."""
        return self.comparators[0].rollout if self.comparators else self.rollout

    @property
    def against(self) -> dict[str, Rollout]:
        """The rollout with each other set of comparators, and with all candidates, by label."""
        others = {chosen.label: chosen.rollout for chosen in self.comparators[1:]}
        if self.comparators and not any(chosen.everyone for chosen in self.comparators):
            others["all others"] = self.rollout
        return others

    def __repr__(self) -> str:
        kind = "children" if isinstance(self.data, Cohort) else "authorities"
        adopters = counted(len(self.rollout.adopters), "adopter")
        return f"<Study {short(self.title)!r}: {counted(len(self.outcomes), 'outcome')}, {adopters}, rows are {kind}>"


def _in_order(given: object) -> tuple[object, ...]:
    """One thing or several, as a tuple."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)


def _only_outcomes(given: tuple[Outcome, ...]) -> None:
    odd = [i for i, o in enumerate(given) if not is_outcome(o)]
    if odd:
        raise StudyError(
            f"Outcome {odd[0] + 1} of {len(given)} is a {type(given[odd[0]]).__name__}.",
            cure="Give Binary(...), Count(...), Ordinal(...), Continuous(...), Duration(...), or the joint or "
            "conditional outcome of a Nested(...).",
        )


def _only_labels(argument: str, given: tuple[str, ...], labels: tuple[str, ...]) -> None:
    for label in given:
        if label not in labels:
            name = str(label)
            raise StudyError(
                f"{argument} names {short(name)!r}, which is no outcome of the study.{nearest(name, labels)}",
                where=f"outcomes: {', '.join(short(x) for x in labels)}",
            )


def _distinct(labels: tuple[str, ...]) -> None:
    twice = sorted({x for x in labels if labels.count(x) > 1})
    if twice:
        raise StudyError(
            f"Two outcomes share the label {short(twice[0])!r}.",
            why="Findings are found by label.",
            cure="Give each outcome a label of its own.",
        )


def _of_this_rollout(given: tuple[Comparators, ...], rollout: Rollout) -> None:
    odd = [i for i, chosen in enumerate(given) if not isinstance(chosen, Comparators)]
    if odd:
        raise StudyError(
            f"Set {odd[0] + 1} of {len(given)} in comparators is a {type(given[odd[0]]).__name__}.",
            cure="Give what comparators.nearest, neighbours, regions, named or all_others return.",
        )
    foreign = [chosen for chosen in given if chosen.pool.rollout != rollout]
    if foreign:
        raise StudyError(
            f"The comparators {short(foreign[0].label)!r} were chosen for another rollout.",
            where="comparators",
            cure="Give the study the very rollout they were chosen for; it leaves the others out by itself.",
        )
    labels = [chosen.label for chosen in given]
    twice = sorted({x for x in labels if labels.count(x) > 1})
    if twice:
        raise StudyError(
            f"Two sets of comparators are called {short(twice[0])!r}.", cure="Give each a label of its own."
        )
