"""What authorities belong to: a region, or the authority above an area. Their shocks may be shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sos_bayes._core.errors import DataError
from sos_bayes.data.authorities.panel import Panel
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.england import region_of
from sos_bayes.data.frames.keys import REGION, authority_text
from sos_bayes.data.frames.table import collected, plain_value

SHOWN = 3
MOST = 0.8  # of the authorities that must be English ones for regions to be offered


def clusters_on(data: Cohort | Panel, authorities: Sequence[str], names: Sequence[str]) -> tuple[str, ...] | None:
    """What each of ``authorities`` belongs to, as the data say; None where no cluster was named.

    Parameters
    ----------
    data : Cohort or Panel
    authorities, names : sequence of str
        Length A, in the order of the cells.

    Raises
    ------
    DataError
        If an authority belongs to none, or to two.
    """
    if data.cluster is None:
        return None
    if data.cluster not in data.table.frame.collect_schema().names():
        return _english(authorities, names)
    pairs = collected(data.table.plain([data.authority, data.cluster]).frame.unique([data.authority, data.cluster]))
    clusters: dict[str, set[str | None]] = {}
    for authority, cluster in zip(pairs[data.authority].to_list(), pairs[data.cluster].to_list(), strict=True):
        whole = plain_value(authority)
        if whole is None:
            continue
        value = plain_value(cluster)
        clusters.setdefault(authority_text(whole, data.authority), set()).add(None if value is None else str(value))
    return _one_each(clusters, authorities, data.cluster)


def _one_each(clusters: Mapping[str, set[str | None]], authorities: Sequence[str], column: str) -> tuple[str, ...]:
    many = [a for a in authorities if len(clusters[a] - {None}) > 1]
    none = [a for a in authorities if not clusters[a] - {None}]
    for what, some in (("more than one cluster", many), ("no cluster", none)):
        if some:
            raise DataError(
                f"{len(some):,} of {len(authorities):,} authorities have {what}: {_listed(some)}.",
                where=f'cluster, column "{column}"',
                why="Whose shocks an authority shares must be known for all its periods.",
                cure="Give every authority one cluster, the same in all rows.",
            )
    return tuple(str(next(iter(clusters[a] - {None}))) for a in authorities)


def _english(authorities: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Published regions of English authorities, where the table has no such column."""
    regions = [region_of(a, name) for a, name in zip(authorities, names, strict=True)]
    unknown = [a for a, region in zip(authorities, regions, strict=True) if region is None]
    if unknown:
        raise DataError(
            f'There is no column "{REGION}", and {len(unknown):,} of {len(authorities):,} authorities are not known as '
            f"English ones: {_listed(unknown)}.",
            where=f'cluster="{REGION}"',
            cure="Name a column of the table; published regions are known for English codes (E0...) and names.",
        )
    return tuple(str(region) for region in regions)


def offered(authorities: Sequence[str], names: Sequence[str]) -> bool:
    """Whether regions of these authorities are known, so that ``cluster="region"`` can be offered."""
    known = sum(region_of(a, name) is not None for a, name in zip(authorities, names, strict=True))
    return known >= MOST * len(authorities)


def _listed(authorities: Sequence[str]) -> str:
    return ", ".join(f'"{a}"' for a in authorities[:SHOWN]) + (", ..." if authorities[SHOWN:] else "")
