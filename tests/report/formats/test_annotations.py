"""The annotations of a job on GitHub, read by a parser of its commands that follows the rules of the runner."""

import re

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.formats.annotations import commands

from ..policies import waiving

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
HOSTILE = "a%0A::set-output name=x::y\n::add-mask::z\r##[group]100%, b:c"


def parsed(line):
    """A command as the runner reads it: its name, its properties and its message."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    pairs = [pair.split("=", 1) for pair in found[2].split(",")]

    def unescaped(text, *escapes):
        for escape in (*escapes, "%0D", "%0A", "%25"):
            text = text.replace(escape, chr(int(escape[1:], 16)))
        return text

    return found[1], {name: unescaped(value, "%3A", "%2C") for name, value in pairs}, unescaped(found[3])


@pytest.fixture
def shifting(observed_run):
    run = observed_run(LAYER, environments=("keras",))
    run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4])
    run.probed(LAYER, LATER, LATER, environment="keras")
    return run


def test_a_finding_is_an_error_with_its_layer_and_reason(shifting):
    (line,) = commands(shifting.report())
    level, properties, message = parsed(line)
    assert (level, properties) == ("error", {"title": "silent shift in keras: 3x3, stride 2, padding 1 on 8x8"})
    assert "windows lie 1 px below and 1 px right of the requested ones" in message


PORT = "nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(1, 1, 3, stride=2))"


def test_a_finding_has_its_port_below_the_reason(shifting):
    shifting.agreed(LAYER, "keras", spelling="port", source=PORT)
    _, _, message = parsed(*commands(shifting.report()))
    why, port = message.split("\n")
    assert why.endswith("[layer-3]")
    assert port == f"port (ran, agrees): {PORT}"


def test_only_the_first_of_many_ports_are_shown_each_with_its_layers(observed_run):
    cases = [make_case(id=f"n{n}", input=[n, n], kernel=3, padding=1) for n in range(8, 13)]
    run = observed_run(LAYER, *cases)
    run.agreed(LAYER)
    for case in cases:
        run.saw(case, outcome="raised", error="ValueError: no")
        run.agreed(case, spelling="port", source=f"port_of_{case.id}()  # 100%, a::b")
    message = parsed(commands(run.report())[-1])[2]
    reason, *ports = message.split("\n")
    assert reason.endswith("[n8, n9, n10, n11, n12]")
    assert ports == [
        "n8: port (ran, agrees): port_of_n8()  # 100%, a::b",
        "n9: port (ran, agrees): port_of_n9()  # 100%, a::b",
        "n10: port (ran, agrees): port_of_n10()  # 100%, a::b",
        "and 2 more ports; --ports shows them in the log",
    ]


def test_the_annotations_of_a_step_stay_far_below_what_github_keeps(observed_run):
    """Of a message, 64 KB; the layers here have long names and long ports."""
    cases = [make_case(id=f"{n}{'x' * 300}", input=[n, n], kernel=3) for n in range(8, 30)]
    run = observed_run(*cases)
    for case in cases:
        run.saw(case, outcome="raised", error=f"ValueError: {'why ' * 999}")
        run.agreed(case, spelling="port", source=f"f({', '.join(map(str, range(case.input[0], 3000)))})")
    assert max(map(len, commands(run.report()))) < 8000


def test_waived_divergences_are_counted_in_one_notice_and_listed_on_request(shifting):
    report = shifting.report()
    report = waiving(report, {("layer-3", "keras"): "Keras pads after"})
    level, properties, message = parsed(*commands(report))
    assert (level, properties) == ("notice", {"title": "expected"})
    assert message.startswith("1 divergence is expected (")
    _, finding = map(parsed, commands(report, show_waived=True))
    assert finding[0] == "notice"
    assert finding[2].startswith("expected, Keras pads after: ")


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"outcome": "raised", "error": "ValueError: no"}, "warning"),
        ({"outcome": "inexpressible", "reason": "no words"}, "warning"),
        ({"outcome": "crashed", "signal": "SIGSEGV"}, "error"),
        ({"shape": [1, 1, 3, 3], "digest": "x"}, "error"),
    ],
)
def test_a_loud_divergence_is_a_warning_below_an_error_that_names_the_failure(observed_run, fields, level):
    run = observed_run(LAYER)
    run.saw(LAYER, **fields)
    *first, finding = map(parsed, commands(run.report()))
    assert finding[0] == level
    said = [("error", {"title": "this run fails"}, "divergence (1)")]
    assert first == (said if level == "warning" else [])


def test_foreign_text_is_never_a_command_or_a_property(observed_run):
    run = observed_run(LAYER, environments=(HOSTILE,))
    run.saw(LAYER, HOSTILE, outcome="inexpressible", reason=HOSTILE)
    run.add(kind="fault", environment="x", message=HOSTILE)
    run.results.notes.append(HOSTILE)
    lines = commands(run.report())
    assert len(lines) == 3
    printable = "a%0A::set-output name=x::y\\n::add-mask::z\\r##[group]100%, b:c"
    for line in lines:
        assert line.isprintable()
        _, properties, message = parsed(line)
        assert list(properties) == ["title"]
        assert message.removesuffix("\nport: not run").removesuffix(" [layer-3]") == printable
    assert parsed(lines[1])[1]["title"].startswith("inexpressible in a%0A::set-output name=x::y\\n")


def test_there_are_ten_annotations_and_errors_of_the_run_come_first(observed_run):
    cases = [make_case(id=f"k{k}", input=[32, 32], kernel=k) for k in range(1, 13)]
    run = observed_run(*cases)
    for case in cases:
        run.saw(case, outcome="raised", error=f"{'E' * case.kernel[0]}: no")
    assert len(run.report().clusters) == 12
    run.add(kind="fault", environment="mxnet", message="cannot start")
    lines = commands(run.report())
    assert len(lines) == 10
    assert [parsed(line)[0] for line in lines] == ["error", *["warning"] * 9]
    assert "::cannot start" in lines[0]


def test_an_incomplete_run_is_annotated(observed_run):
    run = observed_run(LAYER, environments=("a", "b"))
    run.agreed(LAYER, "a")
    assert commands(run.report()) == [
        "::warning title=note::not everything was observed: 1 of 2 pairs of layer and environment were observed"
    ]


def test_a_run_without_findings_has_no_annotation(observed_run):
    run = observed_run(LAYER)
    run.agreed(LAYER)
    assert commands(run.report()) == []
