"""The expectations of the catalogs, with the kernels that frameworks use on older processors.

TensorFlow without oneDNN, and oneDNN and PyTorch kept to older instruction sets.
"""

import json
import tomllib

import pytest

OLDER = {
    "tensorflow-without-onednn": ("tensorflow", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
    "tensorflow-with-onednn": ("tensorflow", {"TF_ENABLE_ONEDNN_OPTS": "1"}),
    "tensorflow-avx2": ("tensorflow", {"TF_ENABLE_ONEDNN_OPTS": "1", "ONEDNN_MAX_CPU_ISA": "AVX2"}),
    "torch-avx2": ("torch", {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}),
    "torch-oldest": ("torch", {"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"}),
    "keras-torch-avx2": ("keras-torch", {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}),
    "mxnet-avx2": ("mxnet", {"DNNL_MAX_CPU_ISA": "AVX2"}),
}


@pytest.fixture(scope="module")
def project(convparity_root, tmp_path_factory):
    """A folder whose pyproject.toml has an environment for each of OLDER."""
    ours = tomllib.loads((convparity_root / "pyproject.toml").read_text())["tool"]["convparity"]["environments"]
    lines = ["[tool.convparity.environments]"]
    for label, (adapter, variables) in OLDER.items():
        said = ", ".join(f"{name} = {json.dumps(value)}" for name, value in variables.items())
        python = json.dumps(str(convparity_root / ours[adapter]))
        lines.append(f'{label} = {{ adapter = "{adapter}", python = {python}, variables = {{ {said} }} }}')
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("catalog", ["textbook", "grid", "field-reports"])
def test_a_run_is_as_expected(convparity, convparity_root, project, cache, catalog):
    expectations = convparity_root / f"expectations/{catalog}.toml"
    expected = "--expectations", expectations, "--fail-on", "all,unforeseen"
    done = convparity("run", catalog, *expected, cache=cache, cwd=project)
    assert done.returncode == 0, done.out
    assert f"x {len(OLDER)} environments" in done.out or "divergences are expected" in done.out


def test_each_environment_names_its_kernels(convparity, project, cache, tmp_path):
    convparity("run", "textbook", "-k", "layer-3", "-o", tmp_path / "r.jsonl", cache=cache, cwd=project)
    lines = map(json.loads, (tmp_path / "r.jsonl").read_text().splitlines())
    details = {line["label"]: line["details"] for line in lines if line["kind"] == "environment"}
    facts = {label: about["facts"] for label, about in details.items()}
    assert [facts[f"tensorflow-{how}"]["onednn"] for how in ("without-onednn", "with-onednn", "avx2")] == [
        False,
        True,
        True,
    ]
    assert {label: facts[label]["onednn_isa"] for label in facts if label.endswith("-avx2")} == {
        "tensorflow-avx2": "avx2",
        "torch-avx2": "avx2",
        "keras-torch-avx2": "avx2",
        "mxnet-avx2": "avx2",
    }
    assert (facts["torch-avx2"]["cpu_capability"], facts["torch-oldest"]["cpu_capability"]) == ("avx2", "default")
    for label, (_, variables) in OLDER.items():
        assert details[label]["variables"].items() >= variables.items()
        assert details[label]["facts"]["isa"] == facts["torch-avx2"]["isa"]  # the processor is the same


def test_a_grouped_layer_is_measured_by_a_layer_of_its_kind(convparity, project, cache, tmp_path):
    """Four groups of eight channels are no depthwise layer, which TensorFlow without oneDNN refuses with these strides.

    Of 22 elements, kernel 3: with padding 1 and stride 3 windows start at -1; 'same' pads max(7*3+3-22, 0) = 2, so
    (1,1). With stride 2 'same' pads 10*2+3-22 = 1, so (0,1), instead of (1,1).
    """
    (tmp_path / "one.toml").write_text(
        "[[case]]\ninput = [22, 22]\nkernel = 3\nstride = [3, 2]\npadding = 1\n"
        "groups = 4\nin_channels = 8\nout_channels = 4\nbatch = 4\n"
    )
    out = tmp_path / "v.json"
    convparity("run", tmp_path / "one.toml", "--json", out, cache=cache, cwd=project)
    rows = {r["environment"]: r for r in json.loads(out.read_text())["verdicts"] if r["spelling"] == "as written"}
    row = rows["tensorflow-without-onednn"]
    assert row["verdict"] == "shifted", row["reason"]
    height, width = row["sampling"]
    assert (height["before"], height["stride"]) == (1, 3)
    assert height["after"][0] <= 1 <= height["after"][1]
    assert (width["before"], width["after"], width["stride"]) == (0, [1, 2], 2)
