"""An EMMIE record: effect, mechanism, moderators, implementation, economics."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sos_bayes._core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Dimension = Literal["effect", "mechanism", "moderators", "implementation", "economics"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
QUESTIONS: dict[Dimension, str] = {
    "effect": "What difference does it make?",
    "mechanism": "How does it work?",
    "moderators": "For whom and where does it work better or worse?",
    "implementation": "What helps or hinders doing it?",
    "economics": "What does it cost, and is it worth it?",
}


@dataclass(frozen=True, slots=True)
class EmmieEntry:
    """What is known of one dimension, with its source.

    Parameters
    ----------
    finding : str
    source : str
        Required: a finding without a source is refused.
    quality : str, optional
        How good the evidence is, in the words of whoever judged it.

    Raises
    ------
    DataError
        If finding or source is empty.

    Examples
    --------
    >>> EmmieEntry("no evidence of an effect on care entry", "invented").quality is None
    True
    """

    finding: str
    source: str
    quality: str | None = None

    def __post_init__(self) -> None:
        if not str(self.finding).strip() or not str(self.source).strip():
            raise DataError(
                "An EMMIE entry needs a finding and its source.",
                where="EmmieEntry",
                cure="Give both, or leave the dimension out: it then stands as not known.",
            )


@dataclass(frozen=True, slots=True)
class Emmie:
    """What is known of a practice in the five dimensions of EMMIE (Johnson, Tilley and Bowers, 2015).

    Parameters
    ----------
    practice, outcome : str
    effect, mechanism, moderators, implementation, economics : EmmieEntry, optional
        A dimension that is left out stands in the table as not known.

    Raises
    ------
    DataError
        If a dimension is no `EmmieEntry`.

    Examples
    --------
    >>> record = Emmie("a practice", "care entry", effect=EmmieEntry("none seen", "invented"))
    >>> record.not_known
    ('mechanism', 'moderators', 'implementation', 'economics')
    """

    practice: str
    outcome: str
    _: KW_ONLY
    effect: EmmieEntry | None = None
    mechanism: EmmieEntry | None = None
    moderators: EmmieEntry | None = None
    implementation: EmmieEntry | None = None
    economics: EmmieEntry | None = None

    def __post_init__(self) -> None:
        for dimension in DIMENSIONS:
            if not isinstance(getattr(self, dimension), EmmieEntry | None):
                raise DataError(
                    f"{dimension} is no EmmieEntry.",
                    where="Emmie",
                    cure='Write ratings.EmmieEntry("finding", "source").',
                )

    @property
    def not_known(self) -> tuple[Dimension, ...]:
        """Dimensions of which the record says nothing."""
        return tuple(d for d in DIMENSIONS if getattr(self, d) is None)

    def to_frame(self) -> pd.DataFrame:
        """One row a dimension: its question, the finding, the quality and the source."""
        import pandas as pd

        rows = []
        for dimension in DIMENSIONS:
            entry: EmmieEntry | None = getattr(self, dimension)
            said = ("not known", None, None) if entry is None else (entry.finding, entry.quality, entry.source)
            rows.append((dimension, QUESTIONS[dimension], *said))
        return pd.DataFrame(rows, columns=["dimension", "question", "finding", "quality", "source"])
