"""Checks of what the comparison takes for granted: parallel trends, and shocks of their own."""
