"""Published figures of the authorities in which Signs of Safety was paid for in round 2, as a study of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sos_bayes.cli.study_text import keys, study_text
from sos_bayes.data import Rollout

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Signs of Safety pilots of round 2, on published figures of real authorities"
MEASURES = {"cpp_at_31_march": "child protection plans", "cla_at_31_march": "looked-after children"}
YEARS, START, ROUND_1 = range(2013, 2021), 2018, (2015, 2016)
NEAREST = 3
WORTHWHILE = "per = 10000\nworthwhile = 2.0  # a judgement, made before any result was seen"
NOTES = (
    "Published figures of authorities, not records of children: those are not public, and the start that the published "
    "evaluation used on them was not recovered.",
    "Ten authorities were funded in round 2, announced in July 2017. One of them dropped out; which one is not known, "
    "so all ten are taken. The year to March 2018 is the first with any of it.",
    "Nine of the ten had been in round 1: their years to March 2015 and 2016 are left out. The year to March 2017 "
    "counts as before, though what came with round 1 may have lasted. The pilot of round 1 alone is left out.",
    f"Comparators are the {NEAREST} nearest statistical neighbours of each pilot (a list of 2021, after the rollout). "
    "Many authorities used the practice in some form, which pulls estimates to zero.",
)


def write_authorities(folder: Path) -> Path:
    """Write ``authorities.csv``, figures of the pilots and of their nearest neighbours, and ``study.toml``.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    StudyError
        If the folder cannot be written to.
    """
    from sos_bayes.datasets.shipped import ATTRIBUTION
    from sos_bayes.reports.write import write_whole

    table, pilots = round_2()
    columns = {"path": "authorities.csv", "authority": "la_code", "period": "year", "name": "la_name"}
    data = {"kind": "authorities", **columns, "cluster": "region"}
    rollout = Rollout(dict.fromkeys(pilots, START))
    outcomes = [_outcome(measure, label) for measure, label in MEASURES.items()]
    text = study_text({"title": TITLE}, (*NOTES, f"{ATTRIBUTION}."), data, rollout, outcomes, names=pilots)
    write_whole(folder / "authorities.csv", table.to_csv(index=False, lineterminator="\n"))
    return write_whole(folder / "study.toml", text)


def round_2() -> tuple[pd.DataFrame, dict[str, str]]:
    """Figures of the pilots and of their nearest neighbours, and the pilots' names by code."""
    from sos_bayes.datasets import england, neighbours, pilots

    rounds = pilots()
    first, second = (rounds[rounds[name] == 1] for name in ("round1_2014_16", "round2_2017_19"))
    listed = neighbours()
    near = listed[listed["la_code"].isin(second["la_code"]) & (listed["rank"] <= NEAREST)]["neighbour_la_code"]
    table = england([*MEASURES], YEARS)
    own, alone = table["la_code"].isin(second["la_code"]), set(first["la_code"]) - set(second["la_code"])
    earlier = table["la_code"].isin(first["la_code"]) & table["year"].isin(ROUND_1)
    kept = (own | table["la_code"].isin(near)) & ~earlier & ~table["la_code"].isin(alone)
    return table[kept], dict(zip(second["la_code"], second["la_name"], strict=True))


def _outcome(measure: str, label: str) -> str:
    said = {"kind": "count", "label": label, "events": measure, "exposure": f"{measure}_of", "aim": "fewer"}
    return f"{keys({**said, 'denominator': 'population', 'missing': 'drop', 'unit': 'children'})}\n{WORTHWHILE}"
