"""The published schemas, held against lines and rows as they are written."""

import json
from importlib import resources

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.diff import Diff
from convparity.report.findings.history import History, Release
from convparity.report.models.finding import KINDS, Finding
from convparity.report.models.result import Carried, ComparedModels
from convparity.report.results.file import header
from convparity.report.verdicts.verdict import VERDICTS
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match


def schema(name):
    return json.loads(resources.files("convparity.report").joinpath(f"schemas/{name}.json").read_text("utf-8"))


def validator(name):
    return Draft202012Validator(schema(name))


CASE = {
    "input": [8, 8],
    "kernel": [3, 3],
    "stride": [2, 2],
    "padding": [[1, 1], [1, 1]],
    "dilation": [1, 1],
    "op": "conv",
    "batch": 1,
    "in_channels": 1,
    "out_channels": 1,
    "groups": 1,
    "dtype": "float32",
    "hostile": False,
    "id": "layer-3-stride",
}
SEEN = {
    "kind": "observation",
    "environment": "keras",
    "case": "layer-3-stride",
    "input": [8, 8],
    "spelling": "as written",
}
SOURCE = {"source": "layers.Conv2D(1, 3, strides=2, padding='same', use_bias=False)", "words": "'same'"}
NOTE = {"note": "Keras has no explicit padding", "log": ""}
DECLARED = {"seconds": 0.003632, "declared": [1, 1, 4, 4], "declare_error": ""}
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
VALUES = {
    **SEEN,
    **SOURCE,
    **NOTE,
    **DECLARED,
    "want": "values",
    "outcome": "ran",
    "shape": [1, 1, 4, 4],
    "dtype": "float32",
    "digest": "18235b35756eb5bc74d35f4dfc997082",
    "values": "eAFjcDA4wuCgcQQACJACYQ==",
}
PROBE = {
    **SEEN,
    **SOURCE,
    **NOTE,
    "want": "sampling",
    "seconds": 0.00382,
    "outcome": "ran",
    "shape": [2, 9, 4, 4],
    "dtype": "float32",
    "sampling": {"maps": [LATER, LATER], "separable": True, "exact": True},
}
RAISED = {
    **SEEN,
    **SOURCE,
    **DECLARED,
    "want": "values",
    "outcome": "raised",
    "error": "ValueError: no",
    "declared": None,
}
REFUSED_WORD = "nn.Conv2d(1, 1, 3, stride=2, padding='same')"
LITERAL = {**SEEN, "want": "literal", "source": REFUSED_WORD, "seconds": 0.001}
INEXPRESSIBLE = {**SEEN, "want": "values", "outcome": "inexpressible", "reason": "no words for it", "log": ""}
CRASHED = {**SEEN, "want": "values", "outcome": "crashed", "signal": "SIGABRT", "log": "Check failed"}
ENVIRONMENT = {
    "kind": "environment",
    "label": "keras",
    "adapter": "tensorflow",
    "packages": {"tensorflow-cpu": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"},
    "details": {
        "python": "3.11.7",
        "platform": "Linux",
        "facts": {"threads": 0, "device": "cpu"},
        "variables": {"KERAS_BACKEND": "tensorflow"},
        "origin": "--env",
        "log": "",
        "timeout": 30.0,
        "memory": 4294967296,
    },
}
FAULT = {"kind": "fault", "environment": "mxnet", "message": "environment 'mxnet' cannot serve"}
HOSTILE = {
    **CASE,
    "id": "hostile",
    "hostile": True,
    "kernel": [],
    "stride": [-1],
    "padding": "mirror",
    "batch": -(2**70),
}


def without(line, *keys):
    return {key: value for key, value in line.items() if key not in keys}


@pytest.mark.parametrize("name", ["results", "verdicts", "diff", "recording", "hunt"])
def test_schemas_are_schemas(name):
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"kind": "header", "convparity": "0.1.0", "format": 1}, id="header"),
        pytest.param(header("0.1.0"), id="the header as it is written"),
        pytest.param({"kind": "case", "case": CASE}, id="case"),
        pytest.param({"kind": "case", "case": {**CASE, "padding": "same"}}, id="case of a word"),
        pytest.param({"kind": "case", "case": HOSTILE}, id="hostile case"),
        pytest.param(
            {"kind": "case", "case": make_case(input=[8, 8], kernel=3).to_json()}, id="the case as it is written"
        ),
        pytest.param(ENVIRONMENT, id="environment"),
        pytest.param({**ENVIRONMENT, "details": {**ENVIRONMENT["details"], "gpu": None}}, id="environment with more"),
        pytest.param(VALUES, id="values"),
        pytest.param(without(VALUES, "values"), id="values that are the reference's"),
        pytest.param(without({**VALUES, "spelling": "port"}, "values", "declared", "declare_error"), id="port"),
        pytest.param({**VALUES, "shape": [1, 1, 0, 4], "input": [0, 8]}, id="an empty array"),
        pytest.param(PROBE, id="probe"),
        pytest.param({**PROBE, "input": [9, 9]}, id="probe at another size"),
        pytest.param(without(PROBE, "sampling"), id="probe without an output"),
        pytest.param(RAISED, id="raised"),
        pytest.param({**VALUES, "literal": REFUSED_WORD}, id="values beside a word that is refused"),
        pytest.param({**LITERAL, "outcome": "raised", "error": "ValueError: no"}, id="the word that is refused"),
        pytest.param({**LITERAL, "outcome": "ran", "shape": [1, 1, 4, 4], "dtype": "float32"}, id="a word that ran"),
        pytest.param(INEXPRESSIBLE, id="inexpressible"),
        pytest.param(CRASHED, id="crashed"),
        pytest.param({**CRASHED, "outcome": "timed out", "signal": ""}, id="timed out"),
        pytest.param({**RAISED, "outcome": "out of memory"}, id="out of memory"),
        pytest.param(FAULT, id="fault"),
        pytest.param({"kind": "end"}, id="end"),
        pytest.param({"kind": "resumed"}, id="resumed"),
        pytest.param({**SEEN, "want": "values", "spelling": "port", "outcome": "no port", "log": ""}, id="no port"),
    ],
)
def test_lines_of_a_results_file(line):
    written = json.loads(json.dumps(line))  # tuples are lists in a file
    assert best_match(validator("results").iter_errors(written)) is None


@pytest.mark.parametrize(
    "line",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="no kind"),
        pytest.param({"kind": "surprise"}, id="unknown kind"),
        pytest.param({"kind": "header", "convparity": "0.1.0", "format": 2}, id="another format"),
        pytest.param({"kind": "case", "case": without(CASE, "id")}, id="case without an id"),
        pytest.param({"kind": "case", "case": {**CASE, "colour": 1}}, id="case with something unknown"),
        pytest.param({"kind": "case", "case": {**CASE, "padding": [1, 1]}}, id="one pad per axis"),
        pytest.param({"kind": "case", "case": {**CASE, "padding": [[1, 1, 1]]}}, id="three pads for an axis"),
        pytest.param({"kind": "case", "case": {**CASE, "kernel": 3}}, id="one number for all axes"),
        pytest.param(without(ENVIRONMENT, "packages"), id="environment without packages"),
        pytest.param({**ENVIRONMENT, "packages": {"numpy": 2}}, id="a version that is a number"),
        pytest.param(without(VALUES, "digest"), id="values without a digest"),
        pytest.param(without(VALUES, "shape"), id="values without a shape"),
        pytest.param({**VALUES, "digest": "x"}, id="a digest that is none"),
        pytest.param({**VALUES, "values": "not base64!"}, id="values that are not base64"),
        pytest.param({**VALUES, "shape": [1, 1, -1, 4]}, id="a size below 0"),
        pytest.param({**VALUES, "n": 3}, id="the worker's own number"),
        pytest.param({**VALUES, "outcome": "no port"}, id="what is not written"),
        pytest.param({**VALUES, "spelling": "as read"}, id="unknown spelling"),
        pytest.param({**VALUES, "sampling": PROBE["sampling"]}, id="values with a sampling"),
        pytest.param({**PROBE, "digest": VALUES["digest"]}, id="probe with a digest"),
        pytest.param(
            {**PROBE, "sampling": {"maps": [[[-2]]], "separable": True, "exact": True}}, id="an index below -1"
        ),
        pytest.param({**PROBE, "sampling": {"maps": [LATER], "separable": True}}, id="half a sampling"),
        pytest.param({**RAISED, "shape": [1, 1, 4, 4]}, id="a shape of what raised"),
        pytest.param(without(RAISED, "error"), id="raised without an error"),
        pytest.param({**LITERAL, "outcome": "raised"}, id="a word refused without an error"),
        pytest.param({**LITERAL, "outcome": "raised", "error": "E", "literal": 1}, id="a word that is a number"),
        pytest.param(without(INEXPRESSIBLE, "reason"), id="inexpressible without a reason"),
        pytest.param(without(CRASHED, "signal"), id="crashed of nothing"),
        pytest.param(without(FAULT, "message"), id="fault without a message"),
        pytest.param({"kind": "end", "why": ""}, id="an end with more"),
    ],
)
def test_a_malformed_line_does_not_fit_the_schema(line):
    assert not validator("results").is_valid(line)


AXIS = {"before": 0, "after": [1, 2], "stride": 2, "dilation": 1, "flipped": False, "mode": "zeros"}
ROW = {
    "case": "layer-3-stride",
    "environment": "keras",
    "adapter": "tensorflow",
    "version": "2.21.0",
    "packages": {"tensorflow-cpu": "2.21.0"},
    "basis": "measured",
    "spelling": "as written",
    "source": SOURCE["source"],
    "literal": {"source": None, "error": "Keras has no explicit padding"},
    "verdict": "shifted",
    "misdeclares": False,
    "unforeseen": None,
    "expected_shape": [4, 4],
    "shape": [4, 4],
    "sampling": [AXIS, AXIS],
    "reason": "it pads the height and width (0,1) instead of (1,1)",
}
AGREES = {**ROW, "literal": None, "verdict": "agrees", "reason": ""}
REFUSED = {**AGREES, "expected_shape": None, "shape": None, "sampling": None}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(ROW, id="shifted"),
        pytest.param(AGREES, id="agrees"),
        pytest.param({**AGREES, "basis": "predicted"}, id="predicted"),
        pytest.param({**ROW, "literal": {"source": REFUSED_WORD, "error": "ValueError: no"}}, id="a refused word"),
        pytest.param(REFUSED, id="both refuse"),
        pytest.param({**AGREES, "misdeclares": True, "reason": "its own shape inference"}, id="misdeclares"),
        pytest.param({**ROW, "verdict": "accepts", "expected_shape": None, "sampling": None}, id="accepts"),
        pytest.param(
            {**ROW, "verdict": "inexpressible", "source": None, "shape": None, "sampling": None}, id="no words"
        ),
        pytest.param({**ROW, "sampling": [None, {**AXIS, "after": [0, None], "stride": None}]}, id="partly known"),
        pytest.param({**ROW, "sampling": [{**AXIS, "before": None, "after": None, "dilation": None}]}, id="less known"),
    ],
)
def test_rows_fit_the_schema(row):
    assert best_match(validator("verdicts").iter_errors({"format": 1, "verdicts": [row]})) is None


@pytest.mark.parametrize(
    "row",
    [
        *(pytest.param(without(ROW, key), id=f"without {key}") for key in ROW),
        pytest.param({**ROW, "seconds": 1}, id="more"),
        pytest.param({**ROW, "verdict": "misdeclares"}, id="what is no verdict"),
        pytest.param({**ROW, "source": ""}, id="an empty source"),
        pytest.param({**ROW, "literal": {"source": "", "error": ""}}, id="an empty word"),
        pytest.param(without(ROW, "literal"), id="no word about the word"),
        pytest.param({**ROW, "basis": "believed"}, id="another basis"),
        pytest.param({**ROW, "reason": ""}, id="a divergence without a reason"),
        pytest.param({**AGREES, "misdeclares": True}, id="a false declaration without a reason"),
        pytest.param({**AGREES, "reason": "why"}, id="a reason to agree"),
        pytest.param({**ROW, "shape": None}, id="shifted without a shape"),
        pytest.param({**ROW, "shape": [4, -1]}, id="a size below 0"),
        pytest.param({**ROW, "verdict": "accepts"}, id="accepted, and expected"),
        pytest.param({**ROW, "verdict": "rejects"}, id="rejected, with a shape"),
        pytest.param({**ROW, "sampling": [{**AXIS, "after": 1}]}, id="one number for an interval"),
        pytest.param({**ROW, "sampling": [{**AXIS, "after": [None, 1]}]}, id="an interval without a least"),
        pytest.param({**ROW, "sampling": [{**AXIS, "stride": 0}]}, id="a stride of 0"),
        pytest.param({**ROW, "sampling": [without(AXIS, "flipped")]}, id="half an axis"),
    ],
)
def test_a_malformed_row_does_not_fit_the_schema(row):
    assert not validator("verdicts").is_valid({"format": 1, "verdicts": [row]})


@pytest.mark.parametrize("data", [[], {}, {"format": 2, "verdicts": []}, {"format": 1}, {"format": 1, "verdicts": {}}])
def test_a_malformed_json_file_does_not_fit_the_schema(data):
    assert not validator("verdicts").is_valid(data)


def test_the_schema_knows_the_verdicts_and_no_others():
    assert schema("verdicts")["$defs"]["verdict"]["properties"]["verdict"]["enum"] == list(VERDICTS)


def test_a_whole_run_fits_both(observed_run):
    layer = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
    no_answer = make_case(id="too-large", input=[2, 2], kernel=3)
    run = observed_run(layer, no_answer)
    run.saw(layer, shape=[1, 1, 4, 4], dtype="float32", digest="0" * 32, declared=[1, 1, 4, 3], declare_error="")
    run.probed(layer, LATER, LATER, dtype="float32")
    run.saw(layer, spelling="port", outcome="raised", error="ValueError: no")
    run.saw(no_answer, outcome="raised", error="RuntimeError: no")
    for line in run.lines:
        assert best_match(validator("results").iter_errors(json.loads(json.dumps(line)))) is None
    data = json.loads(json.dumps(run.report().to_json()))
    assert [row["verdict"] for row in data["verdicts"]] == ["shifted", "rejects", "agrees"]
    assert best_match(validator("verdicts").iter_errors(data)) is None


def test_a_comparison_fits(observed_run):
    case, other = make_case(id="stem", input=[8, 8], kernel=3), make_case(id="other", input=[9, 9], kernel=3)
    third = make_case(id="third", input=[7, 7], kernel=3)
    old, new = observed_run(case, other), observed_run(case, third)
    old.agreed(case)
    old.agreed(other)
    new.saw(case, outcome="raised", error="no")
    new.agreed(third)
    made = json.loads(json.dumps(Diff(old.report(), new.report()).to_json()))
    assert sorted(change["kind"] for change in made["changes"]) == ["added", "changed", "gone"]
    validator("diff").validate(made)
    rows = [change[which] for change in made["changes"] for which in ("old", "new") if change[which]]
    validator("verdicts").validate({"format": 1, "verdicts": rows})
    made["changes"][0]["kind"] = "added"
    assert not validator("diff").is_valid(made)


def test_a_history_fits(observed_run):
    case = make_case(id="stem", input=[8, 8], kernel=3)
    run = observed_run(case, environments=("torch==1", "torch==2"))
    run.agreed(case, "torch==1")
    run.saw(case, "torch==2", outcome="raised", error="no")
    releases = [Release("1", "torch==1"), Release("2", "torch==2"), Release("3", "torch==3", "no wheel")]
    made = json.loads(json.dumps(History(run.report(), "torch", releases).to_json()))
    assert [(change["before"], change["after"]) for change in made["changes"]] == [("1", "2")]
    assert [one["problem"] for one in made["releases"]] == [None, None, "no wheel"]
    validator("versions").validate(made)
    rows = [change[which] for change in made["changes"] for which in ("old", "new")]
    validator("verdicts").validate({"format": 1, "verdicts": rows})
    made["changes"][0]["old"] = None
    assert not validator("versions").is_valid(made)


FOUND = {"port": "a", "original": "b", "source": "", "kind": "pads", "cause": "pads (1,1)", "write": ""}
FOUND |= {"alone": 0.5, "chained": "inf"}
COMPARED = {"format": 1, "layers": 2, "differ": [FOUND], "carried": None, "after": {"differ": 1, "largest": 0.5}}
COMPARED |= {"harmless": [], "sizes": [], "unpaired": [], "later": []}


def test_a_comparison_of_models_fits():
    found = ComparedModels("a", "b", [], [Finding("a", "b", "n.py:1", "conv", "pads", "pads (1,1)", 0.5, float("inf"))])
    found.unpaired = [{"side": "port", "path": "c", "name": "ReLU", "source": ""}]
    found.carried = Carried(3, ["c"])
    found.later = [{"port": "c", "original": "d", "source": "", "setting": "rate", "cause": "rate is 0 where ..."}]
    made = json.loads(json.dumps(found.to_json()))
    assert (made["differ"][0]["chained"], made["carried"]) == ("inf", {"layers": 3, "left_out": ["c"]})
    assert best_match(validator("comparison").iter_errors(made)) is None
    assert validator("comparison").is_valid(COMPARED)
    assert sorted(schema("comparison")["$defs"]["finding"]["properties"]["kind"]["enum"]) == sorted(KINDS)


@pytest.mark.parametrize(
    "other",
    [
        {**COMPARED, "format": 2},
        without(COMPARED, "after"),
        {**COMPARED, "differ": [{**FOUND, "kind": "bug"}]},
        {**COMPARED, "differ": [{**FOUND, "alone": "much"}]},
        {**COMPARED, "differ": [without(FOUND, "write")]},
        {**COMPARED, "more": 1},
    ],
)
def test_a_malformed_comparison_of_models_does_not_fit_the_schema(other):
    assert not validator("comparison").is_valid(other)
