"""Where OpenVINO does another thing than its line says: as measured with openvino 2026.4.1 on a CPU."""

import pytest
from convparity.adapters.expression import read

REFUSED = [
    ("ops.convolution(x, np.ones((1, 1, 3)), [1], [-1], [0], [1])", "pads may not be negative"),
    ("ops.convolution_backprop_data(x, np.ones((1, 1, 3)), [2], None, [-1], [0])", "pads_begin may not be negative"),
    ("ops.max_pool(x, [2], [1], [-1], [0], [3])", "pads may not be negative"),
    ("ops.avg_pool(x, [2], [3], [3], [3], True)", "pads must be smaller than the window"),
    ("ops.max_pool(x, [1], [1], [0], [0], [9])", "larger than the padded input"),
]


@pytest.mark.parametrize(("line", "why"), REFUSED)
def test_a_line_that_openvino_refuses_is_refused(line, why):
    assert why in read(line, (1, 8)).refusal


@pytest.mark.parametrize(
    "line",
    [
        "ops.convolution_backprop_data(x, np.ones((1, 1, 3)), [2], None, [0], [-1])",
        "ops.avg_pool(x, [2], [3], [3], [3], False)",
    ],
)
def test_a_line_that_openvino_takes_is_not_refused(line):
    assert not read(line, (1, 8)).refusal


@pytest.mark.parametrize(("arguments", "refused"), [("[1, 2]", True), ("[1, 1]", False), ("[1, 2], 'i32'", False)])
def test_an_adaptive_max_pool_needs_other_indices_than_its_own(arguments, refused):
    assert ("no indices of i64" in read(f"ops.adaptive_max_pool(x, {arguments})", (1, 8, 8)).refusal) is refused


@pytest.mark.parametrize(
    ("line", "outputs"),
    [
        ("ops.max_pool(x, [3], [1], [0], [0], [2], 'ceil')", (3,)),  # 0, 3, and 6, where the input of 6 has ended
        ("ops.max_pool(x, [2], [1], [5], [5], [3])", (7,)),  # (6 + 10 - 3) // 2 + 1, the first two in the padding
    ],
)
def test_windows_that_hold_nothing_are_kept(line, outputs):
    assert read(line, (1, 6)).sizes == outputs


def test_ceil_torch_drops_a_window_that_holds_nothing():
    assert read("ops.max_pool(x, [3], [1], [0], [0], [2], 'ceil_torch')", (1, 6)).sizes is None


@pytest.mark.parametrize(
    ("arguments", "divisor", "counted"),
    [
        ("False, 'ceil_torch'", 3, True),
        ("False", None, True),
        ("True, 'ceil'", None, False),
    ],
)
def test_an_average_that_pads_and_rounds_up_divides_by_its_whole_window(arguments, divisor, counted):
    case = read(f"ops.avg_pool(x, [2], [1], [1], [3], {arguments})", (1, 8)).case
    assert case.divisor_override == divisor
    assert divisor or case.counts_padding is counted


def test_a_word_alone_crops_nothing_of_a_transposed_convolution():
    found = read("ops.convolution_backprop_data(x, np.ones((1, 1, 3)), [2], auto_pad='same_upper')", (1, 4))
    assert found.case.padding == "valid"
    assert "OpenVINO crops nothing for an auto_pad without an output_shape." in found.asides
