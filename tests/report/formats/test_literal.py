"""The word that a framework refuses stands beside the line as written, in every format."""

import io
import json

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.explained import Explained
from convparity.report.formats.junit import junit
from convparity.report.formats.markdown import summary
from convparity.report.formats.notebook import explained_html, report_html, verdict_html
from convparity.report.formats.payload import payload
from convparity.report.formats.terminal import show
from convparity.report.results.file import Results
from convparity.report.results.merging import read_results
from rich.console import Console

STEM = make_case(input=[8, 8], kernel=3, stride=2, padding="same", id="stem")
WRITTEN = "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"
WORD = "nn.Conv2d(1, 1, 3, stride=2, padding='same', bias=False)"
ERROR = "ValueError: padding='same' is not supported for strided convolutions"
NOTE = "there is no 'same' with a stride"
LINE = f"{WORD}  # raises {ERROR}"
EARLIER = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]  # of 8, with 1 before and stride 2


@pytest.fixture
def run(observed_run):
    """A run of the stem with the line that people write for it; the word, if it is given, did this."""

    def made(**literal):
        run = observed_run(STEM)
        seen = {"source": WRITTEN, "words": "one number for both sides", "note": NOTE, "dtype": "float32"}
        if literal:
            seen["literal"] = WORD
        run.saw(STEM, shape=[1, 1, 4, 4], digest="x", **seen)
        if literal.get("outcome"):
            run.saw(STEM, want="literal", **{**literal, "source": WORD})
        run.probed(STEM, EARLIER, EARLIER, **seen)
        return run

    return made


@pytest.fixture
def refused(run):
    return run(outcome="raised", error=ERROR).report()


def test_json_has_the_word_and_its_error(refused):
    (row,) = refused.to_json()["verdicts"]
    assert (row["verdict"], row["source"]) == ("shifted", WRITTEN)
    assert row["literal"] == {"source": WORD, "error": ERROR}


def test_json_names_a_missing_word_and_nothing_where_the_framework_has_it(run, observed_run):
    (row,) = run().report().to_json()["verdicts"]
    assert row["literal"] == {"source": None, "error": NOTE}
    own = observed_run(STEM)
    own.agreed(STEM, source=WRITTEN)
    own.agreed(STEM, spelling="port", note="made for this input size")
    assert [row["literal"] for row in own.report().to_json()["verdicts"]] == [None, None]


@pytest.mark.parametrize(
    ("literal", "line"),
    [
        ({"outcome": "raised", "error": f"\n{ERROR}\nmore"}, LINE),
        ({"outcome": "crashed", "signal": "SIGABRT"}, f"{WORD}  # raises SIGABRT"),
        ({"outcome": "ran", "shape": [1, 1, 4, 4], "dtype": "float32"}, f"{WORD}  # runs in this version"),
        ({"outcome": ""}, f"{WORD}  # not run"),
        ({}, f"# {NOTE}"),
    ],
)
def test_the_line_names_the_outcome_of_the_word(run, literal, line):
    (verdict,) = run(**literal).report().verdicts
    assert verdict.literal.line == line


def shown(report):
    text = io.StringIO()
    show(report, Console(file=text, width=200))
    return text.getvalue()


def html_text(html):
    return html.replace("&#x27;", "'").replace("&quot;", '"')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(shown, id="terminal"),
        pytest.param(lambda report: str(Explained(STEM, report)), id="explain"),
        pytest.param(summary, id="markdown"),
        pytest.param(lambda report: junit(report).tostring().decode(), id="junit"),
        pytest.param(lambda report: html_text(report_html(report)), id="notebook"),
        pytest.param(lambda report: html_text(explained_html(Explained(STEM, report))), id="notebook explain"),
        pytest.param(lambda report: html_text(verdict_html(report.verdicts[0])), id="notebook row"),
        pytest.param(lambda report: "\n".join(payload(report)["cells"]["literal"]["values"]), id="page"),
    ],
)
def test_every_format_shows_the_refused_word(refused, text):
    assert LINE in text(refused)


def test_the_reason_names_the_missing_word_and_the_behaviour_of_the_line(refused):
    (verdict,) = refused.verdicts
    assert verdict.reason == (
        f"{NOTE}; as written (one number for both sides) it pads the height and width (1,0) instead of (0,1): "
        "its windows lie 1 px above and 1 px left of the requested ones"
    )


def test_a_refused_word_is_read_back_from_a_file_and_older_files_have_none(run, tmp_path):
    path = tmp_path / "results.jsonl"
    for made, expected in (run(outcome="raised", error=ERROR), WORD), (run(), None):
        lines = [json.dumps(line) for line in [*made.lines, {"kind": "end"}]]
        path.write_text("\n".join(lines) + "\n")
        results = read_results([path])
        (observation,) = results.observations.values()
        assert (observation.literal or None) == expected
        assert observation.outcome == "ran"


def test_the_word_may_come_before_the_line(run):
    """Lines of a results file are in any order."""
    made = run(outcome="raised", error=ERROR)
    results = Results()
    for line in sorted(made.lines, key=lambda line: (line["kind"] == "observation", line.get("want") != "literal")):
        results.add(line)
    (observation,) = results.observations.values()
    assert (observation.literal, observation.literal_error, observation.outcome) == (WORD, ERROR, "ran")
