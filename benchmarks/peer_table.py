"""The table likelihood inside a PyTensor graph, for the peer of the sampling benchmarks.

For a predictor that is a cell's value plus a pattern's, the log-likelihood needs events by cell and by pattern
and one sum over the table of totals. That sum and its gradient come from one compiled pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_default_op_cache_key

from sos_bayes.families.binomial import binomial_table
from sos_bayes.families.gaussian import gaussian_table
from sos_bayes.families.poisson import poisson_table

KERNELS = {"binomial": binomial_table, "poisson": poisson_table, "gaussian": gaussian_table}


class Table(Op):  # type: ignore[misc]
    """Minus the summed log-partition of a table of totals; outputs are the value and its two gradients.

    Inputs are theta (B,), shift (C,) and total (B, C). The total is data: no gradient flows to it.
    """

    __props__ = ("family",)

    def __init__(self, family: str) -> None:
        self.family = family

    def make_node(self, theta: Any, shift: Any, total: Any) -> Apply:
        """Bind the three inputs."""
        inputs = [pt.as_tensor_variable(x) for x in (theta, shift, total)]
        return Apply(self, inputs, [pt.dscalar(), pt.dvector(), pt.dvector()])

    def perform(self, node: Any, inputs: Any, outputs: Any) -> None:
        """Evaluate outside compiled graphs."""
        value, by_theta, by_shift = _evaluated(KERNELS[self.family], *inputs)
        outputs[0][0], outputs[1][0], outputs[2][0] = np.asarray(value), by_theta, by_shift

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Gradients that the same pass has found, times what comes from above."""
        above = cotangents[0]
        return [above * outputs[1], above * outputs[2], disconnected_type()]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        """The total is connected to nothing."""
        return [[True] * 3, [True] * 3, [False] * 3]

    def infer_shape(self, graph: Any, node: Any, shapes: Any) -> list[Any]:
        """Shapes of the outputs: those of the inputs."""
        return [(), shapes[0], shapes[1]]


def _evaluated(kernel: Any, theta: Any, shift: Any, total: Any) -> tuple[float, Any, Any]:
    by_theta, by_shift = np.empty(len(theta)), np.empty(len(shift))
    if len(shift) == 1:  # one column is one row: cells then run along the loop that vectorises
        value = kernel(shift, theta, np.ascontiguousarray(total).reshape(1, -1), by_shift, by_theta)
    else:
        value = kernel(theta, shift, total, by_theta, by_shift)
    return value, by_theta, by_shift


@register_funcify_default_op_cache_key(Table)  # type: ignore[untyped-decorator]
def _compiled(op: Table, node: Any, **_: Any) -> Any:
    kernel = KERNELS[op.family]

    @numba_njit
    def table(theta, shift, total):  # type: ignore[no-untyped-def]
        by_theta, by_shift = np.empty(theta.size), np.empty(shift.size)
        if shift.size == 1:
            value = kernel(shift, theta, np.ascontiguousarray(total).reshape((1, theta.size)), by_shift, by_theta)
        else:
            value = kernel(theta, shift, total, by_theta, by_shift)
        return np.asarray(value), by_theta, by_shift

    return table


def table_log_likelihood(family: str, theta: Any, shift: Any, by_cell: Any, by_pattern: Any, total: Any) -> Any:
    """Log-likelihood of a table of counts, without the constant that no parameter touches.

    Parameters
    ----------
    family : {"binomial", "poisson", "gaussian"}
        The last with residual variance one.
    theta : tensor (B,)
        Predictor of each cell, covariates aside.
    shift : tensor (C,)
        What each covariate pattern adds.
    by_cell, by_pattern : tensor (B,), (C,)
        Events summed over patterns and over cells.
    total : tensor (B, C)
        Trials or exposure.
    """
    return pt.dot(by_cell, theta) + pt.dot(by_pattern, shift) + Table(family)(theta, shift, total)[0]


def _negative_binomial(eta: Any, sd: Any, total: Any) -> Any:
    return pm.NegativeBinomial.dist(mu=total * pt.exp(eta), alpha=1.0 / sd**2)


def _beta_binomial(eta: Any, sd: Any, total: Any) -> Any:
    size = sd**-2
    return pm.BetaBinomial.dist(alpha=size * pt.sigmoid(eta), beta=size * pt.sigmoid(-eta), n=total)


SCATTERED = {"negative_binomial": _negative_binomial, "beta_binomial": _beta_binomial}


def scattered_log_likelihood(family: str, theta: Any, shift: Any, sd: Any, total: Any, events: Any) -> Any:
    """Log-likelihood of cells that scatter beyond a family's own noise, constant included, by PyMC's own density.

    Parameters
    ----------
    family : str
        A key of `SCATTERED`.
    theta, shift : tensor (B,), (C,)
        As in `table_log_likelihood`.
    sd : tensor
        Root of the dispersion.
    total, events : shared tensor (B, C)
        Cells without a total are left out.
    """
    filled = np.flatnonzero(total.get_value())
    eta = (theta[:, None] + shift).ravel()[filled]
    return pm.logp(SCATTERED[family](eta, sd, total.ravel()[filled]), events.ravel()[filled]).sum()
