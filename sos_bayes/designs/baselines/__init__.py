"""Numbers of authorities before the first start, which every period is adjusted for."""
