"""The preflight of real models: Stable Diffusion's encoder in Keras, and a small network of PyTorch."""

import json

import pytest

# The layout of CompVis/stable-diffusion, ldm/modules/diffusionmodules/model.py, class Encoder: two residual blocks at
# each of four resolutions, and after each but the last a convolution with stride 2 of which the input is padded by
# (0,1); then the middle, the output, and the convolution of the quantisation. Channels are 1/16 of the original's.
NETS = """
def encoder():
    import keras
    from keras import layers

    def normed(x):
        return keras.activations.silu(layers.GroupNormalization(4, epsilon=1e-6)(x))

    def block(x, channels):
        y = layers.Conv2D(channels, 3, padding="same")(normed(x))
        y = layers.Conv2D(channels, 3, padding="same")(normed(y))
        skip = x if x.shape[-1] == channels else layers.Conv2D(channels, 1)(x)
        return layers.Add()([skip, y])

    x = given = keras.Input((64, 64, 3))
    x = layers.Conv2D(8, 3, padding="same", name="conv_in")(x)
    for level, channels in enumerate((8, 16, 32, 32)):
        x = block(block(x, channels), channels)
        if level < 3:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"pad{level}")(x)
            x = layers.Conv2D(channels, 3, strides=2, name=f"down{level}")(x)
    x = layers.Conv2D(8, 3, padding="same", name="conv_out")(normed(block(x, 32)))
    return keras.Model(given, layers.Conv2D(8, 1, name="quant")(x))


def net():
    from torch import nn

    stem = nn.Conv2d(3, 4, 7, stride=2, padding=3)
    return nn.Sequential(stem, nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1), nn.GELU())
"""


@pytest.fixture(scope="module")
def folder(convparity, convparity_root, tmp_path_factory):
    """A folder with the models, and the recording of the encoder."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "nets.py").write_text(NETS)
    env = ("--env", f"tensorflow={convparity_root}/.tox/tensorflow")
    done = convparity("record", "tensorflow:nets:encoder", "--input", "1x3x64x64", "-o", "vae", *env, cwd=folder)
    assert done.returncode == 0, done.err
    return folder


def test_the_three_downsamplings_of_the_encoder_drift_by_seven_pixels(convparity, folder):
    done = convparity("preflight", "vae", "--to", "torch", "--json", "p.json", "--html", "p.html", cwd=folder)
    assert done.returncode == 1, done.err
    (target,) = json.loads((folder / "p.json").read_text())["targets"]
    # 1 conv_in, 8 blocks of 2 and 2 for channels, 3 downsamplings, a block of 2 in the middle, conv_out and quant
    assert f"3 of {1 + 8 * 2 + 2 + 3 + 2 + 2} layers, written as people write them, silently read other" in done.out
    assert [row["path"] for row in target["layers"]] == ["down0", "down1", "down2"]
    assert [row["drift"][0] for row in target["layers"]] == [[-1, -1], [-1 - 2] * 2, [-1 - 2 - 4] * 2]
    assert "By down2, the windows have drifted 7 px above and 7 px left." in done.out
    assert "every shape matches" in done.out
    assert (folder / "p.html").stat().st_size > 100_000


def test_measured_in_pytorch_the_encoder_is_as_predicted(convparity, convparity_root, folder):
    env = ("--env", f"torch={convparity_root}/.tox/torch")
    done = convparity("preflight", "vae", "--to", "torch,flax", "--json", "m.json", *env, cwd=folder)
    assert done.returncode == 1, done.err
    targets = {target["environment"]: target for target in json.loads((folder / "m.json").read_text())["targets"]}
    assert {name: target["basis"] for name, target in targets.items()} == {"torch": "measured", "flax": "predicted"}
    rows = targets["torch"]["layers"]
    assert [(row["path"], row["drift"][0]) for row in rows] == [
        ("down0", [-1, -1]),
        ("down1", [-3, -3]),
        ("down2", [-7, -7]),
    ]
    assert all(row["write"].startswith("nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1))") for row in rows)
    assert "# ran and agrees" in done.out
    assert targets["flax"]["differ"] == 0


def test_the_catalog_of_the_encoder_runs(convparity, folder):
    done = convparity("layers", "vae", "-o", "vae.cases.toml", cwd=folder)
    assert done.returncode == 0, done.err
    assert done.out.startswith("vae.cases.toml: 26 layers, ")
    run = convparity("run", "vae.cases.toml", "--predict", "--json", "v.json", cwd=folder)
    assert run.returncode == 1, run.err
    rows = json.loads((folder / "v.json").read_text())["verdicts"]
    torch = {row["case"] for row in rows if row["environment"] == "torch" and row["verdict"] == "shifted"}
    assert torch == {"down0", "down1", "down2"}


def test_a_model_of_pytorch_is_run_and_compared_with_keras(convparity, convparity_root, folder):
    """The stem pads 3 where `same` pads 2 on an even size, and the pool 1 where `same` pads 0 two strides later."""
    env = ("--env", f"torch={convparity_root}/.tox/torch")
    command = ("preflight", "torch:nets:net", "--input", "1x3x32x32", "--to", "keras,flax", "--json", "n.json", *env)
    done = convparity(*command, cwd=folder)
    assert done.returncode == 1, done.err
    flax, keras = json.loads((folder / "n.json").read_text())["targets"]
    assert [(row["path"], row["drift"][0]) for row in keras["layers"]] == [("0", [1, 1]), ("3", [1 + 2, 1 + 2])]
    assert {(trap["kind"], trap["setting"]) for trap in keras["defaults"]} == {
        ("batch_norm", "epsilon"),
        ("batch_norm", "momentum"),
    }
    assert flax["differ"] == 0
    assert ("gelu", "approximation") in {(trap["kind"], trap["setting"]) for trap in flax["defaults"]}
