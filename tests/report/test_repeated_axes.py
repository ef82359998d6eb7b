"""The work that rows share: what follows from an axis is worked out once, however many layers have that axis."""

import json

import pytest
from convparity.cases import sampling
from convparity.cases.catalog.validate import make_case
from convparity.report.formats import html, junit
from convparity.report.formats import json as json_format
from convparity.report.policy.lock import Lock
from convparity.report.verdicts import judging, residues

SIZES = (5, 6, 7, 8, 9)


@pytest.fixture
def fits(monkeypatch):
    """The axes that are fitted from now on."""
    fitted = []

    def fit_axis(indices, axis):
        fitted.append((axis, indices.tobytes()))
        return sampling.fit_axis(indices, axis)

    monkeypatch.setattr(judging, "fit_axis", fit_axis)
    for cached in (judging.fitted_axis, judging._fitted_as_asked, judging._alike, residues._along):
        cached.cache_clear()
    return fitted


def layers(**fields):
    """25 layers with the five axes of SIZES, each with another number of channels."""
    pairs = [(rows, columns) for rows in SIZES for columns in SIZES]
    return [
        make_case(id=f"c{i}", input=pair, kernel=3, padding=1, in_channels=i, **fields)
        for i, pair in enumerate(pairs, 1)
    ]


def write_all(report, folder):
    json_format.write(report, folder / "verdicts.json")
    html.write(report, folder / "report.html")
    junit.write(report, folder / "junit.xml")
    Lock.of(report.run).text()


def test_proven_axes_are_fitted_once(observed_run, fits, tmp_path):
    cases = layers()
    run = observed_run(*cases)
    for case in cases:
        run.agreed(case)
    write_all(run.report(), tmp_path)
    assert len(fits) == len(set(fits)) == len(SIZES)


def test_measured_axes_are_fitted_once_whoever_asks(observed_run, observed_windows, fits, tmp_path):
    cases = layers(stride=2)
    run = observed_run(*cases)
    for case in cases:
        for sizes in (case.input, tuple(n + 1 for n in case.input)):
            maps = [observed_windows(n, 3, 0, 1, 2) for n in sizes]  # padding 1 would be (1, 1)
            if sizes == case.input:
                run.saw(case, shape=[1, 1, *map(len, maps)], digest="0" * 32, dtype="float32")
            run.probed(case, *maps, input=sizes)
    report = run.report()
    assert {row.verdict for row in report.verdicts} == {"shifted", "shape"}
    assert all(divergence.holds for divergence in report.divergences)
    write_all(report, tmp_path)
    assert len(fits) == len(set(fits))
    assert {axis.n for axis, _ in fits} == {*SIZES, *(n + 1 for n in SIZES)}


def test_the_json_has_a_row_on_each_line(observed_run, tmp_path):
    cases = layers()[:3]
    run = observed_run(*cases)
    for case in cases:
        run.agreed(case)
    report, path = run.report(), tmp_path / "verdicts.json"
    json_format.write(report, path)
    text = path.read_text()
    assert json.loads(text) == report.to_json()
    rows = [line.rstrip(",") for line in text.splitlines()[1:-1]]
    assert [json.loads(row)["case"] for row in rows] == ["c1", "c2", "c3"]
