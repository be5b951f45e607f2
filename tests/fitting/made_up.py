"""A fit that nobody fitted: draws around a layout's own cells, for tests of what is asked of a fit."""

import numpy as np

from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit, Health
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.predictive.prior_draws import prior_draws


def made_up_fit(layout, n_draws, seed=1):
    """Fit with ``n_draws`` random draws in one chain; plausible in size, and no posterior of anything."""
    rng = np.random.default_rng(seed)
    design = DiD(adjust=layout.cells.columns)
    problem = problem_of(design.model(layout), layout.cells)
    k, t = len(layout.adopters), layout.shape[1]
    departure = rng.normal(0.0, 0.15, (1, n_draws, k))
    effect = (departure - 0.1)[..., None] * layout.treated[layout.adopters]
    draws = Draws(
        hyper={"omega": rng.uniform(0.1, 0.2, (1, n_draws))},
        shared={"mu_tau": rng.normal(-0.1, 0.05, (1, n_draws, 1))},
        own={"departure": departure},
        beta=rng.normal(0.0, 0.3, (1, n_draws, problem.patterns.shape[1])),
        theta=rng.normal(-1.2, 0.4, (1, n_draws, k, t)),
        effect=effect,
        lead=np.zeros((1, n_draws, k, t)),
        level_gap=np.zeros((1, n_draws)),
    )
    return Fit(layout, design, "fast", seed, problem, draws, Health(True, (), ()), (), (), None)


def healthy_draws(seed=0, chains=4, draws=1000):
    """Independent standard normal draws (chain, draw)."""
    return np.random.default_rng(seed).standard_normal((chains, draws))


def fit_of_the_prior(layout, design, n_draws=400, seed=1):
    """Fit whose draws are those of the prior: shapes and names of any design, and no posterior of anything."""
    problem = problem_of(design.model(layout), layout.cells)
    draws = prior_draws(problem, n_draws, seed).reported()
    return Fit(layout, design, "fast", seed, problem, draws, Health(True, (), ()), (), (), None)
