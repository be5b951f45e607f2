"""Two panels with published answers, one treated unit in each: California's tobacco programme, the Basque country."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes.datasets.shipped import Shipped

if TYPE_CHECKING:
    import pandas as pd

CALIFORNIA = Shipped(
    "california_prop99.csv",
    "Cigarette packs per head in 39 American states, 1970 to 2000",
    "Abadie, Diamond and Hainmueller 2010, as distributed with synthdid",
    "BSD-3-Clause",
    "Copyright 2019, Stanford University (synthdid)",
)
BASQUE = Shipped(
    "basque_gdp.csv",
    "Gross domestic product per head of Spanish regions, 1955 to 1997",
    "Abadie and Gardeazabal 2003, as distributed with pysyncon",
    "MIT",
    "Copyright (c) 2025 Stiofán Fordham (pysyncon)",
)


def california() -> pd.DataFrame:
    """Cigarette packs per head in American states; California's tobacco programme (Proposition 99) began in 1989.

    Returns
    -------
    pandas.DataFrame
        1,209 rows, one for each of 39 states and 31 years (1970 to 2000). Columns State, Year, PacksPerCapita (packs
        per head), treated (1 for California from 1989 on, else 0).

    Notes
    -----
    Source: Abadie, Diamond and Hainmueller (2010), "Synthetic control methods for comparative case studies", Journal of
    the American Statistical Association 105; as distributed with synthdid. BSD-3-Clause, copyright 2019, Stanford
    University.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> table = sb.datasets.california()
    >>> table["State"].nunique(), int(table["Year"].min()), int(table["Year"].max())
    (39, 1970, 2000)
    """
    return CALIFORNIA.read({"PacksPerCapita": "packs per head", "Year": "calendar year", "treated": "0 or 1"})


def basque() -> pd.DataFrame:
    """Gross domestic product per head of Spanish regions; terrorism in the Basque country rose from 1975 on.

    Returns
    -------
    pandas.DataFrame
        774 rows, one for each of 18 regions and 43 years (1955 to 1997). Columns regionno, regionname, year, gdpcap
        (thousand US dollars of 1986 per head). Region 1 is Spain as a whole: leave it out of comparators.

    Notes
    -----
    Source: Abadie and Gardeazabal (2003), "The economic costs of conflict", American Economic Review 93; as distributed
    with pysyncon. MIT, copyright (c) 2025 Stiofán Fordham.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> table = sb.datasets.basque()
    >>> table["regionname"].nunique(), table.query("regionno == 1")["regionname"].unique().tolist()
    (18, ['Spain (Espana)'])
    """
    table = BASQUE.read({"gdpcap": "thousand US dollars of 1986 per head", "year": "calendar year"})
    return table.astype({"regionno": int, "year": int})
