"""Print every agreement as a table: python -m tests.oracles.table."""

from __future__ import annotations

from tests.oracles import test_binary, test_continuous, test_count, test_duration, test_ordinal, test_panel_numbers

PARTS = {
    "Binary: contraception, glmer": test_binary.coefficients,
    "Binary: cbpp, numpyro": test_binary.herds,
    "Count: homicides, glmer and glm": test_count.without_shocks,
    "Count: homicides, glmmTMB": test_count.with_shocks,
    "Continuous: exam, lmer": test_continuous.exam,
    "Continuous: radon, lmer": test_continuous.radon,
    "Continuous: log homicide rates, lm": test_continuous.two_way,
    "Continuous: log homicide rates, lme": test_continuous.in_time,
    "Ordinal: housing, clm": test_ordinal.housing,
    "Ordinal: wine, importance sampling": test_ordinal.wine,
    "Duration: colon, glm": test_duration.waiting,
    "Duration: colon, survfit": test_duration.curves,
    "Numbers of authorities by period: looked-after children, lmer": test_panel_numbers.real,
    "Numbers of authorities by period: made-up events, glmer": test_panel_numbers.synthetic,
}


def main() -> None:
    """Print the rows of docs/explanation/agreement.md."""
    print("| quantity | theirs (standard error) | ours (posterior sd) | apart, in their errors |\n|---|---|---|---|")
    for title, found in PARTS.items():
        print(f"| **{title}** | | | |", *found(), sep="\n")


if __name__ == "__main__":
    main()
