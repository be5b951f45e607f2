"""Nine synthetic pilots, four outcomes, from a parquet file to graded answers by NUTS. No child here is real.

Run: python examples/nine_pilots.py [FOLDER]; the table and the report are written there (default ./nine-pilots).

The cohort has the shape of the published evaluation of Signs of Safety (What Works for Children's Social Care and
King's College London, 2021): 78,000 children, nine pilots, a kinship effect of 13 percentage points against the aim,
nothing on the other outcomes. The child records of that evaluation are not public, so nothing here recomputes it.
"""

import argparse
from pathlib import Path

import sos_bayes as sb

PUBLISHED = {
    "assessment within 45 working days": "no moderate or high strength evidence (on duration in days)",
    "re-referral within six months": "no moderate or high strength evidence",
    "re-referral escalated to a plan or care": "no moderate or high strength evidence",
    "kinship placement": "moderate, contrary to the aim",
}
DISCUSSION = """
The published grade for kinship is moderate; its written rule, standard error and sample sizes were not published, so
the two grades need not agree. Ours asks for the direction under every specification, a size beyond the worthwhile
change and five adopters before it says high, and says at most moderate here unless the number of looked-after children,
which practice decides, can be shown not to have moved. Nine authorities, not 78,000 children, set the width of the
interval: the truth in this table is -13 points, and another made-up England would give another estimate."""


def main(folder: Path) -> None:
    """Write the table, evaluate it and compare the grades."""
    made = sb.simulation.nine_pilots()
    folder.mkdir(parents=True, exist_ok=True)
    made.children.to_parquet(folder / "children.parquet", index=False)
    study = sb.Study(
        title="Nine synthetic pilots",
        data=sb.read_cohort(folder / "children.parquet", authority="authority", period="period", child="child"),
        rollout=made.rollout,
        design=sb.DiD(adjust=("age_band", "sex")),
        outcomes=made.outcomes,
        notes=(made.synthetic,),
    )
    evaluation = sb.evaluate(study)
    report = sb.to_html(evaluation, folder / "report.html")
    print(sb.to_text(evaluation))
    for finding in evaluation:
        ours = finding.error or f"{finding.grade.strength.value}, {finding.grade.direction.value}"
        print(f"{finding.label}: {ours} (truth {100 * made.truth[finding.label]:+.0f} points)")
        print(f"    published on the real children: {PUBLISHED[finding.label]}")
    print(f"{DISCUSSION}\n\nReport: {report}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("nine-pilots"))
    main(parser.parse_args().folder)
