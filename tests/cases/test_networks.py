"""The networks' layers have the output sizes that their papers and reference implementations state."""

from itertools import product

import pytest
from convparity.cases.arithmetic import AXIS_NAMES, Invalid, axes
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.operations import OPS
from convparity.cases.operations.axis import MODES as PADDING_MODES

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
    # Pools.
    "lenet5-s2": (14, 14),
    "lenet5-s4": (5, 5),
    "alexnet-pool1": (27, 27),
    "alexnet-pool5": (6, 6),
    "alexnet-d2l-pool1": (26, 26),
    "vgg16-pool5": (7, 7),
    "nin-pool1": (27, 27),
    "nin-pool1-tensorflow": (27, 27),
    "googlenet-pool1": (56, 56),
    "googlenet-pool2": (28, 28),
    "googlenet-3a-pool": (28, 28),
    "googlenet-pool4": (7, 7),
    "squeezenet1.0-pool4": (27, 27),
    "squeezenet1.1-pool1": (55, 55),
    "inceptionv3-pool1": (73, 73),
    "inceptionv3-mixed0-pool-torchvision": (35, 35),
    "inceptionv3-mixed8-pool": (8, 8),
    "resnet50-pool": (56, 56),
    "resnet50-pool-keras": (56, 56),
    "densenet121-transition-pool-14": (7, 7),
    "xception-pool-147": (74, 74),
    "xception-pool-19": (10, 10),
    "unet-pool1": (284, 284),
    "unet-pool4": (32, 32),
    "segnet-pool4": (23, 30),
    "ssd300-pool3": (38, 38),
    "yolov3tiny-pool6": (13, 13),
    "yolov4-spp13": (19, 19),
    "c3d-pool5": (1, 4, 4),
    "c3d-pool5-torch": (1, 4, 4),
    "i3d-pool2a": (8, 56, 56),
    "unet3d-pool1": (64, 64, 56),
    # Transposed convolutions.
    "unet-upconv4": (56, 56),
    "unet-upconv1": (392, 392),
    "unet3d-upconv1": (48, 48, 32),
    "vnet-up32": (128, 128, 64),
    "maskrcnn-mask-head": (28, 28),
    "fcn32s-upscore": (544, 544),
    "fcn8s-upscore8": (568, 568),
    "fsrcnn-deconvolution-x3": (255, 255),
    "dcgan-g1-tensorflow": (8, 8),
    "dcgan-g0-torch": (4, 4),
    "dcgan-g4-torch": (64, 64),
    "pix2pix-up-8": (256, 256),
    "cyclegan-u64": (256, 256),
    "kerasvae-decoder2": (28, 28),
    "wavegan-upconv4": (16384,),
    "hifigan-v1-up1": (256,),
    "hifigan-v3-up3": (8192,),
    # Networks from TensorFlow and JAX.
    "sdvae-encoder-down-512": (256, 256),
    "sdvae-encoder-down-128": (64, 64),
    "mobilenetv3-depthwise5-56-s2": (28, 28),
    "mobilenetv3-depthwise-112-s2": (56, 56),
    "efficientnetv2s-stem": (192, 192),
    "efficientnetv2s-fused-75-s2": (38, 38),
    "efficientnetv2s-depthwise-19-s2": (10, 10),
    "efficientdet-d0-p6-pool": (4, 4),
    "nfnetf0-stem3": (64, 64),
    "yamnet-layer1": (48, 32),
    "yamnet-layer13": (3, 2),
    "crepe-conv1": (256, 1),
    "crepe-conv2": (128, 1),
    "spleeter-conv6": (8, 16),
    "spleeter-up1": (16, 32),
    "spleeter-up7": (512, 1024),
    "stylegan-up-128": (128, 128),
    "stylegan-down-128": (64, 64),
    "vqvae-encoder1": (16, 16),
    "vqvae-decoder3": (32, 32),
    "impala-pool1": (36, 48),
    "impala-pool3": (9, 12),
    "dopamine-conv1": (21, 21),
    "dopamine-conv2": (11, 11),
    # Other padding than zeros.
    "cyclegan-c7s1-64": (256, 256),
    "neuralstyle-conv3": (64, 64),
    "encodec24-down8": (75,),
    "informer-embedding": (96,),
}


def test_there_are_many_networks_and_every_layer_has_an_answer():
    assert len({case.id.partition("-")[0] for case in NETWORKS}) >= 15
    assert [case.id for case in NETWORKS if isinstance(axes(case), Invalid)] == []


def test_every_operation_occurs_in_every_rank_and_every_padding_mode_somewhere():
    assert {(case.op, case.rank) for case in NETWORKS} == set(product(OPS, AXIS_NAMES))
    seldom = {"symmetric"}  # which is in arithmetic and conformance; no network of the catalog has it
    assert {case.padding_mode for case in NETWORKS} == set(PADDING_MODES) - seldom


# What is cropped before and after, less the output padding: ports of one layer have one size, and are a pixel apart.
CROPPED = {
    "dcgan-g1-theano": (2, 1),
    "dcgan-g1-tensorflow": (1, 2),
    "cyclegan-u128": (1, 0),
    "cyclegan-u128-keras": (0, 1),
    "wavegan-upconv0": (10, 11),
    "fsrcnn-deconvolution-x3": (4, 2),
    "spleeter-up1": (1, 2),
    "stylegan-up-128": (1, 1),
}


# The pads before and after that the comments state.
PADDED = {
    "sdvae-encoder-down-512": {(0, 1)},
    "mobilenetv3-depthwise5-56-s2": {(1, 2)},
    "efficientnetv2s-depthwise-38-s2": {(0, 1)},
    "efficientnetv2s-depthwise-19-s2": {(1, 1)},
    "crepe-conv1": {(254, 254), (0, 0)},
    "crepe-conv2": {(31, 32), (0, 0)},
    "spleeter-conv6": {(1, 2)},
    "spleeter-up7": {(3, 3)},
    "stylegan-down-128": {(1, 1)},
    "dopamine-conv1": {(2, 2)},
    "dopamine-conv2": {(1, 2)},
}


@pytest.mark.parametrize(("id", "pads"), PADDED.items())
def test_words_pad_what_their_comments_say(id, pads):
    assert {axis.pads for axis in axes(NETWORKS[id])} == pads


@pytest.mark.parametrize(("id", "crop"), CROPPED.items())
def test_transposed_layers_crop_what_their_comments_say(id, crop):
    assert {(axis.before, axis.after - axis.output_padding) for axis in axes(NETWORKS[id])} == {crop}


@pytest.mark.parametrize(("id", "sizes"), PUBLISHED.items())
def test_published_output_sizes(id, sizes):
    assert tuple(axis.output for axis in axes(NETWORKS[id])) == sizes
