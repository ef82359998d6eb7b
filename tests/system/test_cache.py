"""A second run of real frameworks is read from the cache, and says what the first said."""

import json

import pytest

ENVIRONMENTS = ("torch", "tensorflow", "keras-torch", "keras-jax", "flax", "mxnet", "onnxruntime")
MANY = """
[[grid]]
input = { any = [[17, 17], [18, 18], [19, 22], [26, 16], [23, 15]] }
kernel = { any = [1, 2, 3, 4, 5] }
stride = { any = [1, 2, 3, 4] }
padding = { any = [0, 1, 2, 3, "valid"] }
dilation = { any = [1, 2, 3, 4] }
"""


def lines(path, kind):
    return [line for line in map(json.loads, path.read_text().splitlines()) if line["kind"] == kind]


def recorded(path):
    """The observations, without their empty fields."""
    keys = ("environment", "case", "input", "spelling", "want")
    return {
        json.dumps([line[key] for key in keys]): {name: value for name, value in line.items() if value != ""}
        for line in lines(path, "observation")
    }


@pytest.fixture(scope="module")
def twice(convparity, tmp_path_factory):
    """The main job, twice with one cache, for a user who has never used Keras, which writes its settings then."""
    folder = tmp_path_factory.mktemp("twice")
    runs = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("KERAS_HOME", str(folder / "keras"))
        for name in ("first", "second"):
            files = ["-o", folder / f"{name}.jsonl", "--json", folder / f"{name}.json"]
            runs.append(convparity("run", "textbook", *files, cache=folder / "cache"))
    assert (folder / "keras" / "keras.json").exists()
    return folder, *runs


def test_the_second_run_is_all_from_the_cache(twice):
    folder, first, second = twice
    assert first.returncode == second.returncode == 1
    assert "from the cache" not in first.out
    assert f"{len(recorded(folder / 'first.jsonl'))} from the cache" in second.out


def test_both_runs_report_and_record_the_same(twice):
    folder, first, second = twice
    assert (folder / "first.json").read_text() == (folder / "second.json").read_text()
    assert first.out.splitlines()[:-1] == second.out.splitlines()[:-1]
    assert recorded(folder / "first.jsonl") == recorded(folder / "second.jsonl")

    def environments(name):
        return {line["label"]: line for line in lines(folder / f"{name}.jsonl", "environment")}

    assert environments("first") == environments("second")
    assert set(environments("second")) == set(ENVIRONMENTS)


def test_another_setting_of_one_framework_runs_that_one_again(twice, convparity, monkeypatch):
    """``ATEN_CPU_CAPABILITY`` chooses torch's kernels; that variables are not sorted by framework costs time only."""
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    done = convparity("run", "textbook", "--env", "torch=.tox/torch", cache=twice[0] / "cache")
    assert done.returncode in (0, 1)
    assert "from the cache" not in done.out


def test_environments_with_the_same_packages_share_observations(convparity, tmp_path):
    (tmp_path / "many.toml").write_text(MANY)
    for labels in ("a", "abcd"):
        environments = [argument for label in labels for argument in ("--env", f"{label}:torch=.tox/torch")]
        results = tmp_path / f"{labels}.jsonl"
        done = convparity("run", tmp_path / "many.toml", *environments, "-o", results, cache=tmp_path)
        assert done.returncode == 0
    observed = len(recorded(tmp_path / "a.jsonl"))
    assert observed >= 2000
    assert f"{4 * observed} from the cache" in done.out


CHANNELS = """\
[[grid]]
input = [8, 8]
kernel = 3
stride = 2
padding = 1
in_channels = { any = [1, 2, 3] }
"""


def test_layers_that_share_a_sampling_each_have_their_own_row(convparity, tmp_path):
    """They differ in channels only, which the probe does without: measured once, now or in an earlier run."""
    (tmp_path / "channels.toml").write_text(CHANNELS)
    environment = f"--env=keras:tensorflow={convparity.root}/.tox/tensorflow"
    command = ("run", tmp_path / "channels.toml", environment, "--json", tmp_path / "v.json")
    for run in ("first", "from the cache"):
        done = convparity(*command, cache=tmp_path / "cache")
        assert ("from the cache" in done.out) == (run == "from the cache")
        rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
        written = [row for row in rows if row["spelling"] == "as written"]
        assert [row["verdict"] for row in written] == ["shifted"] * 3
        assert [row["sampling"][0]["before"] for row in written] == [0] * 3


@pytest.mark.parametrize("file", ["helper.py", "sitecustomize.py"])
def test_modules_that_an_environment_could_import_besides_its_packages_count(convparity, tmp_path, monkeypatch, file):
    (tmp_path / "named").mkdir()
    (tmp_path / "one.toml").write_text("[[case]]\ninput = [8, 8]\nkernel = 3\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "named"))
    cached = []
    for text in ("", None, "import sys", None):
        if text is not None:
            (tmp_path / "named" / file).write_text(text)
        options = ["--env", "onnxruntime=.tox/onnxruntime"]
        done = convparity("run", tmp_path / "one.toml", *options, cache=tmp_path / "cache")
        cached.append("1 from the cache" in done.out)
    assert cached == [False, True, False, True]
