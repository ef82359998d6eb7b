"""The data of the page: columns that agree with the verdicts, and maps that rebuild the measurements."""

import base64
import json
import zlib

import numpy as np
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.formats.payload import LARGEST_VALUES, payload
from convparity.report.policy.gate import Gate

from ..policies import held, waiving

STEM = make_case(id="stem", input=[8, 8], kernel=3, padding=1, stride=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # 'same' pads (0,1): by hand
ASKED = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]


def column(part, name):
    """A column, written out."""
    return [part[name]["values"][i] for i in part[name]["of"]]


def read(axis):
    """The rows of a map of the payload."""
    rows, taps = range(axis["outputs"]), range(axis["taps"])
    if "reads" in axis:
        return np.reshape(axis["reads"], (axis["outputs"], axis["taps"])).tolist()
    places = [[o * axis["stride"] - axis["before"] + t * axis["dilation"] for t in taps] for o in rows]
    return [[place if 0 <= place < axis["size"] else -1 for place in row] for row in places]


@pytest.fixture
def shifted(observed_run):
    """Two environments, of which keras shifts the second case."""
    plain = make_case(id="plain", input=[8, 8], kernel=3)
    run = observed_run(plain, STEM, environments=("keras", "torch"))
    for case, label in [(plain, "keras"), (plain, "torch"), (STEM, "torch")]:
        run.agreed(case, label)
    run.saw(STEM, "keras", shape=[1, 1, 4, 4], digest="x", words="'same'", source="layers.Conv2D(1, 3)")
    run.probed(STEM, LATER, LATER, environment="keras")
    run.agreed(STEM, "keras", spelling="port", source="port()")
    return run


def test_the_columns_say_what_the_verdicts_say(shifted):
    made = json.loads(json.dumps(payload(shifted.report())))
    cases, cells = made["cases"], made["cells"]
    assert [environment["label"] for environment in made["environments"]] == ["keras", "torch"]
    assert cases["id"] == ["plain", "stem"]
    assert column(cases, "input") == ["8x8", "8x8"]
    assert column(cases, "padding") == ["0", "1"]
    assert column(cases, "expected") == ["6x6", "4x4"]
    assert column(cases, "arrays")[1] == ["(1, 1, 8, 8)", "(1, 1, 3, 3)", "float32"]
    assert column(cases, "formula")[1][0] == ["height", "p = 1 + 1 = 2", "floor((8-3+2+2)/2) = 4", ""]
    assert column(cells, "verdict") == ["agrees", "shifted", "agrees", "agrees"]
    assert column(cells, "shape") == ["6x6", "4x4", "6x6", "4x4"]
    assert column(cells, "pads") == ["(0,0)", "(0,1)", "(0,0)", "(1,1)"]
    assert column(cells, "port") == ["", "agrees", "", ""]
    assert column(cells, "portSource")[1] == "port()"
    assert "1 px below" in column(cells, "reason")[1]


def test_the_maps_rebuild_the_requested_and_the_measured_elements(shifted):
    made = payload(shifted.report())
    assert [read(made["maps"][i]) for i in column(made["cases"], "maps")[1]] == [ASKED, ASKED]
    assert [read(made["maps"][i]) for i in column(made["cells"], "maps")[1]] == [LATER, LATER]
    assert column(made["cells"], "maps")[3] == column(made["cases"], "maps")[1]  # proven by its values


@pytest.mark.parametrize(
    "rows",
    [
        [[2, 1, 0], [4, 3, 2], [6, 5, 4], [-1, 7, 6]],  # a kernel mirrored
        [[1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]],  # an edge mirrored
        [[-1, -1, -1]] * 4,
    ],
)
def test_a_map_that_no_numbers_rebuild_is_written_out(observed_run, rows):
    run = observed_run(STEM)
    run.saw(STEM, shape=[1, 1, 4, 4], digest="x")
    run.probed(STEM, rows, rows)
    made = payload(run.report())
    assert [read(made["maps"][i]) for i in column(made["cells"], "maps")[0]] == [rows, rows]


def test_a_finding_names_its_cases_and_environments(shifted):
    (finding,) = payload(shifted.report())["findings"]
    assert (finding["verdict"], finding["silent"], finding["waived"]) == ("shifted", True, False)
    assert (finding["environments"], finding["cases"], finding["example"]) == ([0], [1], 1)


def test_the_cases_of_a_finding_are_steps_from_one_to_the_next(observed_run):
    cases = [make_case(id=f"case-{i}", input=[8, 8], kernel=3) for i in range(7)]
    run = observed_run(*cases)
    for i, case in enumerate(cases):
        if i in (1, 2, 6):
            run.saw(case, outcome="raised", error="no")
        else:
            run.agreed(case)
    (finding,) = payload(run.report())["findings"]
    assert finding["cases"] == [1, 1, 4]


def test_a_finding_is_waived_where_all_of_it_is_expected(shifted):
    report = shifted.report()
    report = waiving(report, {("stem", "keras"): "Keras has no explicit padding"})
    made = payload(report)
    assert made["findings"][0]["waived"]
    assert column(made["cells"], "waived") == ["", "Keras has no explicit padding", "", ""]


def test_the_page_names_the_verdicts_that_alone_fail_the_run(shifted):
    report = shifted.report()
    assert payload(report)["gate"] == ""
    report = held(report, Gate(fail_on=frozenset({"shape"})))
    told, _, words = payload(report)["gate"].partition(" Only ")
    assert told.startswith(("PASSES: ", "FAILS: "))
    assert words == "this fails the run: shape."


def test_pairs_that_did_not_run_and_cases_without_an_answer_are_marked(observed_run):
    impossible = make_case(id="impossible", input=[2, 2], kernel=3)
    run = observed_run(impossible, STEM)
    run.saw(impossible, outcome="raised", error="no window")
    made = payload(run.report())
    assert column(made["cells"], "verdict") == ["agrees", ""]
    assert column(made["cases"], "expected") == ["", ""]
    assert "window" in column(made["cases"], "noAnswer")[0]
    assert any("1 of 2 pairs" in note for note in made["notes"])


def test_the_numbers_of_small_outputs_that_differ_are_kept(observed_run):
    run = observed_run(STEM)
    got = np.arange(16, dtype=float).reshape(1, 1, 4, 4)
    got[0, 0, 3, 3] = np.nan
    run.saw(STEM, shape=[1, 1, 4, 4], dtype="float32", digest="x", values=got)
    run.probed(STEM, ASKED, ASKED)
    (values,) = payload(run.report())["values"]
    assert values["cell"] == 0
    assert values["got"] == [*range(15), "nan"]
    assert len(values["expected"]) == 16


def test_large_outputs_are_not_kept(observed_run):
    large = make_case(id="large", input=[48, 48], kernel=1, in_channels=1)
    assert LARGEST_VALUES < 48 * 48
    run = observed_run(large)
    run.saw(large, shape=[1, 1, 48, 48], dtype="float32", digest="x", values=np.zeros((1, 1, 48, 48)))
    assert payload(run.report())["values"] == []


def test_texts_are_cut_and_hold_no_control_characters(observed_run):
    run = observed_run(STEM)
    run.saw(STEM, outcome="raised", error="\x1b[31m" + "e" * 10_000 + "\nsecond")
    (error,) = column(payload(run.report())["cells"], "error")
    assert error.startswith("\\x1b[31meee")
    assert len(error) == 4000


def test_the_numbers_of_an_output_belong_to_its_cell(observed_run):
    plain = make_case(id="plain", input=[8, 8], kernel=3)
    run = observed_run(plain, STEM, environments=("keras", "torch"))
    for case, label in [(plain, "keras"), (STEM, "keras"), (STEM, "torch")]:
        run.agreed(case, label)
    packed = base64.b64encode(zlib.compress(np.zeros(36, "<f4").tobytes())).decode()
    run.saw(plain, "torch", shape=[1, 1, 6, 6], dtype="float32", digest="x", values=packed)
    rows = [[i, i + 1, i + 2] for i in range(6)]
    run.probed(plain, rows, rows, environment="torch")
    made = payload(run.report())
    (values,) = made["values"]
    assert column(made["cells"], "verdict")[values["cell"]] == "values"
