"""The road from a parquet file to an answer, in the process that runs it, station by station.

Run with: python benchmarks/road.py FOLDER METHOD LAST

FOLDER is one that `made_up_cells.write_children` filled, METHOD nuts or fast, LAST the station to stop after. Prints
one JSON object: wall and CPU seconds of each station and of all, and what was found.
"""

import json
import sys
import time

figures: dict[str, list[float]] = {}
last = [time.perf_counter(), time.process_time()]
answer: dict[str, object] = {}


def station(name: str) -> None:
    """Close a station; the last one wanted ends the process."""
    now = [time.perf_counter(), time.process_time()]
    figures[name] = [now[0] - last[0], now[1] - last[1]]
    last[:] = now
    if name == sys.argv[3]:
        figures["all"] = [sum(each) for each in zip(*figures.values(), strict=True)]
        print(json.dumps({"seconds": figures, **answer}))
        sys.exit()


import sos_bayes as sb  # noqa: E402 (what comes before is the clock)

station("import")
folder, method = sys.argv[1:3]
with open(f"{folder}/rollout.json") as file:
    declared = json.load(file)
children = sb.read_cohort(f"{folder}/children.parquet", authority="authority", period="period")
rollout = sb.Rollout(declared["starts"])
outcome = sb.Binary("again", aim=sb.Aim.FEWER, worthwhile=0.01, label="made-up re-referral (synthetic)")
design = sb.DiD(adjust=tuple(declared["adjust"]))
station("read")
from sos_bayes.fitting import fit_layout, prepare_layout  # noqa: E402 (loaded where a caller would load it)

layout = prepare_layout(children, rollout, outcome, design)
station("collapse")
fit = fit_layout(layout, design, method=method)
answer["health"] = fit.health.ok
station("fit")
effect = sb.estimate(fit)
answer |= {"mean": effect.mean, "sd": effect.sd}
station("estimate")
checks = sb.check(fit)
station("check")
answer["grade"] = sb.grade(effect, checks).strength.value
station("grade")
