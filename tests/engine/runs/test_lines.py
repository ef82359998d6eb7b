"""A line of code is probed once for all cases that share it, some are probed all the same, and the results say so."""

import json

import pytest
from convparity.adapters.registry import NAMES, adapter_class
from convparity.cases.catalog.validate import make_case
from convparity.runs import lines


def line(adapter, which="as written", sizes=None, **fields):
    case = make_case(**{"input": [9, 8], "kernel": 3, "stride": 2, **fields})
    return lines.line(adapter_class(adapter), case, tuple(sizes or case.input), which)


def test_every_padding_that_keras_spells_alike_is_one_line():
    words = {line("tensorflow", padding=padding) for padding in (0, "valid", [0, 1], [[0, 1], [1, 2]])}
    assert len(words - {""}) == len(words) == 1
    assert words != {line("tensorflow", padding="same")}
    assert line("torch", padding=1) != line("torch", padding=[0, 1])


@pytest.mark.parametrize("adapter", NAMES)
@pytest.mark.parametrize(
    "other",
    [
        {"input": [9, 9]},
        {"sizes": [10, 9]},
        {"kernel": [3, 2]},
        {"stride": [2, 1]},
        {"dilation": 2, "stride": 1},
        {"in_channels": 4, "out_channels": 4, "groups": 2},
        {"dtype": "float16"},
        {"op": "conv_transpose"},
        {"op": "max_pool"},
    ],
)
def test_the_key_holds_everything_that_decides_the_elements_or_the_arrays_of_the_probe(adapter, other):
    assert not line(adapter) or line(adapter) != line(adapter, **other)


@pytest.mark.parametrize("adapter", NAMES)
def test_channels_that_the_probe_lacks_are_not_in_the_key(adapter):
    """Every layer of one group is probed with one channel."""
    assert line(adapter) == line(adapter, in_channels=3, out_channels=5, batch=2) != ""


def test_a_line_on_the_size_of_another_case_is_that_case_s():
    assert line("torch", input=[9, 8], sizes=[10, 9]) == line("torch", input=[10, 9])


def test_a_case_that_cannot_be_written_or_probed_has_no_line():
    assert line("tensorflow", op="max_pool", dilation=2, stride=1) == ""
    assert line("torch", input=[2**23], kernel=1, stride=1) == ""


def test_about_one_in_fifty_layers_is_measured_as_a_check():
    checked = [lines.checked(make_case(input=[8, n], kernel=3), (8, n)) for n in range(3, 3003)]
    assert 30 <= sum(checked) <= 90  # 60 are due


# Both layers run with other numbers than the reference, and read every window one element later.
SEEN = """
n, k = task["input"], 3
out = [(size - k) // 2 + 1 for size in n]
answer.update(outcome="ran", shape=[1, 1, *out], dtype="float32", source="layers.Conv2D(1, 3, strides=2)")
if task["want"] == "values":
    answer["digest"] = "0" * 32
else:
    later = 1 + (task["case"]["id"] in ODD)
    maps = [[[2 * i + t + later if 2 * i + t + later < s else -1 for t in range(k)] for i in range(o)]
            for s, o in zip(n, out)]
    answer["sampling"] = {"maps": maps, "separable": True, "exact": True}
"""
FIELDS = "input = [9, 11]\nkernel = 3\nstride = 2\npadding = {}\n"
PADDINGS = ("0", '"valid"', "[0, 1]", "[[0, 1], [1, 0]]")


@pytest.fixture
def run_layers(convparity, interpreter, tmp_path):
    """Runs four layers that Keras spells alike, some of which are odd; returns what the results file holds of them."""
    installed = json.loads((interpreter.folder / "installed.json").read_text())
    (interpreter.folder / "installed.json").write_text(json.dumps({"tensorflow": installed["torch"]}))
    blocks = [f'[[case]]\nid = "c{i}"\n{FIELDS.format(padding)}' for i, padding in enumerate(PADDINGS)]
    (tmp_path / "four.toml").write_text("\n".join(blocks))

    def run(*options, odd=()):
        interpreter.does(f"ODD = {list(odd)!r}\n{SEEN}")
        done = convparity("run", "four.toml", "--env", f"tensorflow={interpreter.python}", "-o", "r.jsonl", *options)
        found = [json.loads(text) for text in (tmp_path / "r.jsonl").read_text().splitlines()]
        own = [x for x in found if x["kind"] == "observation" and x["want"] == "sampling" and x["input"] == [9, 11]]
        return done, {x["case"]: x for x in own}, [x["message"] for x in found if x["kind"] == "fault"]

    return run


@pytest.fixture
def checks(monkeypatch, tmp_path):
    """Has the cases with these ids measured all the same."""

    def these(*ids):
        folder = tmp_path / "patched"
        folder.mkdir(exist_ok=True)
        code = f"import convparity.runs.lines as l\nl.checked = lambda case, sizes: case.id in {ids!r}\n"
        (folder / "sitecustomize.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return these


def test_one_layer_is_measured_and_the_others_name_it(run_layers, interpreter, checks):
    checks()
    done, samplings, faults = run_layers("--no-cache")
    assert (done.returncode, faults) == (1, [])
    assert [samplings[f"c{i}"].get("measured_for") for i in range(4)] == [None, "c0", "c0", "c0"]
    assert len({json.dumps(x["sampling"]) for x in samplings.values()}) == 1
    probed = [case for case, spelling, want in interpreter.asked if (spelling, want) == ("as written", "sampling")]
    assert probed.count("c0") == len(probed) == 2  # on its own size, and on that of the other residue


def test_a_layer_that_is_measured_as_a_check_says_so_and_agrees(run_layers, checks):
    checks("c2")
    done, samplings, faults = run_layers("--no-cache")
    assert (done.returncode, faults) == (1, [])
    assert [samplings[f"c{i}"].get("measured_for") for i in range(4)] == [None, "c0", None, "c0"]


def test_a_check_that_reads_other_elements_is_an_error_and_from_the_cache_too(run_layers, checks):
    checks("c2")
    for options in ((), (), ("--no-cache",)):
        done, samplings, faults = run_layers(*options, odd=["c2"])
        assert done.returncode == 3, done.stdout
        assert any("other elements for c2 than for c0" in message for message in faults)
        assert samplings["c2"]["sampling"] != samplings["c0"]["sampling"] == samplings["c3"]["sampling"]


def test_the_cache_gives_the_same_answers(run_layers, checks):
    checks("c3")
    _, first, _ = run_layers()
    done, again, _ = run_layers("-k", "c0 or c1 or c2 or c3", "--as-written")
    assert "from the cache" in done.stdout
    assert again == first


def test_a_run_that_was_stopped_measures_the_line_again(run_layers, checks, tmp_path):
    checks()
    _, whole, _ = run_layers("--no-cache")
    text = (tmp_path / "r.jsonl").read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(text) if '"want":"sampling"' in line)
    (tmp_path / "r.jsonl").write_text("".join(text[: first + 1]))
    _, again, _ = run_layers("--no-cache", "--resume")
    assert {case: x["sampling"] for case, x in again.items()} == {case: x["sampling"] for case, x in whole.items()}
    assert [again[f"c{i}"].get("measured_for") for i in range(4)] == [None, None, "c1", "c1"]
