"""The library's variables as those of the PyMC model, as it holds them: for numbers and for tensors alike."""

import numpy as np

from sos_bayes.designs.priors import HalfNormal, Uniform
from sos_bayes.fitting.nuts.constrain import constrained_at
from sos_bayes.fitting.pymc.names import WRITTEN, Written

EIGHTHS = ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0))  # of a derivative by central differences of order four


def point_of(model, values, joint, own, xp=np):
    """Values of the free variables but the shocks', by name; ``xp`` is numpy or pytensor.tensor.

    ``values`` are hyperparameters by name, ``joint`` the standardised coefficients of shared terms, of covariates and
    of cutpoints, ``own`` those of authorities by term.
    """
    point, at = {}, 0
    for hyper in model.hypers:
        point |= held(hyper, values[hyper.name], model, xp)
    for term in model.shared:
        width = term.columns.shape[2]
        point |= held_shared(term, joint[at : at + width], xp)
        at += width
    k = 0 if model.patterns is None else model.patterns.columns.shape[1]
    if k:
        point["covariate_effect"] = joint[at : at + k] * model.patterns.sd
    if model.cutpoints is not None:
        falls = model.cutpoints.sd * -np.diff(model.cutpoints.basis, axis=0)
        point["cutpoint_gap_log__"] = xp.log(xp.dot(falls, joint[at + k :]))
    for term, drawn in zip(model.by_authority, own, strict=True):
        point[f"z_{WRITTEN.get(term.name, Written(term.name)).name}"] = drawn[term.members]
    return point


def held(hyper, value, model, xp):
    if hyper.name == "within":
        return {"variance_within_log__": 2 * (model.residual.centre + model.residual.width * value)}
    if isinstance(hyper.prior, HalfNormal):
        return {f"{hyper.name}_log__": xp.log(value)}
    if isinstance(hyper.prior, Uniform):
        return {f"{hyper.name}_interval__": xp.log(value) - xp.log1p(-value)}
    return {hyper.name: value}


def held_shared(term, joint, xp):
    """Of a term whose sd is a hyperparameter its standard normals, of others what is reported."""
    name, dims, sums = WRITTEN.get(term.name, Written(term.name))
    if term.chain:
        return {"z_cluster_shock": joint.reshape((-1, term.chain))}
    if term.name == "lag":
        return {"z_lag_step": joint}
    named = isinstance(term.sd, str)
    basis = term.basis if named else term.sd * term.basis
    name = f"z_{name}" if named else name
    if sums == 2:
        streams = len({label.rpartition(", ")[2] for label in term.labels})
        values = xp.dot(basis, joint).reshape((len(basis) // streams, streams))
        return {f"{name}_zerosum__": xp.dot(xp.dot(dropping(len(basis) // streams), values), dropping(streams).T)}
    if sums:  # of one block, or of several, each of which sums to zero over its last dimension
        blocks = len(basis) - basis.shape[1]
        values = xp.dot(basis, joint).reshape((blocks, -1))
        free = xp.dot(values, dropping(len(basis) // blocks).T)
        return {f"{name}_zerosum__": free if len(dims) > 1 else free[0]}
    values = xp.dot(basis, joint)
    return {name: values if dims else values[0]}


def dropping(n):
    """Map (n - 1, n) from values that sum to zero to what PyMC holds of them."""
    return np.column_stack([np.eye(n - 1), np.full(n - 1, -1 / (1 + np.sqrt(n)))])


def free_point(problem, target, x):
    """Values of the PyMC model's free variables at the sampler's ``x``."""
    found, model = constrained_at(target, x), problem.model
    values = dict(zip([h.name for h in model.hypers], found.values, strict=True))
    return point_of(model, values, found.joint, found.workspace.own) | held_shocks(problem, target, found)


def held_shocks(problem, target, found):
    """Standard normals behind every kind of shock."""
    term, (n, n_a) = problem.model.shocks, found.theta.shape
    rho, start, steps = found.scalars[7], found.scalars[8], found.workspace.shock.copy()
    for t in range(n):
        steps[t] = np.sqrt(start) * steps[t] if target.first[t] else steps[t] - rho * found.workspace.shock[t - 1]
    alone = (steps * np.sqrt(found.unit)).T.reshape(n_a, -1, problem.chain)
    if term.noisy and term.streams == 1:
        return {"z_shock": found.innovations.T, "z_noise": alone[:, 0]}
    if term.streams > 1:
        return {"z_shock": found.innovations.T, "z_stream_shock": alone}
    return {"z_shock": alone[:, 0]}


def log_jacobian(problem, target, x, step=1e-3):
    """Log determinant of the map at ``x``, by central differences."""

    def flat(at):
        return np.concatenate([np.ravel(v) for v in free_point(problem, target, at).values()])

    rows = [sum(w * flat(x + i * step * e) for i, w in EIGHTHS) / (12 * step) for e in np.eye(len(x))]
    assert len(rows) == len(rows[0])
    return np.linalg.slogdet(np.array(rows))[1]
