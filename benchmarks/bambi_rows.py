"""The peer of `whole_process.bambi`, run by an interpreter that has bambi: child rows to an ATT.

Run with: python benchmarks/bambi_rows.py FOLDER

The closest model that a formula gives: levels of adopters and of the time after, their interaction, covariates, and
normal effects of authorities and of authority-by-period cells; bambi's own priors and its default sampler, 4 chains
of 1,000 draws. Prints one JSON object: mean and sd of the average effect on the treated rows.
"""

import json
import sys

import bambi as bmb
import pandas as pd


def main() -> None:
    """Fit, and average the difference of the treated rows' risks with and without."""
    folder = sys.argv[1]
    with open(f"{folder}/rollout.json") as file:
        declared = json.load(file)
    rows = pd.read_parquet(f"{folder}/children.parquet")
    starts = rows["authority"].map(declared["starts"])
    rows["ever"] = starts.notna().astype(int)
    rows["after"] = (rows["period"] >= min(declared["starts"].values())).astype(int)
    rows["treated"] = (rows["period"] >= starts).astype(int)
    rows["cell"] = rows["authority"] + " " + rows["period"].astype(str)
    terms = ["ever", "after", "treated", *declared["adjust"], "(1|authority)", "(1|cell)"]
    model = bmb.Model("again ~ " + " + ".join(terms), rows, family="bernoulli")
    fitted = model.fit(draws=1000, chains=4, random_seed=1, progressbar=False)
    treated = rows[rows["treated"] == 1]
    risks = []
    for value in (1, 0):
        model.predict(fitted, kind="response_params", data=treated.assign(treated=value))
        risks.append(fitted["posterior"]["p"].mean("__obs__").values)
    effect = risks[0] - risks[1]
    print(json.dumps({"mean": float(effect.mean()), "sd": float(effect.std())}))


if __name__ == "__main__":
    main()
