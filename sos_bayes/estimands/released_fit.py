"""A fit without its cells, as a file holds it that may leave: hyperparameters, and effects asked for beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FitError
from sos_bayes._core.words import listed
from sos_bayes.data.outcomes import Outcome
from sos_bayes.estimands.effect import Effect, Effects, Estimand, Scale, Weight
from sos_bayes.fitting.posterior.diagnostics import Health

if TYPE_CHECKING:
    import xarray as xr

NEEDED: dict[str, str] = {
    "layout": "cells",
    "problem": "cells",
    "series": "cells",
    "slots": "cells",
    "lag_basis": "cells",
    "priors": "cells",
    "link": "cells",
    "effect": "cells",
    "warm_start": "cells",
    "contrast": "draws by authority and period",
    "draws": "draws by authority and period",
    "predicted": "draws by authority and period",
    "weights": "donors' weights",
}  # what a whole fit has and this one has not, and what that is made of
NOT_ANSWERED = "heterogeneity, growth, subgroups, dose_response, compare, placebo_in_space, to_pymc"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReleasedFit:
    """What is left of a fit that was saved without its cells and loaded again.

    It answers `estimate` for the effects that it holds, `check` where checks were saved with it, `grade`, and prints.
    Every other question is refused, and the refusal says how to save for it.

    Attributes
    ----------
    outcome : Binary, Count, Ordinal, Continuous or Duration
    design : DiD, SyntheticControl or LatentFactors
    method : str
    seed : int
    health : Health
    seconds : tuple of (str, float)
    notes : tuple of str
    n_adopters, n_comparators : int
        Authorities.
    hyper : dict of str to ndarray (chain, draw)
        Draws of hyperparameters, joint with those of `effects`.
    effects : tuple of Effect
        Over all adopters, the headline first, draw by draw as in the fit.
    by : tuple of Effects
        By lag, by authority and by whatever else the fit could be split by: the distribution of each alone, without
        authorities that have too few children.
    checks : tuple of CheckResult
        Those that were saved with it.

    Examples
    --------
    >>> import tempfile
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=8, adopters=3, periods=4), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fit = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = sb.load(sb.save(fit, f"{folder}/fit.nc"))
    >>> again
    <ReleasedFit 'made-up outcome (synthetic)' by fast: 3 adopters, 5 comparators, healthy; without cells>
    >>> (sb.estimate(again).draws == sb.estimate(fit).draws).all()
    np.True_
    """

    outcome: Outcome
    design: Any
    method: str
    seed: int
    health: Health
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    n_adopters: int
    n_comparators: int
    hyper: dict[str, Floats]
    effects: tuple[Effect, ...]
    by: tuple[Effects, ...]
    checks: tuple[Any, ...] = ()

    @property
    def posterior(self) -> xr.Dataset:
        """Draws of hyperparameters with named dimensions: all that there is of the posterior."""
        import xarray as xr

        return xr.Dataset({name: (("chain", "draw"), values) for name, values in self.hyper.items()})

    def estimated(
        self, estimand: Estimand, weight: Weight, scale: Scale, by: str | None, dose: float | None, at: int | str | None
    ) -> Effect | Effects:
        """The effect or effects that `estimate` is asked for, if they are here."""
        asked = (estimand, weight, scale, dose, at)
        if by is None:
            for effect in self.effects:
                if (effect.estimand, effect.weight, effect.scale, effect.dose, effect.at) == asked:
                    return effect
        for effects in self.by:
            if effects.by == by and asked == ("satt", "children", "difference", None, None):
                return effects
        said = [f"estimand={estimand!r}", f"weight={weight!r}", f"scale={scale!r}"]
        said += [f"{name}={value!r}" for name, value in (("by", by), ("dose", dose), ("at", at)) if value is not None]
        raise self.refusal(f"estimate(fit, {', '.join(said)})", "cells")

    def checked(self, *, plain: bool) -> tuple[Any, ...]:
        """The checks that were saved, where all are asked for as they are."""
        if not self.checks or not plain:
            raise self.refusal("check(fit)" if plain else "check(fit, ...) with arguments", "cells")
        return self.checks

    def refusal(self, question: str, needs: str) -> FitError:
        """The refusal of a question: what is answered instead, and how to save for it."""
        kept = [f"{e.estimand} ({e.weight}, {e.scale})" for e in self.effects]
        split = [f"by={effects.by!r}" for effects in self.by]
        checks = "check, " if self.checks else ""
        others = NOT_ANSWERED if self.checks else f"check, {NOT_ANSWERED}"
        return FitError(
            f"This fit was saved without its cells and cannot answer {question}: that needs its {needs}. It answers "
            f"{checks}grade, and estimate of {listed([*kept, *split])}; no other effect, and not {others}.",
            where=f"fit of {self.outcome.label!r:.80}",
            why="A file without cells holds only what may leave.",
            cure='Inside the secure setting save the fit with its cells: save(fit, "name.cells.nc", cells=True).',
        )

    def __getattr__(self, name: str) -> Any:
        if name in NEEDED:
            raise self.refusal("this question", NEEDED[name])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        state = "healthy" if self.health.ok else "not healthy"
        return (
            f"<ReleasedFit {self.outcome.label!r} by {self.method}: {self.n_adopters} adopters, {self.n_comparators} "
            f"comparators, {state}; without cells>"
        )
