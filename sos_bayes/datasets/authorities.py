"""English local authorities beside their statistics: pilots, neighbours, attributes, inspections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes.data.england.regions import FILE
from sos_bayes.datasets.shipped import OGL, Shipped

if TYPE_CHECKING:
    import pandas as pd

PILOTS = Shipped(
    "signs_of_safety_pilots.csv",
    "Signs of Safety pilots of the Innovation Programme, rounds 1 and 2",
    "Public pages of the Department for Education's Innovation Programme and of the consultancy (facts)",
    "facts, no licence needed",
    "none asked",
)
NEIGHBOURS = Shipped(
    "statistical_neighbours_2021.csv", "Ten statistical neighbours of each authority", "Department for Education"
)
ATTRIBUTES = Shipped(
    FILE,
    "Region, deprivation and population of English local authorities",
    "Ministry of Housing, Communities and Local Government; Office for National Statistics",
    room="sos_bayes.data.england",
)
OFSTED = Shipped(
    "ofsted_inspections_2018_2025.csv",
    "Inspection judgements of local authority children's services",
    "Ofsted, through the Department for Education",
    OGL,
)


def pilots() -> pd.DataFrame:
    """The authorities in which the Innovation Programme paid for Signs of Safety, and in which of its two rounds.

    Round 1 was project work from November 2014 to March 2016; round 2 was announced in July 2017 for two years. The
    evaluation published in January 2021 is of round 2, with fieldwork from April 2018 to March 2020: ten were funded,
    one dropped out (which is not known here), and nine were analysed. The start that was used on child records was not
    recovered.

    Returns
    -------
    pandas.DataFrame
        11 rows, one for each authority. Columns la_code (ONS), la_name, round1_2014_16 and round2_2017_19 (0 or 1),
        sofs_experience_at_autumn_2014 (in words; missing where it was in round 2 only), round1_start, round2_start (in
        words).

    Notes
    -----
    Source: facts read from public pages of the programme and of the consultancy.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> table = sb.datasets.pilots()
    >>> {column: int(table[column].sum()) for column in ("round1_2014_16", "round2_2017_19")}
    {'round1_2014_16': 10, 'round2_2017_19': 10}
    >>> both = table.query("round1_2014_16 + round2_2017_19 == 2")
    >>> len(both)
    9
    """
    return PILOTS.read({"round1_2014_16": "0 or 1", "round2_2017_19": "0 or 1"})


def neighbours() -> pd.DataFrame:
    """The ten statistical neighbours of each English authority, as the Department for Education listed them in 2021.

    The list is from April 2021, after both rounds of pilots: who is alike may itself have changed by then.

    Returns
    -------
    pandas.DataFrame
        1,560 rows, one for each authority and neighbour. Columns la_code, rank (1 is the nearest), neighbour_la_code,
        closeness (in words). Ready for `comparators.neighbours`.

    Notes
    -----
    Source: Department for Education. Contains public sector information licensed under the Open Government Licence
    v3.0.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> sb.datasets.neighbours().groupby("la_code").size().unique().tolist()
    [10]
    """
    return NEIGHBOURS.read({"rank": "1 is the nearest"})


def attributes() -> pd.DataFrame:
    """Region, deprivation and population of English local authorities.

    Returns
    -------
    pandas.DataFrame
        158 rows, one for each authority. Columns la_code (ONS), dfe_code, la_name, region, imd19_imd and imd15_imd
        (Index of Multiple Deprivation, mean score of the authority), imd19_idaci and imd15_idaci (income deprivation
        affecting children, share of children), population_0_17_2011, population_0_17_2015, population_0_17_2019
        (children).

    Notes
    -----
    Source: Ministry of Housing, Communities and Local Government; Office for National Statistics. Contains public
    sector information licensed under the Open Government Licence v3.0.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> sb.datasets.attributes().shape
    (158, 11)
    """
    index, share = "index, mean score", "share of children"
    units = {"imd19_imd": index, "imd15_imd": index, "imd19_idaci": share, "imd15_idaci": share}
    return ATTRIBUTES.read(units | {f"population_0_17_{year}": "children" for year in (2011, 2015, 2019)})


def ofsted() -> pd.DataFrame:
    """Ofsted's judgements of local authority children's services (ILACS), 2018 to 2025.

    Returns
    -------
    pandas.DataFrame
        271 rows, one for each inspection. Columns la_code (ONS), la_name, inspection_type, inspection_date (days),
        year (of that day), judgement (Outstanding, Good, Requires improvement to be good, Inadequate).

    Notes
    -----
    Source: Ofsted, through the Department for Education. Contains public sector information licensed under the Open
    Government Licence v3.0.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> table = sb.datasets.ofsted()
    >>> len(table), str(table["inspection_date"].min().date())[:4]
    (271, '2018')
    """
    return OFSTED.read({"inspection_date": "day", "year": "calendar year"}, parse_dates=["inspection_date"])
