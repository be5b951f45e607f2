"""From what untreated cells predict to effects, exact and without a sampler."""
