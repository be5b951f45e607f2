"""Seeds that every generator takes."""

from __future__ import annotations

from sos_bayes._core.errors import SosBayesError


def check_seed(seed: object, kind: type[SosBayesError]) -> None:
    """Refuse what is no whole number from 0 to below 2**63.

    Examples
    --------
    >>> check_seed(20180401, SosBayesError)
    """
    whole = not isinstance(seed, bool) and hasattr(seed, "__index__")
    if not whole or not 0 <= int(seed) < 2**63:  # type: ignore[call-overload]
        raise kind(
            f"seed={seed!r:.40} is no whole number from 0 on.", where="seed", cure="Give a number such as 20180401."
        )
