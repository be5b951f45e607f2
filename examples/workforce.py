"""Turnover, vacancies, agency workers, absence and caseload of social workers: round 2 of the Signs of Safety pilots.

Run: python examples/workforce.py [MEASURE ...] [--last 2025] [--nearest 10] [--method nuts]

Published: workforce figures of pilots and neighbours, and a survey of staff in four pilots without a comparison. Here:
DfE's census by authority (OGL v3.0), years ending 30 September 2017 to 2025. ONE year before: 2017 ends two months
after round 2 was announced, and what that year was like on its own cannot be told from a trend, so that a grade is low
at most. Rates are plain numbers without denominators. Years after 2020 are after the fieldwork: asked for by --last.
"""

import argparse

import sos_bayes as sb

MEASURES = {  # label, unit, worthwhile change
    "sw_turnover_rate": ("turnover", "percentage points", 2),
    "sw_vacancy_rate": ("vacancies", "percentage points", 2),
    "sw_agency_rate": ("agency workers", "percentage points", 2),
    "sw_absence_rate": ("absence", "percentage points", 0.5),
    "sw_caseload": ("caseload", "cases", 1),
}


def main(measures: list[str], last: int = 2020, nearest: int = 10, method: str = "fast") -> None:
    """Print the grade of each measure, and which pilots are left out of it."""
    rounds, start = sb.datasets.pilots(), 2018
    second = rounds.query("round2_2017_19 == 1").set_index("la_code")["la_name"]
    table = sb.datasets.england(list(MEASURES), years=range(2017, last + 1))
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name", cluster="region")
    for measure in measures or MEASURES:
        label, unit, worthwhile = MEASURES[measure]
        words = {"aim": sb.Aim.FEWER, "worthwhile": worthwhile, "label": label, "missing": "drop"}
        years = table.dropna(subset=[measure]).groupby("la_code")["year"].agg(["min", "max"])
        seen = set(years.query("min < @start <= max").index)
        blind = [code for code in second.index if code not in seen]
        print(f"\nLeft out of {label}, for want of a year before or after: {', '.join(second[blind]) or 'nobody'}.")
        other = rounds.query("round2_2017_19 == 0")["la_code"]
        rollout = sb.Rollout(dict.fromkeys(second.index.difference(blind), start), exclude=[*blind, *other])
        keys = {"authority": "la_code", "neighbour": "neighbour_la_code", "n": nearest}
        listed = sb.comparators.neighbours(data, rollout, sb.datasets.neighbours(), **keys)
        fit = sb.fit(data, listed.rollout, sb.Continuous(measure, unit=unit, **words), method=method, seed=1)
        print(sb.grade(sb.estimate(fit), sb.check(fit)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--last", type=int, default=2020, help="last year, to September (2020)")
    parser.add_argument("--nearest", type=int, default=10, help="neighbours of each pilot (10)")
    parser.add_argument("--method", choices=("fast", "nuts"), default="fast")
    main(**vars(parser.parse_args()))
