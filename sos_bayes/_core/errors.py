"""One error tree: every message says what, where, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from traceback import extract_tb


class SosBayesError(ValueError):
    """Anything this library refuses to do, in four parts.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence.
    where : str, optional
        The column, authority or argument concerned.
    why : str, optional
        Why it matters.
    cure : str, optional
        What to do next.

    Examples
    --------
    >>> print(SosBayesError("Two rows share a key.", where="column 'la'", cure="Drop one of them."))
    Two rows share a key. Where: column 'la'. What to do: Drop one of them.
    """

    def __init__(self, what: str, *, where: str | None = None, why: str | None = None, cure: str | None = None):
        self.what, self.where, self.why, self.cure = what, where, why, cure
        parts = [what]
        if where:
            parts.append(f"Where: {where.rstrip('.')}.")
        if why:
            parts.append(f"Why it matters: {why}")
        if cure:
            parts.append(f"What to do: {cure}")
        super().__init__(" ".join(parts))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.where, self.why, self.cure)


def _rebuild(kind: type[SosBayesError], what: str, where: str, why: str, cure: str) -> SosBayesError:
    return kind(what, where=where, why=why, cure=cure)


class DataError(SosBayesError):
    """The table cannot be read as it stands."""


class RolloutError(SosBayesError):
    """The rollout does not fit the data: a name or a start is off."""


class DesignError(SosBayesError):
    """The design cannot be fitted to these data, or was asked for something it does not offer."""


class FitError(SosBayesError):
    """Sampling or approximation stopped before it could give an answer."""


class GradeError(SosBayesError):
    """This effect cannot be graded by this rule."""


class StudyError(SosBayesError):
    """The study file or the study's parts do not fit together."""


def together(faults: Sequence[SosBayesError]) -> SosBayesError:
    """Several faults of one table as one error, so that one run shows them all; one alone stays as it is.

    Examples
    --------
    >>> print(together([DataError("A count is negative.", cure="Correct it."), DataError("A start is missing.")]))
    2 faults. (1) A count is negative. What to do: Correct it. (2) A start is missing.
    """
    if len(faults) == 1:
        return faults[0]
    kinds = {type(fault) for fault in faults}
    kind = kinds.pop() if len(kinds) == 1 else DataError
    return kind(f"{len(faults)} faults. " + " ".join(f"({i}) {fault}" for i, fault in enumerate(faults, start=1)))


def nearest(word: str, words: Iterable[str]) -> str:
    """Name the closest allowed word as a question, or nothing.

    Examples
    --------
    >>> nearest("Wakefeild", ["Norfolk", "Wakefield"])
    ' Did you mean "Wakefield"?'
    >>> nearest("x", ["Norfolk"])
    ''
    """
    plain = {w.casefold(): w for w in words}
    found = get_close_matches(word.casefold(), plain, n=1, cutoff=0.6)
    return f' Did you mean "{plain[found[0]]}"?' if found else ""


def safe(fault: Exception) -> SosBayesError:
    """What stopped a piece of work, as an error whose message carries no data.

    Our own errors are written to be safe; of any other its kind and its place in the code are told.

    Examples
    --------
    >>> safe(KeyError("child 4711")).what.split(";")[0]
    'KeyError inside the library or a package below it'
    """
    if isinstance(fault, SosBayesError):
        return fault
    return FitError(
        f"{type(fault).__name__} inside the library or a package below it{_place(fault)}; its message is withheld "
        "because it may quote data.",
        cure="Run this outcome alone with fit(...) inside the secure setting to see the whole message.",
    )


def attempt[**P, T](work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | SosBayesError:
    """Do a piece of work; what stops it becomes a safe error, so that other pieces finish.

    Examples
    --------
    >>> attempt(int, "7"), type(attempt(int, "x")).__name__
    (7, 'FitError')
    """
    try:
        return work(*args, **named)
    except Exception as fault:
        return safe(fault)


def _place(fault: Exception) -> str:
    """File and line of ours where it happened; code, never data."""
    own = [f for f in extract_tb(fault.__traceback__) if "sos_bayes" in Path(f.filename).parts]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
