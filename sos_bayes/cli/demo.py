"""The demonstration: published figures of real authorities, and synthetic children, each as a user would have them."""

from __future__ import annotations

from pathlib import Path

from sos_bayes._core.errors import StudyError
from sos_bayes.cli.round_2 import write_authorities
from sos_bayes.cli.study_text import keys, study_text
from sos_bayes.data import Binary

TITLE = "Demonstration on synthetic data: a practice model rolled out in nine authorities"
DESIGN = 'adjust = []  # columns to adjust for, such as "age_band" and "sex"; each pattern costs time'


def write_demo(folder: Path) -> tuple[Path, Path]:
    """Write two studies with their tables, each into a folder of its own, made if it is not there.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    authorities, children : Path
        The study files: published figures of real authorities in ``authorities``, synthetic children in ``children``.

    Raises
    ------
    StudyError
        If the folder cannot be written to.
    """
    return write_authorities(folder / "authorities"), write_children(folder / "children")


def write_children(folder: Path) -> Path:
    """Write ``children.parquet``, synthetic children in nine pilots and 27 comparators, and ``study.toml``.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    StudyError
        If the folder cannot be written to.
    """
    from sos_bayes.reports.write import write_whole
    from sos_bayes.simulation import nine_pilots

    made = nine_pilots()
    held = folder / ".children.parquet.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made.children.to_parquet(held, index=False)
        held.replace(folder / "children.parquet")
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise StudyError(
            f"The demonstration's table could not be written: {why}.", where=str(folder), cure="Name another --out."
        ) from None
    finally:
        held.unlink(missing_ok=True)
    data = {"kind": "children", "path": "children.parquet", "authority": "authority", "period": "period"}
    outcomes = map(_outcome, made.outcomes)
    text = study_text({"title": TITLE}, (made.synthetic,), data, made.rollout, outcomes, design=DESIGN)
    return write_whole(folder / "study.toml", text)


def _outcome(outcome: Binary) -> str:
    said = {"kind": "binary", "label": outcome.label, "events": outcome.events, "among": outcome.among}
    more = {"denominator": outcome.denominator, "aim": outcome.aim.value}
    return f"{keys({**said, **more})}\nworthwhile = {outcome.worthwhile}"
