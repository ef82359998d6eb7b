"""The networks' layers have the output sizes that their papers and reference implementations state."""

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog import load_catalog

NETWORKS = load_catalog("networks")

# From the papers' tables and figures, and the stages of the reference implementations.
PUBLISHED = {
    "lenet5-c1": (28, 28),
    "lenet5-c3": (10, 10),
    "alexnet-conv1": (55, 55),
    "alexnet-original-conv1": (55, 55),
    "vgg16-conv1-1": (224, 224),
    "inceptionv3-stem-1": (149, 149),
    "inceptionv3-stem-2": (147, 147),
    "inceptionv3-stem-5": (71, 71),
    "inceptionv3-mixed3-reduction": (17, 17),
    "inceptionv3-mixed8-reduction": (8, 8),
    "resnet50-stem": (112, 112),
    "resnet50-layer2-3x3-s2": (28, 28),
    "resnet50-layer4-3x3-s2": (7, 7),
    "mobilenetv2-stem": (112, 112),
    "mobilenetv2-depthwise-112-s2": (56, 56),
    "unet-down1-a": (570, 570),
    "unet-down1-b": (568, 568),
    "yolov3-down-416": (208, 208),
    "yolov3-head-13": (13, 13),
    "vit-b16-patch": (14, 14),
    "convnext-stem": (56, 56),
    "wavenet-dilation-512": (16000,),
    "wav2vec2-conv1": (1599,),
    "c3d-conv1a": (16, 112, 112),
    "pix2pix-patch-5": (30, 30),
}


def test_there_are_many_networks_and_every_layer_has_an_answer():
    assert len({case.id.partition("-")[0] for case in NETWORKS}) >= 15
    assert [case.id for case in NETWORKS if isinstance(axes(case), Invalid)] == []


@pytest.mark.parametrize(("id", "sizes"), PUBLISHED.items())
def test_published_output_sizes(id, sizes):
    assert tuple(axis.output for axis in axes(NETWORKS[id])) == sizes
