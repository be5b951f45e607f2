"""What the rules do to rows and tables: withhold, complement, round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sos_bayes.disclosure.rules import SAFE, Rules


def release(sizes: Sequence[float], rules: Rules = SAFE) -> tuple[bool, ...]:
    """Say which groups may be shown, given the children behind each.

    Where exactly one group is too small, the smallest of the others is withheld with it: a single
    hidden group could be worked out from the total.

    Parameters
    ----------
    sizes : sequence of float
        Children (or other units) behind each group.
    rules : Rules

    Returns
    -------
    tuple of bool
        True where the group may be shown.

    Examples
    --------
    >>> release([120, 45, 7, 300])
    (True, False, False, True)
    >>> release([120, 45])
    (True, True)
    """
    shown = [not rules.small(n) for n in sizes]
    if shown.count(False) == 1 and True in shown:
        shown[min((i for i, s in enumerate(shown) if s), key=lambda i: sizes[i])] = False
    return tuple(shown)


def suppress(counts: Sequence[int], rules: Rules = SAFE) -> tuple[int | None, ...]:
    """A row or column of counts that sums to a published total, made safe.

    Parameters
    ----------
    counts : sequence of int
    rules : Rules

    Returns
    -------
    tuple of int or None
        Rounded counts; None where one is withheld, for its own sake or to protect another.

    Examples
    --------
    >>> suppress([3, 40, 203])
    (None, None, 205)
    """
    shown = release(counts, rules)
    return tuple(rules.rounded(n) if ok else None for n, ok in zip(counts, shown, strict=True))


def protect(
    rows: Sequence[Mapping[str, object]], counts: Sequence[str], rules: Rules = SAFE
) -> list[dict[str, object]]:
    """Copy a table with its count columns rounded, and the small ones withheld in words.

    Parameters
    ----------
    rows : sequence of mapping
        One mapping a row; never changed.
    counts : sequence of str
        Columns that hold numbers of children or events.
    rules : Rules

    Returns
    -------
    list of dict

    Examples
    --------
    >>> protect([{"la": "A", "children": 4}, {"la": "B", "children": 82}], ["children"])
    [{'la': 'A', 'children': 'fewer than 10'}, {'la': 'B', 'children': 80}]
    """
    return [{k: _cell(v, rules) if k in counts else v for k, v in row.items()} for row in rows]


def _cell(value: object, rules: Rules) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    rounded = rules.rounded(value)
    return rules.count(value) if rounded is None else rounded
