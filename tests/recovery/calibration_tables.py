"""From rows of a calibration to its summary (a small CSV that is kept) and the tables of two pages."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from tests.recovery.settings_worlds import SETTINGS, Setting

DOCS = Path(__file__).resolve().parents[2] / "docs" / "explanation"
SUMMARY = "calibration.csv"
COMPARISON_HOLDS = ("exchangeable", "effects", "scales")  # groups of the first page; all others stand on the second
PAGES = {"operating_characteristics.md": False, "worlds_that_break_it.md": True}
BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
HIGH_LIMIT = 0.015
COVERS = (0.86, 0.94)
MODERATE = ("moderate", "high")

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
        "moderate_or_high": sum(g in MODERATE for g in graded),
        "high": graded.count("high"),
        "wrong_side": len(wrong),
    }
    found |= {f"covered_{k}": sum(r[f"covered_{k}"] for r in answered) for k in (50, 90, 95)}
    n = max(len(answered), 1)
    found["bias"] = float(f"{error.mean():.5g}") if len(error) else ""
    found["bias_error"] = float(f"{error.std(ddof=1) / np.sqrt(n):.3g}") if len(error) > 1 else ""
    found["mean_sd"] = float(f"{np.mean([r['sd'] for r in answered]):.4g}") if answered else ""
    found["stopped_by"] = _guards(held)
    for key in ("seconds_headline", "seconds"):
        found[key] = round(float(np.mean([r[key] for r in answered])), 2) if answered else ""
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
    by_name: dict[str, Rows] = {name: [] for name in SETTINGS}
    for row in rows:
        if row["setting"] in by_name:
            by_name[row["setting"]].append(row)
    summary = [summarised(name, some) for name, some in by_name.items() if some]
    if not summary:
        return "No replicates of this version of the rule: nothing written."
    with (docs / SUMMARY).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(summary[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(summary)
    for page, worlds in PAGES.items():
        chosen = [r for r in summary if (r["group"] not in COMPARISON_HOLDS) == worlds]
        _between(docs / page, table(chosen, before=worlds) if chosen else "Not run yet.")
    failing = [f"{r['setting']}: {'; '.join(m)}" for r in summary if (m := missed(SETTINGS[r["setting"]], r))]
    waiting = [name for name, some in by_name.items() if not some]
    words = [f"{len(summary) - len(failing)} of {len(summary)} settings hold all their targets.", *failing]
    return "\n".join(words + ([f"Not run: {', '.join(waiting)}."] if waiting else []))


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
            f"{row['bias']} ({row['bias_error']})",
            str(row["stopped_by"]).replace(":", " ").replace("_", " ") if not setting.null else "",
            _target(setting, row),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _target(setting: Setting, row: dict[str, Any]) -> str:
    asked = setting.limit is not None or setting.covers or setting.power is not None
    return "; ".join(missed(setting, row)) or ("holds" if asked else "none")


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
