"""Names of authorities: how they are written, which exist, and what became of them."""
