"""The likelihood of counts known by bounds inside a PyTensor graph: imported by the sampler's route only."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_default_op_cache_key

from sos_bayes.families.compiled import STRICT
from sos_bayes.families.intervals import interval_cumulants

CODES = {"binomial": 0, "poisson": 1}


@nb.njit(cache=True, **STRICT)  # type: ignore[untyped-decorator,unused-ignore]
def _evaluated(code, theta, total, low, high, sure, chance):  # type: ignore[no-untyped-def]
    """Summed log of the sums within the bounds, and the counts expected there, zero where ``low`` is below zero."""
    value, means = 0.0, np.zeros(theta.size)
    for b in range(theta.size):
        if low[b] >= 0.0:
            log_sum, mean, _, _, _ = interval_cumulants(code, theta[b], total[b], low[b], high[b], sure[b], chance[b])
            value += log_sum
            means[b] = mean
    return value, means


class Bounded(Op):  # type: ignore[misc]
    """Summed truncated cumulant generating functions of cells known by bounds, and their gradient.

    Inputs are theta, total, low, high, sure and chance, each (B,); cells with a ``low`` below zero have no bounds and
    add nothing.
    """

    __props__ = ("code",)

    def __init__(self, code: int) -> None:
        self.code = code

    def make_node(self, *inputs: Any) -> Apply:
        """Bind theta, total and what is known."""
        return Apply(self, [pt.as_tensor_variable(x) for x in inputs], [pt.dscalar(), pt.dvector()])

    def perform(self, node: Any, inputs: Any, outputs: Any) -> None:
        """Evaluate outside compiled graphs."""
        value, means = _evaluated(self.code, *inputs)
        outputs[0][0], outputs[1][0] = np.asarray(value), means

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """The gradient that the same pass has found, times what comes from above."""
        return [cotangents[0] * outputs[1], *(disconnected_type() for _ in inputs[1:])]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        """Totals and bounds are data."""
        return [[True] * 2, *([False] * 2 for _ in node.inputs[1:])]

    def infer_shape(self, graph: Any, node: Any, shapes: Any) -> list[Any]:
        """Shapes of the outputs: a number, and one for each cell."""
        return [(), shapes[0]]


@register_funcify_default_op_cache_key(Bounded)  # type: ignore[untyped-decorator]
def _compiled(op: Bounded, node: Any, **_: Any) -> Any:
    code = op.code

    @numba_njit
    def bounded(theta, total, low, high, sure, chance):  # type: ignore[no-untyped-def]
        value, means = _evaluated(code, theta, total, low, high, sure, chance)
        return np.asarray(value), means

    return bounded


def bounded_log_likelihood(family: str, theta: Any, total: Any, bounds: tuple[Any, ...]) -> Any:
    """What cells known by bounds add to a table in which they have no events.

    Parameters
    ----------
    family : {"binomial", "poisson"}
    theta : tensor (B,)
        Predictor of each cell.
    total : tensor (B,)
        Trials or exposure.
    bounds : tuple of tensor (B,)
        Low, high, sure and chance; a ``low`` below zero says that the count is known.
    """
    return Bounded(CODES[family])(theta, total, *bounds)[0]
