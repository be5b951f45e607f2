"""One error tree: every message says what, where, why it matters and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from traceback import clear_frames, extract_tb

OPEN = "SOS_BAYES_UNSEALED"  # the environment variable that leaves tracebacks as they are


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
    rows : str, optional
        How many rows and which: told to the analyst beside ``where``, and never released.

    Examples
    --------
    >>> fault = SosBayesError("Two rows share a key.", where="column 'la'", rows="2 of 90 rows", cure="Drop one.")
    >>> print(fault)
    Two rows share a key. Where: column 'la', 2 of 90 rows. What to do: Drop one.
    >>> print(fault.released)
    Two rows share a key. Where: column 'la'. What to do: Drop one.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        why: str | None = None,
        cure: str | None = None,
        rows: str | None = None,
    ):
        self.what, self.where, self.why, self.cure, self.rows = what, where, why, cure, rows
        self.faults: tuple[SosBayesError, ...] = ()
        super().__init__(_text(what, ", ".join(part for part in (where, rows) if part), why, cure))

    @property
    def released(self) -> str:
        """The text that may leave the secure setting: without positions of rows and without counts of them."""
        if self.faults:
            return _numbered([fault.released for fault in self.faults])
        return without_counts(_text(self.what, self.where, self.why, self.cure))

    def __reduce__(self) -> tuple[object, ...]:
        given = (type(self), self.what, self.where, self.why, self.cure, self.rows)
        return _rebuild, given, {"faults": self.faults}


def _text(what: str, where: str | None, why: str | None, cure: str | None) -> str:
    parts = [what]
    if where:
        parts.append(f"Where: {where.rstrip('.')}.")
    if why:
        parts.append(f"Why it matters: {why}")
    if cure:
        parts.append(f"What to do: {cure}")
    return " ".join(parts)


def _rebuild(
    kind: type[SosBayesError], what: str, where: str | None, why: str | None, cure: str | None, rows: str | None
) -> SosBayesError:
    return kind(what, where=where, why=why, cure=cure, rows=rows)


_COUNTS = re.compile(r"\b[0-9][0-9,]* of (?=[0-9][0-9,]* (?:\w+ )?(?:rows|children|events)\b)")
_POSITIONS = re.compile(r",? first at rows? [0-9](?:[0-9, and]*[0-9])?(?: \(counted from 0\))?")


def without_counts(text: str) -> str:
    """The text without "3 of" some rows and without positions, wherever they were written.

    Examples
    --------
    >>> without_counts('column "la", 3 of 4,008 rows, first at rows 100, 777 and 1,500 (counted from 0)')
    'column "la", some of 4,008 rows'
    """
    return _COUNTS.sub("some of ", _POSITIONS.sub("", text))


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


class FileError(SosBayesError):
    """A file cannot be written, or what it holds cannot be taken for what it says it is."""


def together[E: SosBayesError](faults: Sequence[E]) -> E | DataError:
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
    error = kind(_numbered([str(fault) for fault in faults]))
    error.faults = tuple(faults)
    return error


def _numbered(texts: Sequence[str]) -> str:
    return f"{len(texts)} faults. " + " ".join(f"({i}) {text}" for i, text in enumerate(texts, start=1))


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
    closest = get_close_matches(word.casefold(), plain, n=1, cutoff=0.6)
    return f' Did you mean "{plain[closest[0]]}"?' if closest else ""


def safe(fault: BaseException) -> SosBayesError:
    """What stopped a piece of work, as an error whose message carries no data.

    Our own errors are written to be safe; of any other its kind and its place in the code are told.

    Examples
    --------
    >>> safe(KeyError("child 4711")).what.split(";")[0]
    'KeyError inside the library or a package below it'
    """
    if isinstance(fault, SosBayesError):
        return fault
    if isinstance(fault, MemoryError):
        return FitError(
            f"The machine ran out of memory{_place(fault)}.",
            cure="Use fewer covariates, workers or draws, or a machine with more memory.",
        )
    return FitError(
        f"{type(fault).__name__} inside the library or a package below it{_place(fault)}; its message is withheld "
        "because it may quote data.",
        cure=f"Inside the secure setting, set the environment variable {OPEN}=1 and run it again to see the whole "
        "message.",
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
        error = safe(fault)
        forget(fault)
    return error


def forget(fault: BaseException, outer: BaseException | None = None) -> None:
    """Empty the local variables of every frame that a fault passed through, and of the faults before it.

    Frames hold rows, and whatever shows a traceback with its variables would show them. Lines of code stay; faults
    from ``outer`` on are the caller's own and are left alone.
    """
    chain: BaseException | None = fault
    while chain is not None and chain is not outer:
        clear_frames(chain.__traceback__)
        before = chain.__cause__ or chain.__context__
        if before is not outer:
            chain.__cause__ = None
            chain.__context__ = outer
        chain = before


def _place(fault: BaseException) -> str:
    """File and line of ours where it happened; code, never data."""
    own = [f for f in extract_tb(fault.__traceback__) if _is_ours(Path(f.filename))]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""


def _is_ours(path: Path) -> bool:
    return "sos_bayes" in path.parts and path.name != "sealed.py"
