"""Bayesian evaluation of staggered rollouts in children's social care."""
