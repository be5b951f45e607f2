"""Make the files of `sos_bayes.datasets` from the folder of open data.

Run: python tools/make_datasets.py OPEN [--out CHECKOUT]

OPEN holds the published tables as they were collected: authorities_england_2010_2025.csv.gz (one row for each
authority, year and measure) and the small tables, which are copied byte for byte. The panel becomes one wide table: one
row for each authority and year, a column for each count and for what it is counted of. Nothing is filled in, rounded or
left out but what repeats: a rate that is its count over its denominator. The digests of what was made are printed;
`tests/datasets/test_shipped.py` holds them.
"""

import argparse
import gzip
import hashlib
import io
from pathlib import Path

import pandas as pd

PANEL, WIDE = "authorities_england_2010_2025.csv.gz", "authorities_england.csv.gz"
PACKAGE = Path("sos_bayes/datasets/files")
COPIED = {  # file: where it goes
    "signs_of_safety_pilots.csv": PACKAGE,
    "statistical_neighbours_2021.csv": PACKAGE,
    "ofsted_inspections_2018_2025.csv": PACKAGE,
    "california_prop99.csv": PACKAGE,
    "basque_gdp.csv": PACKAGE,
    "attributes.csv": Path("sos_bayes/data/england"),
}
KEYS = ["la_code", "la_name", "region", "year"]
NUMBERS = ["numerator", "denominator", "value"]
LEAST = 0.0005  # rates are kept to three decimals
OF = {  # unit: what is counted in the denominator
    "per_10000_children_0_17": "children aged 0 to 17",
    "percent_of_assessments": "assessments completed",
    "percent_of_children_referred": "children referred",
    "percent_of_cla_at_31_march": "children looked after at 31 March",
    "percent_of_cla_ceased": "children who ceased to be looked after",
    "percent_of_cla_started": "children who started to be looked after",
    "percent_of_cpp_at_31_march": "child protection plans at 31 March",
    "percent_of_cpp_ended": "child protection plans that ended",
    "percent_of_referrals": "referrals",
    "percent_of_sgos": "special guardianship orders",
}
UNITS = {  # of measures without counts; other units begin with "percent"
    "per_10000_children_0_17": "per 10,000 children aged 0 to 17",
    "working_days": "working days",
    "score": "points",
    "cases_per_fte": "cases for each full-time equivalent",
    "children": "count",
}
LABELS = {
    "assessment_duration_median": "median duration of assessments",
    "assessments_completed": "assessments completed in the year",
    "assessments_within_45_days": "assessments completed within 45 working days",
    "care_applications_cafcass": "care applications, rate as published",
    "children_rereferred_within_12m": "children referred again within 12 months",
    "cin_any_point": "children in need at any point in the year",
    "cin_at_31_march": "children in need at 31 March",
    "cin_ended": "episodes of need that ended in the year",
    "cin_started": "episodes of need that started in the year",
    "cla_3plus_placements": "looked-after children with three or more placements in the year",
    "cla_3plus_placements_percent": "looked-after children with three or more placements in the year, as published",
    "cla_any_point": "children looked after at any point in the year",
    "cla_at_31_march": "children looked after at 31 March",
    "cla_ceased": "children who ceased to be looked after in the year",
    "cla_ceased_adopted": "children who ceased to be looked after and were adopted",
    "cla_ceased_returned_to_parents_or_relatives": "children who ceased to be looked after, to parents or relatives",
    "cla_ceased_special_guardianship": "children who ceased to be looked after by a special guardianship order",
    "cla_long_term_stability": "children looked after for long in one placement for two years or more",
    "cla_mid_year_school_move": "looked-after children who moved school in mid-year",
    "cla_sdq_score": "mean score of looked-after children in the strengths and difficulties questionnaire",
    "cla_taken_into_care": "children taken into care, of those who started to be looked after",
    "cla_uasc": "unaccompanied asylum-seeking children looked after at 31 March",
    "core_assessments": "core assessments in the year",
    "cpp_at_31_march": "children with a child protection plan at 31 March",
    "cpp_at_31_march_2_years_plus": "child protection plans at 31 March that had lasted two years or more",
    "cpp_ended": "child protection plans that ended in the year",
    "cpp_ended_2_years_plus": "child protection plans that ended after two years or more",
    "cpp_ended_2_years_plus_lait": "child protection plans that ended after two years or more, as published",
    "cpp_reviewed_on_time": "child protection plans reviewed on time",
    "cpp_started": "child protection plans that started in the year",
    "icpc": "initial child protection conferences in the year",
    "initial_assessments": "initial assessments in the year",
    "legal_section20": "looked-after children under section 20 (voluntary agreement)",
    "placement_for_adoption": "looked-after children placed for adoption",
    "placement_foster": "looked-after children in foster placements",
    "placement_foster_kinship": "looked-after children fostered by relatives or friends",
    "placement_foster_lait": "looked-after children in foster placements, as published",
    "placement_other_community": "looked-after children in another placement in the community",
    "placement_other_residential": "looked-after children in another residential setting",
    "placement_out_of_area": "looked-after children placed outside the authority",
    "placement_over_20_miles_outside": "looked-after children placed over 20 miles from home and outside the authority",
    "placement_own_la_provision": "looked-after children in the authority's own provision",
    "placement_private_provision": "looked-after children in private provision",
    "placement_residential_school": "looked-after children in residential schools",
    "placement_secure_or_childrens_home": "looked-after children in secure units and children's homes",
    "placement_semi_independent": "looked-after children in semi-independent living",
    "population_0_17": "children aged 0 to 17, mid-year estimate of the year before",
    "referrals": "referrals in the year",
    "referrals_assessed_not_in_need": "referrals assessed as not in need",
    "referrals_no_further_action": "referrals that ended in no further action",
    "rereferrals_within_12m": "referrals within 12 months of an earlier one",
    "sgo_to_relative_or_friend": "special guardianship orders to relatives or friends",
    "sw_absence_rate": "absence of social workers",
    "sw_agency_rate": "agency workers among social workers",
    "sw_caseload": "cases for each social worker",
    "sw_turnover_rate": "turnover of social workers",
    "sw_vacancy_rate": "vacancies among social workers",
}


def read(folder: Path) -> pd.DataFrame:
    """Rows of the panel, with a mixed measure split: counts under its name, percentages beside them."""
    rows = pd.read_csv(folder / PANEL, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(NUMBERS, float))
    counted = rows["numerator"].notna()
    scale = rows["unit"].str.startswith("per_10000").map({True: 10_000, False: 100})
    rate = (rows["numerator"] / rows["denominator"] * scale).where(rows["denominator"].notna(), rows["numerator"])
    if (rate - rows["value"]).abs().max() > LEAST + 1e-9:
        raise SystemExit("A rate is not its count over its denominator: keep it.")
    mixed = set(rows.loc[counted, "measure"]) & set(rows.loc[~counted, "measure"])
    apart = rows[rows["measure"].isin(mixed)].assign(numerator=None, denominator=None)
    apart["measure"] += "_percent"
    return pd.concat([rows[counted | ~rows["measure"].isin(mixed)], apart], ignore_index=True)


def wide(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each authority and year."""
    columns = {}
    for measure, part in rows.groupby("measure"):
        part = part.set_index(KEYS)
        counted = part["numerator"].notna().all()
        columns[measure] = part["numerator" if counted else "value"]
        if part["denominator"].notna().all():
            columns[f"{measure}_of"] = part["denominator"]
    table = pd.DataFrame(columns).reset_index().sort_values(["la_code", "year"], ignore_index=True)
    whole = [name for name in columns if (table[name].dropna() % 1 == 0).all()]
    return table.astype(dict.fromkeys(whole, "Int64"))


def measures(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each measure: what it is, its unit, what it is counted of, its years and releases."""
    found = []
    for measure, part in rows.groupby("measure"):
        as_published, of = part["unit"].iloc[0], part["denominator"].notna().all()
        unit = "count" if of else UNITS.get(as_published, "percent")
        releases = sorted((sorted(set(years)), source) for source, years in part.groupby("source")["year"])
        sources = "; ".join(f"{source}: {spans(years)}" for years, source in releases)
        years = part["year"]
        found.append((measure, LABELS[measure], unit, OF[as_published] if of else None, years.min(), years.max(),
                      years.nunique(), len(part), sources))  # fmt: skip
    names = ["measure", "label", "unit", "counted_of", "first_year", "last_year", "years", "rows", "sources"]
    return pd.DataFrame(found, columns=names)


def spans(years: list[int]) -> str:
    """Years in words, those in a row as from-to."""
    found: list[list[int]] = []
    for year in years:
        if found and found[-1][-1] == year - 1:
            found[-1].append(year)
        else:
            found.append([year])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in found)


def written(table: pd.DataFrame) -> bytes:
    """A table as comma-separated text."""
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()


def make(folder: Path) -> dict[Path, bytes]:
    """Every file, by its path in the checkout, not compressed."""
    rows = read(folder)
    made = {PACKAGE / WIDE: written(wide(rows)), PACKAGE / "measures.csv": written(measures(rows))}
    return made | {place / name: (folder / name).read_bytes() for name, place in COPIED.items()}


def main() -> None:
    """Write the files and print their digests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("open", type=Path, help="the folder of open data")
    parser.add_argument("--out", type=Path, default=Path(), help="the checkout (default: here)")
    asked = parser.parse_args()
    for path, content in make(asked.open).items():
        kept = gzip.compress(content, compresslevel=9, mtime=0) if path.suffix == ".gz" else content
        (asked.out / path).write_bytes(kept)
        print(hashlib.sha256(content).hexdigest(), path, f"{len(kept):,} bytes")


if __name__ == "__main__":
    main()
