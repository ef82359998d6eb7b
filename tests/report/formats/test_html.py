"""The HTML report as a file: what is written into the page, its policy, and that nothing gets out of its place."""

import base64
import gzip
import hashlib
import json
import os
import re
import subprocess
from html.parser import HTMLParser

import pytest
from convparity.report.formats import html as html_module
from convparity.report.formats.html import render, write
from convparity.report.formats.payload import payload

HOSTILE = "</script></title><script>window.pwned=1</script>'\"&amp;@TITLE@ @PAYLOAD@<img src=x onerror=window.pwned=1>"


class Parsed(HTMLParser):
    """The elements of a page, each as [tag, attributes, text]."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[list] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        self.elements.append([f"/{tag}", {}, ""])

    def handle_data(self, data):
        if self.elements:
            self.elements[-1][2] += data

    def named(self, tag):
        return [element for element in self.elements if element[0] == tag]


def unpacked(text):
    """The data that the page will unpack from its data block."""
    (block,) = [text for tag, attributes, text in Parsed(text).named("script") if attributes.get("id") == "payload"]
    return json.loads(gzip.decompress(base64.b64decode(block, validate=True)))


def test_the_data_block_holds_the_report(shifted_run):
    report = shifted_run.report()
    assert unpacked(render(report)) == json.loads(json.dumps(payload(report)))


def test_the_same_report_gives_the_same_file(shifted_run):
    assert render(shifted_run.report()) == render(shifted_run.report())


def test_the_title_says_what_was_found(shifted_run):
    title = Parsed(render(shifted_run.report())).named("title")
    assert [text for _, _, text in title] == ["Keras reads other pixels in this layer. Every shape matches."]


def test_foreign_text_is_in_the_data_block_only(run):
    label = run.environment(HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    run.observed(label, run.case(id=HOSTILE), outcome="raised", error=HOSTILE, log=HOSTILE, source=HOSTILE)
    run.fault(HOSTILE, HOSTILE)
    page = Parsed(render(run.report()))
    assert [attributes.get("type") for _, attributes, _ in page.named("script")] == [
        "module",
        "application/octet-stream",
    ]
    assert page.named("img") == []
    assert not [name for _, attributes, _ in page.elements for name in attributes if name.startswith("on")]
    assert unpacked(render(run.report()))["cells"]["error"]["values"] == [HOSTILE]


def test_a_headline_is_escaped_and_fills_no_other_blank(run, monkeypatch):
    report = run.report()
    monkeypatch.setattr(type(report), "headline", HOSTILE)
    page = Parsed(render(report))
    assert [text for _, _, text in page.named("title")] == [HOSTILE]
    assert len(page.named("script")) == 2


def test_the_policy_lets_the_script_and_the_style_of_the_page_through_and_nothing_else(shifted_run):
    page = Parsed(render(shifted_run.report()))

    def hashes(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    ((_, policy, _),) = [meta for meta in page.named("meta") if "http-equiv" in meta[1]]
    script, style = page.named("script")[0], page.named("style")[0]
    assert policy == {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; "
        f"script-src {hashes(script[2])}; style-src {hashes(style[2])}; "
        "img-src data:; base-uri 'none'; form-action 'none'",
    }


def test_the_page_names_no_address_to_load_from(shifted_run):
    page = Parsed(render(shifted_run.report()))
    found = [v for _, attributes, _ in page.elements for k, v in attributes.items() if k in ("src", "href")]
    assert found == ["data:,"]
    assert not re.search(r"@import|url\((?!#)", page.named("style")[0][2])


def test_write_replaces_a_file_whole_and_leaves_nothing_beside_it(shifted_run, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    write(shifted_run.report(), path)
    assert path.read_text(encoding="utf-8") == render(shifted_run.report())
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("there", ["old", None])
def test_the_target_of_a_link_is_written_and_the_link_stays(shifted_run, tmp_path, there):
    kept, link = tmp_path / "kept" / "report.html", tmp_path / "latest.html"
    kept.parent.mkdir()
    if there:
        kept.write_text(there)
    link.symlink_to("kept/report.html")
    write(shifted_run.report(), link)
    assert link.is_symlink()
    assert kept.read_text(encoding="utf-8") == render(shifted_run.report())
    assert [*kept.parent.iterdir()] == [kept]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_to_and_stays_one(shifted_run, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as reader:
        try:
            write(shifted_run.report(), path)
            assert path.is_fifo()
            assert reader.communicate(timeout=30)[0].decode() == render(shifted_run.report())
        finally:
            reader.kill()
    assert [*tmp_path.iterdir()] == [path]


def test_a_report_that_fails_leaves_the_old_file(shifted_run, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(report):
        raise RuntimeError

    monkeypatch.setattr(html_module, "payload", fail)
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
    assert unpacked((tmp_path / "report.html").read_text(encoding="utf-8"))["cases"]["id"] == [r"\ud800"]
