"""Some 400 varied layers in four frameworks: nothing is ours, and every port agrees."""

from collections import Counter


def test_no_framework_computes_other_numbers_from_the_same_elements(grid):
    assert [row for row in grid[1].values() if row["verdict"] == "values"] == []


def test_every_port_agrees_and_every_case_with_an_answer_has_one(grid):
    rows = grid[1]
    for (case, environment, spelling), row in rows.items():
        if spelling == "port":
            assert row["verdict"] == "agrees", row
        elif row["verdict"] != "agrees" and row["expected_shape"] is not None:
            assert (case, environment, "port") in rows, row


def test_every_divergence_is_explained(grid):
    assert all(row["reason"] for row in grid[1].values() if row["verdict"] != "agrees" or row["misdeclares"])


def test_each_framework_diverges_in_its_known_ways(grid):
    """Torch and MXNet have no pads per side, torch no strided 'same' and MXNet no 'same', and all have a nearest line.

    Both refuse to crop, and Flax answers with nothing where no window fits.
    """
    seen = {
        name: set(Counter(r["verdict"] for r in grid[1].values() if r["environment"] == name))
        for name in ("torch", "tensorflow", "flax", "mxnet")
    }
    assert seen["torch"] == {"agrees", "rejects", "shape", "shifted"}
    assert seen["mxnet"] == {"agrees", "rejects", "shape", "shifted"}
    assert seen["flax"] == {"agrees", "accepts"}
    assert seen["tensorflow"] >= {"agrees", "rejects", "shape", "shifted"}
