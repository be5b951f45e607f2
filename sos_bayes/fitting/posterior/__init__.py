"""Posterior draws and what is asked of them, whichever route made them."""
