"""A peer of `synthetic`, run by an interpreter that has mlsynth: the same panel to least-squares weights.

Run with: python benchmarks/synthetic_mlsynth.py FOLDER

Its plain synthetic control. Prints one JSON object.
"""

import json
import os
import sys

os.environ.setdefault("MPLBACKEND", "Agg")

import pandas as pd
from mlsynth import VanillaSC


def main() -> None:
    """Fit, and read the average effect."""
    folder = sys.argv[1]
    with open(f"{folder}/rollout.json") as file:
        declared = json.load(file)
    rows = pd.read_parquet(f"{folder}/panel.parquet")
    rows["treated"] = ((rows["unit"] == declared["adopter"]) & (rows["year"] >= declared["start"])).astype(int)
    names = {"outcome": "y", "treat": "treated", "unitid": "unit", "time": "year"}
    found = VanillaSC({"df": rows, **names, "display_graphs": False}).fit()
    print(json.dumps({"mean": float(found.effects.att)}))


if __name__ == "__main__":
    main()
