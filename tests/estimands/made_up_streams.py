"""A fit that nobody fitted, with effects that vary by a column: draws set by hand, for tests of what is asked of it."""

import numpy as np

from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit, Health
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.posterior.draws import Draws


def made_up_streams(layout, by, effects, n_draws=500, seed=1):
    """Fit whose effect on the model's scale is ``effects`` (draw, stream), in every adopter and treated period."""
    rng = np.random.default_rng(seed)
    design = DiD(vary_by=by)
    problem = problem_of(design.model(layout), layout.cells)
    k, t = len(layout.adopters), layout.shape[1]
    treated = layout.treated[layout.adopters]
    effect = effects[None, :, None, :, None] * treated[None, None, :, None, :]
    theta = rng.normal(-1.2, 0.4, (1, len(effects), k, effects.shape[1], t))
    flat = (1, len(effects), k, effects.shape[1] * t)
    draws = Draws(
        hyper={"omega": np.full((1, len(effects)), 0.1), "sd_vary": rng.uniform(0.1, 0.2, (1, len(effects)))},
        shared={"mu_tau": np.full((1, len(effects), 1), 0.1)},
        own={"departure": np.zeros((1, len(effects), k))},
        beta=np.zeros((1, len(effects), problem.patterns.shape[1])),
        theta=theta.reshape(flat),
        effect=effect.reshape(flat),
        lead=np.zeros(flat),
        level_gap=np.zeros((1, len(effects))),
    )
    return Fit(layout, design, "fast", seed, problem, draws, Health(True, (), ()), (), (), None)
