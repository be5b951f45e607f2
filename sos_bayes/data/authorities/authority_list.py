"""Which authorities a table has, before anything in it is counted."""

from __future__ import annotations

from sos_bayes._core.sealed import sealed
from sos_bayes.data.authorities.authority_rows import display_names
from sos_bayes.data.authorities.panel import Panel, panel_keys
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.frames.keys import authority_text, missing_key
from sos_bayes.data.frames.table import collected, factorise


@sealed
def authorities_of(data: Cohort | Panel) -> dict[str, str]:
    """Authorities of a table, sorted, each with its display name.

    Parameters
    ----------
    data : Cohort or Panel

    Returns
    -------
    dict of str to str
        The authority as the data write it, to the name that reports print.

    Raises
    ------
    DataError
        If a row has no authority.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.data import read_panel
    >>> table = pd.DataFrame({"la": ["E2", "E1"], "name": ["York", "Leeds"], "year": [2014, 2014]})
    >>> authorities_of(read_panel(table, authority="la", period="year", name="name"))
    {'E1': 'Leeds', 'E2': 'York'}
    """
    if isinstance(data, Panel):
        keys = panel_keys(data)
        return dict(zip(keys.authorities, display_names(data, keys)[0], strict=True))
    frame = data.table.plain([data.authority]).frame
    _, names = factorise(collected(frame.unique(data.authority))[data.authority])
    if None in names:
        raise missing_key(data.authority, 1, len(names), "")
    texts = sorted(authority_text(value, data.authority) for value in names)
    return dict(zip(texts, texts, strict=True))
