"""The predictions and measurements of `compare`, over random pairs of lines; pairs.py runs as many as one likes."""

from .pairs import differing, measure, pairs


def test_predicted_and_measured_comparisons_are_the_same():
    found = measure(pairs(16, 60))
    assert {one.basis for one in found} == {"measured"}
    assert len({one.verdict for one in found}) > 3
    assert [(one.first.source, one.second.source, one.unforeseen) for one in differing(found)] == []
