"""The sampler's route: a whitened log density with its gradient, sampled by NUTS."""
