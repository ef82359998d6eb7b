"""A hunt among real frameworks finds entries of docs/findings.md again, from nothing."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_short_hunt_finds_what_is_known_of_onnx_runtime(convparity, tmp_path):
    environment = f"onnxruntime={ROOT}/.tox/onnxruntime"
    layers = ("--layers", "300", "--seed", "1", "--op", "max_pool")
    done = convparity("hunt", environment, *layers, "--json", "found.json", cwd=tmp_path)
    assert done.returncode == 1, done.err
    found = json.loads((tmp_path / "found.json").read_text())["findings"]
    dilated = [one for one in found if str(one["case"].get("padding")).startswith("same") and "dilation" in one["case"]]
    assert any(one["row"]["verdict"] == "shape" for one in dilated)  # auto_pad of pools forgets the dilation
    assert any(one["row"]["verdict"] == "accepts" for one in found)  # a pool whose window does not fit
    assert all(len(one["case"]["input"]) == 1 for one in found)  # all of them show along one axis
    known = convparity(
        "hunt", environment, *layers, "--expectations", ROOT / "expectations/arithmetic.toml", cwd=tmp_path
    )
    assert "Seen again, as expected:" in known.out
    assert "auto_pad of pools forgets the dilation" in known.out
