"""Layers of one and of three dimensions in four frameworks."""

import pytest

CATALOG = """\
[[grid]]
input = { any = [[16], [13]] }
kernel = { any = [2, 3] }
stride = { any = [1, 2] }
padding = { any = [1, "same", "same_lower", "causal", [[0, 2]], [[-1, 0]]] }

[[grid]]
input = [14]
kernel = 3
dilation = { any = [1, 2] }
stride = { any = [1, 3] }
padding = { any = ["valid", 2] }
in_channels = 4
out_channels = 8
groups = { any = [1, 4] }
batch = 2

[[grid]]
input = [6, 7, 8]
kernel = { any = [3, [1, 2, 3]] }
stride = { any = [1, 2] }
padding = { any = [1, "same", [[0, 1], [1, 0], [2, 2]]] }
"""


@pytest.fixture(scope="module")
def rows(run_catalog, tmp_path_factory):
    path = tmp_path_factory.mktemp("ranks") / "ranks.toml"
    path.write_text(CATALOG)
    return run_catalog(path, "--html", path.with_suffix(".html"))[1]


def test_every_port_agrees_and_everything_with_an_answer_has_one(rows):
    for (case, environment, spelling), row in rows.items():
        if spelling == "port":
            assert row["verdict"] == "agrees", row
        elif row["verdict"] != "agrees":
            assert row["verdict"] != "values"
            assert (case, environment, "port") in rows, row


def test_the_silent_shift_of_keras_has_one_and_three_axes_too(rows):
    line = rows["conv-16-k3-s2-p1", "tensorflow", "as written"]
    assert (line["verdict"], line["shape"]) == ("shifted", [8])
    assert "pads the width (0,1) instead of (1,1)" in line["reason"]
    cube = rows["conv-6x7x8-k3-s2-p1", "tensorflow", "as written"]
    assert (cube["verdict"], cube["shape"]) == ("shifted", [3, 4, 4])
    # 6 and 8 are even and padded (0,1); 7 is odd and padded (1,1)
    assert [axis["before"] for axis in cube["sampling"]] == [0, 1, 0]


def test_odd_sizes_agree(rows):
    assert rows["conv-13-k3-s2-p1", "tensorflow", "as written"]["verdict"] == "agrees"
