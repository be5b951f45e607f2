"""The sampler's variables in PyTensor: the map to the readable model's in dense algebra, and its Jacobian."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.replace import graph_replace

from sos_bayes.designs.priors import HalfNormal, Normal
from tests.contracts.free_point import point_of


def oracle(problem, target, graph):
    """Function of the sampler's variables: PyMC's log density and its gradient by them, the Jacobian included.

    It computes what is written: rewriting the graph would take longer than all of its evaluations.
    """
    x = pt.dvector("x")
    named, log_det = plain_variables(problem, target, x)
    given = {value: named[value.name] for value in graph.value_vars}
    value = graph_replace(graph.logp(jacobian=False), given, strict=False) + log_det
    return pytensor.function([x], [value, pytensor.grad(value, x)], mode=Mode(linker="py", optimizer="merge"))


def plain_variables(problem, target, x):
    """Free variables of the readable model, as it holds them, and the log determinant of the map without constants."""
    model = problem.model
    q, n, n_a = target.around.own.shape
    d, m, p = len(target.centre), len(target.joint.mode), target.columns.shape[2]
    scores = pt.constant(target.centre) + pt.dot(target.root, x[:d])
    values, log_det = {}, 0.0
    for i, hyper in enumerate(model.hypers):
        values[hyper.name], more = of_score(hyper.prior, scores[i])
        log_det += more
    if model.residual is not None:  # of the variance over the score
        log_det += 2 * model.residual.width * values["within"]
    scalars = model.scalars(values, pt)
    z, more = coefficients(problem, target, x[d : d + m], scalars)
    log_det += more
    scale = [scalars[t.sd] if isinstance(t.sd, str) else t.sd for t in model.shared for _ in range(t.columns.shape[2])]
    scaled = z[:p] * pt.stack([pt.as_tensor(s) for s in scale])
    mean = pt.dot(model.shared_columns().reshape(n_a * n, p), scaled).reshape((n_a, n))
    own_noise = pt.set_subtensor(pt.zeros(q * n_a)[target.active], x[d + m : d + m + len(target.active)])
    noise = x[d + m + len(target.active) :].reshape((n, n_a)).T
    moved = z[p:] - target.joint.mode[p:]
    pull = target.linear.T - target.around.w.T * mean
    pull = pull - sum(target.cross[k].T * moved[k] for k in range(m - p))
    precision = shock_precision(model, scalars, n)
    w = pt.constant(target.around.w.T)
    root = pt.linalg.cholesky(precision + w[:, :, None] * np.eye(n))
    inverse = pt.linalg.inv(root)
    columns = pt.constant(target.around.own.transpose(2, 1, 0)) * pt.stack([scalars[t.sd] for t in model.by_authority])
    weighted = pt.matmul(inverse, w[:, :, None] * columns)
    inner = np.eye(q) + pt.matmul(columns.mT, w[:, :, None] * columns) - pt.matmul(weighted.mT, weighted)
    solved = pt.matmul(inverse, pull[:, :, None])
    right = pt.matmul(columns.mT, pull[:, :, None]) - pt.matmul(weighted.mT, solved)
    own_root = pt.linalg.cholesky(inner)
    back = pt.linalg.inv(own_root)
    drawn = pt.matmul(back.mT, pt.matmul(back, right) + own_noise.reshape((q, n_a)).T[:, :, None])
    shocks = pt.matmul(inverse.mT, solved - pt.matmul(weighted, drawn) + noise[:, :, None])[:, :, 0]
    log_det += -pt.log(diagonals(root)).sum() - pt.log(diagonals(own_root)).sum()
    named = point_of(model, values, z, [drawn[:, j, 0] for j in range(q)], pt)
    steps = pt.linalg.cholesky(precision[:, ::-1, ::-1])[:, ::-1, ::-1].mT  # upper root: R = U'U reversed is lower
    named["z_shock"] = pt.matmul(steps, shocks[:, :, None])[:, :, 0]
    return named, log_det + pt.log(diagonals(steps)).sum()


def diagonals(matrices):
    return pt.diagonal(matrices, axis1=1, axis2=2)


def of_score(prior, score):
    """Value at a score, and the log of its derivative."""
    if isinstance(prior, HalfNormal):
        value = np.sqrt(2) * pt.erfcinv(0.5 * pt.erfc(score / np.sqrt(2)))
        return prior.scale * value, 0.5 * (value**2 - score**2)
    if isinstance(prior, Normal):
        return prior.sd * score, 0.0
    return 0.5 * pt.erfc(-score / np.sqrt(2)), -0.5 * score**2


def coefficients(problem, target, noise, scalars):
    """Standardised shared and covariate coefficients: in blocks whose precision follows their sd, then the rest."""
    joint, names = target.joint, target.hypers.shared
    y, moved, log_det = [], [], 0.0
    for i in range(len(joint.mode)):
        if i >= len(names) or names[i] < 0:
            y.append(noise[i])
            moved.append(pt.zeros(()))
            continue
        s = scalars[problem.model.hypers[names[i]].name]
        precision = 1 + s**2 * joint.weight[i]
        y.append(s * joint.pull[i] / precision + noise[i] / pt.sqrt(precision))
        moved.append(s * y[-1] - joint.origin[i])
        log_det += -0.5 * pt.log(precision)
    return joint.base + pt.dot(joint.spread, pt.stack(y)) + pt.dot(joint.follow, pt.stack(moved)), log_det


def shock_precision(model, scalars, n):
    """Shocks' precision of every authority, dense, (A, n, n)."""
    shocks = model.shocks
    if shocks.walk:
        rho, start, sd = pt.constant(1.0), pt.constant(1.0), scalars["sd_shock"] * np.sqrt(shocks.years)
    else:
        rho = scalars["rho"] ** shocks.years
        start = 1 - rho**2
        sd = scalars["sd_shock"] * pt.sqrt(start / (1 - scalars["rho"] ** 2))
    steps = np.eye(n) - rho * np.eye(n, k=-1)
    steps = pt.set_subtensor(steps[0, 0], pt.sqrt(start))
    each = sd * pt.exp(scalars["log_adopter_scale"] * shocks.own_scale.astype(float))
    return pt.dot(steps.T, steps)[None] / each[:, None, None] ** 2
