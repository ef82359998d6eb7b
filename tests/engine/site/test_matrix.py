"""The folder of a matrix, from results files made of literal lines: its pages, their links, and what they say."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from convparity import api
from convparity.cases.errors import InputError
from convparity.site.matrix import make_matrix

HOSTILE = "<img src=x onerror=alert(1)>"
# Windows of a kernel of 3 with a stride of 2 on 8 that begin at the first element, as 'same' has them.
SAME = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
LINE = "layers.Conv2D(1, 3, strides=2, padding='same', use_bias=False)"


@pytest.fixture
def results(shifted_run, tmp_path):
    """Results files: torch, and two versions of Keras of which the later one reads what is requested."""
    run = type(shifted_run)()
    case = run.case(id="layer-3-stride")
    hostile = run.case(id=HOSTILE, padding=0)
    asked = list(run.lines)

    def written(name, label, adapter, version, *lines):
        header = {"kind": "header", "convparity": "0.1.0", "format": 1}
        run.lines[:] = [header, *asked]
        run.environment(label, adapter, packages={adapter: version})
        for line in lines:
            line(label)
        run.lines.append({"kind": "end"})
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in run.lines))
        return path

    def moved(label):
        run.reads(label, case, SAME, SAME, source=LINE, words="'same'")

    def agrees(label):
        run.agrees(label, case, source="nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)")

    def raises(label):
        run.observed(label, hostile, outcome="raised", error=f"ValueError: {HOSTILE}", source=HOSTILE)

    return [
        written("torch.jsonl", "torch", "torch", "2.13.0", agrees, raises),
        written("new.jsonl", "tensorflow==2.21.0", "tensorflow", "2.21.0", agrees),
        written("old.jsonl", "tensorflow==2.9.0", "tensorflow", "2.9.0", moved),
    ]


@pytest.fixture
def site(results, tmp_path):
    make_matrix(tmp_path / "site", results, api.read_results, live=False)
    return tmp_path / "site"


class Links(HTMLParser):
    """What a page links to and loads, and its elements."""

    def __init__(self, path):
        super().__init__()
        self.links, self.elements = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.links += [value for name, value in attrs if name in ("href", "src") and value != "data:,"]


def page(site, start):
    (found,) = [path for path in (site / "findings").glob(f"{start}*.html") if "drawing" not in path.name]
    return found


def test_every_link_leads_to_a_file_and_nothing_is_loaded_from_elsewhere(site):
    pages = [path for path in site.rglob("*.html") if "reports" not in path.parts]
    assert len(pages) == 4  # the index, two findings, and the drawing of the one that has windows
    for path in pages:
        for link in Links(path).links:
            parts = urlsplit(link)
            assert (parts.scheme, parts.netloc) == ("", ""), link
            assert (path.parent / unquote(parts.path)).is_file(), (path.name, link)
    assert {path.suffix for path in site.rglob("*") if path.is_file()} == {".html", ".svg", ".css", ".js"}


def test_the_index_has_a_cell_for_each_environment_in_the_order_of_versions(site):
    text = (site / "index.html").read_text()
    heads = re.findall(r'<th scope="col">(.*?)</th>', text)
    assert heads == ["2.13.0", "2.9.0", "2.21.0"]
    cells = [re.sub(r"<[^>]*>|\s+", " ", cell).split() for cell in re.findall(r"<td class=.*?</td>", text, re.DOTALL)]
    assert [" ".join(cell) for cell in cells] == [
        *("all 1 agree", "1 of 1 differ 1 silent shift", "all 1 agree"),  # the textbook's
        *("1 of 1 differ 1 rejects", "not run", "not run"),  # the layers of no catalog that ships
    ]
    assert sorted(path.name for path in (site / "badges").iterdir()) == [
        "tensorflow-2.21.0.svg",
        "tensorflow-2.9.0.svg",
        "torch-2.13.0.svg",
    ]
    assert "tensorflow 2.9.0: 1 finding" in (site / "badges/tensorflow-2.9.0.svg").read_text()
    assert "tensorflow 2.21.0: 0 findings" in (site / "badges/tensorflow-2.21.0.svg").read_text()


def test_a_finding_has_its_history_its_line_its_drawing_and_a_script(site):
    path = page(site, "shifted-tensorflow")
    text = re.sub(r"\s+", " ", path.read_text())
    assert "windows lie 1 px below and 1 px right of the requested ones (&#39;same&#39;)" in text
    assert "tensorflow: in 2.9.0, not in 2.21.0" in text
    assert LINE.replace("'", "&#39;") in text
    assert "The windows of 1 output in an input of 8x8" in text
    assert "silent shift: 1 of 3 environments" in path.with_suffix(".svg").read_text()
    # 'same' is predicted to differ at this size too, so the script is of a small layer; torch comes first.
    assert (
        "convparity repro textbook:layer-3-stride --adapters torch,tensorflow --with torch --with tensorflow==2.9.0<"
        in text
    )  # the newer version does without
    script = re.search(r"<details>.*?<code>(.*?)</code>", path.read_text(), re.DOTALL)[1]
    script = script.replace("&#39;", "'").replace("&#34;", '"')
    compile(script, "repro.py", "exec")
    assert "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)" in script
    assert LINE in script


def test_text_of_a_results_file_is_never_markup(site):
    for path in (site / "index.html", page(site, "rejects-torch")):
        assert HOSTILE not in path.read_text()
        assert "&lt;img src=x" in path.read_text()
        images = [given["src"] for tag, given in Links(path).elements if tag == "img"]
        assert all(source.endswith(".svg") for source in images)


def test_a_finding_keeps_its_name_and_one_that_is_gone_has_no_page(site, results, tmp_path):
    before = page(site, "shifted-tensorflow")
    make_matrix(site, [results[2]], api.read_results, live=True)
    assert page(site, "shifted-tensorflow") == before
    assert not list((site / "findings").glob("rejects*"))
    assert [path.name for path in (site / "badges").iterdir()] == ["tensorflow-2.9.0.svg"]
    assert '<a href="live/index.html">' in (site / "index.html").read_text()
    assert "../live/index.html#line=layers.Conv2D" in before.read_text()


def test_a_file_is_read_when_the_one_before_it_is_forgotten(results, tmp_path):
    """Only one report is alive at a time, apart from the one that is just being read."""
    import gc
    import weakref

    alive = weakref.WeakSet()
    most = []

    def read(path):
        report = api.read_results(path)
        gc.collect()
        most.append(len(alive))
        alive.add(report)
        return report

    make_matrix(tmp_path / "site", results, read, live=False)
    assert max(most) <= 1


def test_a_pipe_is_refused_because_files_are_read_twice(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe: is no file, but it is read twice; save it first"):
        make_matrix(tmp_path / "site", [Path(tmp_path / "pipe")], api.read_results, live=False)
