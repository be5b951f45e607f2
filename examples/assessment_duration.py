"""How long assessments take: real medians and shares by authority, 2014 to 2022, round 2 of the Signs of Safety pilots.

Run: python examples/assessment_duration.py [--last 2022] [--start 2019] [--nearest 10] [--method nuts]

Published, on child records: no impact on duration. Those records are not public and their start was not recovered; an
authority's median in working days and its share done within 45 of them are (DfE, OGL v3.0). Years after March 2020 are
after the fieldwork and in the pandemic: left out unless asked for. A median is one plain number for each authority and
year: how far it scatters is learnt from how it moves. Years of round 1 (to March 2015 and 2016) are left out, so that
a pilot has two years before the start: 2014 and 2017.
"""

import argparse

import sos_bayes as sb

DAYS, IN_TIME = "assessment_duration_median", "assessments_within_45_days"
OUTCOMES = (
    sb.Continuous(DAYS, unit="working days", aim=sb.Aim.FEWER, worthwhile=2, label="median duration", missing="drop"),
    sb.Binary(IN_TIME, f"{IN_TIME}_of", aim=sb.Aim.MORE, worthwhile=0.02, label="assessed within 45 working days",
              denominator="by_practice", unit="assessments", missing="drop"),
)  # fmt: skip


def main(last: int = 2020, start: int = 2018, nearest: int = 10, method: str = "fast") -> None:
    """Print the median of each side by year, and the grades."""
    rounds = sb.datasets.pilots()
    first, second = (rounds[rounds[n] == 1]["la_code"] for n in ("round1_2014_16", "round2_2017_19"))
    every = table = sb.datasets.england([DAYS, IN_TIME], years=range(2014, last + 1))
    table = table[~(table["la_code"].isin(first) & table["year"].isin([2015, 2016]))]
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name", cluster="region")
    for outcome in OUTCOMES:
        years = table.dropna(subset=[outcome.events]).groupby("la_code")["year"].agg(["min", "max"])
        seen = set(years.query("min < @start <= max").index)
        for name in rounds[rounds["la_code"].isin(set(second) - seen)]["la_name"]:
            print(f"{outcome.label}: {name} is left out, for want of data before or after the start.")
        blind = set(first).union(second) - set(second).intersection(seen)
        rollout = sb.Rollout(dict.fromkeys(set(second) & seen, start), exclude=blind)
        keys = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
        listed = sb.comparators.neighbours(data, rollout, sb.datasets.neighbours(), **keys)
        if outcome.measured:
            for who, names in (("pilots", rollout.adopters), ("neighbours", listed.authorities)):
                mean = every[every["la_code"].isin(names)].groupby("year")[DAYS].mean()
                print(f"mean median, {who:>10}: " + ", ".join(f"{year} {days:.0f}" for year, days in mean.items()))
        fit = sb.fit(data, listed.rollout, outcome, method=method, seed=1)
        print(f"\n{sb.grade(sb.estimate(fit), sb.check(fit))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("last", 2020), ("start", 2018), ("nearest", 10)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default}")
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
