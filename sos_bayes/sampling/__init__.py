"""nutpie's NUTS as every sampled model uses it: settings, runs, and C functions by address."""
