"""Value and gradient of the table likelihood, against ``pm.Binomial`` on the same cells compiled by PyTensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np
from measure import Line, interleaved, spent

from sos_bayes.families import binomial_table

SIZES = {"358k": (1200, 300), "7.7k": (240, 32)}
CHEAPER, NANOSECONDS = 15.0, 2.0
Side = Callable[[], tuple[float, Any, Any]]


def cells(rows: int, patterns: int, seed: int = 0) -> dict[str, Any]:
    """Made-up log-odds, shifts, trials and events of a table without empty cells."""
    rng = np.random.default_rng(seed)
    theta, shift = rng.normal(-1.5, 0.4, rows), rng.normal(0, 0.4, patterns)
    total = 1.0 + rng.poisson(27.0, (rows, patterns))
    events = rng.binomial(total.astype(int), 1 / (1 + np.exp(-(theta[:, None] + shift)))).astype(float)
    return {"theta": theta, "shift": shift, "total": total, "events": events}


@nb.njit
def value_and_gradient(theta, shift, total, by_cell, by_pattern, by_theta, by_shift):
    """Log-likelihood without its constant; fills its gradients in ``by_theta`` and ``by_shift``."""
    value = binomial_table(theta, shift, total, by_theta, by_shift)
    by_theta += by_cell
    by_shift += by_pattern
    return value + (by_cell * theta).sum() + (by_pattern * shift).sum()


def ours(table: dict[str, Any]) -> Side:
    """Give the library's side: sums of events once, then one pass a call."""
    theta, shift, total = table["theta"], table["shift"], table["total"]
    by_cell, by_pattern = table["events"].sum(axis=1), table["events"].sum(axis=0)
    by_theta, by_shift = np.empty_like(theta), np.empty_like(shift)

    def call() -> tuple[float, Any, Any]:
        value = value_and_gradient(theta, shift, total, by_cell, by_pattern, by_theta, by_shift)
        return value, by_theta, by_shift

    return call


def peer(table: dict[str, Any]) -> Side:
    """Give the side of PyMC: ``pm.Binomial`` over the table, value and gradient in one compiled function."""
    import pymc as pm
    import pytensor

    with pm.Model() as model:
        theta = pm.Flat("theta", shape=table["theta"].size)
        shift = pm.Flat("shift", shape=table["shift"].size)
        pm.Binomial("events", n=table["total"], logit_p=theta[:, None] + shift, observed=table["events"])
    values = [model.rvs_to_values[v] for v in (theta, shift)]
    function = pytensor.function(values, [model.logp(), *pytensor.grad(model.logp(), values)], mode="NUMBA")
    function.trust_input = True
    return lambda: function(table["theta"], table["shift"])


def agree(table: dict[str, Any]) -> None:
    """Stop where the two sides' gradients differ: then there is nothing to compare."""
    for mine, other in zip(ours(table)()[1:], peer(table)()[1:], strict=True):
        assert np.allclose(mine, other, rtol=1e-9, atol=1e-6), "the two sides disagree: no comparison"


def lines(pairs: int) -> tuple[Line, ...]:
    """One line for each size; CPU seconds decide, both sides are one thread."""
    found = []
    for name, (rows, patterns) in SIZES.items():
        table = cells(rows, patterns)
        agree(table)
        mine, other, size = ours(table), peer(table), rows * patterns
        times = max(1, 4_000_000 // size)
        both = interleaved(lambda: spent(mine, 4 * times), lambda: spent(other, times), pairs)  # noqa: B023
        nanoseconds = both.ours.cpu / size * 1e9
        found.append(
            Line(
                f"kernel {name} cells",
                f"{both.cpu:.1f} times cheaper, {nanoseconds:.2f} ns a cell",
                f">= {CHEAPER:.0f} times, <= {NANOSECONDS:.0f} ns a cell",
                both.cpu >= CHEAPER and nanoseconds <= NANOSECONDS,
                f"CPU decides; pm.Binomial {both.peer.cpu / size * 1e9:.1f} ns a cell; wall {both.wall:.1f} times",
            )
        )
    return tuple(found)
