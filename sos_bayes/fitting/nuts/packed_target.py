"""The model around its mode as the sampler's compiled density reads it: as named arrays and as two flat ones.

A call from outside compiled code costs some fractions of a microsecond for every array that it hands over. Two flat
arrays are handed over and cut up inside.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.cellwise import CellwiseData
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.array_bundles import LaplaceFit, LatentField, PriorAtPoint
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.laplace.hyper_proposal import Proposal
from sos_bayes.fitting.nuts.coefficient_map import Joint, joint_of
from sos_bayes.fitting.nuts.conditional_whitening import GaussianLikelihood
from sos_bayes.fitting.nuts.hyper_transforms import Hypers, hypers_of
from sos_bayes.fitting.nuts.log_likelihood import SlotTable, slots_first
from sos_bayes.fitting.nuts.shared_shocks import Common, common_of, no_common, with_shocks_apart


class WhitenedModel(NamedTuple):
    """The model with the fixed numbers of its reparametrisation (the whitening); A authorities, n slots, slots first.

    Attributes
    ----------
    table : SlotTable
    hypers : Hypers
    around : GaussianLikelihood
    columns : ndarray (U, n, p)
        Shared columns of each ``kind`` (A,) of authority.
    active : ndarray of int
        Places in (q, A) of the own coefficients that there are.
    first, last : ndarray of int (n,)
        1 where a chain of shocks begins, and where it ends.
    adopts : ndarray (A,)
        1 where shocks have the adopters' scale.
    centre, root : ndarray (d,), (d, d)
        Of the hyperparameters' scores.
    joint : Joint
    linear, cross : ndarray (n, A), (k, n, A)
        Curvature times theta plus slope at the mode, and the cross curvature.
    common : Common
        Of the shocks that an authority's streams share.
    chained : tuple of int
        Where innovations of shocks that authorities share begin among the shared coefficients, how many make a chain,
        and where they end.
    """

    table: SlotTable
    hypers: Hypers
    around: GaussianLikelihood
    columns: Floats
    kind: Indices
    active: Indices
    first: Indices
    last: Indices
    adopts: Floats
    centre: Floats
    root: Floats
    joint: Joint
    linear: Floats
    cross: Floats
    common: Common
    chained: tuple[int, int, int]

    def __repr__(self) -> str:
        return shapes_only(self)


def target_of(
    problem: Problem, proposal: Proposal, field: LatentField, solved: LaplaceFit, prior: PriorAtPoint
) -> WhitenedModel:
    """Lay a problem out around the mode ``field``, with the Laplace approximation ``solved`` there.

    Both are given the hyperparameters at the centre of ``proposal``, as is the field's ``prior``.
    """
    hypers = hypers_of(problem.model)
    n = field.theta.shape[1]
    own = np.ascontiguousarray(problem.own.transpose(2, 1, 0))
    w = np.ascontiguousarray(solved.derivatives.curve.T)
    place = np.arange(n) % problem.chain
    linear = solved.derivatives.curve * field.theta + solved.derivatives.slope
    common = no_common(len(problem.kind))
    if hypers.noisy:
        prior = with_shocks_apart(prior)
    if problem.model.shocks.streams > 1 or hypers.noisy:
        mean = (prior.columns @ (prior.scale * field.z))[problem.kind]
        common = common_of(prior, own.shape[0], solved.derivatives.curve, linear - solved.derivatives.curve * mean)
    return WhitenedModel(
        table=slots_first(problem.counts),
        hypers=hypers,
        around=GaussianLikelihood(w, own, own * w, np.einsum("jta,ta,kta->jka", own, w, own)),
        columns=problem.columns,
        kind=problem.kind,
        active=np.flatnonzero(np.any(own != 0, axis=1)),
        first=(place == 0).astype(np.intp),
        last=(place == problem.chain - 1).astype(np.intp),
        adopts=problem.model.shocks.own_scale.astype(float),
        centre=proposal.centre,
        root=proposal.root,
        joint=joint_of(np.concatenate([field.z, field.beta]), solved.root @ solved.root.T, hypers.shared, prior.scale),
        linear=np.ascontiguousarray(linear.T),
        cross=np.ascontiguousarray(solved.derivatives.cross.transpose(2, 1, 0)),
        common=common,
        chained=problem.chained,
    )


def size_of(target: WhitenedModel) -> int:
    """How many variables are sampled."""
    own = len(target.active) + target.linear.size + target.common.mode.size
    return len(target.centre) + len(target.joint.mode) + own


def packed(target: WhitenedModel) -> tuple[Floats, Indices]:
    """Two flat arrays, of numbers and of whole numbers, from which `unpacked` gets the target back."""
    table, hypers, around = target.table, target.hypers, target.around
    q, n, n_a = around.own.shape
    u, _, p = target.columns.shape
    sizes = (n, n_a, len(table.by_pattern), len(table.patterns), len(target.centre), p, q, u, len(target.active),
             len(table.between), len(target.common.mode), len(table.places), int(len(table.single.events) > 0),
             len(table.single.more), len(table.single.large), len(table.single.values),
             int(len(table.single.spans) > 0))  # fmt: skip
    placed = (table.code, hypers.spread, hypers.shock, hypers.memory, hypers.adopter, hypers.dispersion,
              hypers.stream, *target.chained, hypers.noisy, hypers.noise)  # fmt: skip
    whole = (sizes, placed, hypers.kind, hypers.shared, hypers.own, target.kind, target.active, target.first,
             target.last, table.places, table.single.spans)  # fmt: skip
    numbers = (
        [hypers.years, table.fixed, table.filled, table.single.degrees], hypers.residual, table.gaps, table.between,
        table.bounds,
        *table.single[:7], table.by_cell, table.by_pattern, table.total, table.patterns, hypers.size, hypers.fixed,
        around.w, around.own, around.weighted, around.gram, target.columns, target.adopts, target.centre, target.root,
        *target.joint, target.linear, target.cross, *target.common,
    )  # fmt: skip
    return (
        np.concatenate([np.ravel(x) for x in numbers]).astype(float),
        np.concatenate([np.ravel(x) for x in whole]).astype(np.intp),
    )


@nb.njit(cache=True, **STRICT)
def unpacked(numbers, whole):  # type: ignore[no-untyped-def]
    """Cut two flat arrays into a `WhitenedModel`, without copying."""
    n, n_a, n_c, k, d = whole[0], whole[1], whole[2], whole[3], whole[4]
    p, q, u, each, n_gaps, chain = whole[5], whole[6], whole[7], whole[8], whole[9], whole[10]
    n_bounded, rows, n_more, n_large = whole[11], whole[12] * n * n_a, whole[13], whole[14]
    n_values, with_spans = whole[15], whole[16] * n * n_a
    i = 29
    kind = whole[i : i + d]
    i += d
    shared = whole[i : i + p]
    i += p
    own_of = whole[i : i + q]
    i += q
    kinds = whole[i : i + n_a]
    i += n_a
    active = whole[i : i + each]
    i += each
    first, last = whole[i : i + n], whole[i + n : i + 2 * n]
    i += 2 * n
    places = whole[i : i + n_bounded]
    i += n_bounded
    spans = whole[i : i + 2 * with_spans * n_c].reshape(with_spans, n_c, 2)
    i, b = 7, n * n_a
    gaps, between = numbers[i : i + n_gaps * k].reshape(n_gaps, k), numbers[i + n_gaps * k : i + n_gaps * (k + 1)]
    i += n_gaps * (k + 1)
    bounds = numbers[i : i + 4 * n_bounded].reshape(4, n_bounded)
    i += 4 * n_bounded
    events = numbers[i : i + rows * n_c].reshape(rows, n_c)
    i += rows * n_c
    logs = numbers[i : i + rows * n_c].reshape(rows, n_c)
    i += rows * n_c
    more, large = numbers[i : i + n_more], numbers[i + n_more : i + n_more + n_large]
    i += n_more + n_large
    times = numbers[i : i + n_large]
    i += n_large
    values, number = numbers[i : i + n_values], numbers[i + n_values : i + 2 * n_values]
    i += 2 * n_values
    single = CellwiseData(events, logs, more, large, times, values, number, spans, numbers[3])
    by_cell = numbers[i : i + b]
    i += b
    by_pattern = numbers[i : i + n_c]
    i += n_c
    total = numbers[i : i + b * n_c].reshape(b, n_c)
    i += b * n_c
    patterns = numbers[i : i + k * n_c].reshape(k, n_c)
    i += k * n_c
    size = numbers[i : i + d]
    i += d
    fixed = numbers[i : i + p]
    i += p
    w = numbers[i : i + b].reshape(n, n_a)
    i += b
    own = numbers[i : i + q * b].reshape(q, n, n_a)
    i += q * b
    weighted = numbers[i : i + q * b].reshape(q, n, n_a)
    i += q * b
    gram = numbers[i : i + q * q * n_a].reshape(q, q, n_a)
    i += q * q * n_a
    columns = numbers[i : i + u * n * p].reshape(u, n, p)
    i += u * n * p
    adopts = numbers[i : i + n_a]
    i += n_a
    centre, root = numbers[i : i + d], numbers[i + d : i + d + d * d].reshape(d, d)
    i += d + d * d
    m = p + k
    mode, base = numbers[i : i + m], numbers[i + m : i + 2 * m]
    i += 2 * m
    spread, follow = numbers[i : i + m * m].reshape(m, m), numbers[i + m * m : i + 2 * m * m].reshape(m, m)
    i += 2 * m * m
    joint = Joint(
        mode, base, spread, follow, numbers[i : i + m], numbers[i + m : i + 2 * m], numbers[i + 2 * m : i + 3 * m]
    )
    i += 3 * m
    linear = numbers[i : i + b].reshape(n, n_a)
    i += b
    cross = numbers[i : i + k * b].reshape(k, n, n_a)
    i += k * b
    common = Common(
        numbers[i : i + chain * n_a].reshape(chain, n_a),
        numbers[i + chain * n_a : i + chain * (chain + 1) * n_a].reshape(chain, chain, n_a),
    )
    table = SlotTable(
        whole[17], by_cell, by_pattern, total, patterns, gaps, between, numbers[1], numbers[2], places, bounds, single
    )
    hypers = Hypers(
        kind, size, whole[18], whole[19], whole[20], whole[21], shared, fixed, own_of, numbers[0], whole[22], whole[23],
        numbers[4:7], whole[27], whole[28],
    )  # fmt: skip
    around = GaussianLikelihood(w, own, weighted, gram)
    return WhitenedModel(
        table,
        hypers,
        around,
        columns,
        kinds,
        active,
        first,
        last,
        adopts,
        centre,
        root,
        joint,
        linear,
        cross,
        common,
        (whole[24], whole[25], whole[26]),
    )
