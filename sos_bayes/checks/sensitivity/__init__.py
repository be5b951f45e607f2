"""Checks of what the answer hangs on: one part exchanged, everything else the same."""
