"""How the likelihoods' loops are compiled."""

from __future__ import annotations

from typing import Any

# sums may be reordered and products contracted, which lets loops vectorise; infinities and NaN keep their meaning
FAST: dict[str, Any] = {"fastmath": {"contract", "reassoc", "nsz", "arcp"}, "error_model": "numpy"}
# loops whose order of sums is kept: their numbers are then the same whichever process compiled them, and wherever in
# memory their arrays lie, by which a loop that may reorder picks one of two paths when it runs
STRICT: dict[str, Any] = {"error_model": "numpy"}
LARGEST = 300.0  # of a predictor's parts, so that the product of their exponentials stays finite
