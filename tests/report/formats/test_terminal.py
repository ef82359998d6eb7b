"""A run as the terminal shows it."""

import io

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.formats.payload import payload
from convparity.report.formats.terminal import FINDINGS, Detail, show
from convparity.report.policy.expectations import Expectation
from convparity.report.policy.expectations_file import load_expectations
from convparity.report.policy.gate import read_gate
from rich.console import Console

from ..policies import held

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
TEXTBOOK = make_case(id="layer-4", input=[8, 8], kernel=[3, 5], padding=[0, 1], stride=[3, 4])
NO_ANSWER = make_case(id="too-large", input=[2, 2], kernel=3)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
MARKUP = "[red]x[/red]"
ESCAPE = "\x1b[31mred\x1b]0;title\x07\x9b31m\u202e"


def shown(report, width=100, detail=FINDINGS):
    console = Console(file=io.StringIO(), force_terminal=False, width=width)
    show(report, console, detail)
    return console.file.getvalue()


def words(report):
    return " ".join(shown(report).split())


def keras_shifts(run, case=LAYER, environment="keras", words="'same'"):
    run.saw(case, environment, shape=[1, 1, 4, 4], digest="x", words=words, note="Keras has no explicit padding")
    run.probed(case, LATER, LATER, environment=environment)


@pytest.fixture
def run_of(observed_run):
    """Two cases in two environments, of which some diverge."""

    def run(divergences=0, missing=0, environments=("keras", "torch")):
        run = observed_run(LAYER, TEXTBOOK, environments=environments)
        pairs = [(case, label) for case in (LAYER, TEXTBOOK) for label in environments]
        for i, (case, label) in enumerate(pairs[: len(pairs) - missing]):
            if label == environments[0] and i // len(environments) < divergences:
                run.saw(case, label, outcome="raised", error="ValueError: no")
            else:
                run.agreed(case, label)
        return run

    return run


MISSING = "not everything was observed: 3 of 4 pairs of layer and environment were observed"


@pytest.mark.parametrize(
    ("how", "lines"),
    [
        ({}, ["All 2 layers are the same layer in every framework."]),
        ({"divergences": 1}, ["keras raises an error in 1 of 2 layers."]),
        ({"divergences": 2}, ["keras raises an error in 2 of 2 layers."]),
        ({"environments": ("torch",)}, ["All 2 layers are as requested in torch."]),
        (
            {"environments": ("torch",), "divergences": 1},
            ["PyTorch raises an error in 1 of 2 layers."],
        ),
        ({"divergences": 1, "missing": 1}, ["keras raises an error in 1 of 2 layers.", MISSING]),
        ({"missing": 1}, ["No difference in what was observed, but not everything was observed.", MISSING]),
        (
            {"missing": 4},
            ["No framework ran, so nothing is known about these 2 layers.", MISSING.replace("3 of", "0 of")],
        ),
        ({"environments": ()}, ["No framework ran, so nothing is known about these 2 layers."]),
    ],
)
def test_the_terminal_begins_with_the_headline(run_of, how, lines):
    report = run_of(**how).report()
    assert report.headline == lines[0]
    assert shown(report).splitlines()[: len(lines)] == lines[::-1]
    assert ("were observed" in shown(report)) == (len(lines) == 2)


@pytest.mark.parametrize(
    ("environments", "fault", "sentence"),
    [
        (("keras", "torch"), False, "The layer is the same layer in every framework."),
        (("keras", "torch"), True, "The layer is the same layer in every framework that ran."),
        (("torch",), True, "The layer is as requested in torch."),
        ((), True, "No framework ran, so nothing is known about this layer."),
    ],
)
def test_the_headline_of_one_layer_is_in_the_singular(observed_run, environments, fault, sentence):
    run = observed_run(LAYER, environments=environments)
    for label in environments:
        run.agreed(LAYER, label)
    if fault:
        run.add(kind="fault", environment="mxnet", message="cannot serve")
    assert shown(run.report()).splitlines()[0] == sentence


def test_a_run_that_agrees_is_one_line(run_of):
    assert shown(run_of().report()).count("\n") == 1


def test_a_silent_shift_comes_first_with_what_to_paste(observed_run):
    run = observed_run(TEXTBOOK, LAYER, environments=("keras", "torch"))
    run.agreed(TEXTBOOK, "torch")
    run.agreed(LAYER, "torch")
    run.saw(TEXTBOOK, "keras", outcome="raised", error="ValueError: no")
    keras_shifts(run)
    odd = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7], [7, 8, -1]]
    run.probed(LAYER, odd, odd, environment="keras", input=[9, 9])
    run.agreed(
        LAYER, "keras", spelling="port", source="keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3)])"
    )
    text = words(run.report())
    assert text.index("SILENT") < text.index("REJECTS")
    assert "SILENT SHIFT keras 3x3, stride 2, padding 1 on 8x8 every shape is (4,4)" in text
    assert "differs at every even height and width; at odd ones the two agree" in text
    assert "port (ran, agrees): keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3)])" in text
    assert "raises where the answer has the shape (2,2): ValueError: no port: not run" in text


@pytest.mark.parametrize(
    ("case", "written", "port", "line"),
    [
        (
            LAYER,
            {"outcome": "raised"},
            {"shape": [1, 1, 3, 3], "digest": "x"},
            "port (ran, shape: it gave (3,3) instead of",
        ),
        (NO_ANSWER, {"shape": [1, 1, 0, 0], "digest": "x"}, None, "nothing to port: the layer has no answer"),
    ],
)
def test_each_port_is_shown_with_its_verdict(observed_run, case, written, port, line):
    run = observed_run(case)
    run.saw(case, **written)
    if port:
        run.saw(case, spelling="port", **port)
    assert line in words(run.report())


def test_a_finding_of_several_cases_shows_one_and_counts_the_others(observed_run):
    cases = [make_case(id=f"layer-{n}", input=[n, n], kernel=3, padding=1, stride=2) for n in (8, 10, 12)]
    run = observed_run(*cases)
    for case in cases:
        run.saw(case, outcome="raised", error="ValueError: no")
    assert "REJECTS torch 3x3, stride 2, padding 1 on 8x8 and 2 more" in words(run.report())


def test_only_a_false_declaration_is_called_misdeclaring(observed_run):
    run = observed_run(LAYER)
    run.agreed(LAYER, declared=[1, 1, 4, 3])
    assert "MISDECLARES torch" in words(run.report())


@pytest.mark.parametrize(("findings", "more"), [(20, None), (21, "and 1 more finding;"), (23, "and 3 more findings")])
def test_more_findings_than_fit_are_counted(observed_run, findings, more):
    cases = [make_case(id=f"layer-{i}", input=[8, 8], kernel=3, batch=i + 1) for i in range(findings)]
    run = observed_run(*cases)
    for i, case in enumerate(cases):
        run.saw(case, outcome="raised", error=f"ValueError: {'no' * (i + 1)}")
    text = words(run.report())
    assert text.count("REJECTS") == min(findings, 20)
    assert (more in text) if more else ("more finding" not in text)


def test_notes_and_faults_are_shown(run_of):
    run = run_of(environments=())
    run.results.notes.append("run.jsonl: its run was stopped before the end")
    run.add(kind="fault", environment="mxnet", message="environment 'mxnet' cannot serve: " + MARKUP)
    assert shown(run.report()).splitlines() == [
        "run.jsonl: its run was stopped before the end",
        "No framework ran, so nothing is known about these 2 layers.",
        "error: environment 'mxnet' cannot serve: [red]x[/red]",
    ]


def hostile_report(run_class, text, padding="[pad]"):
    """A run in which everything that anybody else wrote is this text; but for the word for the padding."""
    shifted = make_case(id=text + "1", input=[8, 8], kernel=3, padding=1, stride=2)
    refused = make_case(id=text + "2", input=[8, 8], kernel=3)
    no_answer = make_case(id=text + "3", input=[8, 8], kernel=3, padding=padding, hostile=True)
    label = text + "!"
    run = run_class(shifted, refused, no_answer, environments=(label,), version=text)
    run.saw(shifted, label, shape=[1, 1, 4, 4], digest="x", words=text, note=text, source=text)
    run.probed(shifted, LATER, LATER, environment=label, log=text)
    run.saw(shifted, label, "port", outcome="raised", error=text, source=text)
    run.saw(refused, label, outcome="raised", error=text, declared=None, declare_error=text)
    run.saw(no_answer, label, shape=[1, 1, 8, 8], digest="x")
    run.add(kind="fault", environment=text, message=text)
    run.results.notes.append(text)
    return run.report()


def test_markup_is_text(observed_run):
    text = words(hostile_report(observed_run, MARKUP))
    for said in (
        f"SILENT SHIFT {MARKUP}! ",
        f"{MARKUP}; as written ({MARKUP}) it pads",
        f"port (ran, rejects: raises where the answer has the shape (4,4): {MARKUP}): {MARKUP}",
        f"where the answer has the shape (6,6): {MARKUP}",
        "padding '[pad]' on 8x8",
        f"error: {MARKUP}",
    ):
        assert said in text


@pytest.mark.parametrize("width", [20, 100, 400])
def test_no_control_character_reaches_the_terminal(observed_run, width):
    text = shown(hostile_report(observed_run, ESCAPE), width)
    assert {character for character in text if not character.isprintable()} == {"\n"}
    assert "\\x1b[31m" in text.replace("\n", "")


def test_no_control_character_in_a_padding_word_reaches_the_terminal(observed_run):
    assert "\x1b" not in shown(hostile_report(observed_run, "text", padding=ESCAPE))


def test_long_text_is_cut(observed_run):
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="inexpressible", reason="Q" * 5000)
    run.results.notes.append("j" * 5000)
    run.add(kind="fault", environment="mxnet", message="z" * 5000)
    text = shown(run.report())
    assert [text.count(letter) for letter in "Qjz"] == [599, 499, 699]  # and an ellipsis each


def test_environments_that_do_the_same_share_a_finding_and_have_a_port_each(observed_run):
    run = observed_run(LAYER, environments=("mxnet", "torch"))
    for label in ("mxnet", "torch"):
        run.saw(LAYER, label, outcome="inexpressible", reason="no words")
        run.agreed(LAYER, label, spelling="port", source=f"{label}.Port()")
    text = words(run.report())
    assert text.count("INEXPRESSIBLE") == 1
    assert "mxnet: port (ran, agrees): mxnet.Port() torch: port (ran, agrees): torch.Port()" in text


def test_a_port_that_is_for_one_input_size_says_so(observed_run):
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="inexpressible", reason="no words")
    run.agreed(LAYER, spelling="port", source="Port()", note="made for this input size")
    assert "port (ran, agrees; made for this input size): Port()" in words(run.report())
    page = payload(run.report())["cells"]
    assert "made for this input size" in page["portReason"]["values"]


@pytest.mark.parametrize(("tried", "line"), [(False, "port: not run"), (True, "no port: nothing does it")])
def test_a_port_that_was_not_run_is_not_called_unknown(observed_run, tried, line):
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="raised", error="ValueError: no")
    if tried:
        run.saw(LAYER, spelling="port", outcome="no port", reason="nothing does it")
    assert line in words(run.report())


SHIFTED = "[[expect]]\ncase = \"{}\"\nenvironment = 'keras'\nverdict = 'shifted'\nreason = 'known'\n"


def test_expected_divergences_are_one_line_and_no_finding(observed_run, tmp_path):
    run = observed_run(LAYER, environments=("keras",))
    keras_shifts(run)
    (tmp_path / "e.toml").write_text(SHIFTED.format("layer-3"))
    report = run.report()
    assert "SILENT" in shown(report)
    report = held(report, expectations=load_expectations([tmp_path / "e.toml"]))
    assert "SILENT" not in shown(report)
    assert f"1 divergence is expected ({tmp_path}/e.toml)" in words(report)
    report = held(report, expectations=[])
    assert "SILENT" in shown(report)
    assert "expected (" not in shown(report)


def test_failed_expectations_are_shown_up_to_a_screenful(observed_run, tmp_path):
    run = observed_run(LAYER, environments=("keras",))
    run.agreed(LAYER, "keras")
    (tmp_path / "e.toml").write_text("".join(SHIFTED.format(f"x{i}\\u001b") for i in range(23)))
    report = run.report()
    report = held(report, expectations=load_expectations([tmp_path / "e.toml"]))
    assert shown(report).count("matches nothing") == 20
    assert "and 3 more lines like these" in shown(report)
    assert "\x1b" not in shown(report)


def test_disagreements_are_clustered_with_who_does_what(observed_run):
    run = observed_run(LAYER, environments=("keras", "torch"))
    keras_shifts(run)
    run.agreed(LAYER, "torch")
    report = run.report()
    report = held(report, read_gate(agree=["torch,keras"]))
    assert "DISAGREE layer-3 3x3, stride 2, padding 1 on 8x8 pads (1,1) in torch, (0,1) in keras" in words(report)
    assert "Only this fails the run: a disagreement among torch and keras." in words(report)


def test_a_port_that_does_not_agree_is_shown_where_the_layer_itself_is_expected(observed_run):
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="raised", error="ValueError: no")
    run.saw(LAYER, spelling="port", outcome="raised", error="ValueError: neither")
    report = run.report()
    report = held(report, expectations=[Expectation("e.toml", 1, 0, ("rejects",), "known")])
    assert report.exit_status == 1
    assert "PORT torch" in words(report)
    assert "rejects: raises where the answer has the shape (4,4): ValueError: neither" in words(report)


class Terminal(io.StringIO):
    def isatty(self):
        return True


PORT = "keras.Sequential([layers.ZeroPadding2D(((1, 1), (1, 1))), layers.Conv2D(1, 3, strides=2, use_bias=False)])"


@pytest.fixture
def wide(observed_run):
    """A finding of which every line is over 80 columns."""
    run = observed_run(LAYER, environments=("keras",))
    run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", words="'same'", note="Keras has no explicit padding")
    run.probed(LAYER, LATER, LATER, environment="keras")
    run.agreed(LAYER, "keras", spelling="port", source=PORT)
    return run.report()


def test_in_a_file_nothing_is_wrapped_and_no_line_ends_in_blanks(wide):
    lines = shown(wide, width=80).splitlines()
    assert [line.rstrip() for line in lines] == lines
    start = next(i for i, line in enumerate(lines) if "port (ran, agrees): " in line)
    assert "".join(line.strip() for line in lines[start:] if line).endswith(PORT)  # on several lines
    assert [line for line in lines if line.startswith(" ") and "Keras has no" in line and "the requested ones" in line]


def test_on_a_terminal_text_is_wrapped_beside_the_verdict_and_code_is_one_line(wide):
    console = Console(file=Terminal(), width=80, color_system=None)
    show(wide, console)
    lines = console.file.getvalue().splitlines()
    assert [line.rstrip() for line in lines] == lines
    first = next(i for i, line in enumerate(lines) if line.startswith("SILENT SHIFT  keras"))
    beside = [line for line in lines[first + 1 :] if line]
    assert all(line.startswith(" " * 14) for line in beside)
    code = next(i for i, line in enumerate(beside) if "port (ran, agrees): " in line)
    assert all(len(line) <= 80 and line[14] != " " for line in beside[:code])
    assert code == 4


def test_the_colour_of_a_verdict_is_not_that_of_the_layer(wide):
    console = Console(file=Terminal(), width=200, force_terminal=True, color_system="standard")
    show(wide, console)
    (line,) = [line for line in console.file.getvalue().splitlines() if "SILENT SHIFT" in line]
    red, cyan, layer = (
        "\x1b[1;31mSILENT SHIFT\x1b[0m",
        "\x1b[1;36mkeras\x1b[0m",
        "\x1b[1m  3x3, stride 2, padding 1 on 8x8",
    )
    assert line.startswith(f"{red}  {cyan}{layer}")


@pytest.fixture
def refused_at(observed_run):
    """Layers of several sizes that an environment refuses, each with a port of its own."""

    def refused_at(*sizes, ports=lambda n: f"port_on_{n}()"):
        cases = [make_case(id=f"layer-{n}", input=[n, n], kernel=3, padding=1, stride=2) for n in sizes]
        run = observed_run(*cases, environments=("a", "b"))
        for case in cases:
            for label in ("a", "b"):
                run.saw(case, label, outcome="raised", error="ValueError: no")
                run.agreed(case, label, spelling="port", source=ports(case.input[0]))
        return run.report()

    return refused_at


def test_a_finding_names_its_layers_and_gives_the_port_of_each(refused_at):
    text = words(refused_at(8, 10, 12))
    assert "ids: layer-8, layer-10, layer-12 " in text
    for n in (8, 10, 12):
        assert text.count(f"layer-{n}: port (ran, agrees): port_on_{n}()") == 1  # for both environments at once


def test_a_port_that_all_layers_share_is_shown_once(refused_at):
    text = words(refused_at(8, 10, 12, ports=lambda n: "the_port()"))
    assert text.count("the_port()") == 1
    assert "layer-12: port" not in text


def test_many_ports_and_ids_are_folded_unless_requested(refused_at):
    report = refused_at(*range(8, 28, 2))
    text = words(report)
    assert "layer-8, layer-10, layer-12, layer-14, layer-16, layer-18, layer-20, layer-22 and 2 more" in text
    assert "port_on_14()" in text
    assert "port_on_16()" not in text
    assert "and 6 more ports; --ports shows them" in text
    everything = shown(report, detail=Detail(ports=True))
    assert all(f"port_on_{n}()" in everything for n in range(8, 28, 2))
    assert "layer-26" in everything
    assert "more" not in everything.partition("REJECTS")[2].replace("and 9 more", "")


def test_a_quiet_report_is_its_headline_and_its_errors(refused_at):
    report = refused_at(8, 10)
    report.results.faults.append(("c", "cannot start"))
    assert shown(report, detail=Detail(quiet=True)).splitlines() == [report.headline, "error: cannot start"]
