"""The sampler's variables as those of the PyMC model: a map from one to the other, and its Jacobian."""

import numpy as np

from sos_bayes.designs.priors import HalfNormal, Uniform
from sos_bayes.fitting.nuts.constrain import found_at
from sos_bayes.fitting.pymc.variables import WRITTEN, Written

EIGHTHS = ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0))  # of a derivative by central differences of order four


def free_point(problem, target, x):
    """Values of the PyMC model's free variables, as it holds them, at the sampler's ``x``."""
    found, model = found_at(target, x), problem.model
    values = dict(zip([h.name for h in model.hypers], found.values, strict=True))
    point = {}
    for hyper in model.hypers:
        point |= held(hyper, values[hyper.name], model)
    at = 0
    for term in model.shared:
        width = term.columns.shape[2]
        point |= held_shared(term, found.joint[at : at + width], found.scale[at : at + width])
        at += width
    point |= held_patterns(model, found.joint[len(found.scale) :])
    for k, term in enumerate(model.by_authority):
        name = WRITTEN.get(term.name, Written(term.name)).name
        point[f"z_{name}"] = found.room.own[k, term.members]
    return point | held_shocks(problem, target, found, values)


def held(hyper, value, model):
    if hyper.name == "within":
        return {"variance_within_log__": 2 * (model.residual.centre + model.residual.width * value)}
    if isinstance(hyper.prior, HalfNormal):
        return {f"{hyper.name}_log__": np.log(value)}
    if isinstance(hyper.prior, Uniform):
        return {f"{hyper.name}_interval__": np.log(value) - np.log1p(-value)}
    return {hyper.name: value}


def held_shared(term, joint, scale):
    """Of a term whose sd is a hyperparameter its standard normals, of others what is reported."""
    name, dims, sums = WRITTEN.get(term.name, Written(term.name))
    if term.chain:
        return {"z_cluster_shock": joint.reshape(-1, term.chain)}
    if term.name == "lag":
        return {"z_lag_step": joint}
    named = isinstance(term.sd, str)
    values = term.basis @ (joint if named else joint * scale)
    if name == "period_effect_by_stream":
        values = values.reshape(len(values) // _streams(term), -1)
    name = f"z_{name}" if named else name
    if sums:
        return {f"{name}_zerosum__": without_sums(values, sums)}
    return {name: values if dims else values[0]}


def without_sums(values, sums):
    """What PyMC holds of values that sum to zero over their last dimensions: one fewer along each."""
    for axis in range(values.ndim - sums, values.ndim):
        last = np.take(values, [-1], axis)
        values = np.delete(values, -1, axis) - last / (1 + np.sqrt(values.shape[axis]))
    return values


def _streams(term):
    return len({label.rpartition(", ")[2] for label in term.labels})


def held_patterns(model, beta):
    point, k = {}, 0 if model.patterns is None else model.patterns.columns.shape[1]
    if k:
        point["covariate_effect"] = beta[:k] * model.patterns.sd
    if model.cutpoints is not None:
        minus_cuts = model.cutpoints.basis @ beta[k:] * model.cutpoints.sd
        point["cutpoint_gap_log__"] = np.log(-np.diff(minus_cuts))
    return point


def held_shocks(problem, target, found, values):
    """Standard normals behind every kind of shock."""
    term, (n, n_a) = problem.model.shocks, found.theta.shape
    rho, start, root = found.scalars[7], found.scalars[8], np.sqrt(found.unit)
    steps = found.room.shock.copy()
    for t in range(n):
        steps[t] = np.sqrt(start) * steps[t] if target.first[t] else steps[t] - rho * found.room.shock[t - 1]
    alone = (steps * root).T.reshape(n_a, -1, problem.chain)
    if term.noisy:
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
