"""What holds exact numbers of children stays in the process that read them."""

from __future__ import annotations

from typing import Any, ClassVar

from sos_bayes._core.cores import travelling
from sos_bayes._core.errors import DataError, SosBayesError


class Kept:
    """Pickled on its way to a worker of ours and back (`cores.Parcel`), refused whoever else saves, sends or copies it.

    Examples
    --------
    >>> import copy
    >>> class Cells(Kept):
    ...     pass
    >>> copy.deepcopy(Cells())  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    sos_bayes._core.errors.DataError: Exact cells are neither saved nor sent to another process. ...
    """

    __slots__ = ()

    called: ClassVar[str] = "Exact cells are"
    why: ClassVar[str] = "Small numbers of children are among them, and a file or a message is a copy nobody watches."
    refusal: ClassVar[type[SosBayesError]] = DataError

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        if travelling():
            return object.__reduce_ex__(self, protocol)
        raise self.refusal(
            f"{self.called} neither saved nor sent to another process.",
            why=self.why,
            cure="Keep estimates, or the draws of fit.posterior; read the table again where cells are needed. To take "
            "fits up again name a checkpoint folder, whose files hold no cell.",
        )
