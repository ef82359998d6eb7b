"""Catalogs as tests on a real framework, in a pytest inside this one."""

import pytest

pytest_plugins = ["pytester"]

CATALOG = """
[[case]]
id = "stem"
input = [8, 8]
kernel = 3
stride = 2
padding = 1

[[case]]
id = "odd"
input = [8, 8]
kernel = 3
padding = [[0, 1], [0, 1]]
"""


@pytest.fixture
def folder(pytester, convparity_root):
    (pytester.path / "layers.cases.toml").write_text(CATALOG)
    table = f'[tool.convparity.environments]\ntorch = "{convparity_root}/.tox/torch"\n'
    (pytester.path / "pyproject.toml").write_text(table)
    return pytester


def test_a_layer_of_torch_passes_and_one_that_it_cannot_pad_so_fails_with_its_port(folder):
    done = folder.runpytest_subprocess("-v", "--strict-markers", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        [
            "layers.cases.toml::stem-torch PASSED*",
            "layers.cases.toml::odd-torch FAILED*",
            "shape: 3x3, padding (0,1),(0,1) on 8x8",
            "torch 2.*(8,8) shape",
            "  literal:     # the layer takes one number per axis and pads both sides alike",
            "  port (ran, agrees): nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(1, 1, 3, bias=False))",
        ]
    )
    assert "Traceback" not in done.stdout.str()
