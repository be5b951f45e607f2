import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes._core.errors import SosBayesError
from sos_bayes.disclosure import SAFE, Rules, protect, release, suppress


@pytest.mark.parametrize("n", range(10))
def test_every_count_below_ten_reads_the_same(n):
    assert SAFE.count(n) == "fewer than 10"
    assert SAFE.rounded(n) is None


@pytest.mark.parametrize(("n", "printed"), [(10, "10"), (12, "10"), (13, "15"), (78_003, "78,005"), (11, "10")])
def test_counts_are_rounded_to_five(n, printed):
    assert SAFE.count(n) == printed


def test_unknown_counts_are_withheld():
    assert SAFE.count(float("nan")) == "fewer than 10"


@given(st.integers(min_value=10, max_value=10**7))
def test_rounding_moves_a_count_by_less_than_half_a_base_and_never_under_the_threshold(n):
    assert abs(SAFE.rounded(n) - n) <= 2.5
    assert SAFE.rounded(n) >= 10


@pytest.mark.parametrize(
    ("share", "n", "safe"), [(0.5, 100, True), (0.05, 100, False), (0.95, 100, False), (0.5, 9, False)]
)
def test_a_share_is_judged_from_both_sides(share, n, safe):
    assert SAFE.safe_share(share, n) is safe


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=2, max_size=12))
def test_no_group_is_ever_hidden_alone(sizes):
    shown = release(sizes)
    assert shown.count(False) != 1
    assert not any(ok and n < 10 for ok, n in zip(shown, sizes, strict=True))


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=2, max_size=12))
def test_hidden_cells_cannot_be_worked_out_from_the_total(counts):
    hidden = [c for c, s in zip(counts, suppress(counts), strict=True) if s is None]
    assert len(hidden) != 1


def test_protect_leaves_the_callers_rows_alone():
    rows = [{"la": "A", "children": 4, "ok": True}]
    assert protect(rows, ["children"]) == [{"la": "A", "children": "fewer than 10", "ok": True}]
    assert rows[0]["children"] == 4


def test_rules_refuse_nonsense():
    with pytest.raises(SosBayesError, match="must be 1 or more"):
        Rules(threshold=0)


def test_the_rules_name_their_threshold_and_base():
    said = " ".join(Rules(threshold=6, base=10).describe())
    assert "below 6" in said
    assert "nearest 10" in said
