import pytest

import sos_bayes as sb
from tests.meta_analyses.published import BCG_COUNTS, SCHOOLS, bcg, calendars, smoking

SHORT = sb.Sampler(draws=1000, tune=700, target_accept=0.95, progress=False)


@pytest.fixture(scope="session")
def schools():
    """Eight schools, with the priors of the published posterior."""
    return sb.meta_analysis(
        SCHOOLS, effect="effect", se="se", measure="difference", unit="points", aim=sb.Aim.MORE, worthwhile=5,
        priors=sb.SynthesisPriors(5, 5, "half_cauchy"), sampler=SHORT, seed=1,
    )  # fmt: skip


@pytest.fixture(scope="session")
def trials():
    """BCG trials as counts, regressed on latitude."""
    return sb.meta_analysis(
        bcg(), **BCG_COUNTS, aim=sb.Aim.FEWER, worthwhile=0.1, covariates=["latitude"], sampler=SHORT, seed=1
    )


@pytest.fixture(scope="session")
def selected():
    """Passive smoking with a selection model."""
    return sb.meta_analysis(
        smoking(), effect="effect", se="se", measure="log_odds_ratio", aim=sb.Aim.MORE, bias="selection", sampler=SHORT,
        seed=1,
    )  # fmt: skip


@pytest.fixture(scope="session")
def leaning():
    """Passive smoking with a regression on the standard error."""
    return sb.meta_analysis(
        smoking(), effect="effect", se="se", measure="log_odds_ratio", aim=sb.Aim.MORE, bias="pet", sampler=SHORT,
        seed=1,
    )  # fmt: skip


@pytest.fixture(scope="session")
def several():
    """The first five districts of the school calendars, with several effects each, correlated."""
    return sb.meta_analysis(
        calendars().query("district <= 56"), study="district", within="school", effect="effect", se="se",
        measure="standardised_mean_difference", correlation=0.5, sampler=SHORT, seed=1,
    )  # fmt: skip
