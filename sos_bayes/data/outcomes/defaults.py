"""What an outcome says of itself where its kind says nothing else: everybody asks the outcome, nobody its type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sos_bayes.data.outcomes.described import Denominator, Family
from sos_bayes.data.outcomes.window import Window


class Defaults:
    """Answers of an outcome that is one number of events, of rows that are neither followed nor nested."""

    __slots__ = ()

    denominator: Denominator | None

    @property
    def selected(self) -> bool:
        """Whether the practice itself is said to decide who is in the denominator."""
        return self.denominator == "by_practice"

    @property
    def proportion(self) -> bool:
        """Whether a share of trials is compared: between zero and one, and the rest of the trials counts too."""
        return False

    @property
    def rate(self) -> bool:
        """Whether events per unit of exposure are compared: of these there may be any number."""
        return False

    @property
    def factor(self) -> float:
        """Multiplier from the natural scale to the printed one."""
        return 1.0

    @property
    def change_unit(self) -> str:
        """Unit of a change, as printed."""
        raise NotImplementedError

    @property
    def level_unit(self) -> str:
        """Unit of a level, as printed."""
        return self.change_unit

    @property
    def measured(self) -> bool:
        """Whether the mean of a measured quantity is compared, in its own unit, and nothing is counted."""
        return False

    @property
    def long_tails(self) -> bool:
        """Whether children's own values are kept, for a distribution with long tails."""
        return False

    @property
    def degrees(self) -> float:
        """Degrees of freedom of that distribution."""
        return float("inf")

    @property
    def overdispersed(self) -> bool:
        """Whether the cells of one authority and period may scatter more than their family says."""
        return False

    @property
    def levels(self) -> Sequence[str | int | float]:
        """Ordered levels, lowest first; none where there are no such levels."""
        return ()

    @property
    def bands(self) -> Sequence[int]:
        """Last days of the bands that time is cut into; none where no time is measured."""
        return ()

    @property
    def names(self) -> tuple[str, ...]:
        """Levels or bands in words."""
        return ()

    @property
    def reached(self) -> int:
        """Position of the level or band of the headline."""
        return 0

    @property
    def split_by(self) -> str | None:
        """What an outcome's own scale is split by, "level" or "day"; None where it has one number only."""
        return None

    @property
    def readings(self) -> tuple[int | str, ...]:
        """Where on its own scale an outcome can be read."""
        return ()

    @property
    def within(self) -> Window | None:
        """For how long a row is followed."""
        return None

    @property
    def after(self) -> str | None:
        """Column of what must have happened first."""
        return None

    @property
    def conditional(self) -> bool:
        """Whether only rows to which that happened are counted."""
        return False

    @property
    def asked(self) -> str:
        """What is asked where something must have happened first, in words; empty otherwise."""
        return ""


class Proportion(Defaults):
    """Answers of an outcome that is a share of trials, with a binomial family and printed in percentage points."""

    __slots__ = ()

    family: ClassVar[Family] = "binomial"
    per: ClassVar[float] = 1.0

    @property
    def likelihood(self) -> str:
        """Name of the distribution that its cells follow."""
        return self.family

    @property
    def proportion(self) -> bool:
        """Whether a share of trials is compared: it is."""
        return True

    @property
    def factor(self) -> float:
        """Multiplier from the natural scale to the printed one: a hundred."""
        return 100.0

    @property
    def change_unit(self) -> str:
        """Unit of a change, as printed."""
        return "percentage points"

    @property
    def level_unit(self) -> str:
        """Unit of a level, as printed."""
        return "%"

    @property
    def predictor(self) -> str:
        """What the linear predictor is, as draws of it are called."""
        return "log_odds"
