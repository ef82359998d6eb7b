"""Two versions of Keras on its torch backend: the released one that cropped a transposed convolution on the other side.

tox installs the older version alone, into a folder; an empty environment has that folder before the newer one's.
"""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from convparity.api import chosen_cases, one_case
from convparity.environments.find import parse_environment
from convparity.releases.bisecting import bisected
from convparity.releases.observing import observed
from convparity.releases.series import Candidate, Series
from convparity.runs.settings import Settings
from packaging.version import Version

UPSAMPLE = """\
[[case]]
id = "upsample"
op = "conv_transpose"
input = [16, 16]
in_channels = 4
out_channels = 5
kernel = 3
stride = 2
padding = "same"
"""


@pytest.fixture(scope="module")
def older(convparity_root, tmp_path_factory):
    """An interpreter with Keras 3.14.1 on top of the packages of the environment keras-torch."""
    folder = tmp_path_factory.mktemp("older") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    newer = convparity_root / ".tox/keras-torch"
    packages, beneath = (sysconfig.get_path("purelib", "venv", {"base": str(base)}) for base in (folder, newer))
    Path(packages, "older.pth").write_text(f"{os.environ['CONVPARITY_OLDER_KERAS']}\n{beneath}\n")
    return folder


@pytest.fixture(scope="module")
def results(convparity, older, tmp_path_factory):
    """The results of the older and the newer version, and of the backends that did not change beside each."""
    folder = tmp_path_factory.mktemp("versions")
    (folder / "up.toml").write_text(UPSAMPLE)
    root = convparity.root
    files = []
    for keras in (older, root / ".tox/keras-torch"):
        files.append(folder / f"{len(files)}.jsonl")
        others = [f"--env={label}={root}/.tox/{label}" for label in ("tensorflow", "keras-jax")]
        ran = convparity("run", folder / "up.toml", f"--env=keras-torch={keras}", *others, "-o", files[-1])
        assert "0 errors" in ran.out, ran.err
    return files


def test_diff_reports_the_move_under_the_same_shape(convparity, results, tmp_path):
    done = convparity("diff", *results, "--json", tmp_path / "diff.json")
    assert done.returncode == 1
    assert "keras 3.14.1 -> 3.15" in done.out
    assert "crops (1,0) -> (0,1); its outputs lie 1 px below and 1 px right of where they did" in done.out
    assert "every shape is (32,32) before and after" in done.out
    assert "unchanged in keras-jax and tensorflow" in done.out
    changes = json.loads((tmp_path / "diff.json").read_text())["changes"]
    assert [(change["environment"], change["kind"]) for change in changes] == [("keras-torch", "changed")]


def test_a_lock_of_the_older_version_is_broken_by_the_newer_one(convparity, results, tmp_path):
    lock = tmp_path / "convparity.lock"
    assert convparity("lock", results[0], "-o", lock).returncode == 0
    before = lock.read_text()
    assert convparity("report", results[0], "--locked", lock).returncode == 0
    broken = convparity("report", results[1], "--locked", lock)
    assert broken.returncode == 1
    assert "keras-torch  upsample  shifted -> agrees, pads 1+0,1+0 -> 0+1,0+1" in broken.out
    convparity("lock", results[1], "-o", lock)
    changed = [new for old, new in zip(before.splitlines(), lock.read_text().splitlines(), strict=True) if old != new]
    assert [line.split()[:2] for line in changed] == [["upsample", "keras-torch"]]


@pytest.fixture(scope="module")
def releases(older, convparity_root):
    """Both versions as releases of a series, in environments that are there."""
    folders = {"3.14.1": older, "3.15.1": convparity_root / ".tox/keras-torch"}
    return [
        Candidate(Version(version), parse_environment(f"keras-torch {version}:keras-torch={folder}"))
        for version, folder in folders.items()
    ]


def test_a_history_tells_the_move_at_its_release(releases, tmp_path):
    (tmp_path / "up.toml").write_text(UPSAMPLE)
    cases = chosen_cases([tmp_path / "up.toml", "textbook"])
    history = observed(cases, releases, "keras", Settings())
    assert history.exit_status == 1
    (up,) = [change for change in history.changes if change.either.case.id == "upsample"]
    assert "crops (1,0) -> (0,1)" in up.what
    assert history.unchanged == len(cases) - history.changed
    assert [step.title for step in history.steps] == ["3.14.1 -> 3.15.1"]


def test_bisecting_names_the_release_and_its_script_shows_the_move_in_both(releases, tmp_path):
    """By hand: cropping one at the end instead of at the start moves each output one pixel further."""
    case = one_case('layers.Conv2DTranspose(5, 3, strides=2, padding="same")', (4, 16, 16))
    found = bisected(case, Series("keras-torch"), releases, Settings())
    assert (found.before, found.after, found.unscripted) == ("3.14.1", "3.15.1", "")
    assert found.script.startswith("# Two releases do not do the same in this layer: transposed 3x3, stride 2")
    (tmp_path / "script.py").write_text(f"{found.script}\nnumpy.save({str(tmp_path / 'y.npy')!r}, y)\n")
    outputs = []
    for one in releases:
        subprocess.run([one.spec.python, str(tmp_path / "script.py")], check=True, capture_output=True)
        outputs.append(np.load(tmp_path / "y.npy"))
    earlier, later = outputs
    assert earlier.shape == later.shape
    assert np.array_equal(earlier[..., :-1, :-1], later[..., 1:, 1:])
    assert not np.array_equal(earlier, later)


def test_backends_of_one_api_have_to_agree_among_themselves(convparity, results):
    group = "--agree=tensorflow,keras-torch,keras-jax"
    older, newer = (convparity("report", file, group) for file in results)
    assert (older.returncode, newer.returncode) == (1, 0)
    assert "crops (0,1) in tensorflow and keras-jax, (1,0) in keras-torch" in older.out
