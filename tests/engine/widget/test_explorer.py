"""The state of the widget, as Python reads and sets it and as a browser changes it, without either."""

import gc
import statistics
import time

import convparity
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError

LAYER = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"


@pytest.fixture
def widget():
    found = convparity.explore(LAYER, input=(8, 8))
    yield found
    found.close()


def verdicts(widget):
    return {row["adapter"]: row["verdict"] for row in widget.answer["frameworks"]}


def test_a_layer_is_shown_with_all_that_follows(widget):
    """By the formula: (8 - 3 + 2 + 2) / 2 = 4. Keras pads 1 at the end, and not 1 on both sides."""
    assert widget.case == make_case(input=[8, 8], kernel=3, stride=2, padding=1)
    assert widget.answer["shape"] == [4, 4]
    assert widget.answer["formula"][0]["formula"] == "floor((8-3+2+2)/2) = 4"
    assert verdicts(widget)["torch"] == "agrees"
    assert verdicts(widget)["tensorflow"] == "shifted"
    assert "ZeroPadding2D" in next(row["port"] for row in widget.answer["frameworks"] if row["adapter"] == "tensorflow")
    assert widget.controls["kernel"] == "3"
    assert widget.measured == []


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"kernel": "5"}, "nn.Conv2d(1, 1, 5, stride=2, padding=1)"),
        ({"stride": "1,3"}, "nn.Conv2d(1, 1, 3, stride=(1, 3), padding=1)"),
        ({"padding": "0+1"}, "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(1, 1, 3, stride=2))"),
        ({"padding": "same"}, "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(1, 1, 3, stride=2))"),
        ({"padding_mode": "reflect"}, "nn.Conv2d(1, 1, 3, stride=2, padding=1, padding_mode='reflect')"),
        ({"axes": "1"}, "nn.Conv1d(1, 1, 3, stride=2, padding=1)"),
        ({"op": "max_pool"}, "nn.MaxPool2d(3, stride=2, padding=1)"),
        (
            {"op": "conv_transpose", "output_padding": "1"},
            "nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1)",
        ),
    ],
)
def test_a_control_that_is_changed_changes_the_line(widget, changed, line):
    widget.change(**changed)
    assert widget.problems == {}
    assert widget.layer == line
    assert widget.controls.items() >= changed.items()


def test_the_number_of_axes_keeps_what_the_axes_have():
    widget = convparity.explore("nn.Conv2d(3, 4, (3, 5), padding=(0, 1))", input=(3, 8, 9))
    widget.change(axes="3")
    assert (widget.case.input, widget.case.kernel, widget.case.in_channels) == ((8, 9, 9), (3, 5, 5), 3)
    assert widget.case.padding == ((0, 0), (1, 1), (1, 1))
    widget.change(axes="1")
    assert (widget.input, widget.case.kernel) == ((3, 8), (3,))


def test_what_has_no_control_stays(widget):
    widget.layer = "nn.Conv2d(4, 8, 3, groups=4, bias=False)"
    widget.change(kernel="5")
    assert widget.layer == "nn.Conv2d(4, 8, 5, groups=4, bias=False)"


def test_the_line_stays_in_the_framework_that_it_was_given_in(widget):
    widget.layer = "layers.Conv2D(1, 3, padding='same')"
    widget.change(stride="2")
    assert widget.layer == "layers.Conv2D(1, 3, strides=2, padding='same')"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kernel": "0"}, "kernel: 0 is out of range; expected at least 1"),
        ({"kernel": "3,3,3"}, "kernel: [3, 3, 3] has 3 entries; expected one for each of 2 axes"),
        ({"stride": "two"}, "stride: 'two' is not a list of numbers; write 3, 3x5 or 3,5"),
        ({"padding": "sam"}, "padding: 'sam' is not a padding; write 1, 0,1 for the axes"),
        ({"padding": "causal"}, 'padding: "causal" needs an input with one spatial axis'),
        ({"padding_mode": "mirror"}, 'padding_mode: "mirror" is not known; expected zeros, reflect'),
        ({"input": "8xx8"}, "input: '8xx8' is not a list of numbers"),
        ({"op": "convolve"}, "op: 'convolve' is not known; expected conv"),
        ({"layer": "nn.Conv2d(1, 1, 3, stride=0)"}, "stride: 0 is out of range"),
    ],
)
def test_a_text_that_cannot_be_is_one_sentence_and_changes_nothing(widget, changed, said):
    before = widget.case, widget.layer, widget.answer
    widget.change(**changed)
    (name,) = changed
    assert list(widget.problems) == [name]
    assert widget.problems[name].startswith(said)
    assert (widget.case, widget.layer, widget.answer) == before
    assert widget.controls[name] == changed[name]
    widget.change(
        kernel="5",
        **({name: "1"} if name in ("stride", "padding") else {}) | ({name: "8x8"} if name == "input" else {}),
    )
    assert (widget.problems == {}) == (name in ("kernel", "stride", "padding", "input", "layer"))


def test_a_layer_without_an_output_is_no_problem_but_an_answer(widget):
    widget.change(kernel="20")
    assert widget.problems == {}
    assert widget.answer["shape"] is None
    assert "no window fits" in " ".join(widget.answer["result"])


def test_the_state_is_set_and_observed_from_python(widget):
    seen = []
    widget.observe(lambda change: seen.append((change["name"], change["new"])), ["layer", "input", "case"])
    widget.layer = "nn.MaxPool2d(2)"
    assert widget.controls["op"] == "max_pool"
    widget.input = (3, 9, 9)
    assert widget.answer["shape"] == [4, 4]
    widget.case = make_case(input=[5], kernel=2)
    assert (widget.layer, widget.input) == ("nn.Conv1d(1, 1, 2, bias=False)", (5,))  # as the pool has none
    assert [name for name, _ in seen].count("case") == 3
    assert ("input", (3, 9, 9)) in seen


@pytest.mark.parametrize("first", ["layer", "input"])
def test_a_line_and_its_input_are_set_together(widget, first):
    new = {"layer": "layers.Conv1D(1, 3)", "input": (16,)}
    with widget.hold_trait_notifications():
        for name in (first, *(name for name in new if name != first)):
            setattr(widget, name, new[name])
    assert (widget.layer, widget.input, widget.case.rank) == ("layers.Conv1D(1, 3)", (16,), 1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("layer", "nn.Conv2d(1, 1, 0)", "kernel_size: 0 is out of range"),
        ("layer", "hello", "hello"),
        ("input", (8, 8, 8, 8, 8), "has 5 sizes"),
        ("input", (-1, 8), "input: -1 is out of range"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(widget, name, value, said):
    with pytest.raises(InputError, match=said):
        setattr(widget, name, value)
    assert (widget.layer, widget.input) == (LAYER, (8, 8))


def test_lines_that_are_set_together_are_taken_back_together(widget):
    def together():
        with widget.hold_trait_notifications():
            widget.input = (16,)
            widget.layer = "layers.Conv1D(1, 3, strides=0)"

    with pytest.raises(InputError, match="strides: 0"):
        together()
    assert (widget.layer, widget.input) == (LAYER, (8, 8))
    widget.change(kernel="5")
    assert widget.layer == "nn.Conv2d(1, 1, 5, stride=2, padding=1)"


def test_a_message_of_the_browser_is_answered_with_its_number(widget):
    widget._handle_custom_msg({"number": 5, "texts": {"kernel": "5", "nonsense": "1"}}, [])
    assert (widget.answered, widget.controls["kernel"]) == (5, "5")
    assert "nonsense" not in widget.controls
    widget._handle_custom_msg({"number": 6, "texts": {"kernel": "-"}}, [])
    assert (widget.answered, list(widget.problems)) == (6, ["kernel"])
    widget._handle_custom_msg({}, [])  # as it is sent to have an answer sooner
    assert (widget.answered, list(widget.problems)) == (6, ["kernel"])


def test_a_change_takes_little_of_the_processor():
    """50 ms is the time in which a change is to be answered; these took up to 400 ms."""
    widget = convparity.explore("nn.ConvTranspose2d(3, 1, 9, stride=6, padding=14, dilation=4)", input=(3, 224, 224))
    took = []
    gc.disable()  # a collection of all that other tests have left would be counted as one of the changes
    try:
        for kernel in ("11", "9"):
            for stride in "785":
                for padding in ("same_lower", "0+1", "9"):
                    before = time.process_time()
                    widget.change(kernel=kernel, stride=stride, padding=padding)
                    took.append(time.process_time() - before)
                    assert widget.problems == {}
    finally:
        gc.enable()
    assert statistics.median(took) < 0.05
    assert max(took) < 0.15


def test_without_anywidget_one_sentence_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "convparity.widget.explorer", raising=False)
    with pytest.raises(convparity.HarnessFault, match=r"pip install 'convparity\[notebook\]'"):
        convparity.explore()
