"""The HTML report as text: what it says, in which order, and that nothing in it comes out of a framework unescaped."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from convparity.cases.validate import make_case
from convparity.report import html as html_module
from convparity.report.assessment import Report
from convparity.report.html import render, write
from convparity.report.page import ORDER, clean, layer_words, sentence

SCRIPT = "<script>window.pwned=1</script>"
HOSTILE = f"{SCRIPT}'\"&amp;<img src=x onerror=window.pwned=1>\x1b[31m\x00\u202e</style></pre>"
VOID = {"meta", "link", "br", "input", "wbr", "path", "use", "circle"}


class Parsed(HTMLParser):
    """Tags, attributes and text of a page; fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.ids, self.links, self.open = [], [], [], [], []
        self.words = ""
        self.raw = {"style": "", "script": ""}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]] += data
        else:
            self.words += f" {data}"

    @property
    def text(self):
        return re.sub(r"\s+", " ", self.words)


def page(run, **options):
    return Parsed(render(run.report(**options)))


def test_a_silent_shift_is_said_first_with_what_moved_and_what_to_paste(shifted_run):
    shown = page(shifted_run).text
    said = [
        "1 of 1 layer is not the same layer in every framework.",
        "silent shift",
        "Windows lie 1 px below and 1 px right of those asked for ('same').",
        "every shape is right, so tests of shapes pass",
        "Differs at every even height and width; at odd ones the two agree",
        "layers.Conv2D(1, 3, strides=2, padding='same')",
        "ran: agrees",
        "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])",
    ]
    shown = re.sub(r"(?<=[(\[]) ", "", shown)  # where a line may be broken
    at = [shown.index(words) for words in said]
    assert at == sorted(at)


def test_the_windows_are_told_in_a_table_and_in_the_words_of_the_drawing(shifted_run):
    shown = page(shifted_run).text
    assert "asked and torch pad, 1-2 2-4 4-6 6-8 keras 1-3 3-5 5-7 7-8, pad" in shown
    assert "p = 1 + 1 = 2 floor((8-3+2+2)/2) = 4" in shown
    assert "Rows: of 4 windows the first reads 1-3, the last 7-8, pad; every element is read." in shown


def test_the_code_is_divided_only_by_places_for_line_breaks(shifted_run):
    text = render(shifted_run.report())
    codes = [code.replace("<wbr>", "") for code in re.findall(r"<code>(.*?)</code></pre>", text)]
    assert "layers.Conv2D(1, 3, strides=2, padding=&#39;same&#39;)" in codes
    assert "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])" in codes


def test_the_same_report_gives_the_same_page(shifted_run):
    assert render(shifted_run.report()) == render(shifted_run.report())


def test_links_lead_somewhere_and_ids_are_unique(shifted_run):
    shown = page(shifted_run)
    assert len(shown.ids) == len(set(shown.ids))
    inside = {link.removeprefix("#") for link in shown.links if link != "data:,"}
    assert inside <= set(shown.ids)
    assert {"case-1", "case-1-1", "row-1"} <= inside  # columns are in the order of the labels, so keras is 1


def test_links_lead_somewhere_where_nothing_ran(run):
    run.case()
    shown = page(run)
    assert {link.removeprefix("#") for link in shown.links if link != "data:,"} <= set(shown.ids)


def test_nothing_is_fetched_and_only_the_own_script_and_style_run(shifted_run):
    shown = page(shifted_run)
    text = render(shifted_run.report())
    policy = next(value for name, value in shown.attributes if name == "content" and "default-src" in value)
    assert "default-src 'none'" in policy
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(shown.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert all(link.startswith("#") or link == "data:," for link in shown.links)
    assert "://" not in text
    assert "@import" not in text
    assert not [name for name, _ in shown.attributes if name == "style" or name.startswith("on")]


def hostile(run):
    case = run.case(id=HOSTILE)
    other = run.case(id="x" * 100_000, kernel=5, padding=2)
    label = run.environment(
        HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, origin=HOSTILE, python=HOSTILE, facts={HOSTILE: HOSTILE}
    )
    fields = {
        "error": f"{HOSTILE}\n" * 9,
        "log": HOSTILE,
        "source": HOSTILE,
        "declare_error": HOSTILE,
        "signal": HOSTILE,
    }
    for asked in (case, other):
        run.observed(label, asked, outcome="raised", **fields)
        run.observed(label, asked, spelling="port", outcome="raised", **fields)
    died = run.case(id="died", stride=1)
    run.observed(label, died, outcome="crashed", log="y" * 100_000, error="z\x00" * 50_000, signal=HOSTILE, source="")
    refused = run.case(id="refused", stride=3)
    run.observed(label, refused, outcome="inexpressible", reason=HOSTILE * 1000, source="")
    run.reads(label, run.case(id="moved"), [[0, 1, 2]] * 4, [[0, 1, 2]] * 4, words=HOSTILE * 999, note=HOSTILE * 999)
    run.fault(HOSTILE, HOSTILE * 1000)
    return run


def test_what_others_wrote_is_only_ever_text(run):
    text = render(hostile(run).report())
    shown = Parsed(text)
    assert shown.tags.count("script") == shown.tags.count("style") == 1
    assert "img" not in shown.tags
    assert "window.pwned" not in shown.raw["script"]
    assert shown.text.count("<script>window.pwned=1</script>") > 10
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert r"\x1b[31m\x00\u202e" in shown.text
    assert not [name for name, _ in shown.attributes if name.startswith("on")]
    assert all(re.fullmatch(r"[a-zA-Z0-9-]+", anchor) for anchor in shown.ids)


def test_long_texts_are_cut(run):
    empty, full = len(render(run.report())), len(render(hostile(run).report()))
    assert full - empty < 250_000


def test_only_a_port_that_agrees_is_stamped(run):
    case, label = run.case(), run.environment("torch")
    run.observed(label, case, outcome="raised", error="no")
    run.observed(label, case, spelling="port", outcome="raised", error="not this either", source="port()")
    shown = page(run).text
    assert "ran: agrees" not in shown
    assert "ran: rejects" in shown
    assert "not this either" in shown


@pytest.mark.parametrize(
    ("parameters", "fields", "words"),
    [
        (
            {"kernel": 9, "padding": 0, "stride": 1},
            {"shape": [1, 1, 0, 0]},
            "Nothing to port: the layer has no answer.",
        ),
        ({}, {"shape": [1, 1, 2, 2]}, "It was not run."),
    ],
)
def test_the_lack_of_a_port_is_explained(run, parameters, fields, words):
    run.observed(run.environment("torch"), run.case(**parameters), outcome="ran", digest="other", **fields)
    assert words in page(run).text


def test_a_layer_without_an_answer_says_why(run):
    case = run.case(kernel=9, padding=0, stride=1)
    run.observed(run.environment("flax"), case, outcome="ran", shape=[1, 1, 0, 0], digest="other")
    shown = page(run).text
    assert "There is no answer: No window fits: the kernel reaches over 9, the padded height is 8." in shown
    assert "(0,0) where there is no answer" in shown
    assert "asked: no answer" in shown


def test_a_framework_that_misdeclares_and_otherwise_agrees_is_a_finding_of_its_own(run):
    run.agrees(run.environment("torch"), run.case(), declared=[1, 1, 5, 5])
    shown = page(run).text
    assert "1 misdeclares" in shown
    assert "its own shape inference says (1,1,5,5), and it returned (1,1,4,4)".lower() in shown.lower()
    assert "None is needed: what was written does what was asked." in shown


def headline(run, **options):
    return run.report(**options).headline


def test_headline_without_divergence(run):
    run.case()
    assert headline(run) == "No framework ran, so nothing is known of this layer."
    run.agrees(run.environment("torch"), run.case())
    assert headline(run) == "The layer is what was asked for in torch."
    run.agrees(run.environment("flax"), run.case())
    assert headline(run) == "The layer is the same layer in every framework."
    run.fault("mxnet", "cannot start")
    assert headline(run) == "The layer is the same layer in every framework that ran."
    run.case(kernel=5)
    assert headline(run) == "No difference in what was observed, which is not everything."


def test_headline_with_divergence(run):
    label = run.environment("torch")
    for kernel in (2, 3, 4):
        run.agrees(label, run.case(kernel=kernel), **({"digest": "other"} if kernel < 4 else {}))
    assert headline(run) == "2 of 3 layers are not what was asked for in torch."


def test_a_harness_fault_comes_before_everything_and_is_no_verdict(shifted_run):
    shifted_run.fault("mxnet", "cannot start: no module named mxnet\nsecond line")
    shown = page(shifted_run).text
    assert "1 harness fault: the run itself failed here A harness fault is not a verdict." in shown
    assert shown.index("no module named mxnet second line") < shown.index("silent shift")


def test_a_run_that_was_stopped_says_how_far_it_came(run):
    torch, flax = run.environment("torch"), run.environment("flax")
    first, _ = run.case(), run.case(kernel=5)
    run.agrees(torch, first)
    run.agrees(flax, first)
    assert (
        "The run was stopped early: 2 of 4 pairs of layer and environment were observed."
        in page(run, complete=False).text
    )
    shown = page(run).text
    assert "Not everything was observed: 2 of 4 pairs" in shown
    assert "not run" in shown


def test_notes_of_the_results_are_shown(shifted_run):
    report = shifted_run.report()
    report.results.notes.append("one.jsonl: its run was stopped before the end")
    assert "one.jsonl: its run was stopped before the end." in Parsed(render(report)).text


def test_environments_are_listed_with_what_was_recorded(run):
    run.case()
    run.environment("a", "torch", {"torch": "2.13.0", "numpy": "2.4.6"}, facts={"threads": 1}, platform="Linux-6")
    shown = page(run).text
    for words in ("torch 2.13.0", "numpy 2.4.6", "3.11.7", "--env", "threads 1", "On Linux-6"):
        assert words in shown


def test_environments_of_nothing_but_a_label(run):
    run.case()
    run.lines.append({"kind": "environment", "label": "bare", "adapter": "torch", "packages": {}, "details": {}})
    assert "bare" in page(run).text


SAME = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]


def large(run, cases=70):
    keras = run.environment("keras", "tensorflow")
    for n in range(cases):
        case = run.case(id=f"case-{n}", batch=n + 1)
        if n < cases - 8:
            run.agrees(keras, case)
        else:
            run.reads(keras, case, SAME, SAME)
    return run


def test_a_large_catalog_begins_with_what_diverges_and_draws_the_first_of_each_finding(run):
    text = render(large(run).report())
    rows = re.findall(r'<tr id="row-(\d+)"', text)
    assert rows[:8] == [str(n) for n in range(63, 71)]
    assert len(rows) == 70
    details = re.split(r'<details class="case"', text)[1:]
    assert ["<figure" in detail for detail in details] == [True] * 5 + [False] * 3
    assert all("Drawn are the first 5 cases of each finding" in detail for detail in details[5:])
    assert all("that each window reads" in detail for detail in details)
    assert "5 of these 8 are drawn below" in text


def test_a_small_catalog_is_in_its_own_order_with_everything_drawn(run):
    text = render(large(run, 12).report())
    assert re.findall(r'<tr id="row-(\d+)"', text) == [str(n) for n in range(1, 13)]
    assert "Drawn are" not in text


def test_environments_that_do_the_same_share_a_drawing(shifted_run):
    case = shifted_run.case(id="layer-3-stride")
    shifted_run.reads(shifted_run.environment("jax"), case, SAME, SAME)
    text = render(shifted_run.report())
    assert text.count('class="panel ') == 2
    assert "The windows of jax and keras" in text


def test_elements_that_no_map_per_axis_tells_are_not_drawn(run):
    case, label = run.case(), run.environment("torch")
    run.reads(label, case, SAME, SAME, sampling={"maps": [SAME, SAME], "separable": False, "exact": True})
    text = render(run.report())
    assert "silent shift" in text
    assert text.count('class="panel ') == 1  # what was asked


@pytest.mark.parametrize("rank", [1, 3])
def test_other_ranks_are_drawn_as_a_strip_for_each_axis(run, rank):
    from convparity.cases.case import Case

    pads = ((1, 1),) * rank
    case = Case((8,) * rank, (3,) * rank, (2,) * rank, pads, (1,) * rank, id="strip")
    run.lines.append({"kind": "case", "case": case.to_json()})
    run.reads(run.environment("torch"), case, *[SAME] * rank)
    text = render(run.report())
    detail = text[text.index('<details class="case"') :]
    assert detail.count('<svg class="windows"') == 2 * rank


def test_sizes_beyond_memory_are_not_drawn(run):
    case = run.case(input=[2**31, 2**31], kernel=3)
    run.observed(run.environment("torch"), case, outcome="out of memory", error="MemoryError")
    text = render(run.report())
    assert "out of memory" in text
    assert "<figure" not in text


def test_every_verdict_is_in_the_legend(run):
    shown = page(run).text
    legend = shown[shown.index("Legend", shown.index("Layers that diverge")) :]
    assert all((word if word != "shifted" else "silent shift") in legend for word in ORDER)
    assert "harness fault is none of these" in legend


def test_write_replaces_a_file_whole_and_leaves_nothing_beside_it(shifted_run, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    write(shifted_run.report(), path)
    assert path.read_text(encoding="utf-8") == render(shifted_run.report())
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_fails_leaves_the_old_file(shifted_run, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(report):
        raise RuntimeError

    monkeypatch.setattr(html_module, "render", fail)
    with pytest.raises(RuntimeError):
        write(shifted_run.report(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_cannot_be_written_leaves_nothing(shifted_run, tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OSError, match="report"):
        write(shifted_run.report(), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_lone_surrogates_do_not_stop_a_report(run, tmp_path):
    run.observed(run.environment("torch"), run.case(id="\ud800"), outcome="raised", error="\udcff")
    write(run.report(), tmp_path / "report.html")
    assert r"\ud800" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_sentence():
    assert sentence("windows lie here") == "Windows lie here."
    assert sentence("nn.Conv2d pads alike") == "nn.Conv2d pads alike."
    assert sentence("gluon's words!") == "gluon's words!"
    assert sentence("") == ""


def test_clean_keeps_lines_and_shows_control_characters():
    assert clean("a\tb\r\n\x1b[1mc\n") == "a   b\n\\x1b[1mc"
    assert clean("x" * 5000) == "x" * 3999 + "…"
    assert len(clean("\x00" * 5000)) == 4000


@pytest.mark.parametrize(
    ("padding", "words"),
    [
        (1, "padding 1 on every side"),
        ("same", "padding 'same'"),
        ([0, 1], "padding (0,0) on the height and (1,1) on the width"),
        ([[1, 2], [0, 0]], "padding (1,2) on the height and (0,0) on the width"),
    ],
)
def test_layer_words(run, padding, words):
    assert f"kernel 3x3, stride 2x2, {words}, dilation 1x1, 1 to 1 channels, batch 1" in layer_words(
        run.case(padding=padding)
    )


def test_a_transposed_convolution_has_its_own_formula_and_says_what_outputs_are_made_from(observed_run):
    """Of 4 elements: output 1 is asked for from tap 2 of element 1; with a crop of (0,1) it comes from tap 1."""
    case = make_case(op="conv_transpose", id="up", input=[4], kernel=3, stride=2, padding=1, output_padding=1)
    run = observed_run(case)
    run.saw(case, outcome="ran", shape=[1, 1, 8], digest="x")
    run.probed(
        case, [[0, -1, -1], [-1, 0, -1], [1, -1, 0], [-1, 1, -1], [2, -1, 1], [-1, 2, -1], [3, -1, 2], [-1, 3, -1]]
    )
    text = render(Report(run.results))
    assert (
        "Output size: (n \u2212 1)s \u2212 p + k + output padding, where p is what is cropped from both sides" in text
    )
    assert "Columns that each output is made from, tap by tap" in text
    assert "<td>·, 1, ·</td>" in text
    assert "<mark>1, ·, ·</mark>" in text
    assert "each window reads" not in text.partition("Rows and columns count from 1")[0]
