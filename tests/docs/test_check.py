"""The check of a built site: it names what is wrong, and nothing else."""

from pathlib import Path

import pytest
from extensions.check import problems

GOOD = '<link rel="next" href="https://a.example/"><h1 id="top-of-it">T</h1><img src="a%20b.svg"><a href="https://a.example/">'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(GOOD + '<a href="sub/page.html#here">')
    (tmp_path / "sub/page.html").write_text('<p id="here"><a href="../index.html#top-of-it"><a href="#here">')
    (tmp_path / "a b.svg").write_text("<svg/>")
    (tmp_path / "site.css").write_text("p { background: url('a b.svg') }")
    return tmp_path


def test_a_site_with_nothing_wrong_has_no_problems(folder, monkeypatch):
    assert list(problems(folder)) == []
    monkeypatch.chdir(folder.parent)
    assert list(problems(Path(folder.name))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<a href="gone.html">', "bad.html: gone.html leads to no file"),
        ('<a href="sub/page.html#gone">', "bad.html: sub/page.html#gone leads to no place on its page"),
        ('<a href="#gone">', "bad.html: #gone leads to no place on its page"),
        ('<a href="../outside.txt">', "bad.html: ../outside.txt leads to no file"),
        ('<img src="gone.svg">', "bad.html: gone.svg leads to no file"),
        ('<script src="https://a.example/x.js">', "bad.html: loads https://a.example/x.js"),
        ('<link rel="stylesheet" href="//a.example/x.css">', "bad.html: loads //a.example/x.css"),
    ],
)
def test_what_is_wrong_is_named_with_its_page(folder, text, told):
    (folder.parent / "outside.txt").write_text("")
    (folder / "bad.html").write_text(text)
    assert list(problems(folder)) == [told]


def test_a_font_from_elsewhere_is_named(folder):
    (folder / "site.css").write_text("@font-face { src: url(https://a.example/font.woff2) }")
    assert list(problems(folder)) == ["site.css: loads https://a.example/font.woff2"]
