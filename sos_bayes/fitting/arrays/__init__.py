"""A model and its cells as the flat arrays that compiled loops read."""
