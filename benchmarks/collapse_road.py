"""Children in parquet files to cells through DuckDB, in the process that runs it; see `collapse.memory`.

Run with: python benchmarks/collapse_road.py FOLDER

Prints one JSON object: children and events counted, cells.
"""

import json
import sys

import duckdb

import sos_bayes as sb
from sos_bayes.data import collapse


def main() -> None:
    """Open and collapse."""
    outcome = sb.Binary("re_referred", aim=sb.Aim.FEWER, worthwhile=0.01, label="made-up re-referral (synthetic)")
    source = duckdb.read_parquet(f"{sys.argv[1]}/*.parquet")
    cells = collapse(sb.read_cohort(source, authority="authority", period="period"), outcome, ("age_band", "sex"))
    print(json.dumps({"children": cells.total.sum(), "events": cells.events.sum(), "cells": cells.total.size}))


if __name__ == "__main__":
    main()
