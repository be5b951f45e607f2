"""A synthesis in words: across studies, with its chances, and never as a grade."""

from __future__ import annotations

import math
from typing import Protocol

from sos_bayes._core.array_types import Floats
from sos_bayes._core.words import counted, number, probability
from sos_bayes.estimands.contraction import Learned
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.meta_analyses.bias_terms import FUNNEL, Bias
from sos_bayes.meta_analyses.measures import RATIOS
from sos_bayes.meta_analyses.study_table import Studies
from sos_bayes.meta_analyses.summaries import Summarised

NOT_GRADED = (
    "A synthesis is no better than its studies: it is not graded here, and an association across studies is not an "
    "effect of what differs between them."
)


class Synthesis(Protocol):
    """What a sentence reads of a synthesis: `MetaAnalysis` is one."""

    @property
    def studies(self) -> Studies:
        """Studies as pooled."""
        ...

    @property
    def bias(self) -> Bias | None:
        """Model of small-study bias."""
        ...

    @property
    def draws(self) -> dict[str, Floats]:
        """Draws by name."""
        ...

    @property
    def health(self) -> Health:
        """The gate."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What else must be said."""
        ...

    @property
    def scale(self) -> str:
        """Of the effects."""
        ...

    @property
    def mean(self) -> Summarised:
        """Mean effect."""
        ...

    @property
    def share(self) -> Summarised:
        """Share of variance between studies."""
        ...

    @property
    def heterogeneity(self) -> Learned:
        """Between studies."""
        ...

    @property
    def within_studies(self) -> Learned | None:
        """Within studies."""
        ...

    def new_site(self) -> Summarised:
        """At a new site."""
        ...


def sentence(found: Synthesis) -> str:
    """The whole answer."""
    if not found.health.ok:
        return (
            f"Across {counted(len(found.studies), 'study', 'studies')}: not answered, because the sampler did not pass "
            f"its gate. {' '.join(found.health.reasons)}"
        )
    parts = [_mean(found), _spread(found), _site(found), *_bias(found), NOT_GRADED, *found.notes]
    return " ".join(part for part in parts if part)


def figures(found: Summarised, digits: int = 2) -> str:
    """Mean and interval.

    Examples
    --------
    >>> figures(Summarised("mean effect", -0.7145, 0.18, -1.067, -0.362, 0.0))
    '−0.71 (95 % −1.1 to −0.36)'
    """
    return f"{number(found.mean, digits)} (95 % {number(found.low, digits)} to {number(found.high, digits)})"


def _mean(found: Synthesis) -> str:
    mean, k = found.mean, len(found.studies)
    effects = f" ({len(found.studies.of)} effects)" if found.studies.several else ""
    ratio = ""
    if found.studies.measure in RATIOS:
        ends = [number(math.exp(x)) for x in (mean.mean, mean.low, mean.high)]
        kind = found.studies.measure[4:].replace("_", " ")
        ratio = f", {'an' if kind.startswith('o') else 'a'} {kind} of {ends[0]} ({ends[1]} to {ends[2]})"
    without = " without small-study bias" if found.bias is not None else ""
    return f"Across {k} studies{effects}, the mean {found.scale}{without} is {figures(mean)}{ratio}; {chances(mean)}."


def chances(found: Summarised) -> str:
    """How probably a number lies where it is wanted.

    Examples
    --------
    >>> chances(Summarised("x", -1.0, 1.0, -3.0, 1.0, 0.16))
    'below zero with P = 0.84'
    """
    if found.p_favourable is None:
        side, p = ("above", found.p_above) if found.p_above >= 0.5 else ("below", 1 - found.p_above)
        return f"{side} zero with {probability(p)}"
    said = f"favourable with {probability(found.p_favourable)}"
    if found.p_worthwhile is None or found.p_harm is None:
        return said
    return (
        f"{said}, beyond the worthwhile change with {probability(found.p_worthwhile)}, as far against the aim with "
        f"{probability(found.p_harm)}"
    )


def _spread(found: Synthesis) -> str:
    tau, share = found.heterogeneity, found.share
    said = (
        f"Effects differ between studies with a standard deviation of {number(tau.mean)} (90 % {number(tau.low)} to "
        f"{number(tau.high)}; before the data {number(tau.prior_low)} to {number(tau.prior_high)}), which is "
        f"{100 * share.mean:.0f} % of the variance of what they report."
    )
    within = found.within_studies
    return said if within is None else f"{said} Within studies it is {number(within.mean)}."


def _site(found: Synthesis) -> str:
    site = found.new_site()
    return f"At a new site such as these the effect would be {figures(site)}, {chances(site)}."


def _bias(found: Synthesis) -> list[str]:
    bias = found.bias
    if bias is None:
        return ["No small-study bias is modelled: what was never published is not in it."]
    how = f"The model of bias ({FUNNEL[bias.kind]}) is one of several, and assumed:"
    if bias.kind != "selection":
        slope = found.draws["slope"]
        said = (
            f"a study of the typical standard error shows {number(float(slope.mean()))} of it too much towards the aim"
        )
        return [f"{how} {said}, {probability(float((slope > 0).mean()))} that it is more than none."]
    lowest = float(found.draws["weight"][..., -1].mean())
    return [
        f"{how} a result with p above {bias.steps[-1]:g} is {number(lowest)} times as likely to be published as one "
        f"with p below {bias.steps[0]:g}."
    ]
