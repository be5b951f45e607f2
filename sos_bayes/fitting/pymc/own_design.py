"""A design whose model is a PyMC model of the caller's own: sampled, gated, asked and checked like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.function_source import function_digest
from sos_bayes.data import Cells
from sos_bayes.data.children.covariates import Covariate, declared, name_of
from sos_bayes.designs import Layout
from sos_bayes.designs.argument_columns import covariates_of

if TYPE_CHECKING:
    import pymc as pm

    from sos_bayes.fitting.pymc.own_fit import PyMCFit
    from sos_bayes.sampling.sampler import Sampler

Build = Callable[[Cells, Mapping[str, list[str]], Floats], "pm.Model"]
NOT_TOLD_APART = (
    "The text of build, or a value that it reads, cannot be told apart from another: this fit cannot be kept, and "
    "nothing sees whether checks are of the same model."
)


@dataclass(frozen=True, slots=True, repr=False)
class PyMCDesign:
    """A design of your own: a function that writes a PyMC model of the cells.

    ``build(cells, coords, exposure)`` returns a `pymc.Model` that observes the counts and has two deterministics,
    ``with_rollout`` and ``without_rollout``: the expected outcome of adopters in both worlds, in the outcome's own unit
    (a share, a rate per its ``per``, a mean), over ``("adopter", "period")``, and where there are several patterns of
    covariates over ``("adopter", "period", "pattern")``. All else is yours. The library samples the model with nutpie,
    holds it to the gates that every fit is held to, and reads effects from the difference of the two.

    What the grading rule does with a model that nobody has calibrated is not known: a grade is at most low.

    Parameters
    ----------
    build : callable
        Given ``cells``, the counts (``cells.events`` and ``cells.total``, of shape (authority, period, pattern); a
        total of zero is a cell without data; ``cells.authorities`` are codes, ``cells.names`` what is printed,
        ``cells.outcome`` says what was counted); ``coords``, labels of ``authority``, ``adopter``, ``period``, and of
        ``pattern`` where there are several; and ``exposure``, the share of full exposure, of shape (authority, period).
    adjust : tuple of str, Category or Bins
        Covariates of child rows whose combinations become patterns, as in `DiD`.

    Raises
    ------
    DesignError
        If ``build`` cannot be called, or ``adjust`` is no tuple of columns.

    Examples
    --------
    >>> import numpy as np
    >>> import pymc as pm
    >>> def before_and_after(cells, coords, exposure):
    ...     rows = [coords["authority"].index(name) for name in coords["adopter"]]
    ...     with pm.Model(coords=dict(coords)) as model:
    ...         level = pm.Normal("level", 0.0, 2.0, dims="authority")
    ...         effect = pm.Normal("effect", 0.0, 0.5)
    ...         before = level[:, None] + np.zeros(exposure.shape)
    ...         after = before + effect * exposure
    ...         pm.Binomial(
    ...             "events", n=cells.total[..., 0].astype(int), logit_p=after, observed=cells.events[..., 0],
    ...             dims=("authority", "period"),
    ...         )
    ...         pm.Deterministic("with_rollout", pm.math.invlogit(after[rows]), dims=("adopter", "period"))
    ...         pm.Deterministic("without_rollout", pm.math.invlogit(before[rows]), dims=("adopter", "period"))
    ...     return model
    >>> PyMCDesign(before_and_after)
    <PyMCDesign: before_and_after>
    """

    calibrated: ClassVar[bool] = False

    build: Build = field(metadata={"told": False})  # what it is told apart by is `source`
    adjust: tuple[Covariate, ...] = ()
    source: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if not callable(self.build):
            raise DesignError(
                f"build is a {type(self.build).__name__}, which cannot be called.",
                where="PyMCDesign(build)",
                cure="Give a function of cells, coords and exposure that returns a pymc.Model.",
            )
        object.__setattr__(self, "adjust", covariates_of("adjust", self.adjust))
        object.__setattr__(self, "source", function_digest(self.build))

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(getattr(self.build, "__name__", type(self.build).__name__))

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns of child rows that the design needs."""
        return tuple(name_of(c) for c in self.covariates)

    @property
    def covariates(self) -> tuple[Covariate, ...]:
        """The same with what is said of each."""
        return declared(self.adjust)

    @property
    def varying(self) -> tuple[str, ...]:
        """Columns that effects vary by: what the model makes of them is its own affair."""
        return ()

    def readable(self, layout: Layout) -> pm.Model:
        """Write the model of these cells, and see that it is one that can be asked; errors as in `fit`."""
        from sos_bayes.fitting.pymc.own_model import written

        return written(self.build, self.name, layout)

    def sampled(self, layout: Layout, seed: int, sampler: Sampler | None = None) -> PyMCFit:
        """Fit a layout; what `fit` calls."""
        from sos_bayes.fitting.pymc.own_fit import sampled_fit

        return sampled_fit(self, layout, seed, sampler, () if self.source is not None else (NOT_TOLD_APART,))

    def __repr__(self) -> str:
        return f"<PyMCDesign: {self.name}>"
