"""Numbers in plain words: amounts with their unit and direction, probabilities, chances, lists."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
LONGEST_LABEL = 120


def number(value: float, digits: int = 2) -> str:
    """A plain number with as many decimals as its size deserves, and thousands separated.

    Parameters
    ----------
    value : float
    digits : int
        Significant figures below 100; from 100 upwards whole numbers are shown.

    Returns
    -------
    str

    Examples
    --------
    >>> number(-13.04), number(0.1234), number(78000), number(0.0)
    ('−13', '0.12', '78,000', '0')
    """
    if not math.isfinite(value):
        return "not known"
    size = abs(value)
    decimals = 0 if size >= 100 or size == 0 else max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{size:,.{min(decimals, 6)}f}"
    return f"{MINUS}{text}" if value < 0 and float(text.replace(",", "")) != 0 else text


def amount(value: float, unit: str) -> str:
    """A printed figure with its unit.

    Examples
    --------
    >>> amount(13.1, "percentage points"), amount(8.14, "per 10,000")
    ('13.1 percentage points', '8.1 per 10,000')
    """
    return f"{_one_decimal(value)} {unit}".strip()


def change(value: float, unit: str) -> str:
    """A change in words: its size, its unit, and whether it is more or fewer.

    Parameters
    ----------
    value : float
        Change in the printed unit: -13 for 13 percentage points fewer.
    unit : str
        ``"percentage points"``, ``"per 10,000"``, ``"events"`` or ``"ratio"``; of a mean its own unit or
        ``"ratio of means"``.

    Returns
    -------
    str

    Examples
    --------
    >>> change(-13.0, "percentage points"), change(8.1, "per 10,000"), change(0.0, "events")
    ('13.0 percentage points fewer', '8.1 per 10,000 more', 'no change')
    >>> change(0.8, "ratio"), change(-625.8, "events")
    ('0.80 times as many', '626 events fewer')
    >>> change(-2.5, "days"), change(0.9, "ratio of means")
    ('2.5 days lower', '0.90 times as high')
    """
    if not math.isfinite(value):
        return "not known"
    if unit.startswith("ratio"):
        return f"{value:.2f} times as {'high' if unit == 'ratio of means' else 'many'}"
    size = f"{abs(value):,.0f} events" if unit == "events" else amount(abs(value), unit)
    if size.split(" ")[0].strip("0.") == "":
        return "no change"
    return f"{size} {directions(unit)[value >= 0]}"


def directions(unit: str) -> tuple[str, str]:
    """Words for less and for more of something counted, or of something measured in a unit.

    Examples
    --------
    >>> directions("percentage points"), directions("days")
    (('fewer', 'more'), ('lower', 'higher'))
    """
    counted_in = unit in ("percentage points", "events") or unit.startswith("per ")
    return ("fewer", "more") if counted_in else ("lower", "higher")


def between(low: float, high: float, unit: str) -> str:
    """An interval in words; a shared direction is said once.

    Examples
    --------
    >>> between(-18.2, -8.0, "percentage points")
    '18.2 to 8.0 percentage points fewer'
    >>> between(-1.0, 3.0, "percentage points")
    '1.0 percentage points fewer to 3.0 percentage points more'
    """
    if unit.startswith("ratio"):
        return f"{low:.2f} to {change(high, unit)}"
    if (low < 0 and high < 0) or (low > 0 and high > 0):
        first = f"{abs(low):,.0f}" if unit == "events" else _one_decimal(abs(low))
        return f"{first} to {change(high, unit)}"
    return f"{change(low, unit)} to {change(high, unit)}"


def signed(value: float) -> str:
    """A figure for a table cell: one decimal below 1,000, with its sign.

    Examples
    --------
    >>> signed(-13.04), signed(2.0), signed(0.0)
    ('−13.0', '+2.0', '0.0')
    """
    if not math.isfinite(value):
        return "not known"
    text = _one_decimal(abs(value))
    if text.strip("0.,") == "":
        return text
    return f"{MINUS if value < 0 else '+'}{text}"


def probability(value: float) -> str:
    """A probability to two decimals, never as a false certainty.

    Examples
    --------
    >>> probability(0.97), probability(0.9984), probability(1.0), probability(0.0001)
    ('P = 0.97', 'P = 0.998', 'P > 0.999', 'P < 0.001')
    """
    if not math.isfinite(value):
        return "P not known"
    if value > 0.999:
        return "P > 0.999"
    if value < 0.001:
        return "P < 0.001"
    return f"P = {value:.3f}" if value > 0.985 or value < 0.015 else f"P = {value:.2f}"


def chance(value: float) -> str:
    """A probability as a natural frequency.

    Examples
    --------
    >>> chance(0.05), chance(0.31), chance(0.97), chance(0.5)
    ('about 1 in 20', 'about 3 in 10', 'about 97 in 100', 'about 1 in 2')
    """
    if not math.isfinite(value):
        return "not known"
    if value > 0.999:
        return "all but certain"
    if value < 0.001:
        return "less than 1 in 1,000"
    if value <= 0.2 or (abs(1 / value - round(1 / value)) < 0.05 and value <= 0.5):
        return f"about 1 in {round(1 / value):,}"
    tens = value * 10
    if abs(tens - round(tens)) <= 0.15 and round(tens) < 10:
        return f"about {round(tens)} in 10"
    return f"about {min(round(value * 100), 99)} in 100"


def listed(words: Sequence[str], most: int | None = None) -> str:
    """Join words as a sentence does; of more than ``most`` only how many there are.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"]), listed([])
    ('a, b and c', 'a', '')
    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    if most is not None and len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def counted(n: int, one: str, many: str | None = None) -> str:
    """A whole number with its noun.

    Examples
    --------
    >>> counted(1, "authority", "authorities"), counted(12, "outcome")
    ('1 authority', '12 outcomes')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def short(label: str, longest: int = LONGEST_LABEL) -> str:
    r"""A label that cannot run away: one line, no control or direction characters, capped.

    Examples
    --------
    >>> short("re-referral\nwithin six months"), short("x" * 200, 10)
    ('re-referral within six months', 'xxxxxxxxx…')
    """
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in label[: 10 * longest])
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def slug(label: str) -> str:
    """A file name made of a label: lower-case letters, digits and hyphens only.

    Examples
    --------
    >>> slug("Re-referral within 6 months!"), slug("../../etc"), slug("漢字")
    ('re-referral-within-6-months', 'etc', 'unnamed')
    """
    plain = unicodedata.normalize("NFKD", label[:1000]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "unnamed"


def _one_decimal(value: float) -> str:
    if not math.isfinite(value):
        return "not known"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if 0 < size < 0.095 else f"{value:.1f}"
