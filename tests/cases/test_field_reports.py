"""The field reports: every case says where it was reported, and has the output size that the report states."""

import re
from pathlib import Path

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import load_catalog, shipped

REPORTS = load_catalog("field-reports")
TEXT = shipped()["field-reports"].read_text(encoding="utf-8")
SOURCE = re.compile(r"# Source: (?:https://\S+|[\w.-]+/[\w.-]+#\d+)")

# Copied by hand from the threads: what the reporter got from the side that was right, or wanted and had reasons for.
STATED = {
    "same-3x3-stride-2-on-6x6": (3, 3),
    "valid-is-the-same-everywhere": (2, 2),
    "same-3x3-stride-2-on-4x4": (2, 2),
    "same-upper-stride-2-on-7x5": (4, 3),
    "same-4x1-kernel": (100, 20),
    "same-with-dilation-2": (22, 27),
    "same-dilation-per-axis": (28, 31),
    "same-stride-beyond-kernel": (50, 112),  # ceil(500 / 10) and ceil(224 / 2)
    "depthwise-stride-2-with-dilation": (7, 7),  # ceil(14 / 2)
    "depthwise-unequal-strides": (18, 7),  # 18 and ceil(20 / 3)
    "conv-crop-before-pad-after": (15, 2),  # 6 - 5 + 1 columns
    "circular-along-the-width": (18, 10),
    "circular-before-only": (8, 9),
    "reflect-one-row": (4, 4),
    "circular-keeps-the-size": (5, 5),
    "bfloat16-row-kernel-same": (56, 56),
    "tconv-same-doubles": (28, 56),
    "tconv-odd-height-even-width": (17, 30),
    "tconv-kernel-4-padding-2-back-to-21": (21,),
    "tconv-output-size": (240, 200),
    "tconv-crop-1-odd-output": (27, 27),
    "tconv-target-shape-25": (25, 25),
    "tconv-same-stride-1": (2, 2),
    "tconv-same-output-padding-1": (6, 6),
    "tconv-padding-0-is-valid": (512, 512),
    "tconv-fcn-32": (800, 1056),
    "tconv-valid-back-to-73": (73, 73),
    "tconv-1x1-stride-2-output-padding-1": (32, 32),  # stride x size
    "tconv-same-stride-beyond-kernel": (10, 10),  # stride x size
    "tconv-bilinear-by-3": (21, 21),  # 3 x 7
    "tconv-dilation-and-stride": (97, 50),
    "tconv-dilation-2-stride-2": (7, 7),
    "tconv-kernel-3-padding-0": (4, 4),
    "tconv-3x3-dilation-2-stride-2": (5, 5),
    "tconv-3d-odd-output": (32, 31, 31),
    "tconv-3d-same-even-kernel": (8, 8, 8),
    "tconv-output-padding-not-below-stride": (13,),
    "max-pool-4x4-padding-1": (2, 2),
    "max-pool-2x2-stride-1-same": (13, 13),
    "max-pool-valid-4x7": (2, 3),
    "max-pool-3d-same": (8, 38, 19),
    "max-pool-2x3-stride-3-same": (2, 2),
    "max-pool-padding-2-of-3": (3, 2),
    "caffe-pool-64": (33, 33),
    "caffe-pool-129": (65, 65),
    "caffe-pool-128x64": (65, 33),
    "squeezenet-pool-80x200": (40, 100),
    "max-pool-3d-caffe": (8, 40, 40),
    "max-pool-ceil-stride-beyond-kernel": (3, 4),
    "dilated-pool-same-5x7": (3, 4),
    "avg-pool-5x5-padding-2": (5, 5),
    "avg-pool-ceil-1d": (4,),
    "avg-pool-ceil-4x4": (2, 2),
    "avg-pool-ceil-4x4-padding-1": (3, 3),
    "avg-pool-ceil-7x7-stride-3": (3, 3),
    "avg-pool-ceil-17x17": (9, 9),
    "avg-pool-ceil-9x9-padding-2": (3, 3),
    "avg-pool-padded-after": (2, 2),
}
# What the reports call an error: there is no output.
NOTHING = {
    "reflect-beyond-the-input",
    "reflect-by-the-whole-size",
    "reflect-depth-1",
    "kernel-larger-than-input",
    "kernel-2-on-one-pixel",
    "dilated-kernel-beyond-the-width",
    "tconv-nothing-left",
    "dilated-pool-does-not-fit",
    "dilated-pool-ceil-does-not-fit",
    "max-pool-20x20-on-5x5",
    "max-pool-2x2-on-one-column",
    "max-pool-ceil-window-4-on-1",
    "max-pool-window-larger-than-input",
    "max-pool-all-padding-window",
    "avg-pool-window-larger-than-input",
}


def test_there_are_many_reports_of_every_operation_and_rank():
    assert len(REPORTS) >= 130
    assert {case.op for case in REPORTS} == {"conv", "conv_transpose", "max_pool", "avg_pool"}
    assert {case.rank for case in REPORTS} == {1, 2, 3}


def test_the_readme_says_how_many_there_are():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"| `field-reports` | {len(REPORTS)} divergences" in readme


def test_each_case_stands_below_its_source_and_its_behaviour_today():
    # Blank lines and comments may come between two cases; the block that ends at a [[case]] is its own.
    comments = re.findall(r"((?:^# .*\n)*)^\[\[case\]\]\nid = \"(.*)\"", TEXT, re.M)
    assert [id for _, id in comments] == [case.id for case in REPORTS]
    assert [id for comment, id in comments if not SOURCE.match(comment)] == []
    assert [id for comment, id in comments if comment.count("\n# Today: ") != 1] == []


@pytest.mark.parametrize(("id", "sizes"), STATED.items())
def test_the_reports_own_output_sizes(id, sizes):
    assert tuple(axis.output for axis in axes(REPORTS[id])) == sizes


def test_the_cases_without_an_output_are_the_errors_of_the_reports():
    assert {case.id for case in REPORTS if isinstance(axes(case), Invalid)} == NOTHING


def test_the_case_that_kills_a_process_is_marked_as_hostile():
    assert [case.id for case in REPORTS if case.hostile] == ["max-pool-window-larger-than-input"]
