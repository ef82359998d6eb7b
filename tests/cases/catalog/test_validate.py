"""Every rule about what a case may hold, and that the schema for editors says the same; ids and JSON of cases."""

import json
from importlib import resources

import pytest
from convparity.cases.case import Case
from convparity.cases.catalog.validate import Problem, check, make_case
from convparity.cases.errors import InputError
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

LAYER = {"input": [8, 8], "kernel": 3}
KEYS = (
    "batch, ceil_mode, count_include_pad, dilation, divisor_override, dtype, groups, hostile, id, in_channels, input, "
    "kernel, op, out_channels, output_padding, output_size, padding, padding_mode, stride"
)
FROM_1 = "expected at least 1 and at most 2**31"
PADDINGS = (
    "expected a number, one per axis, a [before, after] pair per axis, or a word: valid, same, same_lower, causal"
)

# What is wrong, as (path of the key or value, text), in one entry of a catalog each.
MISTAKES = {
    "unknown key": ({"kernal": 3}, ("kernal",), f"kernal: unknown key; expected {KEYS}; did you mean 'kernel'?"),
    "nothing like it": ({"bias": True}, ("bias",), f"bias: unknown key; expected {KEYS}"),
    "input is a number": (
        {"input": 8},
        ("input",),
        "input: 8 is not a list; expected a list of spatial sizes, such as [8, 8]",
    ),
    "four axes": (
        {"input": [8, 8, 8, 8]},
        ("input",),
        "input: [8, 8, 8, 8] has 4 sizes; expected one to three, such as [8, 8]",
    ),
    "no axes": ({"input": []}, ("input",), "input: [] has 0 sizes; expected one to three, such as [8, 8]"),
    "causal along two axes": (
        {"padding": "causal"},
        ("padding",),
        'padding: "causal" needs an input with one spatial axis; this one has 2',
    ),
    "a kernel of another rank": (
        {"input": [8], "kernel": [3, 3]},
        ("kernel",),
        "kernel: [3, 3] has 2 entries; expected one, for the only axis",
    ),
    "size below 0": (
        {"input": [8, -1]},
        ("input", 1),
        "input: -1 is out of range; expected at least 0 and at most 2**31",
    ),
    "size too large": (
        {"input": [2**31 + 1, 8]},
        ("input", 0),
        "input: 2147483649 is out of range; expected at least 0 and at most 2**31",
    ),
    "size is a word": ({"input": ["8", 8]}, ("input", 0), 'input: "8" is not a whole number'),
    "kernel 0": ({"kernel": 0}, ("kernel",), f"kernel: 0 is out of range; {FROM_1}"),
    "kernel has a point": (
        {"kernel": 3.0},
        ("kernel",),
        "kernel: 3.0 is neither a whole number nor a list of one per axis",
    ),
    "kernel is true": (
        {"kernel": True},
        ("kernel",),
        "kernel: true is neither a whole number nor a list of one per axis",
    ),
    "kernel holds true": ({"kernel": [3, True]}, ("kernel", 1), "kernel: true is not a whole number"),
    "kernel of three": (
        {"kernel": [3, 3, 3]},
        ("kernel",),
        "kernel: [3, 3, 3] has 3 entries; expected one for each of 2 axes",
    ),
    "stride 0": ({"stride": [1, 0]}, ("stride", 1), f"stride: 0 is out of range; {FROM_1}"),
    "dilation 0": ({"dilation": 0}, ("dilation",), f"dilation: 0 is out of range; {FROM_1}"),
    "padding word": (
        {"padding": "sane"},
        ("padding",),
        "padding: \"sane\" is not known; expected valid, same, same_lower, causal; did you mean 'same'?",
    ),
    "padding has a point": ({"padding": 1.5}, ("padding",), f"padding: 1.5 is not a padding; {PADDINGS}"),
    "padding is a table": (
        {"padding": {"any": [1]}},
        ("padding",),
        f'padding: {{"any": [1]}} is not a padding; {PADDINGS}',
    ),
    "padding of one": (
        {"padding": [1]},
        ("padding",),
        "padding: [1] has 1 entry; expected one for each of 2 axes",
    ),
    "padding triple": (
        {"padding": [0, [1, 2, 3]]},
        ("padding", 1),
        "padding: [1, 2, 3] has 3 entries; expected a [before, after] pair",
    ),
    "padding holds a word": ({"padding": [0, "same"]}, ("padding", 1), 'padding: "same" is not a whole number'),
    "padding pair holds a float": ({"padding": [[0, 0.5], 0]}, ("padding", 0, 1), "padding: 0.5 is not a whole number"),
    "padding too small": (
        {"padding": [[0, -(2**31) - 1], 0]},
        ("padding", 0, 1),
        "padding: -2147483649 is out of range; expected at least -2**31 and at most 2**31",
    ),
    "batch below 0": ({"batch": -1}, ("batch",), "batch: -1 is out of range; expected at least 0 and at most 2**31"),
    "batch is a list": ({"batch": [1]}, ("batch",), "batch: [1] is not a whole number"),
    "no input channels": ({"in_channels": 0}, ("in_channels",), f"in_channels: 0 is out of range; {FROM_1}"),
    "no output channels": ({"out_channels": 0}, ("out_channels",), f"out_channels: 0 is out of range; {FROM_1}"),
    "no groups": ({"groups": 0}, ("groups",), f"groups: 0 is out of range; {FROM_1}"),
    "op": (
        {"op": "pool"},
        ("op",),
        "op: \"pool\" is not known; expected conv, conv_transpose, max_pool, avg_pool; did you mean 'max_pool'?",
    ),
    "another operation's": (
        {"ceil_mode": True},
        ("ceil_mode",),
        "ceil_mode: true is not allowed for op conv; only pools have it",
    ),
    "groups of a pool": (
        {"op": "max_pool", "groups": 2, "in_channels": 2},
        ("groups",),
        "groups: 2 is not allowed for op max_pool; a pool has no groups",
    ),
    "filters of a pool": (
        {"op": "avg_pool", "in_channels": 2, "out_channels": 3},
        ("out_channels",),
        "out_channels: 3 is not in_channels, which is 2; a pool keeps its channels",
    ),
    "a causal transposed convolution": (
        {"op": "conv_transpose", "input": [8], "padding": "causal"},
        ("padding",),
        'padding: "causal" is only for op conv; this op is "conv_transpose"',
    ),
    "output padding below 0": (
        {"op": "conv_transpose", "output_padding": [0, -1]},
        ("output_padding", 1),
        "output_padding: -1 is out of range; expected at least 0 and at most 2**31",
    ),
    "padding mode": (
        {"padding_mode": "mirror"},
        ("padding_mode",),
        'padding_mode: "mirror" is not known; expected zeros, reflect, replicate, circular, symmetric',
    ),
    "dtype": (
        {"dtype": "float23"},
        ("dtype",),
        "dtype: \"float23\" is not known; expected float32, float64, float16, bfloat16; did you mean 'float32'?",
    ),
    "dtype is a number": (
        {"dtype": 32},
        ("dtype",),
        "dtype: 32 is not known; expected float32, float64, float16, bfloat16",
    ),
    "hostile is a number": ({"hostile": 1}, ("hostile",), "hostile: 1 is not allowed; expected true or false"),
    "empty id": ({"id": ""}, ("id",), 'id: "" is not an id; expected a non-empty string'),
    "id is a number": ({"id": 4}, ("id",), "id: 4 is not an id; expected a non-empty string"),
    # What JSON Schema cannot say, or says otherwise, comes last.
    "groups do not divide": (
        {"groups": 2, "in_channels": 3, "out_channels": 4},
        ("groups",),
        "groups: 2 does not divide in_channels, which is 3",
    ),
    "groups do not divide the filters": (
        {"groups": 2, "in_channels": 4, "out_channels": 3},
        ("groups",),
        "groups: 2 does not divide out_channels, which is 3",
    ),
}
BEYOND_THE_SCHEMA = {
    "groups do not divide",
    "groups do not divide the filters",
    "kernel has a point",
    "filters of a pool",
}

SCHEMA = json.loads((resources.files("convparity.cases") / "schemas" / "catalog.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)


def in_schema(entry):
    return VALIDATOR.is_valid({"case": [entry]})


@pytest.mark.parametrize(("entry", "path", "text"), MISTAKES.values(), ids=MISTAKES.keys())
def test_each_mistake_is_one_problem_at_its_place(entry, path, text):
    case, problems = check({**LAYER, **entry})
    assert case is None
    assert problems == [Problem(path, text, at_key="unknown key" in text)]


@pytest.mark.parametrize("name", [name for name in MISTAKES if name not in BEYOND_THE_SCHEMA])
def test_the_schema_refuses_the_same_mistakes(name):
    assert in_schema(LAYER)
    assert not in_schema({**LAYER, **MISTAKES[name][0]})


@pytest.mark.parametrize("key", ["input", "kernel"])
def test_input_and_kernel_are_required(key):
    entry = {name: value for name, value in LAYER.items() if name != key}
    assert check(entry) == (
        None,
        [Problem((), f"{key} is missing; a case needs at least input and kernel")],
    )
    assert not in_schema(entry)


def test_every_problem_is_reported_at_once():
    with pytest.raises(InputError) as caught:
        make_case(input=[8, "a"], kernel=0, stride=[0, 1, 2], padding="sume", strid=1)
    assert caught.value.problems == [
        f"strid: unknown key; expected {KEYS}; did you mean 'stride'?",
        'input: "a" is not a whole number',
        f"kernel: 0 is out of range; {FROM_1}",
        "stride: [0, 1, 2] has 3 entries; expected one for each of 2 axes",
        "padding: \"sume\" is not known; expected valid, same, same_lower, causal; did you mean 'same'?",
    ]


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({}, {}),
        ({"kernel": [3, 5]}, {"kernel": (3, 5)}),
        ({"stride": 2}, {"stride": (2, 2)}),
        ({"stride": (2, 1)}, {"stride": (2, 1)}),
        ({"dilation": [1, 2]}, {"dilation": (1, 2)}),
        ({"padding": 1}, {"padding": ((1, 1), (1, 1))}),
        ({"padding": [0, -1]}, {"padding": ((0, 0), (-1, -1))}),
        ({"padding": [[1, 2], 3]}, {"padding": ((1, 2), (3, 3))}),
        ({"padding": ((1, 2), (3, 4))}, {"padding": ((1, 2), (3, 4))}),
        ({"padding": "same"}, {"padding": "same"}),
        ({"batch": 0, "input": [0, 2**31]}, {"batch": 0, "input": (0, 2**31)}),
        ({"in_channels": 6, "out_channels": 9, "groups": 3}, {"in_channels": 6, "out_channels": 9, "groups": 3}),
        ({"id": "\0\x1b[31m"}, {"id": "\0\x1b[31m"}),
    ],
)
def test_missing_fields_get_their_defaults(entry, fields):
    case = make_case(**{**LAYER, **entry})
    filled = {"input": (8, 8), "kernel": (3, 3), "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}
    assert case == Case(**{**filled, "id": case.id, **fields})


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("input", [], ()),
        ("input", [8] * 4, (8, 8, 8, 8)),
        ("input", [-1, 2**40], (-1, 2**40)),
        ("kernel", 0, (0, 0)),
        ("kernel", [1, -2, 3], (1, -2, 3)),
        ("kernel", 2**63, (2**63, 2**63)),
        ("stride", -1, (-1, -1)),
        ("stride", [0], (0,)),
        ("padding", "full", "full"),
        ("padding", 2**62, ((2**62, 2**62), (2**62, 2**62))),
        ("padding", [[1, -(2**40)]], ((1, -(2**40)),)),
        ("padding", [], ()),
        ("dilation", 0, (0, 0)),
        ("dilation", [2, 2, 2], (2, 2, 2)),
        ("batch", -1, -1),
        ("in_channels", 0, 0),
        ("out_channels", -2, -2),
        ("groups", 2, 2),  # which divides neither count of channels
        ("groups", 0, 0),
        ("op", "frobnicate", "frobnicate"),
        ("dtype", "float8", "float8"),
    ],
)
def test_hostile_lifts_the_limits(key, value, field):
    entry = {**LAYER, key: value}
    assert check(entry)[0] is None
    case, problems = check({**entry, "hostile": True})
    assert problems == []
    assert case.hostile
    assert getattr(case, key) == field


@pytest.mark.parametrize(
    "entry",
    [
        {"strid": 1},
        {"kernel": 1.5},
        {"kernel": "3"},
        {"kernel": [3, True]},
        {"input": 8},
        {"padding": [[1, 2, 3], 1]},
        {"padding": None},
        {"groups": "2"},
        {"op": 3},
        {"dtype": None},
        {"id": ""},
        {"hostile": "yes"},
    ],
)
def test_hostile_keeps_types_and_names(entry):
    entry = {**LAYER, "hostile": True, **entry}
    assert check(entry)[0] is None
    assert not in_schema(entry)


@pytest.mark.parametrize("key", ["a\x1b[31m\nb\0", "x" * 100_000])
def test_any_key_makes_one_short_printable_line(key):
    _, [problem] = check({**LAYER, key: 1})
    assert problem.text.isprintable()
    assert len(problem.text) < 300


ENDLESS = [10**5000]  # more digits than Python prints
AWKWARD = ["\x1b[31m\n", "x" * 100_000, *ENDLESS, ENDLESS, [ENDLESS], float("nan"), [[[[]]]], None]


@pytest.mark.parametrize("value", AWKWARD, ids=range(len(AWKWARD)))
@pytest.mark.parametrize("key", KEYS.split(", "))
def test_any_value_makes_short_printable_lines(key, value):
    for problem in check({**LAYER, key: value})[1]:
        assert problem.text.isprintable()
        assert len(problem.text) < 200


scalars = st.sampled_from([-(2**31) - 1, -1, 0, 1, 2, 2**31, 2**31 + 1, 0.5, True, None, "same", "valid", "conv", ""])
anything = scalars | st.lists(scalars | st.lists(scalars, max_size=3), max_size=3) | st.just({"any": [1]})
likely = st.sampled_from([0, 1, 2, [2, 1], [0, 8], [1, [0, -1]], [[1, 2], [0, 1]], "same", "conv"])
changes = st.dictionaries(st.sampled_from([*KEYS.split(", "), "unknown"]), likely | likely | anything, max_size=2)
marks = st.sampled_from([{}, {"hostile": True}, {"hostile": False}])


@settings(max_examples=500, deadline=None)
@given(changes, marks)
def test_schema_and_checker_agree(changed, mark):
    entry = {**LAYER, **mark, **changed}
    case, problems = check(entry)
    assume(not any("does not divide" in problem.text or "a pool keeps its" in problem.text for problem in problems))
    assert in_schema(entry) is (case is not None), problems


def test_schema_is_one_and_describes_every_field():
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["case"]["properties"]) == set(KEYS.split(", "))
    assert set(SCHEMA["$defs"]["grid"]["properties"]) == set(KEYS.split(", ")) - {"id"}
    default = make_case(**LAYER)
    for key in set(KEYS.split(", ")) - {"id"}:
        field = SCHEMA["$defs"][key]
        assert field["description"], key
        if key not in LAYER and "default" in field:
            assert make_case(**LAYER, **{key: field["default"]}) == default, key


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "conv-8x8-k3"),
        ({"input": [224, 8], "kernel": [7, 3]}, "conv-224x8-k7x3"),
        ({"padding": 1, "stride": 2}, "conv-8x8-k3-s2-p1"),
        ({"padding": [0, 1], "stride": [3, 4], "kernel": [3, 5]}, "conv-8x8-k3x5-s3x4-p0x1"),
        ({"padding": [[1, 2], [0, 0]]}, "conv-8x8-k3-p1+2x0"),
        ({"padding": [[0, 1], [0, 1]]}, "conv-8x8-k3-p0+1"),
        ({"padding": [-1, [2, -2]]}, "conv-8x8-k3-p-1x2+-2"),
        ({"padding": "valid"}, "conv-8x8-k3-valid"),
        ({"padding": "same", "dilation": [1, 2]}, "conv-8x8-k3-same-d1x2"),
        ({"dilation": 2, "groups": 2, "in_channels": 4, "out_channels": 2}, "conv-8x8-k3-d2-g2-c4x2"),
        ({"batch": 3, "out_channels": 5}, "conv-8x8-k3-c1x5-b3"),
        ({"id": "stem"}, "stem"),
    ],
)
def test_each_case_gets_an_id_that_describes_it(parameters, expected):
    assert make_case(**{**LAYER, **parameters}).id == expected


few = st.integers(1, 12)
ordinary = st.fixed_dictionaries(
    {"input": st.tuples(few, few), "kernel": few | st.tuples(few, few)},
    optional={
        "stride": few | st.tuples(few, few),
        "dilation": few | st.tuples(few, few),
        "padding": st.sampled_from(["same", "valid"])
        | st.integers(-2, 2)
        | st.tuples(*[st.integers(-2, 2) | st.tuples(st.integers(-2, 2), st.integers(-2, 2))] * 2),
        "batch": st.integers(0, 12),
        "in_channels": few,
        "out_channels": few,
    },
)


@settings(deadline=None)
@given(st.lists(ordinary, min_size=2, max_size=30), st.integers(0, 9))
def test_different_cases_have_different_ids(entries, groups):
    cases = [make_case(**entry) for entry in entries]
    for case in cases[:groups]:
        channels = {"in_channels": 6 * case.in_channels, "out_channels": 6 * case.out_channels}
        cases += [make_case(**{**entries[0], **channels, "groups": n}) for n in (1, 2, 3)]
    assert len({case.id for case in cases}) == len({case.key for case in cases})


HOSTILE = [
    {"kernel": [3]},
    {"kernel": [3, 3, 3]},
    {"padding": "sa!me"},
    {"padding": "same"},
    {"padding": "SAME"},
    {"padding": [1]},
    {"padding": [1, 1, 1]},
    {"op": "conv-8x8"},
    {"input": [8, 8, 8]},
    {"input": []},
    {"dtype": "float-32"},
    {"dtype": "float64"},
]


def test_different_hostile_cases_have_different_ids():
    cases = [make_case(**{**LAYER, **entry}, hostile=True) for entry in [{}, *HOSTILE]]
    assert len({case.id for case in cases}) == len(HOSTILE) + 1


def test_id_and_hostile_mark_are_no_part_of_the_key():
    assert make_case(**LAYER).key == make_case(**LAYER, id="x", hostile=True).key


@pytest.mark.parametrize("entry", [{}, {"padding": "same", "id": "x"}, {"padding": [[1, 2], 3]}, *HOSTILE])
def test_json_round_trip(entry):
    case = make_case(**{**LAYER, **entry}, hostile=True)
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case


@pytest.mark.parametrize("change", [{"colour": "red"}, {"input": None}])
def test_json_of_another_shape_is_a_type_error(change):
    with pytest.raises(TypeError):
        Case.from_json({**make_case(**LAYER).to_json(), **change})


def test_same_layer_on_another_size():
    case = make_case(input=[8, 8], kernel=3, padding="same", stride=2)
    assert case.on((9, 7)).key == make_case(input=[9, 7], kernel=3, padding="same", stride=2).key
    assert case.on((8, 8)) is case


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "3x3 on 8x8"),
        ({"kernel": [3, 5], "padding": [0, 1], "stride": [3, 4]}, "3x5, stride (3,4), padding (0,1) on 8x8"),
        ({"kernel": 7, "padding": 3, "stride": 2, "input": [512, 512]}, "7x7, stride 2, padding 3 on 512x512"),
        ({"padding": [[1, 2], 0], "dilation": 2}, "3x3, padding (1,2),(0,0), dilation 2 on 8x8"),
        (
            {"padding": "same", "in_channels": 4, "out_channels": 8, "groups": 2, "batch": 3},
            "3x3, padding 'same', 2 groups, 4 to 8 channels, batch 3 on 8x8",
        ),
        ({"padding": "valid"}, "3x3, padding 'valid' on 8x8"),
        ({"input": [], "kernel": [], "stride": [], "padding": [], "hostile": True}, "no kernel on no input"),
    ],
)
def test_each_case_is_described_in_words(parameters, expected):
    assert make_case(**{**LAYER, **parameters}).describe() == expected
