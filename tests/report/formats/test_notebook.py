"""A run as a notebook shows it. The runs are lines of a results file, as the worker and the runner write them."""

import re
from html.parser import HTMLParser
from typing import Any

import convparity
import pytest
from convparity.cases.catalog.catalog import Catalog
from convparity.cases.reference import References
from convparity.report.findings.explained import Explained
from convparity.report.findings.report import Report
from convparity.report.formats.notebook import ROWS, windows_text
from convparity.report.policy.expectations import Expectation
from convparity.report.results.file import Results
from convparity.report.verdicts.run import Run
from convparity.report.verdicts.verdict import Verdict

from ..policies import held

HOSTILE = "</td><script>alert(1)</script><img src=x onerror='x()'>&\x1b[31m\"q\""
LAYER = convparity.make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
MAP_ASKED = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
MAP_KERAS = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
MAP_ASKED_9 = [*MAP_ASKED, [7, 8, -1]]
SOURCE = "layers.Conv2D(1, 3, strides=2, padding='same', use_bias=False)"
PORT = "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2, use_bias=False)])"


class Page(HTMLParser):
    """The text of some HTML, its tags, and whether every tag is closed by its own."""

    VOID = ("br",)

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.open = "", [], []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.text += " "
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(shown: Any) -> Page:
    """An object as a notebook shows it; its text has single spaces."""
    result = Page(shown._repr_html_())
    result.text = re.sub(r"\s+", " ", result.text)
    return result


def environment(label: str, adapter: str, **packages: str) -> dict[str, Any]:
    details = {"timeout": 30, "memory": 2**32}
    return {"kind": "environment", "label": label, "adapter": adapter, "packages": packages, "details": details}


def observation(label: str, case: convparity.Case = LAYER, **fields: Any) -> dict[str, Any]:
    line = {"kind": "observation", "environment": label, "case": case.id, "input": list(case.input), "log": ""}
    return {**line, "spelling": "as written", "want": "values", "seconds": 0.01, **fields}


def ran(label: str, case: convparity.Case = LAYER, **fields: Any) -> dict[str, Any]:
    """An observation that agrees with the reference, but for what is given."""
    reference = References()[case]
    assert reference.shape is not None
    fields = {"shape": list(reference.shape), "digest": reference.digest, "dtype": "float32", **fields}
    return observation(label, case, **{"outcome": "ran", "source": "a layer", "declared": fields["shape"], **fields})


def measured(label: str, rows: list[list[int]], **fields: Any) -> dict[str, Any]:
    sampling = {"maps": [rows, rows], "separable": True, "exact": True}
    shape = [1, 1, len(rows), len(rows)]
    return observation(label, outcome="ran", want="sampling", shape=shape, sampling=sampling, **fields)


def case_line(case: convparity.Case) -> dict[str, Any]:
    return {"kind": "case", "case": case.to_json()}


def report_of(*lines: dict[str, Any]) -> Report:
    results = Results()
    for line in lines:
        results.add(line)
    return Report(Run(results))


@pytest.fixture(scope="module")
def shifted() -> Report:
    """PyTorch agrees; Keras reads one pixel further on, at even sizes, and has a port."""
    said = {"source": SOURCE, "words": "'same'", "note": "Keras has no explicit padding"}
    return report_of(
        case_line(LAYER),
        environment("torch", "torch", torch="2.13.0"),
        environment("keras", "tensorflow", tensorflow="2.21.0", keras="3.15.1"),
        ran("torch"),
        ran("keras", digest="another", **said),
        measured("keras", MAP_KERAS, **said),
        measured("keras", MAP_ASKED_9, input=[9, 9], **said),
        ran("keras", spelling="port", source=PORT),
    )


def row(report: Report, label: str, spelling: str = "as written") -> Verdict:
    return next(v for v in report.verdicts if (v.environment.label, v.spelling) == (label, spelling))


def test_report_has_the_table_and_the_finding(shifted: Report) -> None:
    shown = page(shifted)
    assert "Keras reads other pixels in this layer. Every shape matches." in shown.text
    assert "layer expected keras 2.21.0 torch 2.13.0" in shown.text
    assert "3x3, stride 2, padding 1 on 8x8 (4,4) ≠ shifted (4,4) 1 ✓ agrees (4,4)" in shown.text
    assert "every shape is (4,4)" in shown.text
    assert "pads the height and width (0,1) instead of (1,1)" in shown.text
    assert "differs at every even height and width; at odd ones the two agree" in shown.text
    assert f"port (ran, agrees): {PORT}" in shown.text


def test_divergence_is_bold_and_agreement_is_not(shifted: Report) -> None:
    html = shifted._repr_html_()
    assert "<strong>≠&nbsp;shifted</strong>" in html
    assert "<strong>✓" not in html


def test_displays_run_nothing_and_choose_no_colours(shifted: Report) -> None:
    for shown in (shifted, row(shifted, "keras"), Explained(LAYER, shifted)):
        found = page(shown)
        assert not {"script", "style", "img", "a"} & set(found.tags)
        styles = " ".join(value or "" for name, value in found.attributes if name == "style")
        assert not re.search(r"#|rgb|hsl|color:(?!currentColor)", styles.replace("solid currentColor", ""))
        assert {name for name, _ in found.attributes} <= {"style", "scope", "title"}


def test_a_verdict_shows_the_elements_read_and_the_requested_ones(shifted: Report) -> None:
    text = page(row(shifted, "keras")).text
    assert "environment keras (tensorflow 2.21.0, keras 3.15.1)" in text
    assert f"as written {SOURCE}" in text
    assert "verdict ≠ shifted" in text
    assert "shape (4,4), as expected" in text
    read, asked = (windows_text(row(shifted, label).maps[0]) for label in ("keras", "torch"))
    assert f"height reads {read} instead of {asked}" in text
    assert "why Keras has no explicit padding" in text


def test_port_is_a_verdict_of_its_own(shifted: Report) -> None:
    text = page(row(shifted, "keras", "port")).text
    assert f"port {PORT}" in text
    assert "verdict ✓ agrees" in text
    assert "instead of" not in text


def test_a_different_shape_is_shown_beside_the_requested_one() -> None:
    report = report_of(
        case_line(LAYER),
        environment("keras", "tensorflow", keras="3.15.1"),
        ran("keras", shape=[1, 1, 3, 3], digest="another", words="'valid'"),
        measured("keras", [[0, 1, 2], [2, 3, 4], [4, 5, 6]]),
    )
    text = page(row(report, "keras")).text
    assert "verdict ≠ shape" in text
    assert "shape (3,3) instead of (4,4)" in text
    assert "3x3, stride 2, padding 1 on 8x8 (4,4) ≠ shape (3,3) 1" in page(report).text


def test_windows_of_a_long_axis_are_cut_in_the_middle(shifted: Report) -> None:
    maps = row(shifted, "torch").maps
    assert maps is not None
    assert windows_text(maps[0]).count(" | ") == 3
    long = References()[LAYER.on((100, 100))].axes[0]
    windows = windows_text(long.sampling()).split(" | ")
    assert len(windows) == 5
    assert windows[3] == "…"
    assert windows[0] == "pad, 1-2"
    assert windows[4] == "98-100"


def test_explained_has_the_formula_and_each_environment(shifted: Report) -> None:
    text = page(Explained(LAYER, shifted)).text
    assert "floor((8-3+2+2)/2) = 4" in text
    assert f"keras 2.21.0 (4,4) ≠ shifted {SOURCE}" in text
    assert f"port (ran, agrees): {PORT}" in text
    assert "torch 2.13.0 (4,4) ✓ agrees" in text


def test_explained_without_a_run_is_the_formula() -> None:
    shown = page(convparity.explain("nn.Conv2d(1, 1, 3, padding=1)", (8, 8)))
    assert "floor((8-3+2+1)/1) = 8" in shown.text
    assert shown.tags == ["div", "pre"]


def test_every_other_outcome_is_described_in_words() -> None:
    impossible = convparity.make_case(id="no-answer", input=[2, 2], kernel=3)
    shown = page(
        report_of(
            case_line(LAYER),
            case_line(impossible),
            *(environment(label, "torch", torch="2.13.0") for label in ("a", "b", "c", "d")),
            observation("a", outcome="raised", error="ValueError: no"),
            observation("b", outcome="inexpressible", reason="it has no words"),
            observation("c", outcome="crashed", signal="SIGABRT"),
            ran("d", declared=[1, 1, 5, 5]),
            observation("a", impossible, outcome="raised", error="ValueError: too small"),
            observation("b", impossible, outcome="ran", shape=[1, 1, 0, 0]),
        )
    ).text
    assert re.search(r"\(4,4\) ✗ rejects \d ∅ inexpressible \d ✗ crashed \d ≠ misdeclares \(4,4\) \d", shown)
    assert re.search(r"2x2 no answer ✓ agrees ✗ accepts \(0,0\) \d not run not run", shown)


def test_ports_of_environments_that_do_the_same_are_distinguished() -> None:
    lines = [case_line(LAYER)]
    for label in ("a", "b"):
        lines.append(environment(label, "mxnet", mxnet="1.9.1"))
        lines.append(observation(label, outcome="inexpressible", reason="one number per axis"))
        lines.append(ran(label, spelling="port", source=f"port_of_{label}"))
    text = page(report_of(*lines)).text
    assert "INEXPRESSIBLE a, b" in text
    assert "a: port (ran, agrees): port_of_a b: port (ran, agrees): port_of_b" in text


def test_many_cases_are_cut_and_divergent_ones_kept() -> None:
    cases = [convparity.make_case(input=[n, n], kernel=1) for n in range(1, ROWS + 6)]
    lines = [environment("torch", "torch", torch="2.13.0"), *map(case_line, cases)]
    lines += [ran("torch", case) for case in cases[:-1]]
    lines.append(observation("torch", cases[-1], outcome="raised", error="ValueError: no"))
    shown = page(report_of(*lines))
    assert shown.tags.count("tr") == ROWS + 1
    assert "and 5 more layers" in shown.text
    assert "✗ rejects" in shown.text


def test_hostile_text_is_only_text() -> None:
    case = convparity.make_case(id=HOSTILE, input=[8, 8], kernel=3, padding=1)
    report = report_of(
        case_line(case),
        environment(HOSTILE, "torch", torch=HOSTILE),
        environment("b", "torch", torch="2"),
        observation(HOSTILE, case, outcome="raised", error=HOSTILE, source=HOSTILE),
        observation("b", case, outcome="inexpressible", reason=HOSTILE),
        ran(HOSTILE, case, spelling="port", source=HOSTILE),
        {"kind": "fault", "environment": HOSTILE, "message": HOSTILE},
    )
    report.results.notes.append(HOSTILE)
    catalog = Catalog((HOSTILE,), (case,))
    for shown in (report, catalog, Explained(case, report), *report.verdicts):
        found = page(shown)
        assert not {"script", "img"} & set(found.tags)
        assert not {"onerror", "src"} & {name for name, _ in found.attributes}
        assert "\x1b" not in found.text + repr(shown)


def test_catalog_lists_ids_and_words() -> None:
    text = page(convparity.load_catalog("textbook")).text
    assert "layer-4-strided-rectangular 3x5, stride (3,4), padding (0,1) on 8x8" in text
    assert repr(convparity.load_catalog("textbook")).startswith("<Catalog textbook: ")


def test_the_repr_names_the_kind_of_object(shifted: Report) -> None:
    assert repr(shifted) == "<Report: Keras reads other pixels in this layer. Every shape matches.>"
    assert repr(row(shifted, "keras")) == "<Verdict: 3x3, stride 2, padding 1 on 8x8; keras; as written; shifted>"
    assert repr(Explained(LAYER)) == str(Explained(LAYER))
    assert "height" in repr(Explained(LAYER))


def test_run_without_environments_shows_its_faults() -> None:
    report = report_of(case_line(LAYER), {"kind": "fault", "environment": "torch", "message": "cannot start"})
    shown = page(report)
    assert "No framework ran, so nothing is known about this layer." in shown.text
    assert "error: cannot start" in shown.text
    assert "table" not in shown.tags


def test_an_expected_divergence_is_no_finding() -> None:
    lines = [case_line(LAYER), *(environment(label, "torch", torch="2") for label in ("a", "b"))]
    lines += [observation("a", outcome="inexpressible", reason="no words"), observation("b", outcome="raised")]
    report = report_of(*lines)
    stale = Expectation("e.toml", 9, 1, ("shape",), "no more", ("layer-3",), environments=("b",))
    report = held(
        report, expectations=[Expectation("e.toml", 1, 0, ("inexpressible",), HOSTILE, environments=("a",)), stale]
    )
    html = report._repr_html_()
    text = page(report).text
    assert "INEXPRESSIBLE" not in text
    assert "∅ inexpressible expected ✗ rejects 1 " in text
    assert ">∅&nbsp;inexpressible" in html  # not bold
    assert "<strong>∅" not in html
    assert "1 divergence is expected (e.toml)" in text
    assert "e.toml:9: layer-3 in b: expected shape, because no more; is rejects" in text
    assert "<script" not in html


def test_an_incomplete_run_is_shown() -> None:
    report = report_of(case_line(LAYER), *(environment(label, "torch", torch="2") for label in "ab"), ran("a"))
    assert "not everything was observed: 1 of 2 pairs of layer and environment were observed" in page(report).text
