"""The rules of small-number control, as one frozen value, and what they do to one number."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sos_bayes._core.errors import SosBayesError


@dataclass(frozen=True, slots=True)
class Rules:
    """How small a number may be before it is withheld, and how the others are rounded.

    Parameters
    ----------
    threshold : int
        Numbers of children or events below it are withheld, zeros included. Default 10.
    base : int
        Printed counts are rounded to the nearest multiple. Default 5.

    Raises
    ------
    SosBayesError
        If the threshold or the base is below 1.

    Examples
    --------
    >>> SAFE.count(7), SAFE.count(0), SAFE.count(78_003)
    ('fewer than 10', 'fewer than 10', '78,005')
    >>> SAFE.describe()[0]
    'Numbers of children or events below 10 are withheld, zeros included.'
    """

    threshold: int = 10
    base: int = 5

    def __post_init__(self) -> None:
        if self.threshold < 1 or self.base < 1:
            raise SosBayesError(
                f"The threshold is {self.threshold} and the base {self.base}; both must be 1 or more.",
                where="Rules",
                cure="Keep the defaults (10 and 5) unless your output checkers ask for others.",
            )

    def small(self, n: float) -> bool:
        """Whether a number of children or events must be withheld."""
        return not math.isfinite(n) or n < self.threshold

    def rounded(self, n: float) -> int | None:
        """Round a count to the base, half upwards; None where it is withheld.

        A count at or above the threshold is never rounded below it.
        """
        if self.small(n):
            return None
        return max(math.floor(n / self.base + 0.5) * self.base, self.threshold)

    def count(self, n: float) -> str:
        """Print a count: rounded to the base, or ``fewer than`` the threshold."""
        rounded = self.rounded(n)
        return f"fewer than {self.threshold}" if rounded is None else f"{rounded:,}"

    def safe_share(self, share: float, n: float) -> bool:
        """Whether a share of ``n`` children may be printed.

        Both the children with the event and those without must reach the threshold: all and none
        say as much as a small count does.
        """
        if not math.isfinite(share) or self.small(n):
            return False
        return not self.small(share * n) and not self.small((1 - share) * n)

    def describe(self) -> tuple[str, ...]:
        """Return the rules as the sentences a report prints."""
        return (
            f"Numbers of children or events below {self.threshold} are withheld, zeros included.",
            f"Printed counts are rounded to the nearest {self.base}.",
            (
                f"An authority's own effect is withheld where fewer than {self.threshold} of its children were "
                "treated; where that would withhold one authority only, the next smallest is withheld too."
            ),
            (
                f"A baseline is withheld where it, or the outcome with the rollout that it gives together with the "
                f"effect, would stand for fewer than {self.threshold} events, or for all children but fewer than "
                f"{self.threshold}; the ratio, which would tell it, is then withheld too, and so is the effect in "
                f"events where fewer than {self.threshold} children are behind it."
            ),
        )


SAFE = Rules()
