"""Two events of which the second can only follow the first, and the two questions they raise."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.binary import Binary
from sos_bayes.data.outcomes.described import Denominator, Missing, check_distinct
from sos_bayes.data.outcomes.window import Window


@dataclass(frozen=True, slots=True)
class Nested:
    """Two events, the second only after the first: re-referred, and then escalated.

    Sources differ in which of two quantities they mean, and the two can move in opposite directions. `joint` is the
    share of everybody to whom both happened; `conditional` is the share of those with the first event to whom the
    second happened, too. Practice may change who has the first event, so the conditional one compares different
    children before and after: it is flagged in every output and never graded as an effect. Both are ordinary outcomes.

    Parameters
    ----------
    first, then : str
        The 0/1 columns of child rows. `then` may be blank where `first` is 0.
    aim : Aim
        Which direction is better, for both.
    worthwhile : float
        The smallest change that would matter in the share of everybody.
    label : str
        Both events in words, such as "re-referred and escalated".
    worthwhile_conditional : float, optional
        The smallest change that would matter in the share of those with the first event; by default `worthwhile`,
        which is then a smaller change for everybody.
    label_conditional : str, optional
        The conditional outcome in words.
    among, denominator, missing, unit, within
        As in `Binary`, for both; `denominator` is of the joint outcome, the conditional one's is decided by practice.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> both = Nested("re_referred", "escalated", aim=Aim.FEWER, worthwhile=0.01, label="re-referred and escalated")
    >>> both.joint.selected, both.conditional.selected
    (False, True)
    >>> both.conditional.label
    're-referred and escalated, of those with re_referred'
    """

    first: str
    then: str
    _: KW_ONLY
    aim: Aim
    worthwhile: float
    label: str
    worthwhile_conditional: float | None = None
    label_conditional: str | None = None
    among: str | None = None
    denominator: Denominator | None = None
    missing: Missing = "error"
    unit: str = "children"
    within: Window | None = None

    def __post_init__(self) -> None:
        check_distinct(first=self.first, then=self.then, among=self.among)
        self.joint, self.conditional  # noqa: B018 - what is wrong with them is wrong here

    @property
    def joint(self) -> Binary:
        """Both happened, among everybody."""
        return self._outcome(self.label, self.worthwhile, self.denominator, conditional=False)

    @property
    def conditional(self) -> Binary:
        """The second happened, among those to whom the first did."""
        label = self.label_conditional or f"{self.label}, of those with {self.first}"
        worthwhile = self.worthwhile if self.worthwhile_conditional is None else self.worthwhile_conditional
        return self._outcome(label, worthwhile, "by_practice", conditional=True)

    def _outcome(self, label: str, worthwhile: float, denominator: Denominator | None, *, conditional: bool) -> Binary:
        return Binary(
            self.then,
            aim=self.aim,
            worthwhile=worthwhile,
            label=label,
            among=self.among,
            denominator=denominator,
            missing=self.missing,
            unit=self.unit,
            after=self.first,
            conditional=conditional,
            within=self.within,
        )

    def __str__(self) -> str:
        """The difference between the two questions in words."""
        return (
            f"Joint: {self.joint.asked} Conditional: {self.conditional.asked} "
            "The two need not move together: fewer first events with an unchanged number of second ones lower neither "
            "the number of second events nor the joint share, and raise the conditional one."
        )
