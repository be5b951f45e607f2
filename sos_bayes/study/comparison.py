"""A study's comparators: other sets laid out for the check, and the balance of every set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import SosBayesError, attempt
from sos_bayes.comparators import Balance, Features, balance, features
from sos_bayes.fitting import prepare_layout

if TYPE_CHECKING:
    from sos_bayes.data import Outcome
    from sos_bayes.designs import Layout
    from sos_bayes.study.declaration import Study


def against(study: Study, outcome: Outcome) -> tuple[dict[str, Layout], tuple[str, ...]]:
    """Lay one outcome out with every other set of comparators.

    Parameters
    ----------
    study : Study
    outcome : Outcome

    Returns
    -------
    layouts : dict of str to Layout
        By label of the set.
    notes : tuple of str
        Sets that could not be laid out, and why.
    """
    layouts = {
        label: attempt(prepare_layout, study.data, rollout, outcome, study.design)
        for label, rollout in study.against.items()
    }
    notes = tuple(
        f"Not compared with {label}: {fault.what}"
        for label, fault in layouts.items()
        if isinstance(fault, SosBayesError)
    )
    return {label: one for label, one in layouts.items() if not isinstance(one, SosBayesError)}, notes


def balances(study: Study) -> tuple[Balance, ...]:
    """Balance of every set on all that decided about any, and on the levels of the study's outcomes before the rollout.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Balance
        Empty where the study names no comparators; outcomes without a level before are passed over.
    """
    if not study.comparators:
        return ()
    levels = [attempt(features, study.data, study.rollout, outcome) for outcome in study.outcomes]
    chosen_on = [chosen.features for chosen in study.comparators if chosen.features is not None]
    known = [*(one for one in levels if isinstance(one, Features)), *chosen_on]
    if not known:
        return ()
    everything = known[0]
    for more in known[1:]:
        everything = everything.beside(more)
    return tuple(balance(chosen, everything) for chosen in study.comparators)
