"""Files of expectations: what is read, and everything that is wrong told at once, with its place."""

import json
import tomllib
from datetime import date
from importlib import resources

import pytest
from convparity.cases.errors import InputError
from convparity.report.policy.expectations_file import load_expectations
from jsonschema import Draft202012Validator

SCHEMA = json.loads((resources.files("convparity.report") / "schemas" / "expectations.json").read_text())
GOOD = "[[expect]]\nverdict = 'shape'\nreason = 'why'\n"


def with_dates_as_text(value):
    """The document as editors check it against a schema: dates as they are written."""
    if isinstance(value, dict):
        return {key: with_dates_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_dates_as_text(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def valid(text):
    return Draft202012Validator(SCHEMA).is_valid(with_dates_as_text(tomllib.loads(text)))


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text, **options):
        (tmp_path / "e.toml").write_text(text)
        return load_expectations(["e.toml"], **options)

    return read


def problems(read, text, **options):
    with pytest.raises(InputError) as caught:
        read(text, **options)
    return caught.value.problems


def test_every_mistake_is_reported_at_once_with_its_place(read):
    text = """\
[[expect]]
cases = "layer-3"
verdict = "shfted"
[[expect]]
verdict = ["shape", "agrees"]
reason = ""
stride = { any = [2, 0] }
expires = "2030-01-31"
packages = { keras = "3.15" }
pads = [0, 1]
spelling = "prot"
"""
    places = [line.split(": ")[0] for line in problems(read, text)]
    # By hand, from the text: the reason that is missing belongs to the first entry.
    assert places == [
        f"e.toml:{at}" for at in ["1:1", "2:1", "3:11", "5:21", "6:10", "7:22", "8:11", "9:22", "10:8", "11:12"]
    ]
    said = "\n".join(problems(read, text))
    assert "cases: unknown key" in said
    assert "did you mean 'case'?" in said
    assert "did you mean 'shifted'?" in said
    assert "did you mean 'port'?" in said
    assert "reason is missing" in said
    assert 'packages: "3.15" is not a version condition' in said


def test_an_unknown_adapter_is_refused_where_the_adapters_are_known(read):
    text = GOOD + "adapter = ['torch', 'tensorfow']\n"
    assert read(text)
    (problem,) = problems(read, text, adapters=("torch", "tensorflow"))
    assert problem.startswith('e.toml:4:21: adapter: "tensorfow" is not known; expected torch, tensorflow')
    assert problem.endswith("did you mean 'tensorflow'?")


def test_all_of_an_entry_is_read(read):
    (found,) = read(
        "about = 'x'\n" + GOOD + "case = 'a*'\nadapter = ['torch']\nspelling = 'port'\npads = [[0, -1]]\n"
        "packages = { torch = '>=2,<3' }\nfacts = { onednn = true, isa = ['avx', 'avx2'] }\nlink = 'l'\n"
        "expires = 2030-01-31\npadding = 'numbers'\n"
    )
    assert (found.place, found.verdicts, found.cases, found.adapters) == ("e.toml:2", ("shape",), ("a*",), ("torch",))
    assert (found.spelling, found.pads, found.expires) == ("port", ((0, -1),), date(2030, 1, 31))
    assert (found.why, found.parameters) == ("why (l)", {"padding": ("numbers",)})
    assert found.packages["torch"].contains("2.5")
    assert not found.packages["torch"].contains("3.0")
    assert found.facts == {"onednn": (True,), "isa": ("avx", "avx2")}


def test_no_entries_are_no_problem(read):
    assert read("about = 'nothing diverges'\n") == []


FINE = [
    "",
    GOOD,
    GOOD + "case = ['a', 'b*']\nadapter = 'torch'\nenvironment = ['x']\n",
    GOOD + "padding = { any = [1, 'same', [0, 1], [[0, 1], [1, 0]], 'numbers'] }\n",
    GOOD + "kernel = [3, 5]\nrank = 2\n",
    GOOD + "rank = { any = [1, 3] }\ndtype = 'bfloat16'\nceil_mode = true\n",
    GOOD + "expires = 2030-01-31\nlink = 'x'\npads = [[0, 1], [-1, 0]]\n",
    GOOD + "packages = { keras = '>=3.15,<4' }\nspelling = 'port'\n",
    GOOD + "facts = { onednn = true, threads = 1, isa = ['avx', 'avx2'] }\n",
    GOOD.replace("'shape'", "['shape', 'misdeclares', 'out of memory']"),
]
WRONG = [
    "cases = []\n",
    "expect = 3\n",
    "[expect]\nverdict = 'shape'\nreason = 'x'\n",
    "[[expect]]\nverdict = 'shape'\n",
    "[[expect]]\nreason = 'x'\n",
    GOOD.replace("'why'", "' '"),
    GOOD.replace("'why'", "3"),
    GOOD.replace("'shape'", "'agrees'"),
    GOOD.replace("'shape'", "[]"),
    GOOD + "colour = 'red'\n",
    GOOD + "case = ''\n",
    GOOD + "case = [3]\n",
    GOOD + "adapter = []\n",
    GOOD + "rank = 4\n",
    GOOD + "rank = true\n",
    GOOD + "kernel = 0\n",
    GOOD + "kernel = '3'\n",
    GOOD + "padding = 'smae'\n",
    GOOD + "padding = [[1, 2, 3]]\n",
    GOOD + "stride = { any = [] }\n",
    GOOD + "stride = { all = [1] }\n",
    GOOD + "dtype = { any = ['float33'] }\n",
    GOOD + "groups = true\n",
    GOOD + "spelling = 'as read'\n",
    GOOD + "packages = { keras = 3 }\n",
    GOOD + "packages = 'keras'\n",
    GOOD + "facts = 'onednn'\n",
    GOOD + "facts = { onednn = [] }\n",
    GOOD + "facts = { onednn = [[true]] }\n",
    GOOD + "facts = { onednn = 1.5 }\n",
    GOOD + "pads = [0, 1]\n",
    GOOD + "pads = []\n",
    GOOD + "pads = [[0, 1.5]]\n",
    GOOD + "link = ''\n",
    GOOD + "expires = 'soon'\n",
    GOOD + "expires = 2030-01-31T00:00:00\n",
]


@pytest.mark.parametrize("text", FINE)
def test_reader_and_schema_accept(read, text):
    read(text)
    assert valid(text)


@pytest.mark.parametrize("text", WRONG)
def test_reader_and_schema_reject(read, text):
    assert all(line.startswith("e.toml:") for line in problems(read, text))
    assert not valid(text)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("content", [b"\xff", b"verdict = ", b"x = " + b"[" * 200])
def test_a_file_that_is_no_toml_gives_one_line(read, tmp_path, content):
    (tmp_path / "e.toml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_expectations(["e.toml", "missing.toml"])
    assert [line.split(":")[0] for line in caught.value.problems] == ["e.toml", "missing.toml"]
