"""A study file as text, as a user would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sos_bayes.data import Rollout

SEED = 20180401


def study_text(
    head: Mapping[str, str],
    notes: Iterable[str],
    data: Mapping[str, str],
    rollout: Rollout,
    outcomes: Iterable[str],
    *,
    design: str = "",
    names: Mapping[str, str] | None = None,
) -> str:
    """A study file for the fast route.

    Parameters
    ----------
    head : mapping
        What stands first under ``[study]``.
    notes : iterable of str
        Printed in the report.
    data : mapping
        Keys and words of ``[data]``.
    rollout : Rollout
    outcomes : iterable of str
        The body of each outcome.
    design : str
        The body of ``[design]``.
    names : mapping from authority to str, optional
        Names of authorities that are known by codes, written beside their starts.

    Returns
    -------
    str
        TOML text.
    """
    said = ",\n".join(f"  {quoted(note)}" for note in notes)
    called = {name: f"  # {label}" for name, label in (names or {}).items()}
    starts = "\n".join(f"{quoted(name)} = {start}{called.get(name, '')}" for name, start in rollout.starts)
    parts = [
        f'[study]\n{keys(head)}\nmethod = "fast"  # or "nuts": sampled\nseed = {SEED}\nnotes = [\n{said},\n]',
        f"[data]\n{keys(data)}",
        *([f"[design]\n{design}"] if design else []),
        f"[rollout.starts]\n{starts}",
        *(f"[[outcomes]]\n{body}" for body in outcomes),
    ]
    return "\n\n".join(parts) + "\n"


def keys(given: Mapping[str, str | None]) -> str:
    """One line for each key that has a word.

    Examples
    --------
    >>> print(keys({"kind": "binary", "among": None, "aim": "fewer"}))
    kind = "binary"
    aim = "fewer"
    """
    return "\n".join(f"{key} = {quoted(word)}" for key, word in given.items() if word is not None)


def quoted(text: str) -> str:
    r"""A word as TOML has it.

    Examples
    --------
    >>> print(quoted('re-referral, "again"'))
    "re-referral, \"again\""
    """
    return json.dumps(text, ensure_ascii=False)
