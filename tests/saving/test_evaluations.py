"""With its cells an evaluation makes the same reports to the letter; without, the same but for what cells tell."""

import difflib
from dataclasses import replace

import pytest

import sos_bayes as sb
from sos_bayes._core.errors import FileError
from sos_bayes.reports.comparison import balance_rows
from sos_bayes.reports.html import render
from sos_bayes.saving.released_evaluations import SAID
from sos_bayes.saving.released_evaluations import _row as released_row
from tests.reports.made_up import evaluation as made_up
from tests.saving.evaluations import of_authorities, of_children
from tests.saving.made_up import opened, rewritten, same


@pytest.fixture(scope="module")
def compared():
    return of_authorities()


@pytest.fixture(params=["compared", "of_children", "made up"])
def evaluation(request):
    return {"compared": of_authorities, "of_children": of_children, "made up": made_up}[request.param]()


def reports(evaluation, folder):
    """Every report of an evaluation, but for the clock."""
    sb.to_csv(evaluation, folder)
    tables = {p.name: p.read_text() for p in folder.iterdir()}
    return {"text": sb.to_text(evaluation), "html": render(evaluation), **tables}


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_with_cells_its_reports_are_the_same_to_the_letter(tmp_path, evaluation, suffix):
    again = sb.load(sb.save(evaluation, tmp_path / f"all.cells{suffix}", cells=True))
    assert same(again, replace(evaluation, findings=tuple(replace(f, fault=None) for f in evaluation)))
    assert reports(again, tmp_path / "again") == reports(evaluation, tmp_path / "first")


def test_without_cells_its_verdicts_are_the_same(tmp_path, evaluation):
    again = sb.load(sb.save(evaluation, tmp_path / "all.nc"))
    first, second = reports(evaluation, tmp_path / "first"), reports(again, tmp_path / "again")
    assert second["verdicts.csv"] == first["verdicts.csv"]
    assert second["criteria.csv"].count("\n") == first["criteria.csv"].count("\n")
    assert second["pooled.csv"] == first["pooled.csv"]
    assert second["checks.csv"] == first["checks.csv"]
    for one, two in zip(again, evaluation, strict=True):
        assert repr(one) == repr(two)
        if two.effect is not None:
            assert one.effect.draws.tobytes() == two.effect.draws.tobytes()
            assert str(sb.grade(one.effect, one.checks)) == str(two.grade)


def test_without_cells_the_text_differs_only_where_cells_tell_it(tmp_path, compared):
    again = sb.load(sb.save(compared, tmp_path / "all.nc"))
    before, after = (sb.to_text(e).splitlines() for e in (compared, again))
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    lost = "".join(line[2:] for line in changed if line[0] == "-")
    new = " ".join(line[2:].strip() for line in changed if line[0] == "+")
    assert "events over the treated periods" in lost
    assert SAID.split(":")[0] in new
    figures = [line for line in changed if "SATT" in line or "satt" in line]
    assert all("number of events" in line or "children weighted equally" in line for line in figures)


def test_the_figure_of_lags_says_that_their_average_is_not_told(tmp_path):
    (before, *_), (after, *_) = made_up(), sb.load(sb.save(made_up(), tmp_path / "all.nc"))
    assert "periods weighted equally: not told by a file without cells" in sb.plots.event_study_alt(after)
    points = [sb.plots.event_study_alt(f).split("period -3: ")[1].split(";")[0] for f in (before, after)]
    assert points[0].split()[0] == points[1].split()[0]  # the same sign and mean of the first lead


def test_balance_keeps_its_figures(tmp_path, compared):
    again = sb.load(sb.save(compared, tmp_path / "all.nc"))
    assert all(b.comparators.features is None for b in again.balance)
    for mine, theirs in zip(again.balance, compared.balance, strict=True):
        for one, two in zip(balance_rows(mine), balance_rows(theirs), strict=True):
            for key in ("difference_before", "difference", "variance_ratio_before", "all_candidates", "n_chosen"):
                assert one[key] == two[key], key
            assert one["variance_ratio"] == pytest.approx(two["variance_ratio"], abs=0.011)
            assert one["adopters"] == pytest.approx(two["adopters"], rel=0.02)
        for row, exact in zip(mine.rows, theirs.rows, strict=True):
            for group, was in ((row.adopters, exact.adopters), (row.chosen, exact.chosen), (row.others, exact.others)):
                assert (group.events, group.total) == (None, None)
                assert group.mean != was.mean


def test_balance_that_is_withheld_stays_so(compared):
    row = compared.balance[0].rows[0]
    few = replace(row, others=row.others._replace(n=1, events=3.0, total=700.0))
    found = replace(compared.balance[0], rows=(released_row(few),))
    (told,) = balance_rows(found)
    (was,) = balance_rows(replace(compared.balance[0], rows=(few,)))
    assert told["adopters"] == was["adopters"] == "withheld"
    assert (told["difference"], told["difference_before"]) == (was["difference"], was["difference_before"])
    assert found.rows[0].everybody.mean == 0.0  # differences only, in sds


def test_pooled_again_it_says_what_is_missing(tmp_path, compared):
    again = sb.load(sb.save(compared, tmp_path / "all.nc"))
    assert again.pooled is not None
    assert [f.link for f in again] == [None, None]
    with pytest.raises(sb.SosBayesError):
        sb.pooled(list(again))


def test_saved_twice_it_says_the_same(tmp_path, compared):
    once = sb.load(sb.save(compared, tmp_path / "once.nc"))
    twice = sb.load(sb.save(once, tmp_path / "twice.nc"))
    assert twice["another"].notes == once["another"].notes
    assert twice["another"].effect.draws.tobytes() == once["another"].effect.draws.tobytes()
    assert same(twice["another"].grade, once["another"].grade)


@pytest.mark.parametrize(("change", "why"), [
    (lambda told: told["held"]["study"].update(title=7), "'study/title' is not of its kind"),
    (lambda told: told["held"]["study"].update(outcomes=[]), "is a Study that cannot be"),
    (lambda told: told["held"]["study"]["rollout"].update(starts=[]), "is a Rollout that cannot be"),
    (lambda told: told["held"]["findings"][0].update(fault="x"), "has not the fields of a Finding"),
    (lambda told: told["held"]["study"].update(design={"is": "PyMCDesign"}), "of none of its kinds"),
])  # fmt: skip
def test_a_changed_evaluation_is_refused(tmp_path, change, why):
    path = sb.save(made_up(), tmp_path / "all.nc")
    told, arrays = opened(path)
    change(told)
    with pytest.raises(FileError, match=why):
        sb.load(rewritten(path, told, arrays))


def test_a_design_of_ones_own_is_said_to_be_none_of_the_list(tmp_path):
    class Own:
        pass

    with pytest.raises(FileError, match="A Own is not among the things that a file may hold"):
        sb.save(replace(made_up(), study=replace(made_up().study, design=Own())), tmp_path / "all.nc")
