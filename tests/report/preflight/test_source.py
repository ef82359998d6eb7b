"""The layers of source files, in the order in which the code applies them."""

import re
import textwrap

import pytest
from convparity.report.preflight.sizes import Sizes
from convparity.report.preflight.source import layers_in
from convparity.report.preflight.sources import of_file
from convparity.report.preflight.stack import stacked


def found(text):
    return [(one.number, one.line) for one in layers_in(textwrap.dedent(text)).found]


def joined(text, name=""):
    """Return the layers with the numbers of those whose output they read; a join is its kind."""
    return [(one.line or one.join, one.after) for one in layers_in(textwrap.dedent(text), name).found]


def test_layers_of_mlx_are_its_own_under_whatever_name_their_module_has():
    """``nn.Conv2d`` with the same arguments is PyTorch's."""
    text = "import mlx.nn as nn\nx = nn.Conv2d(3, 8, 3)(x)"
    assert found(text) == [(2, "mlx.nn.Conv2d(3, 8, 3)")]
    assert found(text.replace("mlx", "torch")) == [(2, "nn.Conv2d(3, 8, 3)")]


def test_keras_code_is_read_from_the_inside_out():
    assert found(
        """
        from keras import layers
        inputs = layers.Input((32, 32, 3))
        x = layers.Conv2D(8, 3, name="stem")(inputs)
        x = layers.ReLU(6.)(x)
        x = layers.Conv2D(
            16, 3,
            strides=2,
        )(layers.MaxPooling2D(2)(x))
        outputs = layers.Dense(10)(layers.Flatten()(x))
        """
    ) == [
        (4, 'layers.Conv2D(8, 3, name="stem")'),
        (5, "layers.ReLU(6.)"),
        (9, "layers.MaxPooling2D(2)"),
        (6, "layers.Conv2D(16, 3, strides=2)"),
        (10, "layers.Flatten()"),
        (10, "layers.Dense(10)"),
    ]


def test_a_module_is_followed_through_its_forward():
    assert found(
        """
        class Net(nn.Module):
            def __init__(self):
                self.second = nn.Conv2d(8, 4, 3)
                self.first = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
                self.unused = nn.Conv2d(1, 1, 1)
            def forward(self, x):
                x = self.first(x)
                return F.max_pool2d(F.relu(self.second(x)), 2)
        """
    ) == [
        (5, "nn.Conv2d(3, 8, 3)"),
        (5, "nn.BatchNorm2d(8)"),
        (4, "nn.Conv2d(8, 4, 3)"),
        (9, "F.relu(x)"),
        (9, "F.max_pool2d(x, 2)"),
    ]


def test_a_class_without_a_forward_is_read_in_the_order_of_its_init():
    text = (
        "class Net:\n    def __init__(self):\n        self.a = nn.Conv2d(3, 8, 3)\n        self.b = nn.MaxPool2d(2)\n"
    )
    assert found(text) == [(3, "nn.Conv2d(3, 8, 3)"), (4, "nn.MaxPool2d(2)")]


def test_padding_right_before_a_layer_is_a_chain_with_it_unless_that_is_a_max_pool():
    assert found(
        """
        x = layers.ZeroPadding2D(3)(x)
        x = layers.Conv2D(64, 7, strides=2)(x)
        x = layers.ZeroPadding2D(1)(x)
        x = layers.MaxPooling2D(3, strides=2)(x)
        y = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3))
        """
    ) == [
        (3, "keras.Sequential([layers.ZeroPadding2D(3), layers.Conv2D(64, 7, strides=2)])"),
        (4, "layers.ZeroPadding2D(1)"),
        (5, "layers.MaxPooling2D(3, strides=2)"),
        (6, "nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3))"),
    ]


@pytest.mark.parametrize(
    "text", ["nn.Conv2d(3, 8, 3)\nnn.MaxPool2d(2)\n", "(0): Conv2d(3, 8)", "", "\0", f"x = {'+'.join(['y'] * 30_000)}"]
)
def test_a_list_of_layers_is_no_source_file(text):
    assert layers_in(text) is None


def test_numbers_that_the_file_spells_out_are_put_in_place_of_their_names():
    assert found(
        """
        FILTERS = 32
        def net(x, classes, kernel=3):
            x = layers.Conv2D(FILTERS, kernel)(x)
            for width in (1, 2):
                x = layers.Conv2D(width * 8, (kernel, kernel // 2))(x)
            return layers.Conv2D(classes, 1)(x)
        """
    ) == [
        (4, "layers.Conv2D(32, 3)"),
        (6, "layers.Conv2D(8, (3, 1))"),
        (6, "layers.Conv2D(16, (3, 1))"),
        (7, "layers.Conv2D(classes, 1)"),
    ]


def test_a_residual_block_is_followed_with_its_shortcut_where_that_has_a_layer():
    text = """
        class Block(nn.Module):
            def __init__(self, cin, cout, stride=1, norm=nn.BatchNorm2d):
                super().__init__()
                self.conv = nn.Conv2d(cin, cout, 3, stride=stride, padding=1)
                self.bn = norm(cout)
                self.down = nn.Conv2d(cin, cout, 1, stride=stride) if stride != 1 or cin != cout else None
            def forward(self, x):
                y = F.relu(self.bn(self.conv(x)))
                if self.down is not None:
                    x = self.down(x)
                return x + y
        class Net(nn.Module):
            def __init__(self, widths=(8, 16)):
                super().__init__()
                self.blocks = self._make(widths)
            def _make(self, widths):
                made, last = [], widths[0]
                for i, width in enumerate(widths):
                    made.append(Block(last, width, stride=2 if i else 1))
                    last = width
                return nn.Sequential(*made)
            def forward(self, x):
                return self.blocks(x)
    """
    assert joined(text) == [
        ("nn.Conv2d(8, 8, 3, stride=1, padding=1)", (-1,)),
        ("nn.BatchNorm2d(8)", (0,)),
        ("F.relu(x)", (1,)),
        ("largest", (-1, 2)),
        ("nn.Conv2d(8, 16, 3, stride=2, padding=1)", (3,)),
        ("nn.BatchNorm2d(16)", (4,)),
        ("F.relu(x)", (5,)),
        ("nn.Conv2d(8, 16, 1, stride=2)", (3,)),
        ("largest", (7, 6)),
    ]


def test_skips_of_a_list_meet_the_layers_that_they_are_joined_with():
    text = """
        def block(x, filters):
            return layers.Conv2D(filters, 3, padding="same")(x)
        def build(size=64):
            inputs = x = keras.Input((size, size, 3))
            skips = []
            for filters in [8, 16]:
                x = block(x, filters)
                skips.append(x)
                x = layers.MaxPooling2D(2)(x)
            for filters in (16, 8):
                x = layers.UpSampling2D(2)(x)
                x = layers.Concatenate()([x, skips.pop()])
                x = block(x, filters)
            return keras.Model(inputs, x)
    """
    assert joined(text) == [
        ("layers.Conv2D(8, 3, padding='same')", (-1,)),
        ("layers.MaxPooling2D(2)", (0,)),
        ("layers.Conv2D(16, 3, padding='same')", (1,)),
        ("layers.MaxPooling2D(2)", (2,)),
        ("layers.UpSampling2D(2)", (3,)),
        ("channels", (4, 2)),
        ("layers.Conv2D(16, 3, padding='same')", (5,)),
        ("layers.UpSampling2D(2)", (6,)),
        ("channels", (7, 0)),
        ("layers.Conv2D(8, 3, padding='same')", (8,)),
    ]


def test_a_configuration_in_a_dict_makes_the_layers_of_a_vgg():
    text = """
        CFG = {"A": [8, "M", 16, "M"]}
        def make_layers(cfg, batch_norm=False):
            made = []
            channels = 3
            for v in cfg:
                if v == "M":
                    made += [nn.MaxPool2d(2)]
                else:
                    conv = nn.Conv2d(channels, v, kernel_size=3, padding=1)
                    made += [conv, nn.BatchNorm2d(v)] if batch_norm else [conv, nn.ReLU(inplace=True)]
                    channels = v
            return nn.Sequential(*made)
        def vgg():
            return make_layers(CFG["A"])
    """
    assert [line for line, _ in joined(text)] == [
        "nn.Conv2d(3, 8, kernel_size=3, padding=1)",
        "nn.ReLU(inplace=True)",
        "nn.MaxPool2d(2)",
        "nn.Conv2d(8, 16, kernel_size=3, padding=1)",
        "nn.ReLU(inplace=True)",
        "nn.MaxPool2d(2)",
    ]


def test_a_sequential_of_ones_own_a_partial_and_keywords_in_a_dict_are_followed():
    text = """
        class ConvNorm(nn.Sequential):
            def __init__(self, cin, cout, stride=1, norm=None):
                norm = norm or nn.BatchNorm2d
                super().__init__(nn.Conv2d(cin, cout, 3, stride), norm(cout))
        class Net(nn.Module):
            def __init__(self):
                norm = functools.partial(nn.BatchNorm2d, eps=0.001)
                same = dict(kernel_size=3, padding=1)
                self.stem = ConvNorm(3, 8, norm=norm)
                for i in range(2):
                    self.add_module(f"conv{i}", nn.Conv2d(8, 8, **same))
                    setattr(self, f"more{i}", nn.Conv2d(8, 8, i + 1))
            def forward(self, x):
                for i in range(2):
                    x = getattr(self, f"more{i}")(x)
                return self.stem(x)
    """
    assert [line for line, _ in joined(text)] == [
        "nn.Conv2d(8, 8, 1)",
        "nn.Conv2d(8, 8, 2)",
        "nn.Conv2d(3, 8, 3, 1)",
        "nn.BatchNorm2d(8, eps=0.001)",
    ]


def test_flax_and_gluon_models_are_followed():
    flax = """
        import flax.linen as nn
        class Net(nn.Module):
            features: int = 8
            @nn.compact
            def __call__(self, x, train: bool = False):
                for stride in (1, 2):
                    x = nn.Conv(self.features * stride, (3, 3), strides=stride)(x)
                    x = nn.relu(nn.BatchNorm(use_running_average=not train)(x))
                return x
    """
    assert [line for line, _ in joined(flax)] == [
        "nn.Conv(8, (3, 3), strides=1)",
        "nn.BatchNorm(use_running_average=True)",
        "nn.relu(x)",
        "nn.Conv(16, (3, 3), strides=2)",
        "nn.BatchNorm(use_running_average=True)",
        "nn.relu(x)",
    ]
    gluon = """
        class Net(gluon.HybridBlock):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                with self.name_scope():
                    self.features = nn.HybridSequential()
                    self.features.add(nn.Conv2D(8, 3, strides=2))
                    self.features.add(nn.MaxPool2D(3))
            def hybrid_forward(self, F, x):
                return self.features(x)
    """
    assert [line for line, _ in joined(gluon)] == ["nn.Conv2D(8, 3, strides=2)", "nn.MaxPool2D(3)"]


def test_the_last_model_that_has_layers_is_taken_and_the_others_are_named():
    text = """
        def net(depth):
            return nn.Sequential(*[nn.Conv2d(3, 3, 3) for _ in range(depth)])
        def small():
            return net(1)
        def large():
            return net(2)
        def preprocess(x):
            return x / 255
        if __name__ == "__main__":
            print(large()(torch.randn(1, 3, 8, 8)))
    """
    read = layers_in(textwrap.dedent(text))
    assert (read.model, read.others, len(read.found)) == ("large", ("small",), 2)
    assert [one.number for one in layers_in(textwrap.dedent(text), "small").found] == [3]
    assert layers_in(textwrap.dedent(text), "missing").found == []


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n        x = nn.Conv2d(3, 3, 3)(x)",
        "x = net(x)\n    x = nn.Conv2d(3, 3, 3)(x)",
        "for i in range(10 ** 9):\n        x = nn.Conv2d(3, 3, 3)(x)",
        "y = [x] * 10 ** 9\n    for i in range(300):\n        x = torch.cat([x, x], 1)\n    x = nn.Conv2d(3, 3, 3)(x)",
        "y = 'a' * 10 ** 9\n    z = 9 ** 9 ** 9\n    x = nn.Conv2d(3, 3, 3)(x)",
        "y = [1]\n    for i in range(300):\n        y = y + y\n    x = nn.Conv2d(3, 3, 3)(x)",
        "def f(*a, **k): return f(*a, **k)\n    f(x)\n    x = nn.Conv2d(3, 3, 3)(x)",
    ],
)
def test_source_without_an_end_is_followed_for_a_bounded_time(body):
    read = layers_in(f"def net(x):\n    {body}\n    return x\n")
    assert len(read.found) <= 5000


def test_files_beside_the_models_own_are_followed_and_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net" / "parts").mkdir(parents=True)
    (tmp_path / "net" / "parts" / "__init__.py").write_text("from .blocks import *\n")
    (tmp_path / "net" / "parts" / "blocks.py").write_text(
        "from .. import sizes\ndef block(x, width):\n    return layers.Conv2D(width, sizes.KERNEL)(x)\n"
        "layers.Conv2D(1, 1)(x)\n"
    )
    (tmp_path / "net" / "sizes.py").write_text("import net.model\nKERNEL = 5\n")
    path = tmp_path / "net" / "model.py"
    path.write_text("from net.parts import block\ndef build(x):\n    return layers.ReLU()(block(x, 8))\n")
    found = layers_in(path.read_text(), path=str(path)).found
    assert [(one.file, one.number, one.line) for one in found] == [
        ("net/parts/blocks.py", 3, "layers.Conv2D(8, 5)"),
        ("", 3, "layers.ReLU()"),
    ]
    assert [one.line for one in layers_in(path.read_text()).found] == ["layers.ReLU()"]


def test_pads_to_the_size_of_another_tensor_are_told_apart():
    text = """
        def up(x, skip):
            x = nn.ConvTranspose2d(3, 8, 2, stride=2)(x)
            dy = skip.size()[2] - x.size()[2]
            x = F.pad(x, [0, 0, dy // 2, dy - dy // 2])
            return nn.Conv2d(8, 8, 3, padding=1)(x)
    """
    made = stacked(of_file("up.py", layers_in(textwrap.dedent(text)).found), (3, 8, 8))
    assert made.unknown == ("F.pad(x, [0, 0, dy // 2, dy - dy // 2])",)
    assert made.output == (16, 16)


def test_a_shortcut_reads_what_its_block_reads_and_a_skip_adds_its_channels():
    text = """
        x = keras.Input((8, 8, 3))
        y = layers.Conv2D(4, 3, strides=2, padding="same")(x)
        z = layers.add([layers.Conv2D(4, 1, strides=2)(x), y])
        u = layers.UpSampling2D(2)(z)
        w = layers.Conv2D(2, 3)(layers.concatenate([u, x]))
    """
    made = stacked(of_file("a.py", layers_in(textwrap.dedent(text)).found), (3, 8, 8))
    assert [row.output for row in made.rows] == [(4, 4), (4, 4), (8, 8), (6, 6)]
    assert [row.after for row in made.rows] == [None, None, 0, 2]
    assert made.rows[-1].reading.case.in_channels == 4 + 3


@pytest.mark.parametrize(
    ("text", "input", "lines"),
    [
        (
            "y = F.pad(image, (0, 1, 0, 1))\nz = nn.Conv2d(3, 8, 3, stride=2)(y)",
            (3, 8, 8),
            ["[lambda x: F.pad(x, (0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2)]"],
        ),
        (
            "y = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])\nz = layers.Conv2D(8, 3, strides=2)(y)",
            (3, 8, 8),
            [
                "keras.Sequential([layers.Lambda(lambda x: tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])), "
                "layers.Conv2D(8, 3, strides=2)])"
            ],
        ),
        (
            "y = F.pad(x, (0, 1, 0, 1), value=float('-inf'))\nz = nn.MaxPool2d(3, 2)(y)",
            (3, 8, 8),
            ["[lambda x: F.pad(x, (0, 1, 0, 1), value=float('-inf')), nn.MaxPool2d(3, 2)]"],
        ),
    ],
)
def test_a_function_that_pads_is_a_chain_with_the_layer_after_it(text, input, lines):
    made = stacked(of_file("a.py", layers_in(f"x = image\n{text}\n").found), input)
    assert [row.line for row in made.rows] == lines
    assert made.output == (4, 4)


def test_blocks_in_a_sequential_may_pass_several_tensors_on():
    text = """
        class Pair(nn.Module):
            width = 4
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Conv2d(3, Pair.width, 1), nn.Conv2d(3, 3, 2)
            def forward(self, pair):
                a, b = pair
                return self.a(a), self.b(b)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.pairs = nn.Sequential()
                for i in range(2):
                    self.pairs.add_module("pair{}".format(i), Pair())
            def forward(self, x):
                a, b = self.pairs((x, x))
                return torch.cat([a, b], dim=1)
    """
    assert joined(text) == [
        ("nn.Conv2d(3, 4, 1)", (-1,)),
        ("nn.Conv2d(3, 3, 2)", (-1,)),
        ("nn.Conv2d(3, 4, 1)", (0,)),
        ("nn.Conv2d(3, 3, 2)", (1,)),
        ("channels", (2, 3)),
    ]


STATEMENTS = [
    # a condition that is known, one that is not, and one that raises
    ("y = c(1)(x) if 2 > 1 else c(2)(x)", [1]),
    ("if x.training:\n    x = c(1)(x)\nelse:\n    x = c(2)(x)\nx = c(3)(x)", [1, 2, 3]),
    ("if x is None or x.bad:\n    raise ValueError\nx = c(1)(x)", [1]),
    ("y = c(1)(x) if x.mode else c(2)(x)", [1, 2]),
    ("k = 3 if not [] and 'a' in ('a', 'b') and None is None else 5\nc(k)(x)", [3]),
    ("k = (0 or 4) if 1 < 2 < 3 else 5\nc(-k + 5)(x)", [1]),
    # loops
    ("for k in [1, 2, 3]:\n    if k == 2:\n        continue\n    c(k)(x)", [1, 3]),
    ("for k in (1, 2, 3):\n    if k == 2:\n        break\n    c(k)(x)", [1]),
    ("k = 3\nwhile k > 1:\n    c(k)(x)\n    k -= 1", [3, 2]),
    ("while x.more:\n    c(1)(x)", [1]),
    ("while True:\n    c(1)(x)\n    break", [1]),
    ("for k, m in x.batches:\n    c(1)(x)", [1]),
    ("for i, (k, *rest) in enumerate([(1, 2), (3, 4)]):\n    c(i + 1)(x)", [1, 2]),
    ("for k in reversed(range(1, 4)):\n    c(k)(x)", [3, 2, 1]),
    ("for name, k in {'a': 1, 'b': 2}.items():\n    c(k)(x)", [1, 2]),
    # other statements
    ("with x.scope() as scope:\n    c(1)(x)", [1]),
    ("try:\n    c(1)(x)\nexcept ImportError:\n    c(2)(x)\nfinally:\n    c(3)(x)", [1, 3]),
    ("k: int = 2\nc(k)(x)", [2]),
    ("a, b = 1, 2\nc(b)(x)", [2]),
    ("d = {}\nd['k'] = 2\nd.update({'m': 3})\nc(d['k'])(x)\nc(d.get('m'))(x)", [2, 3]),
    # values
    ("for k in [n for m in ([1, 2], [3]) for n in m if n != 2]:\n    c(k)(x)", [1, 3]),
    ("d = {str(n): n for n in (1, 2)}\nfor k in d.values():\n    c(k)(x)", [1, 2]),
    ("made = [c(1), c(2), c(3)]\nfor layer in made[::2]:\n    x = layer(x)\nx = made[-1](x)", [1, 3, 3]),
    ("f = lambda k: c(k)\nf(2)(x)", [2]),
    ("k = int(7 / 2) + max(1, 2) - abs(-1) + len('ab') * 0 + round(0.4) + min([0, 1])\nc(k)(x)", [4]),
    ("k = sum([1, 2]) // math.ceil(1.5) + 2 ** 2 % 3\nc(k)(x)", [2]),
    ("a = [1]\na.append(2)\na += [3]\na.insert(0, 4)\na.pop()\nfor k in a:\n    c(k)(x)", [4, 1, 2]),
    (
        "def f(*layers, last=None, **more):\n    return [*layers, last, more['k']]\n"
        "for layer in f(c(1), c(2), last=c(3), k=c(4)):\n    x = layer(x)",
        [1, 2, 3, 4],
    ),
    ("import functools\nmake = functools.partial(nn.Conv2d, 3, kernel_size=2)\nmake(3)(x)", [2]),
    ("from torch.nn import Conv2d as C\nimport torch.nn as tnn\nC(3, 3, 1)(x)\ntnn.Conv2d(3, 3, 2)(x)", [1, 2]),
    # containers
    ("net = nn.Sequential(OrderedDict([('a', c(1)), ('b', c(2))]))\nnet.b(x)\nnet['a'](x)\nnet[1](x)", [2, 1, 2]),
    ("net = nn.Sequential()\nnet.add(c(1), c(2))\nnet.extend([c(3)])\nnet(x)", [1, 2, 3]),
    ("net = nn.ModuleDict({'a': c(1)})\nnet['b'] = c(2)\nfor layer in net.values():\n    layer(x)", [1, 2]),
    ("net = nn.Sequential(nn.Sequential(c(1)), c(2))\nfor layer in net.children():\n    layer(x)", [1, 2]),
    ("net = nn.ModuleList([c(1), c(2)])\nfor name, layer in net.named_children():\n    layer(x)", [1, 2]),
    ("weight_norm(c(1))(x)\ntorch.utils.checkpoint(c(2), x)", [1]),
]


@pytest.mark.parametrize(("body", "kernels"), STATEMENTS)
def test_statements_are_followed_as_python_runs_them(body, kernels):
    text = "c = lambda k: nn.Conv2d(3, 3, k)\ndef net(x):\n" + textwrap.indent(body, "    ") + "\n    return x\n"
    lines = [one.line for one in layers_in(text, "net").found if one.line]
    assert [int(re.search(r"(\d)\)$", line)[1]) for line in lines] == kernels


@pytest.mark.parametrize("own", [True, False])
def test_pads_that_follow_from_the_size_are_worked_out_on_the_size(own):
    copied = """
        def correct_pad(inputs, kernel_size):
            size = backend.int_shape(inputs)[1:3]
            adjust = (1, 1) if size[0] is None else (1 - size[0] % 2, 1 - size[1] % 2)
            return ((kernel_size // 2 - adjust[0], kernel_size // 2), (kernel_size // 2 - adjust[1], kernel_size // 2))
    """
    imported = "from keras.applications.imagenet_utils import correct_pad"
    text = textwrap.dedent(copied) if own else f"{imported}\n"
    text += textwrap.dedent(
        """
        def net(x, kernel=3):
            x = layers.ZeroPadding2D(correct_pad(x, kernel), name="pad")(x)
            return layers.DepthwiseConv2D(kernel, 2, padding="valid")(x)
        """
    )
    line = "keras.Sequential([layers.ZeroPadding2D(((0, 1), (0, 1)), name='pad'), "
    for size, pads in ((8, "((0, 1), (0, 1))"), (9, "((1, 1), (1, 1))")):
        read = layers_in(text, "net", sizes=lambda size=size: Sizes((3, size, size)))
        assert read.passed == ()
        (row,) = stacked(of_file("net.py", read.found), (3, size, size)).rows
        assert row.line.startswith(line.replace("((0, 1), (0, 1))", pads))


def lines_on(text, *input, name=""):
    read = layers_in(textwrap.dedent(text), name, sizes=lambda: Sizes(input))
    return [one.line for one in read.found if one.line]


@pytest.mark.parametrize(
    "channels",
    [
        "x.shape[-1]",
        "x.shape[3]",
        "K.int_shape(x)[-1]",
        "x.get_shape().as_list()[-1]",
        "tf.shape(x)[3]",
        "list(x.shape)[-1]",
    ],
)
def test_channels_that_keras_code_asks_for_are_known(channels):
    text = f"""
    import keras
    def net(x):
        x = layers.Conv2D(8, 3)(x)
        return layers.Conv2D(2 * {channels}, 1)(x)
    """
    assert lines_on(text, 3, 16, 16)[-1] == "layers.Conv2D(16, 1)"


@pytest.mark.parametrize("channels", ["x.shape[1]", "x.size(1)", "x.size()[1]", "x.shape[-3]"])
def test_channels_that_torch_code_asks_for_are_known(channels):
    text = f"""
    class Net(nn.Module):
        def forward(self, x):
            x = nn.Conv2d(3, 8, 3)(x)
            return nn.Conv2d({channels}, 16, 1)(F.relu(x))
    """
    assert lines_on(text, 3, 16, 16)[-1] == "nn.Conv2d(8, 16, 1)"


def test_a_condition_on_a_size_is_decided():
    text = """
    class Block(nn.Module):
        def __init__(self, out):
            self.first, self.short, self.out = nn.Conv2d(3, 4, 1), nn.Conv2d(4, out, 1), out
        def forward(self, x):
            x = self.first(x)
            b, c, h, w = x.size()
            if c != self.out:
                x = self.short(x)
            if h > 16:
                x = nn.MaxPool2d(2)(x)
            return x
    net = Block({})
    """
    assert lines_on(text.format(4), 3, 16, 16) == ["nn.Conv2d(3, 4, 1)"]
    assert lines_on(text.format(8), 3, 16, 16) == ["nn.Conv2d(3, 4, 1)", "nn.Conv2d(4, 8, 1)"]
    assert lines_on(text.format(4), 3, 32, 32) == ["nn.Conv2d(3, 4, 1)", "nn.MaxPool2d(2)"]


def test_the_pads_of_a_u_net_are_those_of_its_sizes():
    """An input of 18 is 9 after a pool, 18 after an upsampling; one of 19 is 9 and then 18, so one more is padded."""
    text = """
    class Up(nn.Module):
        def __init__(self):
            self.down, self.up, self.conv = nn.MaxPool2d(2), nn.ConvTranspose2d(3, 3, 2, 2), nn.Conv2d(6, 3, 3)
        def forward(self, x):
            y = self.up(self.down(x))
            dy, dx = x.size()[2] - y.size()[2], x.size()[3] - y.size()[3]
            y = F.pad(y, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
            return self.conv(torch.cat([x, y], dim=1))
    """
    assert lines_on(text, 3, 18, 18)[2] == "F.pad(x, [0, 0, 0, 0])"
    assert lines_on(text, 3, 19, 18)[2] == "F.pad(x, [0, 0, 0, 1])"


@pytest.mark.parametrize(
    "change",
    ["x.view(1, -1, 4)", "x[:, 1:]", "torch.flatten(x, 1)", "x.permute(0, 2, 3, 1)", "nn.Linear(8, 4)(x)", "other(x)"],
)
def test_the_shape_after_what_may_change_it_is_not_known(change):
    text = f"""
    class Net(nn.Module):
        def forward(self, x):
            x = {change}
            return nn.Conv2d(8, x.shape[1], 1)(x)
    """
    assert lines_on(text, 8, 16, 16)[-1] == "nn.Conv2d(8, x.shape[1], 1)"


def test_a_se_block_multiplies_a_value_whose_shape_stays_known():
    text = """
    from tensorflow.keras import layers
    def se(x):
        y = layers.GlobalAveragePooling2D()(x)
        y = layers.Reshape((1, 1, x.shape[-1]))(y)
        y = layers.Conv2D(x.shape[-1] // 4, 1)(y)
        return x * layers.Conv2D(x.shape[-1], 1)(y)
    def net(x):
        x = se(layers.Conv2D(8, 3)(x))
        return layers.Conv2D(x.shape[-1] * 2, 3)(x)
    """
    assert lines_on(text, 3, 16, 16)[-3:] == ["layers.Conv2D(2, 1)", "layers.Conv2D(8, 1)", "layers.Conv2D(16, 3)"]


def test_a_layout_that_the_file_sets_itself_leaves_shapes_unknown():
    text = """
    import keras
    keras.backend.set_image_data_format("channels_first")
    def net(x):
        x = layers.Conv2D(8, 3)(x)
        return layers.Conv2D(x.shape[1], 1)(x)
    """
    assert lines_on(text, 3, 16, 16)[-1] == "layers.Conv2D(x.shape[1], 1)"


def test_channels_that_depend_on_unknown_ones_are_not_known_and_said():
    text = """
    from tensorflow.keras import layers
    def net(x, width):
        x = layers.ReLU()(layers.Rescaling(1 / 255)(x))
        x = layers.Conv2D(4 * x.shape[-1], 3)(x)
        x = layers.MaxPooling2D(2)(layers.Conv2D(width, 3)(x))
        x = layers.Conv2D(x.shape[-1] // 2, 1)(x)
        return layers.Conv2D(x.shape[1], 1)(x)
    """
    assert lines_on(text, 3, 16, 16) == [
        f"layers.Rescaling({1 / 255})",
        "layers.ReLU()",
        "layers.Conv2D(12, 3)",
        "layers.Conv2D(width, 3)",
        "layers.MaxPooling2D(2)",
        "layers.Conv2D(x.shape[-1] // 2, 1)",
        "layers.Conv2D(6, 1)",
    ]
    read = layers_in(textwrap.dedent(text), sizes=lambda: Sizes((3, 16, 16)))
    told = str(stacked(of_file("net.py", read.found), (3, 16, 16)))
    assert "without running the code are taken as 1: width and x.shape[-1] // 2." in told


def test_a_framework_that_only_the_words_of_a_file_name_does_not_count():
    text = '''
    """Ported from the Torch code, torch.nn.Module and all."""
    from keras import layers
    def net(x):
        x = layers.Conv2D(8, 3)(x)
        return layers.Conv2D(x.shape[-1] * 2, 1)(x)
    '''
    assert lines_on(text, 3, 16, 16)[-1] == "layers.Conv2D(16, 1)"
    both = "import torch\n" + textwrap.dedent(text).lstrip()
    assert lines_on(both, 3, 16, 16)[-1] == "layers.Conv2D(x.shape[-1] * 2, 1)"


def test_a_backbone_from_elsewhere_is_told_and_taken_to_change_nothing():
    text = """
    from keras.applications import VGG16
    from keras import layers
    def net(shape):
        inputs = layers.Input(shape)
        base = VGG16(include_top=False, input_tensor=inputs)
        x = layers.Conv2D(8, 3)(layers.Reshape((8, 8, 4))(base.get_layer("block5_conv3").output))
        return attention(mystery(3)(x))
    """
    read = layers_in(textwrap.dedent(text))
    assert [one.line for one in read.found if "Conv2D" in one.line] == ["layers.Conv2D(8, 3)"]
    assert read.passed == (("VGG16", 6), ("mystery(3)", 8), ("attention", 8))


def test_functions_that_slide_no_window_are_not_told():
    text = """
    class Net(nn.Module):
        def forward(self, x):
            x = F.relu(nn.Conv2d(3, 8, 3)(x)).view(1, -1)
            return torch.softmax(torch.cat([x, x.permute(1, 0)]).sum(1), 0)
    """
    assert layers_in(textwrap.dedent(text)).passed == ()


def test_functions_that_are_composed_are_followed():
    """As a well-known YOLO in Keras writes its blocks."""
    text = """
    from functools import reduce
    from keras.layers import Conv2D, ZeroPadding2D, LeakyReLU
    def compose(*funcs):
        if funcs:
            return reduce(lambda f, g: lambda *a, **kw: g(f(*a, **kw)), funcs)
        raise ValueError("Composition of empty sequence not supported.")
    def block(*args, **kwargs):
        return compose(Conv2D(*args, **kwargs), LeakyReLU(alpha=0.1))
    def net(x):
        return compose(ZeroPadding2D(((1, 0), (1, 0))), block(64, (3, 3), strides=(2, 2)), block(32, (1, 1)))(x)
    """
    assert [one.line for one in layers_in(textwrap.dedent(text), "net").found] == [
        "keras.Sequential([ZeroPadding2D(((1, 0), (1, 0))), Conv2D(64, (3, 3), strides=(2, 2))])",
        "LeakyReLU(alpha=0.1)",
        "Conv2D(32, (1, 1))",
        "LeakyReLU(alpha=0.1)",
    ]


def test_a_condition_on_the_type_of_a_value_is_decided():
    text = """
    class Net(nn.Module):
        def forward(self, x):
            for given in [8, (16, 2)]:
                out = given if isinstance(given, int) else given[0]
                x = nn.Conv2d(3, out, 3, stride=1 if isinstance(given, int) else given[1])(x)
            return x
    """
    lines = [one.line for one in layers_in(textwrap.dedent(text)).found]
    assert lines == ["nn.Conv2d(3, 8, 3, stride=1)", "nn.Conv2d(3, 16, 3, stride=2)"]


def test_a_dimension_of_tensorflow_1_is_its_value():
    text = """
    import tensorflow as tf
    def net(x):
        return Conv2D(6 * x.shape[-1].value, 1)(x)
    """
    assert lines_on(text, 4, 8, 8) == ["Conv2D(24, 1)"]


def test_a_value_that_is_not_known_keeps_its_text_through_a_function():
    text = """
    def conv(*args, **kwargs):
        return Conv2D(*args, **kwargs)
    def net(x, anchors, classes):
        return conv(anchors * (classes + 5), (1, 1))(x)
    """
    assert [one.line for one in layers_in(textwrap.dedent(text), "net").found] == [
        "Conv2D(anchors * (classes + 5), (1, 1))"
    ]


def test_a_resize_to_the_size_of_another_tensor_is_read():
    text = """
    class Net(nn.Module):
        def forward(self, x):
            y = nn.MaxPool2d(3, 2)(x)
            y = F.interpolate(y, size=x.size()[2:], mode="bilinear", align_corners=True)
            return nn.Conv2d(3, 3, 3)(torch.cat([x, y], 1))
    """
    read = layers_in(textwrap.dedent(text), sizes=lambda: Sizes((3, 12, 16)))
    assert read.found[1].line == "F.interpolate(x, size=(12, 16), mode='bilinear', align_corners=True)"
    assert [row.output for row in stacked(of_file("net.py", read.found), (3, 12, 16)).rows] == [(5, 7), (10, 14)]


def test_an_arg_scope_of_slim_sets_the_arguments_of_its_functions():
    """As in tf-slim's VGG and Inception: a scope that a function returns, one inside another, and what a call gives."""
    text = """
    import tensorflow as tf
    from tensorflow.contrib import slim as nets

    def scope(decay):
        with nets.arg_scope([nets.conv2d], activation_fn=tf.nn.elu, weights_regularizer=nets.l2_regularizer(decay)):
            with nets.arg_scope([nets.conv2d, nets.max_pool2d], padding='VALID') as made:
                return made

    def net(x):
        with nets.arg_scope(scope(0.1)):
            x = nets.conv2d(x, 8, 3)
            x = nets.convolution2d(x, 8, 3, 2, 'SAME')
            x = nets.conv2d(x, 8, 1, padding='SAME')
            x = nets.max_pool2d(x, 2)
        x = nets.repeat(x, 2, nets.conv2d, 16, [3, 3])
        return nets.fully_connected(nets.flatten(x), 10)
    """
    assert lines_on(text, 3, 16, 16) == [
        "slim.conv2d(x, 8, 3, padding='VALID', activation_fn=tf.nn.elu)",
        "slim.convolution2d(x, 8, 3, 2, 'SAME', activation_fn=tf.nn.elu)",
        "slim.conv2d(x, 8, 1, padding='SAME', activation_fn=tf.nn.elu)",
        "slim.max_pool2d(x, 2, padding='VALID')",
        "slim.conv2d(x, 16, [3, 3])",
        "slim.conv2d(x, 16, [3, 3])",
        "slim.flatten(x)",
        "slim.fully_connected(x, 10)",
    ]
