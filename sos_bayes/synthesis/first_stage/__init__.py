"""What untreated cells teach of weights and factors, sampled: the first stage."""
