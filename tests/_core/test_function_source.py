"""What a function of a caller's is told apart by."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.function_source import function_digest

SCALE = np.eye(3)


def reading(x):
    return SCALE @ x


def again(x):
    return reading(x) if x is None else again(None)


def around(value):
    def inner(x):
        return [value for _ in x]

    return inner


def test_the_same_function_has_the_same_digest_and_its_text_decides():
    assert function_digest(reading) == function_digest(reading) != function_digest(again)
    assert len(str(function_digest(again))) == 64


def test_names_of_the_module_count(monkeypatch):
    first = function_digest(again)
    monkeypatch.setitem(globals(), "SCALE", 2 * SCALE)
    assert function_digest(again) != first


TABLE = pd.DataFrame({"code": ["E1", "E2"], "rank": [1, 2]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2), (1, 1.0), ("1", 1), ((1, 2), (2, 1)), ({"a": 1}, {"a": 2}), ({1, 2}, {1, 3}), (SCALE, SCALE.T + 1),
        (SCALE, SCALE.astype(int)), (TABLE, TABLE.assign(rank=0)), (TABLE, TABLE.set_index("code")), (np, pd),
        (TABLE, TABLE.set_axis(["a", "b"], axis=1)), (reading, again), (np.mean, np.median), (np.exp, np.log),
    ],
)  # fmt: skip
def test_what_it_closes_over_counts(one, other):
    assert function_digest(around(one)) == function_digest(around(one)) is not None
    assert function_digest(around(one)) != function_digest(around(other))
    assert function_digest(partial(reading, one)) != function_digest(partial(reading, other))


@pytest.mark.parametrize("unknown", [object(), iter(()), [object()], {"a": object()}, lambda: object])
def test_what_cannot_be_told_has_no_digest(unknown):
    inner = unknown() if callable(unknown) else unknown
    held = inner() if isinstance(inner, type) else inner
    assert function_digest(around(held)) is None


def test_text_of_another_file_is_not_taken_for_a_function_s_own(tmp_path):
    page, digests = tmp_path / "page.md", []
    page.write_text("def made(x):\n    return x\n")
    for body in ("return x", "return 2 * x"):
        made = {}
        exec(compile(f"def made(x):\n    {body}", str(page), "exec"), made)
        digests.append(function_digest(made["made"]))
    assert digests[0] != digests[1]
    page.write_text("It's no code.\n")
    assert function_digest(made["made"]) is None


def test_text_that_no_file_holds_has_no_digest():
    made = {}
    exec("def made(x):\n    return x", made)
    assert function_digest(made["made"]) is None
