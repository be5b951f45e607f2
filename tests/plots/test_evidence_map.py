"""The figure of the map of evidence."""

import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.plots import evidence_map, evidence_map_alt, to_svg
from sos_bayes.ratings import EvidenceMap, signs_of_safety


def test_every_place_with_publications_has_its_number_and_others_none():
    found = signs_of_safety.evidence_map()
    axes = evidence_map(found).axes[0]
    written = [int(t.get_text()) for t in axes.texts]
    table = found.to_frame().to_numpy()
    assert sorted(written) == sorted(table[table > 0].tolist())
    assert len(axes.get_yticklabels()) == 9
    assert "6 publications with a verified citation (its source counted 38)" in evidence_map(found).get_supxlabel()


def test_it_is_drawn_and_read_even_when_empty():
    assert to_svg(evidence_map(EvidenceMap("nothing", ()))).startswith("<?xml")
    said = evidence_map_alt(signs_of_safety.evidence_map())
    assert "mentoring: none" in said
    assert "worker practice: 4 on effect" in said


@pytest.mark.parametrize("draw", [evidence_map, evidence_map_alt])
def test_what_is_no_map_is_refused(draw):
    with pytest.raises(StudyError, match="no map of evidence"):
        draw([])
