"""A failure of a run is a failure in every format, and anything else is one in none."""

import io
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest
import xmlschema
from convparity.cases.catalog.validate import make_case
from convparity.report.formats import junit, markdown, notebook, terminal
from convparity.report.formats.annotations import commands
from convparity.report.formats.payload import payload
from convparity.report.policy.expectations import Expectation
from convparity.report.policy.failures import Policy
from convparity.report.policy.gate import Gate
from convparity.report.policy.lock import Lock
from markdown_it import MarkdownIt
from rich.console import Console

from ..policies import held, stopped, waiving

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
SECOND = make_case(id="layer-5", input=[8, 8], kernel=3, padding=1, stride=2, in_channels=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # pads (0,1): 8 elements, kernel 3, stride 2, by hand
SHAPE = [1, 1, 4, 4]
SHIFTED = ("shifted", "4x4", "0+1,0+1", "0123456789ab")
OTHER = ("agrees", "4x4", "1+1,1+1", "0123456789ab")
SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[1] / "formats" / "junit.xsd")
KNOWN = ("layer-*", ("shifted",))


def observed(run, *labels):
    """Both layers are shifted in keras and as asked in torch."""
    run = run(LAYER, SECOND, environments=labels or ("keras", "torch"))
    for case in (LAYER, SECOND):
        for label in labels or ("keras", "torch"):
            if label == "torch":
                run.agreed(case, label)
            else:
                run.saw(case, label, shape=SHAPE, declared=SHAPE, digest="0123456789abcdef")
                run.probed(case, LATER, LATER, environment=label)
    return run


def locked(first, second=SHIFTED):
    return Lock({("layer-3", "keras"): first, ("layer-5", "keras"): second})


def expecting(report, *entries, **gate):
    """Hold a report against expectations of (case, verdicts, further fields), in keras unless they say otherwise."""
    report = held(report, Gate(**gate))
    expectations = [
        Expectation("e.toml", line, line, verdicts, "known", (case,), **{"environments": ("keras",), **dict(*more)})
        for line, (case, verdicts, *more) in enumerate(entries, 1)
    ]
    report = held(report, expectations=expectations, today=date(2026, 1, 1))
    return report


def gated(run, *labels, **gate):
    report = observed(run, *labels).report()
    report = held(report, Gate(**gate))
    return report


def all_agrees(run):
    return observed(run, "torch").report()


def a_layer_that_is_locked_and_was_not_observed(run):
    run = run(LAYER, SECOND, environments=("keras",))
    run.saw(SECOND, "keras", shape=SHAPE, declared=SHAPE, digest="0123456789abcdef")
    run.probed(SECOND, LATER, LATER, environment="keras")
    report = run.report()
    report = held(report, Gate(lock=locked(SHIFTED)))
    return report


def a_port_that_does_not_agree(run):
    run = observed(run)
    run.saw(LAYER, "keras", "port", outcome="raised", error="ValueError: neither")
    return expecting(run.report(), KNOWN)


def otherwise_than_expected_and_nobody_minds(run):
    """One layer rejects, and the other keeps what the pattern promises."""
    run = run(LAYER, SECOND, environments=("keras",))
    run.saw(LAYER, "keras", outcome="raised", error="ValueError: no")
    run.saw(SECOND, "keras", shape=SHAPE, declared=SHAPE, digest="0123456789abcdef")
    run.probed(SECOND, LATER, LATER, environment="keras")
    report = expecting(run.report(), KNOWN, fail_on=frozenset({"values"}))
    assert report.expected.contradicted
    return report


def rejected(run):
    run = run(LAYER)
    run.saw(LAYER, outcome="raised", error="ValueError: no")
    return run.report()


def misdeclared(run):
    run = run(LAYER)
    run.agreed(LAYER, declared=[1, 1, 5, 5])
    return run.report()


STALE = "e.toml:2: no longer occurs: layer-3 in torch: expected shifted, is agrees: known"
# What makes the report, its exit status, and what it has to say wherever something fails.
SITUATIONS = {
    "all agrees": (all_agrees, 0, ()),
    "divergences": (gated, 1, ("1 px below",)),
    "rejected": (rejected, 1, ("ValueError: no",)),
    "misdeclared": (misdeclared, 1, ("its own shape inference says",)),
    "fail on another verdict": (lambda run: gated(run, fail_on=frozenset({"shape"})), 0, ()),
    "fail on this verdict": (lambda run: gated(run, fail_on=frozenset({"shifted"})), 1, ("1 px below",)),
    "as locked": (lambda run: gated(run, "keras", lock=locked(SHIFTED)), 0, ()),
    "not as locked": (
        lambda run: gated(run, "keras", lock=locked(OTHER), fail_on=frozenset({"crashed"})),
        1,
        ("not as locked", "agrees -> shifted, pads 1+1,1+1 -> 0+1,0+1"),
    ),
    "locked and not observed": (
        a_layer_that_is_locked_and_was_not_observed,
        1,
        ("not as locked", "was locked as shifted 4x4 0+1,0+1 0123456789ab, and was not observed"),
    ),
    "expected": (lambda run: expecting(observed(run).report(), KNOWN), 0, ()),
    "stale": (
        lambda run: expecting(observed(run).report(), KNOWN, ("layer-3", ("shifted",), {"environments": ("torch",)})),
        1,
        ("not as expected", STALE),
    ),
    "stale, and no verdict fails": (
        lambda run: expecting(observed(run).report(), ("layer-3", ("rejects",)), fail_on=frozenset({"values"})),
        1,
        ("not as expected", "e.toml:1: layer-3 in keras: expected rejects, because known; is shifted"),
    ),
    "matches nothing": (
        lambda run: expecting(observed(run).report(), KNOWN, ("stem", ("shifted",))),
        1,
        ("not as expected", "e.toml:2: matches nothing: no case of this run is stem"),
    ),
    "expired": (
        lambda run: expecting(observed(run).report(), (*KNOWN, {"expires": date(2025, 1, 1)})),
        1,
        ("not as expected", "e.toml:1: expired on 2025-01-01: known"),
    ),
    "otherwise than expected": (
        lambda run: expecting(observed(run).report(), ("layer-3", ("shape",)), ("layer-5", ("shifted",))),
        1,
        ("1 px below", "e.toml:1: layer-3 in keras: expected shape, because known; is shifted"),
    ),
    "otherwise than expected, which nobody minds": (otherwise_than_expected_and_nobody_minds, 0, ()),
    "a port that does not agree": (
        a_port_that_does_not_agree,
        1,
        ("port that does not agree", "rejects: raises where the answer has the shape (4,4): ValueError: neither"),
    ),
    "disagreement": (
        lambda run: gated(run, agree=(("torch", "keras"),)),
        1,
        ("disagreement", "layer-3", "and 1 more", "pads (1,1) in torch, (0,1) in keras"),
    ),
    "no disagreement": (lambda run: gated(run, "keras", "other", agree=(("keras", "other"),)), 0, ()),
}
EACH = pytest.mark.parametrize(("made", "status", "says"), SITUATIONS.values(), ids=list(SITUATIONS))


def junit_failures(report):
    """The failures as the file has them, with all that they say."""
    text = junit.junit(report).tostring()
    SCHEMA.validate(text.decode())
    root = ET.fromstring(text)
    found = root.findall(".//failure")
    assert int(root.get("failures")) == len(found)
    assert not root.findall(".//error")
    return [f"{failure.get('type')} {failure.get('message')} {failure.text or ''}" for failure in found]


def annotated_failures(report):
    """All that is annotated as failing where there is an error, but for the notes; nothing where there is none."""
    lines = [line for line in commands(report) if not line.startswith("::notice title=expected::")]
    lines = [line for line in lines if " title=note::" not in line]
    failing = [line for line in lines if "::does not fail this run: " not in line]
    assert all(line.startswith("::warning ") for line in lines if line not in failing)
    errors = [line for line in failing if line.startswith("::error ")]
    assert bool(failing) == bool(errors)
    return [line.replace("%2C", ",").replace("%3A", ":") for line in failing]


def summarised_failures(report):
    text = markdown.summary(report).replace("&#62;", ">").replace("&#95;", "_").replace("&#42;", "*")
    fails = "**Fails the run:**" in text or text.startswith("### FAILS: ")
    passes = "Nothing here fails the run." in text or text.startswith("### PASSES: ")
    assert fails != passes or not report.divergences
    return [text.lower()] if fails else []


FORMATS = {"JUnit": junit_failures, "annotations": annotated_failures, "Markdown": summarised_failures}


@EACH
@pytest.mark.parametrize("failures", FORMATS.values(), ids=list(FORMATS))
def test_a_status_of_0_has_no_failure_and_1_has_one_that_says_why(observed_run, failures, made, status, says):
    report = made(observed_run)
    assert report.exit_status == status
    found = failures(report)
    assert bool(found) == bool(status)
    for words in says:
        assert any(" ".join(words.lower().split()) in " ".join(line.lower().split()) for line in found), found


@EACH
def test_the_list_of_failures_agrees_with_the_status(observed_run, made, status, says):
    failures = made(observed_run).failures
    assert bool(failures) == bool(status)
    assert all(failure.sentence and failure.title for failure in failures)


BEYOND = (
    "not as locked",
    "locked and not observed",
    "stale",
    "stale, and no verdict fails",
    "matches nothing",
    "expired",
    "a port that does not agree",
    "disagreement",
)


@pytest.mark.parametrize("name", BEYOND)
def test_a_failure_that_is_no_finding_is_shown_on_the_terminal_in_the_page_and_in_a_notebook(observed_run, name):
    made, _, says = SITUATIONS[name]
    report = made(observed_run)
    console = Console(file=io.StringIO(), width=200)
    terminal.show(report, console)
    on_the_page = " ".join(" ".join(pair) for pair in payload(report)["failures"])
    in_a_notebook = notebook.report_html(report).replace("&gt;", ">")
    for words in says[1:]:
        for text in (console.file.getvalue(), on_the_page, in_a_notebook):
            assert words in " ".join(text.split())


@pytest.mark.parametrize(
    "name", ["all agrees", "divergences", "fail on another verdict", "as locked", "expected", "no disagreement"]
)
def test_a_run_without_failures_has_none_on_the_page(observed_run, name):
    assert payload(SITUATIONS[name][0](observed_run))["failures"] == []


def test_a_failure_of_a_case_is_in_its_test_and_any_other_in_a_suite_of_its_own(observed_run):
    report = SITUATIONS["not as locked"][0](observed_run)
    (suite,) = junit.junit(report)
    assert [(test.name, len(test.result)) for test in suite] == [("layer-3", 1), ("layer-5", 0)]
    for name in ("stale", "matches nothing", "disagreement"):
        *environments, own = junit.junit(SITUATIONS[name][0](observed_run))
        assert ([suite.failures for suite in environments], own.name, own.failures) == ([0, 0], "convparity", 1)


def test_a_divergence_that_does_not_fail_is_a_pass_that_explains_itself(observed_run):
    keras, _ = junit.junit(SITUATIONS["fail on another verdict"][0](observed_run))
    test = next(iter(keras))
    assert test.is_passed
    assert "shifted: " in test.system_out
    assert "1 px below" in test.system_out


def test_a_row_fails_once_with_all_that_is_wrong_with_it(observed_run):
    report = observed(observed_run, "keras").report()
    report = held(report, Gate(lock=locked(OTHER), fail_on=frozenset({"shifted"})))
    (suite,) = junit.junit(report)
    (failure,) = next(iter(suite)).result
    assert failure.type == "shifted"
    assert "not as locked: keras  layer-3  agrees -> shifted" in failure.text
    assert [failure.kind for failure in report.failures] == ["divergence", "divergence", "lock"]


def many_broken(observed_run, number, **gate):
    cases = [make_case(id=f"k{k}", input=[64, 64], kernel=k) for k in range(1, number + 1)]
    run = observed_run(*cases)
    for case in cases:
        run.saw(case, outcome="crashed", signal=f"SIG{'A' * case.kernel[0]}")
    report = run.report()
    report = held(report, Gate(lock=Lock({(case.id, "torch"): SHIFTED for case in cases}), **gate))
    return report


def test_ten_annotations_have_room_for_findings_and_other_failures(observed_run):
    lines = commands(many_broken(observed_run, 30, fail_on=frozenset({"crashed"})))
    assert [("title=crashed" in line, "title=not as locked" in line) for line in lines] == [
        *[(True, False)] * 8,
        *[(False, True)] * 2,
    ]
    assert "title=not as locked%2C and 28 more::" in lines[-1]


def test_the_summary_and_the_page_show_the_first_failures_and_count_the_others(observed_run):
    report = many_broken(observed_run, 30)
    text = markdown.summary(report)
    assert text.count("**Not as locked:**") == 10
    assert "And 20 other lines like these." in text
    assert "not as locked (30)" in text
    shown = payload(report)["failures"]
    assert (len(shown), shown[-1]) == (21, ["not as locked", "and 10 more"])


def test_findings_that_fail_the_run_come_first(observed_run):
    run = observed_run(LAYER, SECOND)
    run.saw(LAYER, outcome="crashed", signal="SIGSEGV")
    run.saw(SECOND, outcome="raised", error="ValueError: no")
    report = run.report()
    assert [cluster.verdict for cluster, _ in report.findings] == ["crashed", "rejects"]
    report = held(report, Gate(fail_on=frozenset({"rejects"})))
    assert [(cluster.verdict, fails) for cluster, fails in report.findings] == [("rejects", True), ("crashed", False)]
    assert [line.partition(" in ")[0] for line in commands(report)] == [
        "::error title=this run fails::divergence (1)",
        "::warning title=rejects",
        "::warning title=crashed",
    ]
    text = markdown.summary(report)
    assert text.index("#### Rejects") < text.index("#### Crashed") < text.index("Does not fail the run.")


def test_nothing_passes_in_an_unreliable_run(observed_run):
    report = gated(observed_run, fail_on=frozenset({"shape"}))
    report = stopped(report)
    assert report.exit_status == 3
    assert "Nothing here fails the run." not in markdown.summary(report)


def test_a_port_fails_by_itself_only_where_the_layer_as_written_does_not(observed_run):
    run = observed(observed_run, "keras")
    run.saw(LAYER, "keras", "port", outcome="raised", error="ValueError: neither")
    report = run.report()
    assert [(failure.kind, failure.case) for failure in report.failures] == [
        ("divergence", "layer-3"),
        ("divergence", "layer-5"),
    ]
    report = held(report, Gate(fail_on=frozenset({"rejects"})))
    assert [(failure.kind, failure.case) for failure in report.failures] == [("port", "layer-3")]


HOSTILE = "</p><script>x</script> **b** [l](http://a.b) @octocat\n# h\n::error::x ]]>\x1b[31m\x00"


def test_foreign_text_is_never_markup_or_a_command(observed_run):
    odd = make_case(id=HOSTILE, input=[8, 8], kernel=3, padding=1, stride=2, hostile=True)
    label = HOSTILE + "!"
    run = observed_run(odd, environments=(label, "torch"))
    run.saw(odd, label, outcome="raised", error=HOSTILE)
    run.saw(odd, label, "port", outcome="raised", error=HOSTILE)
    run.agreed(odd, "torch")
    report = run.report()
    lock = Lock({(HOSTILE, label): (HOSTILE, "-", "-", "-")})
    report = held(report, Gate(lock=lock, agree=((label, "torch"),), fail_on=frozenset(("rejects",))))
    environments = {"environments": (label,)}
    expectations = [("*", ("rejects",)), (HOSTILE.replace("[", "[[]"), ("shape",)), (HOSTILE, ("values",))]
    report = held(
        report,
        expectations=[
            Expectation(HOSTILE, n, n, verdicts, HOSTILE, (case,), **environments)
            for n, (case, verdicts) in enumerate(expectations)
        ],
    )
    assert {failure.kind for failure in report.failures} == {"port", "expectation", "lock"}
    unexpected = report.held_against(Policy(Gate(agree=((label, "torch"),))))
    assert {failure.kind for failure in unexpected.failures} == {"disagreement"}
    for shown in (report, unexpected):
        junit_failures(shown)
        assert all(
            line.isprintable() and line.startswith(("::error title=", "::warning title=", "::notice title="))
            for line in commands(shown, show_waived=True)
        )
        text = markdown.summary(shown, show_waived=True)
        found = [t for token in MarkdownIt("gfm-like").parse(text) for t in (token, *(token.children or ()))]
        assert not {"link_open", "html_inline", "html_block"} & {token.type for token in found}
        assert [token.tag for token in found if token.type == "heading_open"] == ["h3", "h4"]
        assert "<script" not in notebook.report_html(shown)
        assert all(text.isprintable() for pair in payload(shown)["failures"] for text in pair)


def test_two_policies_on_one_run_give_each_its_own_result_in_either_order(observed_run):
    """A shift that one policy expects and the other, which only minds rejections, does not mind at all."""

    def policies(run):
        strict = run.report()
        waives = waiving(strict, {(LAYER.id, "keras"): "known"})
        minds = held(strict, Gate(fail_on=frozenset({"shifted"})))
        return strict, waives, minds

    def said(report):
        return report.exit_status, [failure.kind for failure in report.failures], [c.waived for c in report.clusters]

    due = [(1, ["divergence"], [False]), (0, [], [True]), (1, ["divergence"], [False])]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        run = observed_run(LAYER, environments=("keras",))
        run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4])
        run.probed(LAYER, LATER, LATER, environment="keras")
        reports = policies(run)
        assert [said(reports[i]) for i in order] == [due[i] for i in order]
        assert [said(report) for report in reports] == due  # and nothing has changed since
        assert len({id(report.run) for report in reports}) == 1
