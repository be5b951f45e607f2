"""The same model in PyMC's words: to be read, and to hold the sampler's own density against."""
