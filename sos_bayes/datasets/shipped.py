"""Files of the package as tables, and under which licence each of them is."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

OGL = "Open Government Licence v3.0"
ATTRIBUTION = f"Contains public sector information licensed under the {OGL}"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A file of the package: its name, what it holds, who published it, and its licence.

    Parameters
    ----------
    file : str
    title : str
        What it holds, in words.
    source : str
        Who published it.
    licence, attribution : str
        The licence, and what must be printed where the data are used.
    room : str
        The package in which the file lies.
    """

    file: str
    title: str
    source: str
    licence: str = OGL
    attribution: str = ATTRIBUTION
    room: str = "sos_bayes.datasets"

    @property
    def path(self) -> Traversable:
        """Where the file is."""
        place = files(self.room)
        return place.joinpath("files", self.file) if self.room == "sos_bayes.datasets" else place.joinpath(self.file)

    def read(self, units: dict[str, str] | None = None, **how: Any) -> pd.DataFrame:
        """The file as a table; blank is missing, and no word is.

        Parameters
        ----------
        units : dict of str, optional
            Unit of each column of numbers, kept in ``attrs``.
        **how
            Handed to `pandas.read_csv`.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        with self.path.open("rb") as kept, gzip.open(kept) if self.file.endswith(".gz") else kept as file:
            table = pd.DataFrame(pd.read_csv(file, keep_default_na=False, na_values=[""], **how))
        table.attrs.update(title=self.title, source=self.source, licence=self.licence)
        table.attrs.update(attribution=self.attribution, units=units or {})
        return table


def licences() -> str:
    r"""Licences and attributions of all data that come with the library, as text to print.

    Returns
    -------
    str
        The same text as the file NOTICE beside the licence of the library.

    Examples
    --------
    >>> print(licences().split("\n\n")[1].splitlines()[0])
    English statistics (attributes, england, measures, neighbours, ofsted)
    """
    return files("sos_bayes.datasets").joinpath("files", "NOTICE").read_text(encoding="utf-8")
