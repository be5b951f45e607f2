"""Public functions that are handed the wrong thing say what to give, and print no value."""

import pytest

import sos_bayes as sb

WRONG = {"name": "Jane Smith, CHILD-4711"}
DOORS = {
    **{name: getattr(sb, name) for name in (
        "check", "decide", "dose_response", "estimate", "evaluate", "grade", "growth", "heterogeneity", "loo",
        "outcome_path", "predict", "subgroups", "summary", "to_datatree", "to_pymc", "to_text",
    )},
    "to_csv": lambda wrong: sb.to_csv(wrong, "nowhere"),
    "to_html": lambda wrong: sb.to_html(wrong, "nowhere.html"),
    "save": lambda wrong: sb.save(wrong, "nowhere.nc"),
    **{f"plots.{name}": getattr(sb.plots, name) for name in sb.plots.__all__ if name != "to_svg"},
}  # fmt: skip
MORE = {"decide": ("using",), "dose_response": ({},), "grade": ((),)}


@pytest.mark.parametrize("name", DOORS)
def test_a_door_says_what_to_give(name):
    with pytest.raises(sb.SosBayesError) as told:
        DOORS[name](WRONG, *MORE.get(name, ()))
    assert "What to do: " in str(told.value)
    assert "Jane" not in str(told.value)
    assert "its message is withheld" not in str(told.value)


def test_there_are_many_doors():
    assert len(DOORS) > 40
