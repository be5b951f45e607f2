"""A finding for each outcome of a study, and all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from html import escape
from typing import TYPE_CHECKING

from sos_bayes._core.errors import SosBayesError, StudyError, nearest
from sos_bayes._core.words import counted, short
from sos_bayes.comparators import Balance
from sos_bayes.data import Cohort, Outcome, Panel
from sos_bayes.data.without_rows import without_rows
from sos_bayes.disclosure import SAFE
from sos_bayes.estimands.printed import size, span
from sos_bayes.study.declaration import Study

if TYPE_CHECKING:
    from sos_bayes.checks import CheckResult
    from sos_bayes.estimands import Effect, Effects, Growth, Heterogeneity, Subgroups
    from sos_bayes.estimands.link_effect import LinkEffect
    from sos_bayes.estimands.outcome_path import OutcomePath
    from sos_bayes.evidence import Grade
    from sos_bayes.fitting.posterior.diagnostics import Health
    from sos_bayes.study.pooled_outcomes import Pooled


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Finding:
    """What was found on one outcome, or why nothing was.

    Attributes
    ----------
    outcome : Binary, Count, Ordinal or Continuous
    effect : Effect or None
        The headline: SATT difference; None where the outcome failed.
    checks : tuple of CheckResult
    grade : Grade or None
    error : str or None
        What stopped this outcome, as it may be released: without positions of rows and counts of them.
    estimates : tuple of Effect
        Other estimands, weights and scales of the same fit.
    by_authority : Effects or None
    by_level : Effects or None
        Of an Ordinal, the effect on the share that reaches each level.
    health : Health or None
    seconds : float
    notes : tuple of str
    heterogeneity : Heterogeneity or None
        How effects differ between adopters; None with one adopter.
    growth : Growth or None
        How the effect moves with time since the start.
    subgroups : tuple of Subgroups
        One for each column that the design lets effects vary by.
    link : LinkEffect or None
        The effect on the model's scale, which `pooled` reads.
    path : OutcomePath or None
        The outcome over time, observed and expected; small numbers are not in it.
    fault : SosBayesError or None
        The error itself, with the rows to look for: for the analyst. No report prints it, and no pickle holds it.
    """

    outcome: Outcome
    effect: Effect | None
    checks: tuple[CheckResult, ...]
    grade: Grade | None
    error: str | None
    estimates: tuple[Effect, ...] = ()
    by_authority: Effects | None = None
    by_level: Effects | None = None
    health: Health | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    heterogeneity: Heterogeneity | None = None
    growth: Growth | None = None
    subgroups: tuple[Subgroups, ...] = ()
    link: LinkEffect | None = None
    path: OutcomePath | None = None
    fault: SosBayesError | None = None

    def __getstate__(self) -> dict[str, object]:
        """What a pickle holds: no rows to look for, and no effect in events that tells fewer than ten children."""
        state = {f.name: getattr(self, f.name) for f in fields(self)}
        telling = (e.scale == "events" and SAFE.small(e.n_children) for e in self.estimates)
        kept = tuple(e for e, tells in zip(self.estimates, telling, strict=True) if not tells)
        return state | {"fault": None, "estimates": kept}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

    @property
    def label(self) -> str:
        """Label of the outcome."""
        return self.outcome.label

    @property
    def verdict(self) -> tuple[str, str]:
        """Strength with its direction, and the change with its interval, in words; why not where there is none."""
        if self.error is not None or self.effect is None:
            return "stopped by an error", ""
        said = "not graded" if self.grade is None else self.grade.in_words
        return said, f"{size(self.effect)} ({span(self.effect)})"

    @property
    def event_study(self) -> Effects | None:
        """Leads and lags, from the one check fit that holds both; None where it was not run."""
        return self._series("event_time")

    @property
    def by_comparators(self) -> Effects | None:
        """The effect against other sets of comparators, by the fast route; None where the check was not run."""
        return self._series("comparators")

    def _series(self, by: str) -> Effects | None:
        return next((c.series for c in self.checks if c.series is not None and c.series.by == by), None)

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<Finding {short(self.label)!r}: stopped by an error>"
        if self.grade is None:
            return f"<Finding {short(self.label)!r}: not graded>"
        strength = self.grade.strength.value if self.grade.graded else "not graded"
        return f"<Finding {short(self.label)!r}: {strength}, {self.grade.direction.value}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation:
    """All findings of a study, in the order of its outcomes.

    Attributes
    ----------
    study : Study
        As declared, its data reduced to what they were called: an evaluation carries no row.
    findings : tuple of Finding
    seconds : float
        Time taken by all outcomes.
    pooled : Pooled or None
        The outcomes pooled, as a sensitivity; None where fewer than two can be.
    balance : tuple of Balance
        How like the adopters each set of comparators was before the rollout, where the study names any.
    """

    study: Study
    findings: tuple[Finding, ...]
    seconds: float
    pooled: Pooled | None = None
    balance: tuple[Balance, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.study.data, Cohort | Panel):
            object.__setattr__(self, "study", replace(self.study, data=without_rows(self.study.data)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the outcomes, in order."""
        return tuple(f.label for f in self.findings)

    @property
    def synthetic(self) -> bool:
        """Whether the title or any note says that the data are synthetic."""
        said = (self.study.title, *self.study.notes, *(n for f in self.findings for n in f.notes))
        return any("synthetic" in s.casefold() for s in said)

    def __getitem__(self, label: str) -> Finding:
        for finding in self.findings:
            if finding.label == label:
                return finding
        raise StudyError(
            f"There is no outcome labelled {short(str(label))!r}.{nearest(str(label), self.labels)}",
            where=f"outcomes: {', '.join(short(x) for x in self.labels)}",
        )

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        """The verdict table: an outcome a line, its strength first."""
        rows = [(f.label, *f.verdict) for f in self.findings]
        wide = [max((len(row[c]) for row in rows), default=0) for c in range(2)]
        lines = [
            f"{short(label, 60):{min(wide[0], 60)}}  {said:{wide[1]}}  {size}".rstrip() for label, said, size in rows
        ]
        return "\n".join([short(self.study.title), *lines])

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th scope='row'>{escape(short(f.label))}</th><td>{escape(said)}</td><td>{escape(size)}</td></tr>"
            for f in self.findings
            for said, size in [f.verdict]
        )
        head = "<tr><th>Outcome</th><th>Evidence</th><th>Change (SATT, 95 % interval)</th></tr>"
        return f"<p><strong>{escape(short(self.study.title))}</strong></p><table>{head}{cells}</table>"

    def __repr__(self) -> str:
        failed = sum(f.error is not None for f in self.findings)
        tail = f", {failed} stopped by an error" if failed else ""
        return f"<Evaluation {short(self.study.title)!r}: {counted(len(self.findings), 'outcome')}{tail}>"
