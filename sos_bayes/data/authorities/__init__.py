"""Rows of authorities and periods: panels, who is in them, and what they do not cover."""
