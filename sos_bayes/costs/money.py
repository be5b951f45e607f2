"""Pounds as they are printed."""

from __future__ import annotations

from sos_bayes._core.words import MINUS


def pounds(value: float) -> str:
    """Pounds: with pence below a thousand, whole from there on.

    Examples
    --------
    >>> pounds(15), pounds(-1234.4), pounds(0.004)
    ('£15.00', '−£1,234', '£0.00')
    """
    text = f"{abs(value):,.2f}" if abs(value) < 999.995 else f"{abs(value):,.0f}"
    return f"{MINUS if value < 0 and text.strip('0.,') else ''}£{text}"


def pounds_between(low: float, high: float) -> str:
    """An interval of pounds.

    Examples
    --------
    >>> pounds_between(-3, 20_000)
    '−£3.00 to £20,000'
    """
    return f"{pounds(low)} to {pounds(high)}"
