"""From rows of a calibration to its summary (a small CSV that is kept) and the tables of two pages.

The summary is additive: counts and sums of a setting's first seeds. Later runs begin behind them and are added, so that
a long calibration can be made in many short runs, on whatever machine, without its rows.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from sos_bayes.evidence import SOS_DEFAULT
from tests.recovery.settings_worlds import SETTINGS, Setting

DOCS = Path(__file__).resolve().parents[2] / "docs" / "explanation"
SUMMARY = "calibration.csv"
COMPARISON_HOLDS = ("exchangeable", "effects", "scales")  # groups of the first page; all others stand on the second
PAGES = {"operating_characteristics.md": False, "worlds_that_break_it.md": True}
BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
RULE = f"{SOS_DEFAULT.name} {SOS_DEFAULT.version}"
NINE = ("base", "no memory", "large slow shocks", "large slow t4 shocks", "adopters' shocks x2", "four adopters")
NINE += ("staggered starts", "rare, few children", "counts")  # null settings with several adopters among many
HIGH_LIMIT = 0.015
COVERS = (0.86, 0.94)
MODERATE = ("moderate", "high")

ADDED = ("replicates", "answered", "unhealthy", "declared", "low_or_more", "moderate_or_high", "high", "wrong_side")
ADDED += ("covered_50", "covered_90", "covered_95")
MEANS = ("mean_sd", "seconds_headline", "seconds")  # over replicates that were answered

type Rows = list[dict[str, Any]]


def upper(events: int, trials: int) -> float:
    """One-sided 95 % upper limit of a rate (Clopper and Pearson)."""
    return 1.0 if events >= trials else float(beta.ppf(0.95, events + 1, trials - events))


def lower(events: int, trials: int) -> float:
    """One-sided 95 % lower limit of a rate (Clopper and Pearson)."""
    return 0.0 if events == 0 else float(beta.ppf(0.05, events, trials - events + 1))


def summarised(name: str, rows: Rows) -> dict[str, Any]:
    """Counts and means of one setting. Replicates that gave no answer count as not graded, and not for intervals."""
    answered = [r for r in rows if "error" not in r]
    sign = [max(r["p_positive"], 1 - r["p_positive"]) for r in answered]
    error = np.array([r["mean"] - r["truth"] for r in answered])
    graded = [r["strength"] for r in rows]
    wrong = [r for r in answered if r["strength"] in MODERATE and (r["p_positive"] > 0.5) != (r["truth"] > 0)]
    held = [r["held_by"] for r in answered if r["strength"] not in MODERATE]
    found: dict[str, Any] = {
        "setting": name,
        "group": SETTINGS[name].group,
        "rule": rows[0]["rule"],
        "commits": " ".join(sorted({r.get("commit", "") for r in rows})),
        "first_seed": SETTINGS[name].first_seed,
        "replicates": len(rows),
        "answered": len(answered),
        "unhealthy": sum(not r["healthy"] for r in rows),
        "declared": sum(p >= 0.975 for p in sign),
        "low_or_more": sum(g != "none" for g in graded),
        "moderate_or_high": sum(g in MODERATE for g in graded),
        "high": graded.count("high"),
        "wrong_side": len(wrong),
    }
    found |= {f"covered_{k}": sum(r[f"covered_{k}"] for r in answered) for k in (50, 90, 95)}
    n = len(answered)
    found["bias"] = float(error.mean()) if n else 0.0
    found["bias_error"] = float(error.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    found["mean_sd"] = float(np.mean([r["sd"] for r in answered])) if n else 0.0
    found["stopped_by"] = _guards(held)
    for key in ("seconds_headline", "seconds"):
        found[key] = float(np.mean([r[key] for r in answered])) if n else 0.0
    return found


def kept(docs: Path, rule: str) -> dict[str, dict[str, Any]]:
    """Published summaries of this version of the rule, by setting."""
    file = docs / SUMMARY
    if not file.exists():
        return {}
    with file.open(newline="") as lines:
        return {row["setting"]: _read(row) for row in csv.DictReader(lines) if row["rule"] == rule}


def _read(row: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = dict(row)
    found |= {key: int(row[key]) for key in (*ADDED, "first_seed")}
    return found | {key: float(row[key]) for key in ("bias", "bias_error", *MEANS)}


def together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Summary of the replicates of two summaries of one setting."""
    n, m = one["answered"], other["answered"]
    whole = max(n + m, 1)
    found = one | {key: one[key] + other[key] for key in ADDED}
    found |= {key: (n * one[key] + m * other[key]) / whole for key in ("bias", *MEANS)}
    squares = _squares(one) + _squares(other) + n * m / whole * (one["bias"] - other["bias"]) ** 2
    found["bias_error"] = float(np.sqrt(squares / (whole * max(whole - 1, 1))))
    counts = Counter(_counted(one["stopped_by"])) + Counter(_counted(other["stopped_by"]))
    found["stopped_by"] = " ".join(f"{name}:{counts[name]}" for name in sorted(counts))
    found["commits"] = " ".join(sorted({*one["commits"].split(), *other["commits"].split()}))
    return found


def _squares(row: dict[str, Any]) -> float:
    """Sum of squared distances from the mean, from the error of the mean."""
    n = row["answered"]
    return float(row["bias_error"] ** 2 * n * (n - 1))


def _counted(guards: str) -> dict[str, int]:
    return {name: int(count) for name, count in (one.split(":") for one in guards.split())}


def following(rows: Rows, first: int) -> Rows:
    """Rows of one setting from a seed on, without a gap: what lies behind a missing seed waits for it."""
    by_seed = {row["seed"]: row for row in rows}
    found = []
    while first in by_seed:
        found.append(by_seed[first])
        first += 1
    return found


def _guards(held: list[list[str]]) -> str:
    """How many replicates each line of the rule held below moderate, those held by several counted for each."""
    names = sorted({name for lines in held for name in lines})
    return " ".join(f"{name}:{sum(name in lines for lines in held)}" for name in names)


def missed(setting: Setting, row: dict[str, Any]) -> list[str]:
    """Targets that do not hold; none where all do."""
    n, answered, found = int(row["replicates"]), int(row["answered"]), []
    graded, high, covered = (int(row[k]) for k in ("moderate_or_high", "high", "covered_90"))
    if setting.limit is not None and upper(graded, n) > setting.limit:
        found.append(f"moderate or better: limit {_percent(upper(graded, n))}, not {_percent(setting.limit)}")
    if setting.limit is not None and upper(high, n) > HIGH_LIMIT:
        found.append(f"high: limit {_percent(upper(high, n))}, not {_percent(HIGH_LIMIT)}")
    if setting.power is not None and graded / n < setting.power:
        found.append(f"power {_percent(graded / n)}, not {_percent(setting.power)}")
    if setting.covers and not (answered and COVERS[0] <= covered / answered <= COVERS[1]):
        found.append(f"90 % intervals cover {_percent(covered / max(answered, 1))}")
    if n < setting.replicates:
        found.append(f"only {n} of {setting.replicates:,} replicates yet")
    return found


def write_tables(rows: Rows, docs: Path = DOCS) -> str:
    """Write the summary and the tables between the pages' markers; the targets that do not hold, in words."""
    summary = summaries(rows, docs)
    if not summary:
        return "No replicates of this version of the rule: nothing written."
    with (docs / SUMMARY).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(summary[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(_written(row) for row in summary)
    for page, worlds in PAGES.items():
        chosen = [r for r in summary if (r["group"] not in COMPARISON_HOLDS) == worlds]
        text = table(chosen, before=worlds) if chosen else "Not run yet."
        _between(docs / page, text if worlds else f"{all_nine(summary)}\n\n{text}")
    failing = [f"{r['setting']}: {'; '.join(m)}" for r in summary if (m := missed(SETTINGS[r["setting"]], r))]
    waiting = [name for name in SETTINGS if name not in {r["setting"] for r in summary}]
    words = [f"{len(summary) - len(failing)} of {len(summary)} settings hold all their targets.", *failing]
    return "\n".join(words + ([f"Not run: {', '.join(waiting)}."] if waiting else []))


def summaries(rows: Rows, docs: Path) -> list[dict[str, Any]]:
    """Published summaries with the rows that follow them, in the settings' order."""
    by_name: dict[str, Rows] = {name: [] for name in SETTINGS}
    for row in rows:
        if row["setting"] in by_name:
            by_name[row["setting"]].append(row)
    before, found = kept(docs, RULE), []
    for name, some in by_name.items():
        old = before.get(name)
        more = following(some, SETTINGS[name].first_seed + (old["replicates"] if old else 0))
        new = summarised(name, more) if more else None
        both = together(old, new) if old and new else old or new
        if both:
            found.append(both)
    return found


def all_nine(summary: Rows) -> str:
    """Say what chance alone does, over the nine settings in which nothing happened to several adopters among many."""
    rows = [r for r in summary if r["setting"].removeprefix("null: ") in NINE]
    n, answered = (sum(r[key] for r in rows) for key in ("replicates", "answered"))
    if not n:
        return "None of the nine settings in which nothing happened was run yet."
    low, moderate, high, covered = (
        sum(r[key] for r in rows) for key in ("low_or_more", "moderate_or_high", "high", "covered_90")
    )
    return (
        f"*All nine* settings in which nothing happened to four or more adopters of 40, {n:,} rollouts: low or better "
        f"{_percent(low / n)}, moderate or high {_percent(moderate / n)}, high {_percent(high / n)}; 90 % intervals "
        f"cover in {_percent(covered / max(answered, 1))}."
    )


def _written(row: dict[str, Any]) -> dict[str, Any]:
    return {key: f"{value:.8g}" if isinstance(value, float) else value for key, value in row.items()}


def table(summary: Rows, before: bool) -> str:
    """Markdown: rates with their Monte Carlo error, one-sided upper limits in square brackets."""
    heads = ["world" if before else "setting", *(["before"] if before else [])]
    heads += [
        "replicates",
        "declared",
        "moderate or high",
        "high",
        "90 % interval covers",
        "bias (error)",
        "held below moderate by",
        "target",
    ]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in summary:
        setting, n = SETTINGS[row["setting"]], int(row["replicates"])
        answered = int(row["answered"])
        cells = [setting.name, *([setting.before or "not published"] if before else [])]
        cells += [
            f"{n:,}",
            _rate(int(row["declared"]), answered),
            f"{_rate(int(row['moderate_or_high']), n)} [{_percent(upper(int(row['moderate_or_high']), n))}]",
            f"{_rate(int(row['high']), n)} [{_percent(upper(int(row['high']), n))}]",
            _rate(int(row["covered_90"]), answered),
            f"{row['bias']:.3g} ({row['bias_error']:.2g})",
            str(row["stopped_by"]).replace(":", " ").replace("_", " ") if not setting.null else "",
            _target(setting, row),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _target(setting: Setting, row: dict[str, Any]) -> str:
    asked = setting.limit is not None or setting.covers or setting.power is not None
    if not asked:
        return "none"
    if int(row["replicates"]) < setting.replicates:
        return "; ".join(missed_already(setting, row)) or "not decided yet"
    return "; ".join(missed(setting, row)) or "holds"


def missed_already(setting: Setting, row: dict[str, Any]) -> list[str]:
    """Targets that chance no longer explains to be missed, with fewer replicates than are asked for."""
    n, answered = int(row["replicates"]), int(row["answered"])
    graded, high, covered = (int(row[key]) for key in ("moderate_or_high", "high", "covered_90"))
    told = {
        "moderate or better": setting.limit is not None and lower(graded, n) > setting.limit,
        "high": setting.limit is not None and lower(high, n) > HIGH_LIMIT,
        "power": setting.power is not None and upper(graded, n) < setting.power,
        "90 % intervals": setting.covers
        and (upper(covered, answered) < COVERS[0] or lower(covered, answered) > COVERS[1]),
    }
    return [f"{what} missed already" for what, so in told.items() if so]


def _between(page: Path, text: str) -> None:
    """Put text between the markers of a page, which must be there once."""
    whole = page.read_text()
    if whole.count(BEGIN) != 1 or whole.count(END) != 1:
        raise ValueError(f"{page.name} needs the markers {BEGIN} and {END} once each.")
    head, rest = whole.split(BEGIN)
    page.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


def _rate(events: int, trials: int) -> str:
    if not trials:
        return "-"
    p = events / trials
    return f"{_percent(p)} ({100 * np.sqrt(p * (1 - p) / trials):.1f})"


def _percent(p: float) -> str:
    return f"{100 * p:.1f} %"
