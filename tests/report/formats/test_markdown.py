"""The summary in Markdown, read as GitHub reads it: tables, and addresses that become links by themselves."""

import html
import re

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.formats.markdown import LIMIT, fenced, plain, summary, write
from markdown_it import MarkdownIt

from ..policies import stopped, waiving

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
HOSTILE = (
    "``` <script>x</script> ![i](https://a.b/c.png) [l](http://a.b) https://a.b www.a.b me@a.org @octocat #12 a|b "
    r"\| \\| **b** _i_ ~~s~~ &lt; $x$ <!-- ` # h"
)


def tokens(text):
    """Everything that Markdown makes of a text, nested or not."""
    for token in MarkdownIt("gfm-like").parse(text):
        yield token
        yield from token.children or ()


def kinds(text):
    return {token.type for token in tokens(text)}


def shown(text):
    """The words that a reader sees outside of code."""
    return "".join(token.content for token in tokens(text) if token.type in ("text", "text_special"))


@pytest.fixture
def shifting(observed_run):
    run = observed_run(LAYER, environments=("keras", "torch"))
    run.agreed(LAYER, "torch")
    run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4])
    run.probed(LAYER, LATER, LATER, environment="keras")
    run.agreed(LAYER, "keras", spelling="port", source="Sequential([ZeroPadding2D(1)])")
    return run


def test_the_summary_has_the_headline_the_finding_the_port_and_the_environments(shifting):
    text = summary(shifting.report())
    assert text.startswith("### keras reads other pixels in this layer. Every shape matches.\n")
    assert "#### Silent shift: 3x3, stride 2, padding 1 on 8x8\n" in text
    assert "windows lie 1 px below and 1 px right of the requested ones" in shown(text)
    assert [t.content for t in tokens(text) if t.type == "fence"] == ["Sequential([ZeroPadding2D(1)])\n"]
    assert text.rstrip().splitlines()[-2:] == ["| keras | torch 2.9.0 | 0 | 1 |", "| torch | torch 2.9.0 | 1 | 0 |"]


def test_waived_divergences_are_counted_separately(shifting):
    report = shifting.report()
    report = waiving(report, {("layer-3", "keras"): "known"})
    assert "| keras | torch 2.9.0 | 0 | 0 | 1 |" in summary(report)


def test_the_notes_on_the_run_come_first(observed_run):
    run = observed_run(LAYER, environments=("a", "b"))
    run.saw(LAYER, "a", outcome="raised", error="no")
    run.results.notes += [f"note {i}" for i in range(12)]
    report = run.report()
    report = stopped(report)
    text = shown(summary(report))
    first = text.index("the run was stopped early: 1 of 2 pairs of layer and environment were observed")
    assert first < text.index("note 8") < text.index("And 3 other notes.") < text.index("Rejects")


def many(observed_run, number):
    cases = [make_case(id=f"k{k}", input=[64, 64], kernel=k) for k in range(1, number + 1)]
    run = observed_run(*cases)
    for case in cases:
        run.saw(case, outcome="raised", error=f"{'E' * case.kernel[0]}: no", source="`" * 1900)
    return run.report()


@pytest.mark.parametrize(("number", "said"), [(11, "And 1 other finding.\n"), (30, "And 20 other findings.\n")])
def test_ten_findings_are_shown_and_the_others_counted(observed_run, number, said):
    text = summary(many(observed_run, number))
    assert text.count("#### ") == 10
    assert said in text


def test_all_of_ten_are_shown(observed_run):
    assert " other finding" not in summary(many(observed_run, 10))


def test_the_summary_leaves_findings_out_to_stay_within_the_limit(observed_run):
    report = many(observed_run, 10)
    whole = summary(report)
    short = summary(report, len(whole) // 2)
    assert len(short.encode()) <= len(whole) // 2
    assert 0 < (shown := short.count("#### ")) < 10
    assert f"And {10 - shown} other findings.\n" in short
    assert short.endswith(whole[whole.index("| environment") :])
    assert summary(report, 100) == ""


def test_the_longest_texts_stay_within_github_s_limit(observed_run):
    labels = [f"{i}{'@' * 5000}" for i in range(300)]
    run = observed_run(LAYER, environments=labels, version="|" * 5000)
    for i, label in enumerate(labels):
        run.saw(LAYER, label, outcome="raised", error=f"{'E' * (i + 1)} {'<' * 5000}")
        run.saw(LAYER, label, "port", shape=[1, 1, 4, 4], digest="x", source="`" * 5000)
        run.add(kind="fault", environment=label, message="&" * 5000)
    assert 10_000 < len(summary(run.report()).encode()) <= LIMIT


@pytest.mark.parametrize("prefix", ["### ", "", "| a |\n| --- |\n| "])
def test_plain_text_is_text(prefix):
    text = prefix + plain(HOSTILE)
    links = {
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "code_inline",
        "fence",
        "strong_open",
        "em_open",
        "s_open",
    }
    assert kinds(text) & links == set()
    assert shown(text).replace("\u200b", "").endswith(HOSTILE)


def test_nobody_is_mentioned():
    assert "@octocat" not in shown(plain(HOSTILE))
    assert "#12" not in shown(plain(HOSTILE))


@pytest.mark.parametrize("code", ["x", "```", "a ```` b", "`", "x\n```\n# h", "\x1b[31m"])
def test_code_stays_in_its_fence(code):
    block = [token for token in tokens(fenced(code) + "\n\nafter") if token.block]
    assert [token.type for token in block] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert block[0].content.count("\n") == 1


def test_foreign_text_makes_no_row_or_heading(observed_run):
    run = observed_run(LAYER, environments=(HOSTILE, "b"), version=HOSTILE)
    for label in (HOSTILE, "b"):
        run.saw(LAYER, label, outcome="raised", error=f"{HOSTILE}\n\n# h\n| a |", note=HOSTILE)
        run.saw(LAYER, label, "port", outcome="raised", error=HOSTILE, source=HOSTILE)
    run.add(kind="fault", environment="x", message=f"{HOSTILE}\n\n# h")
    run.results.notes.append(HOSTILE)
    found = [token.type for token in tokens(summary(run.report()))]
    assert {"link_open", "image", "html_inline", "html_block", "code_inline"} & set(found) == set()
    assert (found.count("heading_open"), found.count("fence"), found.count("table_open")) == (2, 1, 1)
    assert (found.count("tr_open"), found.count("td_open")) == (3, 8)


def test_a_file_is_written_anew_but_github_s_is_appended_to(shifting, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    report, path = shifting.report(), tmp_path / "summary.md"
    path.write_text("before\n")
    write(report, path)
    once = path.read_text()
    assert once == summary(report)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    write(report, path)
    assert path.read_text() == once * 2
    path.write_text("x" * (LIMIT - 10))
    write(report, path)
    assert path.stat().st_size == LIMIT - 10  # no room is left
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none-yet"))
    write(report, tmp_path / "none-yet")
    assert (tmp_path / "none-yet").read_text() == once


@pytest.mark.parametrize(
    "word",
    ["GH-26", "gh-1", "JIRA-7", "x#26", "@name", "(GH-26)"],
)
def test_words_that_github_would_link_are_broken_up(word):
    """GitHub looks for them in the finished HTML: there, something has to stand inside."""
    shown = html.unescape(plain(f"see {word}, please"))
    assert shown.replace("\u200b", "") == f"see {word}, please"
    assert not re.search(r"[a-z]-[0-9]|[@#][a-z0-9]", shown, re.IGNORECASE)


@pytest.mark.parametrize(
    "word", ["1000000", "3-5", "(1,-2)", "decade", "float32", "defaced", "0123456789ab", "layer-3"]
)
def test_other_words_stay_as_they_are(word):
    assert html.unescape(plain(word)) == word
