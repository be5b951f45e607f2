"""Rows of children: cohorts, covariates, windows of follow-up, and their sums."""
