"""What a name that the data do not have may stand for; never another place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sos_bayes._core.errors import RolloutError
from sos_bayes.data.geography.authority_names import alike, meant, same_place
from sos_bayes.data.geography.reorganisations import RECODED


def hint(
    name: str, authorities: Sequence[str], names: Sequence[str] = (), carried: Mapping[str, str] | None = None
) -> str:
    """How the data write an authority, in a sentence; nothing where it cannot be told from another place.

    Parameters
    ----------
    name : str
        An authority as the analyst wrote it.
    authorities, names : sequence of str
        Authorities of the data, and their display names in the same order.
    carried : mapping from str to str, optional
        Codes that the reader wrote under a later code.

    Examples
    --------
    >>> hint("E10000023", ["E06000065", "E08000023"])
    ' The data write it under another code of the same authority: "E06000065".'
    >>> hint("E10000024", ["E08000024"])
    ''
    """
    known = set(authorities)
    later = (carried or {}).get(name)
    if later in known:
        return f' It changed its code, and the reader wrote it under the latest one: "{later}".'
    similar = alike(name, authorities) or next((other for other in authorities if same_place(name, other)), None)
    if similar:
        return f' The data write it "{similar}".'
    recoded = next((other for pair in RECODED if name in pair for other in pair if other in known - {name}), None)
    if recoded:
        return f' The data write it under another code of the same authority: "{recoded}".'
    shown = name if name in names else alike(name, names) or next((n for n in names if same_place(name, n)), None)
    if shown:
        return f' The data know it by the code "{authorities[list(names).index(shown)]}".'
    return meant(name, [*authorities, *names])


def unknown(
    name: str,
    authorities: Sequence[str],
    where: str,
    names: Sequence[str] = (),
    carried: Mapping[str, str] | None = None,
) -> RolloutError | None:
    """The error for an authority that the data do not have."""
    if name in authorities:
        return None
    return RolloutError(
        f'"{name}" is not among the {len(authorities)} authorities of the data.'
        f"{hint(name, authorities, names, carried)}",
        where=where,
        cure="Write it exactly as in the data; codes of authorities (E0...) are safest.",
    )
