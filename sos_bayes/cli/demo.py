"""The demonstration: a synthetic cohort and its study file, written as a user would have them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sos_bayes._core.errors import StudyError
from sos_bayes.data import Binary, Rollout

TITLE = "Demonstration on synthetic data: a practice model rolled out in nine authorities"


def write_demo(folder: Path) -> Path:
    """Write ``children.parquet`` and ``study.toml`` into a folder, made if it is not there.

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
    return write_whole(folder / "study.toml", study_file(made.outcomes, made.rollout, made.synthetic))


def study_file(outcomes: Iterable[Binary], rollout: Rollout, note: str) -> str:
    """Write the study file of the demonstration.

    Parameters
    ----------
    outcomes : iterable of Binary
    rollout : Rollout
    note : str
        Printed in the report.

    Returns
    -------
    str
        TOML text.
    """
    starts = "\n".join(f"{_quoted(name)} = {start}" for name, start in rollout.starts)
    parts = [
        f'[study]\ntitle = {_quoted(TITLE)}\nmethod = "fast"  # or "nuts": sampled\n'
        f"seed = 20180401\nnotes = [{_quoted(note)}]",
        '[data]\nkind = "children"\npath = "children.parquet"\nauthority = "authority"\nperiod = "period"',
        '[design]\nadjust = []  # columns to adjust for, such as "age_band" and "sex"; each pattern costs time',
        f"[rollout.starts]\n{starts}",
        *(_outcome(o) for o in outcomes),
    ]
    return "\n\n".join(parts) + "\n"


def _outcome(outcome: Binary) -> str:
    keys = {"kind": "binary", "label": outcome.label, "events": outcome.events, "among": outcome.among}
    more = {"denominator": outcome.denominator, "aim": outcome.aim.value}
    lines = [f"{k} = {_quoted(v)}" for k, v in {**keys, **more}.items() if v is not None]
    return "\n".join(["[[outcomes]]", *lines, f"worthwhile = {outcome.worthwhile}"])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
