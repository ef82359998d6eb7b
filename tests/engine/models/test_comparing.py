"""The options of `compare` that are for models, and the errors that they end in."""

import pytest

LINES = ("nn.Conv2d(3, 8, 3)", "layers.Conv2D(8, 3)", "--input", "3x8x8")


@pytest.mark.parametrize("option", [("--html", "page.html"), ("--carry",), ("--pairs", "pairs.toml")])
def test_an_option_for_models_is_refused_for_lines(convparity, tmp_path, option):
    (tmp_path / "pairs.toml").write_text("")
    done = convparity("compare", *LINES, *option)
    assert done.returncode == 2
    assert f'{option[0]}: is for models only, and "nn.Conv2d(3, 8, 3)" is a line' in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "page.html").exists()


def test_the_page_is_not_written_over_a_recording_or_the_json(model, convparity):
    model.finish(model.conv(model.input(1, 3, 8, 8), 4, 3, path="stem"))
    for given in (("--html", "recording"), ("--html", "x.html", "--json", "x.html")):
        done = convparity("compare", "recording", "torch:nets:port", *given)
        assert done.returncode == 2
        assert "cannot be written" in done.stderr


def test_a_port_has_to_be_a_model(model, convparity):
    model.finish(model.conv(model.input(1, 3, 8, 8), 4, 3, path="stem"))
    done = convparity("compare", "recording", "recording", "--carry")
    assert done.returncode == 2
    assert "recording: is a recording; the port has to be a model, because its layers are run again" in done.stderr


def test_the_schema_of_a_comparison_is_printed(convparity):
    done = convparity("schema", "comparison")
    assert '"title": "convparity comparison of models"' in done.stdout
