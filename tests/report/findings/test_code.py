"""Code that is broken into lines is the same code."""

import ast

import pytest
from convparity.report.findings.code import broken

GLUON = (
    "net = nn.Sequential(); net.add(nn.Lambda(lambda x: np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 2)))), "
    "nn.Conv2D(1, 2, strides=(3, 2), use_bias=False))"
)
KERAS = (
    "keras.Sequential([layers.Lambda(lambda x: keras.ops.take(x, np.pad(np.arange(x.shape[1]), (1, 1), 'reflect'), "
    "axis=1)), layers.Lambda(lambda x: keras.ops.take(x, np.pad(np.arange(x.shape[2]), (1, 1), 'reflect, [(')"
    ", axis=2)), layers.Conv2D(1, 3, use_bias=False)])"
)
TUPLE = f"f({'a' * 60}, (({'b' * 60}),), [{'c' * 30}, {'d' * 30},], {{'k': {'e' * 70}}})"


@pytest.mark.parametrize("source", [GLUON, KERAS, TUPLE])
@pytest.mark.parametrize("width", [40, 100])
def test_long_code_is_broken_into_lines_that_mean_the_same(source, width):
    lines = broken(source, width=width)
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(source))
    assert len(lines) > 3
    if width == 100:
        assert max(map(len, lines)) <= width


def test_a_layer_of_a_port_is_a_line():
    assert broken(GLUON, "port: ") == [
        "port: net = nn.Sequential(); net.add(",
        "    nn.Lambda(lambda x: np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 2)))),",
        "    nn.Conv2D(1, 2, strides=(3, 2), use_bias=False)",
        ")",
    ]


@pytest.mark.parametrize(
    "source", ["nn.Conv2d(1, 1, 3)", f"f({'x' * 200}, 1)  # raises (no, really)", f"f({'x' * 200}, '", "(" * 3000]
)
def test_short_code_comments_and_other_text_stay_on_one_line(source):
    assert broken(source, "as written: ") == [f"as written: {source}"]
