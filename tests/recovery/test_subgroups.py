"""What subgroup verdicts do where the truth is known: nothing, effects drawn, one subgroup apart. Slow, fast route."""

from __future__ import annotations

import pytest
from scipy.stats import beta

from tests.recovery.subgroups import run, summary

pytestmark = pytest.mark.slow


def _lower_limit(rate: float, trials: int) -> float:
    """One-sided 95 % lower limit of a rate: a promise is broken only beyond chance."""
    events = round(rate * trials)
    return float(beta.ppf(0.05, events, trials - events + 1)) if events else 0.0


def test_where_nothing_happened_hardly_any_subgroup_is_called_different() -> None:
    """At most 5 % beyond chance, on either scale; intervals hold no difference at least as often as they say."""
    figures = summary(run("nothing", 960_000, 100))
    print(figures)
    assert figures["unhealthy"] == 0.0
    for name in ("beyond_natural", "beyond_link", "different"):
        assert _lower_limit(figures[name], 100) <= 0.05
    assert figures["covered90"] >= 0.86


def test_intervals_of_differences_cover_where_subgroups_differ_as_the_prior_says() -> None:
    """Effects with a spread drawn from the prior: 90 % intervals of the differences hold them in .86 to .94.

    Of rollouts whose fit misses its gate, at most one in twenty, nothing is said.
    """
    figures = summary(run("drawn", 990_000, 100))
    print(figures)
    assert 0.86 <= figures["covered90"] <= 0.94
    assert figures["unhealthy"] <= 0.05


def test_one_effect_for_all_misattributes_what_happened_to_one_subgroup() -> None:
    """Six points in one subgroup: a fit with one effect finds it in the others too; one that lets it vary does not."""
    figures = summary(run("one subgroup", 970_000, 40))
    print(figures)
    assert figures["shared_declared"] >= 0.5
    assert _lower_limit(figures["untouched_declared"], 80) <= 0.05
    assert figures["first_largest"] >= 0.9
    assert figures["shared_covered90"] < 0.5 < 0.86 <= figures["untouched_covered90"]
