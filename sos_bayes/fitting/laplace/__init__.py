"""The fast route: nested Laplace, with importance sampling over the hyperparameters."""
