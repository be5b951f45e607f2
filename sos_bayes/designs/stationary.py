"""How far authorities lie apart, divided into lasting levels and shocks that fade."""

from __future__ import annotations

from typing import Any


def spread_over(spread: Any, innovation: Any, memory: Any, xp: Any) -> tuple[Any, Any]:
    """Divide authorities' spread between lasting levels and autoregressive shocks.

    In any one year authorities lie ``sqrt(spread ** 2 + innovation ** 2)`` apart (sd), whatever the memory of
    their shocks. With no memory all of ``spread`` is lasting; with full memory none is, and shocks fade at the
    slowest rate that such a spread allows, ``spread / sqrt(spread ** 2 + innovation ** 2)``. Data say much
    about the spread and the innovation and little about the memory, so the three are nearly independent in
    the posterior, where levels' sd and a free rho lie on a ridge.

    Parameters
    ----------
    spread, innovation : float or array
        Scales, log-odds or log-rate.
    memory : float or array
        Between 0 and 1.
    xp : module
        numpy or pytensor.tensor.

    Returns
    -------
    sd_authority, rho
        Sd of lasting levels, and the yearly correlation of the shocks.

    Examples
    --------
    >>> import numpy as np
    >>> sd, rho = spread_over(0.35, 0.13, 0.5, np)
    >>> bool(np.isclose(sd**2 + 0.13**2 / (1 - rho**2), 0.35**2 + 0.13**2))
    True
    """
    rho = memory * spread / xp.sqrt(spread**2 + innovation**2)
    # spread^2 + innovation^2 - innovation^2 / (1 - rho^2), without the cancellation at full memory
    sd = spread * xp.sqrt((1 - memory**2) / (1 - rho**2))
    return sd, rho
