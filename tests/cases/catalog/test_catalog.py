"""Catalogs: where in the file a problem is, grids, duplicates, files that are none, and the catalogs that ship."""

import json
import math
import re
import tomllib
import tracemalloc
from importlib import resources

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import distinct, load_catalog, shipped
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from jsonschema import Draft202012Validator

KEYS = (
    "batch, ceil_mode, count_include_pad, dilation, divisor_override, dtype, groups, hostile, id, in_channels, input, "
    "kernel, op, out_channels, output_padding, output_size, padding, padding_mode, stride"
)
FROM_1 = "expected at least 1 and at most 2**31"
SCHEMA = Draft202012Validator(
    json.loads((resources.files("convparity.cases") / "schemas" / "catalog.json").read_text())
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file into the current directory, so that a problem names it as it is named here."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="c.toml"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return write


def problems(*names):
    with pytest.raises(InputError) as caught:
        load_catalog(*names)
    return caught.value.problems


def ids(*names):
    return [case.id for case in load_catalog(*names)]


def test_ten_mistakes_are_ten_lines_in_the_order_of_the_file(write):
    write("""\
about = 3
cases = "x"

[[case]]
id = ""
input = [8, 8]
kernal = 3

  [[case]]
  input = [8, -1]
  kernel = [ 3, "é" ]
  padding = ["é", [1, 2, 3]]

[[case]]
"stride" = [
  2,
  0,
]
kernel = 3
input = [8, 8]
""")
    assert problems("c.toml") == [
        "c.toml:1:9: about: 3 is not a string",
        "c.toml:2:1: cases: unknown key; expected about, [[case]], [[grid]]; did you mean 'case'?",
        "c.toml:4:1: kernel is missing; a case needs at least input and kernel",
        'c.toml:5:6: id: "" is not an id; expected a non-empty string',
        f"c.toml:7:1: kernal: unknown key; expected {KEYS}; did you mean 'kernel'?",
        "c.toml:10:15: input: -1 is out of range; expected at least 0 and at most 2**31",
        'c.toml:11:17: kernel: "é" is not a whole number',
        'c.toml:12:14: padding: "é" is not a whole number',
        "c.toml:12:19: padding: [1, 2, 3] has 3 entries; expected a [before, after] pair",
        f"c.toml:17:3: stride: 0 is out of range; {FROM_1}",
    ]


BAD_KERNEL = f"kernel: 0 is out of range; {FROM_1}"
NOT_TABLES = "case: not a list of tables; write [[case]] above each one"
WRITTEN_OTHERWISE = {
    "inline": ("case = [{input = [8, 8], kernel = 0}]", f"1:35: {BAD_KERNEL}"),
    "inline after non-ASCII": ("case = [{id = 'é😀', input = [8, 8], kernel = 0}]", f"1:46: {BAD_KERNEL}"),
    "over lines": (
        "case = [\n  {input = [8, 8], kernel = 3},\n  {input = [8, 8], kernel = 0},\n]",
        f"3:29: {BAD_KERNEL}",
    ),
    "CRLF": ("[[case]]\r\ninput = [8, 8]\r\nkernel = 0\r\n", f"3:10: {BAD_KERNEL}"),
    "BOM on the line": ("\ufeffcase = [{input = [8, 8], kernel = 0}]", f"1:35: {BAD_KERNEL}"),
    "BOM": ("\ufeff[[case]]\ninput = [8, 8]\nkernel = 0", f"3:10: {BAD_KERNEL}"),
    "a table": ("[case]\ninput = [8, 8]", f"1:1: {NOT_TABLES}"),
    "a number": (" case = 3", f"1:2: {NOT_TABLES}"),
    "numbers": ("case = [1]", f"1:1: {NOT_TABLES}"),
    "grid table": ("[grid]\ninput = [8, 8]", "1:1: grid: not a list of tables; write [[grid]] above each one"),
    "choice in a case": (
        "[[case]]\ninput = [8, 8]\nkernel = 3\nstride = {any = [1, 2]}",
        '4:10: stride: {"any": [1, 2]} is neither a whole number nor a list of one per axis',
    ),
}


@pytest.mark.parametrize(("text", "problem"), WRITTEN_OTHERWISE.values(), ids=WRITTEN_OTHERWISE.keys())
def test_a_problem_has_its_position_in_every_notation(write, text, problem):
    assert problems(write(text)) == [f"c.toml:{problem}"]


def test_keys_named_as_the_readers_own(write):
    """toml-rs describes each key by a table with these names."""
    own = ("value", "value_line", "key_line", "key")
    write("\n".join(f"{key} = 3" for key in own) + "\n[[case]]\ninput = [8, 8]\nkernel = 0\n")
    assert problems("c.toml") == [
        *(f"c.toml:{i}:1: {key}: unknown key; expected about, [[case]], [[grid]]" for i, key in enumerate(own, 1)),
        f"c.toml:7:10: {BAD_KERNEL}",
    ]
    for table in ("case", "grid"):
        write(f"[[{table}]]\ninput = [8, 8]\nkernel = 0\n" + "\n".join(f"{key} = 3" for key in own))
        assert problems("c.toml") == [
            f"c.toml:3:10: {BAD_KERNEL}",
            *(f"c.toml:{i}:1: {key}: unknown key; expected {KEYS}" for i, key in enumerate(own, 4)),
        ]


def test_grid_is_every_combination_in_order(write):
    write("""
[[grid]]
input = [8, 8]
kernel = { any = [3, [1, 2]] }
stride = 2
padding = { any = ["same", [[1, 2], [0, 0]], 0] }
[[grid]]
input = { any = [[5, 6]] }
kernel = 1
""")
    assert ids("c.toml") == [
        "conv-8x8-k3-s2-same",
        "conv-8x8-k3-s2-p1+2x0",
        "conv-8x8-k3-s2",
        "conv-8x8-k1x2-s2-same",
        "conv-8x8-k1x2-s2-p1+2x0",
        "conv-8x8-k1x2-s2",
        "conv-5x6-k1",
    ]


def test_problems_of_a_grid_point_into_its_lists_and_come_once(write):
    write("""\
[[grid]]
input = { any = [[8, 8], []] }
kernel = { any = [3, 0, [2, 0]] }
stride = [1, 0]
padding.any = [1, "sane", [0, [1]]]
stryde = 3
batch = { any = [
  1,
  -1,
] }
""")
    assert problems("c.toml") == [
        "c.toml:2:26: input: [] has 0 sizes; expected one to three, such as [8, 8]",
        f"c.toml:3:22: kernel: 0 is out of range; {FROM_1}",
        f"c.toml:3:29: kernel: 0 is out of range; {FROM_1}",
        f"c.toml:4:14: stride: 0 is out of range; {FROM_1}",
        "c.toml:5:19: padding: \"sane\" is not known; expected valid, same, same_lower, causal; did you mean 'same'?",
        "c.toml:5:31: padding: [1] has 1 entry; expected a [before, after] pair",
        f"c.toml:6:1: stryde: unknown key; expected {KEYS}; did you mean 'stride'?",
        "c.toml:9:3: batch: -1 is out of range; expected at least 0 and at most 2**31",
    ]


def test_groups_of_a_grid_that_do_not_divide_its_channels_are_refused(write):
    write("""\
[[grid]]
input = [8, 8]
kernel = 1
in_channels = { any = [2, 3] }
out_channels = 6
groups = { any = [1, 2] }
""")
    assert problems("c.toml") == ["c.toml:6:22: groups: 2 does not divide in_channels, which is 3"]


GRID = "[[grid]]\ninput = [8, 8]\nkernel = "
MANY = f"{{ any = {list(range(1, 1001))} }}"
NO_GRID = {
    "no choices": ("{ any = [] }", '3:10: kernel: {"any": []} is not a choice; write { any = [..., ...] }'),
    "one choice": ("{ any = 3 }", '3:10: kernel: {"any": 3} is not a choice; write { any = [..., ...] }'),
    "no any": ("{ all = [1] }", '3:10: kernel: {"all": [1]} is not a choice; write { any = [..., ...] }'),
    "any and more": (
        "{ any = [1], or = 2 }",
        '3:10: kernel: {"any": [1], "or": 2} is not a choice; write { any = [..., ...] }',
    ),
    "id": ("3\nid = 'x'", "4:1: id: a grid has many cases; their ids are derived from their parameters"),
    "too many": (
        f"{MANY}\nstride = {MANY}\nbatch = {{ any = [1, 2] }}",
        "1:1: 2000000 cases up to here; expected at most 1000000 in all catalogs together",
    ),
    "nothing but a choice": (None, "1:1: input is missing; a case needs at least input and kernel"),
}


@pytest.mark.parametrize(("text", "problem"), NO_GRID.values(), ids=NO_GRID.keys())
def test_a_malformed_grid_is_one_problem_at_its_place(write, text, problem):
    write(GRID + text if text else "[[grid]]\nkernel = { any = [1, 2] }\n")
    assert problems("c.toml") == [f"c.toml:{problem}"]


HALF = f"[[grid]]\ninput = [8, 8]\nkernel = {MANY}\nbatch = {{ any = {list(range(1, 501))} }}\n"


@pytest.mark.parametrize("files", [("a.toml",), ("a.toml", "b.toml"), ("textbook", "a.toml", "b.toml")])
def test_the_number_of_cases_is_bounded_over_all_grids_of_all_catalogs(write, files):
    """Two grids of half a million and one more case; nothing is made, so no memory is used for it."""
    own = [name for name in files if name.endswith("toml")]
    texts = {"a.toml": HALF, "b.toml": f"{HALF}[[case]]\ninput = [8]\nkernel = 1\n[[grid]]\ninput = [8]\nkernel = 1\n"}
    write("".join(texts.values()) if len(own) == 1 else texts["a.toml"], "a.toml")
    write(texts["b.toml"], "b.toml")
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            load_catalog(*files)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (told,) = caught.value.problems
    assert re.fullmatch(
        rf"{own[-1]}:\d+:1: \d+ cases up to here; expected at most 1000000 in all catalogs together", told
    )
    assert peak < 2**24


def test_a_layer_is_a_case_under_each_id_that_it_was_given_and_no_more(write):
    write("""
[[grid]]
input = [8, 8]
kernel = { any = [3, 5, 3] }
padding = { any = [1, 2, 1] }
[[case]]
id = "first"
input = [8, 8]
kernel = 3
padding = [[1, 1], 1]
[[case]]
id = "second"
input = [8, 8]
kernel = [3, 3]
padding = 1
dtype = "float32"
[[case]]
input = [8, 8]
kernel = 5
padding = 2
""")
    once = ["conv-8x8-k3-p2", "conv-8x8-k5-p1", "conv-8x8-k5-p2", "first", "second"]
    assert ids("c.toml") == once
    assert ids("c.toml", "c.toml") == once


def test_cases_from_python_are_as_distinct_as_those_of_files():
    layer = {"input": [8, 8], "kernel": 3}
    given = [make_case(**layer), make_case(**layer, hostile=True), make_case(**layer)]
    assert [case.id for case in distinct(given)] == ["conv-8x8-k3"]
    given += [make_case(**layer, id="b"), make_case(**layer, id="a"), make_case(**layer, id="b")]
    assert [case.id for case in distinct(given)] == ["b", "a"]


def test_an_id_of_two_cases_is_an_error_in_one_file_and_across_files(write):
    entry = '[[case]]\nid = "{}"\ninput = [8, 8]\nkernel = {}\n'
    write(entry.format("stem", 3) + entry.format("conv-8x8-k1", 7), "a.toml")
    write("\n" + entry.format("stem", 5) + "[[case]]\ninput = [8, 8]\nkernel = 1\n", "b.toml")
    assert ids("a.toml") == ["stem", "conv-8x8-k1"]
    assert problems("a.toml", "b.toml") == [
        'b.toml:3:6: id: "stem" names two different cases; the other: a.toml:2:6',
        'b.toml:6:1: id: "conv-8x8-k1" names two different cases; the other: a.toml:6:6',
    ]
    write(entry.format("stem", 3) * 2 + entry.format("stem", 5))
    assert problems("c.toml") == ['c.toml:10:6: id: "stem" names two different cases; the other: c.toml:2:6']


@pytest.mark.parametrize(
    "identifier", ["\0", "\x1b[31mred\x1b[0m", "x" * 100_000, "two\nlines", "\u202ertl"], ids="01234"
)
def test_ids_are_kept_and_shown_on_one_short_printable_line(write, identifier):
    entry = f"[[case]]\nid = {json.dumps(identifier)}\ninput = [8, 8]\nkernel = "
    write(entry + "3\n")
    assert ids("c.toml") == [identifier]
    write(entry + "3\n" + entry + "5\n")
    [problem] = problems("c.toml")
    assert problem.startswith("c.toml:6:6: id: ")
    assert problem.endswith(" names two different cases; the other: c.toml:2:6")
    assert problem.isprintable()
    assert len(problem) < 200


@pytest.mark.parametrize("where", ["", "[[case]]\n", "[[grid]]\n", "[[grid]]\ninput = [8, 8]\nkernel = 3\n"])
@pytest.mark.parametrize("value", ["1", "{ x = 1 }"])
@pytest.mark.parametrize("key", [r'"\u001b[31m\n"', "x" * 100_000])
def test_keys_are_shown_on_short_printable_lines(write, where, value, key):
    write(f"{where}{key} = {value}\n")
    for problem in problems("c.toml"):
        assert problem.isprintable()
        assert len(problem) < 300


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'about = "\xe9"', "c.toml: not UTF-8 text (byte 9); a catalog is a TOML file"),
        ("about = 'x'".encode("utf-16"), "c.toml: not UTF-8 text (byte 0); a catalog is a TOML file"),
        (b"about = \n", "c.toml:1:9: not TOML: "),
        ("about = 'é😀'\nx = { a = 'é', b = }\n".encode(), "c.toml:2:20: not TOML: "),
        (b"[[case]]\nkernel = 3\nkernel = 3\n", "c.toml:3:1: not TOML: duplicate key"),
        (b"\x00", "c.toml:1:"),
        (b"%PDF-1.7 \x1b[31m", "c.toml:1:"),
    ],
)
def test_a_file_that_is_no_catalog_is_one_printable_problem(write, data, problem):
    [found] = problems(write(data))
    assert found.startswith(problem)
    assert found.isprintable()


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "about = 'nothing yet'", "case = []\ngrid = []"])
def test_an_empty_catalog_has_no_cases(write, text):
    assert ids(write(text)) == []


def test_a_missing_file_is_named(write, tmp_path):
    missing = "there is no such file, and no catalog of that name ships; expected a file or one of arithmetic, "
    for name in ["absent.toml", str(tmp_path / "absent.toml"), "x" * 5000, "a\0b", "\x1b[31m"]:
        [problem] = problems(name)
        assert missing in problem
        assert "did you mean" not in problem
        assert problem.isprintable()
        assert len(problem) < 500
    [problem] = problems("textbok")
    assert problem.startswith(f"textbok: {missing}")
    assert problem.endswith("; did you mean 'textbook'?")
    (tmp_path / "folder").mkdir()
    [problem] = problems("folder")
    assert problem.startswith("folder: is a folder; expected a file or one of arithmetic, ")


def test_one_bad_file_does_not_hide_another(write):
    write("[[case]]\ninput = [8, 8]\nkernel = 0\n", "a.toml")
    write("about = ", "b.toml")
    found = problems("absent.toml", "a.toml", "b.toml", "textbook")
    assert [line.partition(": ")[0] for line in found] == ["absent.toml", "a.toml:3:10", "b.toml:1:9"]


def test_a_file_and_a_shipped_name_together(write):
    write("[[case]]\nid = 'mine'\ninput = [8, 8]\nkernel = 8\n")
    catalog = load_catalog("c.toml", "textbook")
    assert catalog.names == ("c.toml", "textbook")
    assert [case.id for case in catalog] == ["mine", *ids("textbook")]
    assert len(catalog) == 1 + len(load_catalog("textbook"))


CASE = "[[case]]\ninput = [8, 8]\nkernel = 3\n"
HOSTILE = "stride = [0]\npadding = 'full'\ngroups = 0\nhostile = "
FINE = {
    "about": "about = 'x'\n" + CASE,
    "grid": GRID + "{ any = [3, [3, 5]] }\npadding = { any = ['same', 1, [0, [1, -2]]] }\nhostile = false\n",
    "hostile case": CASE + HOSTILE + "true",
    "hostile grid": GRID + "{ any = [0, [1, 2, 3]] }\n" + HOSTILE + "true",
}
NOT_FINE = {
    "about": "about = 3",
    "top key": "cases = []",
    "case is a table": "[case]\ninput = [8, 8]\nkernel = 3\n",
    "case key": CASE + "kernal = 3",
    "case limit": CASE + "stride = 0",
    "case not hostile": CASE + HOSTILE + "false",
    "hostile type": CASE + "hostile = true\nstride = 'x'",
    "choice in a case": CASE + "stride = { any = [1, 2] }",
    "grid needs input": "[[grid]]\nkernel = { any = [1, 2] }",
    "grid limit": GRID + "{ any = [1, 0] }",
    "grid constant": GRID + "{ any = [1, 2] }\nstride = 0",
    "grid word": GRID + "3\npadding = { any = ['same', 'sane'] }",
    "grid type": GRID + "{ any = [1, '2'] }",
    "grid not hostile": GRID + "3\n" + HOSTILE + "false",
    "hostile grid type": GRID + "{ any = [1, '2'] }\n" + HOSTILE + "true",
    **{f"grid: {name}": GRID + text for name, (text, _) in NO_GRID.items() if text and name != "too many"},
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_reader_and_schema_accept(write, text):
    assert ids(write(text))
    assert SCHEMA.is_valid(tomllib.loads(text))


@pytest.mark.parametrize("text", NOT_FINE.values(), ids=NOT_FINE.keys())
def test_reader_and_schema_reject(write, text):
    assert problems(write(text))
    assert not SCHEMA.is_valid(tomllib.loads(text))


@pytest.mark.parametrize("name", shipped())
def test_each_shipped_catalog_is_valid_and_has_no_repeated_case(name):
    text = shipped()[name].read_text(encoding="utf-8")
    assert text.startswith('about = "')
    assert SCHEMA.is_valid(tomllib.loads(text))
    catalog = load_catalog(name)
    assert len({case.id for case in catalog}) == len({case.key for case in catalog}) == len(catalog)


FORMULA = re.compile(r"floor\(\(([-+\d]+)\)/(\d)\) = (?:floor\(([\d.]+)\) = )?(\d+)")


def test_textbook_comments_are_right():
    """Each case's comment says its output, and the formulas in it are sums that come out."""
    comments = re.findall(r"((?:^# .*\n)+)\[\[case\]\]\nid = \"(.*)\"", shipped()["textbook"].read_text(), re.M)
    cases = {case.id: case for case in load_catalog("textbook")}
    assert [name for _, name in comments] == list(cases)
    assert 16 <= len(cases) <= 25
    for comment, name in comments:
        outputs = tuple(axis.output for axis in axes(cases[name]))
        assert re.findall(r"Output (\d+(?:x\d+)*)", comment) == ["x".join(map(str, outputs))], name
        for terms, stride, quotient, output in FORMULA.findall(comment):
            total = sum(map(int, re.findall(r"[+-]?\d+", terms)))
            assert total // int(stride) == int(output), name
            assert not quotient or total / int(stride) == float(quotient), name


def kind_of_padding(case):
    if isinstance(case.padding, str):
        return case.padding
    if any(side < 0 for pair in case.padding for side in pair):
        return "negative"
    if any(before != after for before, after in case.padding):
        return "per side"
    return case.padding[0][0] if len(set(case.padding)) == 1 else "per axis"


def test_grid_is_varied_and_balanced():
    cases = load_catalog("grid").cases
    assert 300 <= len(cases) <= 500

    def square_or(other, sizes):
        return sizes[0] if len(set(sizes)) == 1 else other

    parameters = {
        "kernel": (lambda c: square_or("rectangular", c.kernel), {1, 2, 3, 4, 5, 6, 7, "rectangular"}),
        "stride": (lambda c: square_or("unequal", c.stride), {1, 2, 3, 4, "unequal"}),
        "dilation": (lambda c: square_or("unequal", c.dilation), {1, 2, 3, "unequal"}),
        "padding": (kind_of_padding, {0, 1, 2, 3, "per axis", "per side", "negative", "same", "valid"}),
        "groups": (lambda c: "depthwise" if c.groups == c.in_channels > 1 else c.groups, {1, 2, 3, 4, "depthwise"}),
        "in_channels": (lambda c: c.in_channels, {1, 2, 3, 4, 5, 6, 8}),
        "out_channels": (lambda c: c.out_channels, {1, 2, 3, 4, 5, 6, 8}),
        "batch": (lambda c: c.batch, {1, 2, 3, 4}),
        "parity": (lambda c: (c.input[0] % 2, c.input[1] % 2), {(0, 0), (0, 1), (1, 0), (1, 1)}),
    }
    for name, (value, wanted) in parameters.items():
        values = [value(case) for case in cases]
        assert set(values) == wanted, name
        assert all(values.count(one) >= 20 for one in wanted), name
        for other, (another, choices) in parameters.items():
            met = {(value(case), another(case)) for case in cases}
            channels = {name, other} <= {"groups", "in_channels", "out_channels"}  # groups has to divide the others
            assert name == other or channels or len(met) >= 0.4 * len(wanted) * len(choices), (name, other)

    assert {size for case in cases for size in case.input} == set(range(5, 33))
    numeric = sum(not isinstance(case.padding, str) for case in cases)
    assert 0.6 < numeric / len(cases) < 0.75
    assert 8 <= sum(isinstance(axes(case), Invalid) for case in cases) <= 20
    for grid in tomllib.loads(shipped()["grid"].read_text())["grid"]:
        choices = [len(value["any"]) for value in grid.values() if isinstance(value, dict)]
        assert math.prod(choices) <= 0.05 * len(cases)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 2000 + "]" * 2000, "[[" + ".".join("a" * 5000) + "]]", "a = " + "{b = " * 500]
)
def test_nesting_that_kills_the_parser_is_refused_before_it(tmp_path, text):
    path = tmp_path / "deep.toml"
    path.write_text(f"about = 'fine'\n{text}\n")
    with pytest.raises(InputError, match=r"deep\.toml:2:\d+: not a catalog: nested or dotted over 100 levels deep"):
        load_catalog(path)
