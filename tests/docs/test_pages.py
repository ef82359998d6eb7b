"""The documentation site without Sphinx: its table of contents, its generated pages, and its links."""

import json
import re
from collections import Counter
from importlib import resources
from pathlib import Path

import convparity
import pytest
from convparity.cli.main import application
from extensions import commands, formats, pages, python, requests
from typer.main import get_command

DOCS = Path(__file__).parents[2] / "docs"
NAMES = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}


def listed(page):
    """The pages in the tables of contents of a page."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    for block in re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line and not line.startswith(":"):
                named = re.search(r"<(.+)>$", line)
                yield named[1] if named else line


def every_command(group, name):
    """The full name and the command of each command, and of the commands that it has itself."""
    for word, one in group.commands.items():
        yield f"{name} {word}", one
        if hasattr(one, "commands"):
            yield from every_command(one, f"{name} {word}")


def section(text, heading):
    """The text from a heading to the next one."""
    return re.split(r"^#+ ", text.partition(f" {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def test_each_page_is_in_the_table_of_contents_once():
    assert Counter([*listed("index"), *listed("verdicts")]) == Counter(NAMES - {"index"})


def test_the_reference_has_each_command_with_its_options_and_arguments():
    text = commands.markdown()
    for name, command in every_command(get_command(application()), "convparity"):
        about = section(text, name)
        assert " ".join(command.help.split("\n\n")[0].split())[:20] in about, name
        for param in command.params:
            assert any(f"`{given}" in about or f", {given}" in about for given in [*param.opts, param.metavar]), name


def test_options_and_brackets_are_shown_as_they_are_typed():
    assert commands.plain("give [LABEL:]ADAPTER* or `a_b*`") == "give \\[LABEL:\\]ADAPTER\\* or `a_b*`"


def test_the_reference_has_each_public_name():
    text = python.markdown()
    for name in set(convparity.__all__) - {"__version__", "figures"}:
        assert f":: convparity.{name}\n" in text, name
    for name in set(convparity.figures.__all__) - {"Figure", "Drawing"}:
        assert f":: convparity.figures.{name}\n" in text, name


@pytest.mark.parametrize("folder", ["cases", "report"])
def test_the_reference_has_each_field_of_each_schema(folder):
    text = formats.markdown()
    for file in resources.files(f"convparity.{folder}").joinpath("schemas").iterdir():
        schema = json.loads(file.read_text("utf-8"))
        name = file.name.removesuffix(".json")
        whole = text.partition(f"## {name}\n")[2]
        for field, one in schema.get("properties", {}).items():
            assert f"| `{field}` |" in whole
            assert commands.plain(one.get("description", "")) in whole
        for part in re.findall(r'\{ "\$ref": "#/\$defs/(\w+)" \}', file.read_text("utf-8")):
            inner = schema["$defs"][part].get("properties", {})
            if len(inner) > 1 and schema["$defs"][part].get("type") == "object":
                assert all(f"| `{field}` |" in section(whole, f"{name}: {part}") for field in inner)


def test_a_page_of_the_root_links_to_the_pages_of_the_site():
    text = pages.page("readme", "replaced")
    assert "](ci.md)" in text
    assert "](ci.md#several-machines)" in text
    assert "](contributing.md)" in text
    assert "](report.png)" in text
    assert "](../notebooks/padding_and_stride.ipynb)" in text
    assert "](docs/" not in text
    assert text.startswith("# convparity\n")


@pytest.mark.parametrize(
    ("page", "link", "led"),
    [
        ("ci", "[a](../README.md#catalogs)", "[a](readme.md#catalogs)"),
        ("ci", "[a](../expectations)", "a"),  # a folder, which GitHub shows and the site has not
        ("ci", "[a](../adapters/README.md)", "a"),
        ("ci", "[a](../.github/workflows/ci.yml)", "[a](../.github/workflows/ci.yml)"),
        ("ci", "[a](https://example.org/README.md)", "[a](https://example.org/README.md)"),
        ("verdicts/shape", "[a](../../CHANGELOG.md)", "[a](../changelog.md)"),
        ("ci", "x[0](y)", "x[0](y)"),
    ],
)
def test_links_lead_to_pages_or_files(page, link, led):
    assert pages.page(page, link) == led


def test_the_table_of_requests_has_the_pads_of_each_frameworks_line():
    """`'same'` of kernel 3, stride 2 needs (4-1)*2+3-8 = 1 on 8 elements, after; on 9 it needs 2, one on each side."""
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in requests.markdown().splitlines()]
    names = rows[0][2:]
    found = {(row[0], row[1]): dict(zip(names, row[2:], strict=True)) for row in rows[2:]}
    even, odd = (found["kernel 3, stride 2, `'same'`", size] for size in ("8", "9"))
    assert even["Keras"] == even["Flax"] == even["ONNX Runtime"] == "(0,1)"
    assert even["PyTorch"] == even["MXNet"] == "(1,0) [shifted](verdicts/shifted.md)"
    assert set(odd.values()) == {"(1,1)"}
    assert found["kernel 3, dilation 2, `'same'`", "8, 9"]["PyTorch"] == "(2,2)"  # d (k - 1) = 4, half of it each
    assert found["kernel 3, `'causal'`", "8, 9"]["MXNet"] == "[inexpressible](verdicts/inexpressible.md)"


def test_the_measurement_that_the_page_shows_prints_the_elements_read(capsys):
    text = (DOCS / "measuring.md").read_text(encoding="utf-8")
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], {})
    printed = capsys.readouterr().out.splitlines()
    # Stride 2, padding (0, 1): tap t of output o reads element 2 o + t, counted from 0; the ninth is padding.
    assert printed == [str([2 * o + t + 1 if 2 * o + t < 8 else 0 for o in range(4)]) for t in range(3)]
    assert all(f"`{line}`" in text for line in printed)


@pytest.mark.parametrize("file", sorted((DOCS.parent / "notebooks").glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_is_small_and_has_no_times_of_execution(file):
    assert file.stat().st_size <= 400 * 2**10
    assert not any(cell["metadata"].get("execution") for cell in json.loads(file.read_text("utf-8"))["cells"])
