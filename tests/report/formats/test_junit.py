"""The JUnit XML of a run, held to a schema and read back."""

from pathlib import Path

import pytest
import xmlschema
from convparity.cases.catalog.validate import make_case
from convparity.report.formats.junit import write
from junitparser.xunit2 import JUnitXml

from ..policies import stopped, waiving

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
POOL = make_case(id="pool", op="max_pool", input=[8, 8], kernel=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
CONTROLS = "\x00\x01\x08\x0b\x1b\x7f\x85\ud800\udfff\ufffe\uffff\U0001ffff]]>&<b>\"'\r\u2028"
SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


@pytest.fixture
def read_back(tmp_path):
    """Writes a report, holds the file to the schema, and returns its tests by (classname, name), and all of it."""

    def back(report):
        path = tmp_path / "junit.xml"
        write(report, path)
        SCHEMA.validate(str(path))
        xml = JUnitXml.fromfile(str(path))
        return {(test.classname, test.name): test for suite in xml for test in suite}, xml

    return back


@pytest.fixture
def shifting(observed_run, observed_windows):
    """Two layers in two environments; one shifts one of them, and its port agrees."""
    run = observed_run(LAYER, POOL, environments=("torch", "keras"))
    for label in ("torch", "keras"):
        run.agreed(POOL, label, seconds=0.25)
    run.agreed(LAYER, "torch", seconds=0.5)
    run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4], source="Conv2D(1, 3)")
    run.probed(LAYER, LATER, LATER, environment="keras")
    as_asked = observed_windows(9, 3, 1, 1, 2)
    run.probed(LAYER, as_asked, as_asked, environment="keras", input=[9, 9])
    run.agreed(LAYER, "keras", spelling="port", source="Sequential([ZeroPadding2D(1), Conv2D(1, 3)])")
    return run


def test_an_environment_is_a_suite_and_a_case_a_test_in_it(shifting, read_back):
    tests, xml = read_back(shifting.report())
    assert [(suite.name, suite.tests, suite.failures, suite.errors) for suite in xml] == [
        ("keras", 2, 1, 0),
        ("torch", 2, 0, 0),
    ]
    assert (xml.tests, xml.failures, xml.errors) == (4, 1, 0)
    assert [suite.time for suite in xml] == [0.25, 0.75]
    assert [key for key, test in tests.items() if test.is_passed] == [
        ("keras.max_pool", "pool"),
        ("torch.conv", "layer-3"),
        ("torch.max_pool", "pool"),
    ]
    properties = {p.name: p.value for suite in xml for p in suite.properties()}
    assert properties == {"adapter": "torch", "version of torch": "2.9.0"}


def test_a_divergence_is_a_failure_that_explains_itself(shifting, read_back):
    (failure,) = read_back(shifting.report())[0]["keras.conv", "layer-3"].result
    assert failure.type == "shifted"
    assert "windows lie 1 px below and 1 px right of the requested ones" in failure.message
    lines = failure.text.splitlines()
    assert lines[0] == "3x3, stride 2, padding 1 on 8x8"
    assert "as written: Conv2D(1, 3)" in lines
    assert "requested: the shape (4,4)" in lines
    assert "returned: the shape (4,4)" in lines
    assert any(line.startswith("differs at every even height and width") for line in lines)
    assert "port (ran, agrees): Sequential([ZeroPadding2D(1), Conv2D(1, 3)])" in lines


def test_a_waived_divergence_is_skipped_with_the_reason(shifting, read_back):
    report = shifting.report()
    report = waiving(report, {("layer-3", "keras"): "Keras pads after"})
    tests, xml = read_back(report)
    (skipped,) = tests["keras.conv", "layer-3"].result
    assert (skipped._tag, skipped.type, skipped.message) == ("skipped", "waived", "Keras pads after")
    assert "1 px below" in skipped.text
    assert tests["torch.conv", "layer-3"].is_passed
    assert (xml.failures, [suite.skipped for suite in xml]) == (0, [1, 0])


def test_a_false_declaration_is_a_failure(observed_run, read_back):
    run = observed_run(LAYER)
    run.agreed(LAYER, declared=[1, 1, 4, 3])
    (failure,) = read_back(run.report())[0]["torch.conv", "layer-3"].result
    assert (failure._tag, failure.type) == ("failure", "misdeclares")


def test_errors_of_convparity_are_errors_and_an_unobserved_case_is_not_a_pass(observed_run, read_back):
    run = observed_run(LAYER)
    run.add(kind="fault", environment="torch", message="died 3 times between cases")
    run.add(kind="fault", environment="mxnet", message="cannot be started")
    tests, xml = read_back(run.report())
    assert tests["torch.conv", "layer-3"].is_skipped
    faults = {key: test.result[0].message for key, test in tests.items() if test.is_error}
    assert faults == {
        ("torch", "error 1"): "died 3 times between cases",
        ("mxnet", "error 1"): "cannot be started",
    }
    assert (xml.tests, xml.errors) == (3, 2)


def test_no_foreign_character_breaks_the_file(observed_run, read_back):
    layer = make_case(id="odd" + "\x01", input=[8, 8], kernel=3, padding=1, stride=2, hostile=True)
    run = observed_run(layer, environments=(f"env{CONTROLS}",), version=CONTROLS)
    run.saw(layer, f"env{CONTROLS}", outcome="raised", error=f"ValueError: {CONTROLS}\n{CONTROLS}", source=CONTROLS)
    run.add(kind="fault", environment="x", message=CONTROLS)
    report = run.report()
    tests, _ = read_back(report)
    assert [test.is_passed for test in tests.values()] == [False, False]
    assert "\\x00\\x01\\x08" in next(iter(tests.values())).result[0].text
    report = waiving(report, {(layer.id, f"env{CONTROLS}"): CONTROLS})
    read_back(report)


@pytest.mark.parametrize("seconds", [-1.0, 1e300, 1e-7])
def test_a_time_is_a_decimal_whatever_a_file_says(observed_run, read_back, seconds):
    run = observed_run(LAYER)
    run.agreed(LAYER, seconds=seconds)
    assert read_back(run.report())[0]["torch.conv", "layer-3"].time == 0.0


def test_an_empty_run_gives_a_file_too(observed_run, read_back):
    tests, xml = read_back(observed_run(environments=()).report())
    assert (list(tests), xml.errors) == ([("convparity.run", "no environment ran")], 1)


@pytest.mark.parametrize("how", ["stopped", "in conflict"])
def test_an_unreliable_run_is_an_error(observed_run, read_back, how):
    run = observed_run(LAYER)
    run.agreed(LAYER)
    report = run.report()
    if how == "stopped":
        report = stopped(report)
        message = "the run was stopped before the end"
    else:
        message = "layer-3 in torch was observed twice, and not alike"
        report.results.conflicts.append(message)
    assert report.exit_status == 3
    tests, xml = read_back(report)
    assert (xml.errors, xml.failures) == (1, 0)
    assert tests["convparity.run", message].result[0].message == message
