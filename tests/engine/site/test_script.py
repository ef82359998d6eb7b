"""The script of a finding, which is written without being run: which layer it has, and where there is none."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.told import Told
from convparity.report.matrix.column import Column
from convparity.report.matrix.example import Example
from convparity.report.matrix.index import AGREES, OTHERS, Layer, Mark, Matrix, Part
from convparity.site.script import NONE, script

UP = {"op": "conv_transpose", "input": [3, 3], "kernel": 3, "stride": 2, "padding": "valid"}
STEM = {"input": [224, 224], "kernel": 7, "stride": 2, "padding": 3, "in_channels": 3, "out_channels": 64}


def script_of(adapter="tensorflow", verdict="shifted", later="", catalog="textbook", **case):
    """The script for a case in which torch agrees, and a version 1.0 of the adapter does not."""
    asked = make_case(id="it", **case)
    columns = [
        Column(name, name, ((name, version),), "measured") for name, version in ([("torch", "2"), (adapter, "1.0")])
    ]
    made = Matrix({})
    made.layers["it"] = Layer(catalog, asked.describe(), asked.key, True, "f.jsonl")
    marks = [AGREES, Mark(verdict, "why")]
    if later:
        columns.append(Column(later, adapter, ((adapter, later),), "measured"))
        marks.append(AGREES)
    for column, mark in zip(columns, marks, strict=True):
        made.parts[column] = [Part("f.jsonl", "reports/f.html", {"it": mark})]
    told = Told(verdict, (adapter,), asked.describe(), ("it",), "", "", "", (), ())
    return script(made, Example(columns[1], asked, "why", "", told, None))


def test_it_is_of_a_small_layer_beside_a_framework_that_agrees():
    found = script_of(**STEM)
    assert found.command == "convparity repro textbook:it --adapters torch,tensorflow"
    # 224 - 7 leaves 1 when divided by 2, and so does 12 - 7: the least size of two more windows.
    assert ".reshape(1, 1, 12, 12)" in found.text
    compile(found.text, "repro.py", "exec")


def test_a_version_that_is_not_the_last_word_is_asked_for_by_name():
    assert script_of(**STEM, later="1.1").command.endswith("--with torch --with tensorflow==1.0")


def test_a_layer_of_no_catalog_is_asked_about_by_its_line():
    found = script_of(**STEM, catalog=OTHERS)
    line = "nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)"
    assert found.command == f"convparity repro '{line}' --input 1x3x224x224 --adapters torch,tensorflow"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"adapter": "flax", **UP}, "a script turns the kernel over for a framework that mirrors it"),
        ({"verdict": "misdeclares", **STEM}, "the layer computes what is asked"),
        ({"dtype": "float16", **STEM}, "a script is made for float32"),
        ({"adapter": "my_op", **STEM}, "an adapter of a user's own"),
    ],
)
def test_there_is_none_where_it_would_show_nothing(asked, why):
    assert script_of(**asked) == NONE, why
