"""A body of evidence on published scales: Signs of Safety as published, and an INVENTED practice beside it.

Run: python examples/evidence_ratings.py [--unit-cost 450]

Signs of Safety has no level in the Guidebook of the EIF (now of Foundations). What is printed of it is this library's
reading of one evaluation by a written rule, with everything that was not recovered left open: standard errors, samples,
balance, attrition. The invented practice shows what a body of evidence that is known says. Criteria that the
Guidebook's pages do not state are marked as inferred. Nothing is pooled: a level is of the best evidence.
"""

import argparse

import sos_bayes as sb

published = sb.ratings.signs_of_safety


def invented() -> tuple[sb.ratings.StudyRecord, ...]:
    """Three studies of a practice that does not exist."""
    known = {"outcome": "care entry", "sample": 600, "validated": True, "attrition": 0.12, "credible": True}
    return (
        sb.ratings.StudyRecord("trial in four authorities", "invented", design="randomised", found="improved",
                               follow_up_months=6, independent=True, **known),
        sb.ratings.StudyRecord("matched roll-out", "invented", design="matched", found="improved", equivalence=True,
                               follow_up_months=18, independent=False, **known),
        sb.ratings.StudyRecord("pilot, before and after", "invented", design="before_after", found="improved",
                               independent=False, **known),
    )  # fmt: skip


def main(unit_cost: float = 450.0) -> None:
    """Print levels with their reasons, the crosswalk, the review in EMMIE and the map of evidence."""
    findings = published.published_records()
    print(f"SIGNS OF SAFETY, round 2 as published. {sb.rate_evidence(findings)}\n")
    print(sb.rate_evidence(findings).reasons[-1])
    band = sb.costs.cost_band(unit_cost)
    rating = sb.rate_evidence(invented(), cost_band=band)
    print(f"\nINVENTED PRACTICE at £{unit_cost:,.0f} a child. {rating}\n")
    print(rating.by_record().to_string(index=False))
    print("\nOther scales of the invented practice:")
    print(sb.ratings.crosswalk(invented())[["scale", "of", "reading"]].to_string(index=False))
    print("\nThe review of 2018 in EMMIE:")
    for row in published.emmie().to_frame().itertuples():
        print(f"  {row.dimension}: {row.finding}")
    found = published.evidence_map()
    print(f"\n{found}")
    print(found.to_frame().to_string())
    for publication in found.publications:
        print(f"  {publication.citation} [{publication.source}]")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unit-cost", type=float, default=450.0, help="pounds a child, invented (450)")
    main(**vars(parser.parse_args()))
