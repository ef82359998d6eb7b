"""Random pairs of lines, as people write them, for holding what `compare` predicts against what it measures.

Run it by hand for many: ``python tests/system/pairs.py 2000``, in the checkout, with the environments that tox makes.
A pair is a request said in two ways, in one framework or in two, or a request and one that is a little different. What
docs/findings.md lists as mistakes of releases is not asked for: see ``MISTAKES``.
"""

import random
import re
import sys
from collections import Counter

from convparity.adapters.expression import read
from convparity.cases.errors import InputError
from convparity.environments.find import from_project
from convparity.report.findings.compared import compare
from convparity.runs.comparing import measured
from convparity.runs.settings import Settings

# ONNX Runtime's auto_pad with a stride beyond the kernel or with a dilation; a transposed layer of Keras on TensorFlow
# with an even kernel and output_padding=0; TensorFlow's functions and pools, and pools of ONNX Runtime, where no window
# fits.
MISTAKES = (
    (r"auto_pad='SAME", lambda ask, least: ask["stride"] > ask["kernel"] or ask["dilation"] > 1),
    (r"(layers|keras).*output_padding=0", lambda ask, least: ask["kernel"] % 2 == 0),
    (r"keras.ops|tf.nn", lambda ask, least: ask["dilation"] * (ask["kernel"] - 1) + 1 > least),
    (r"AveragePool|layers.MaxPool|MaxPool'", lambda ask, least: ask["kernel"] > least),
)
OPS = ("conv", "conv", "conv_transpose", "max_pool", "avg_pool")


def request(chance):
    """A layer in no framework's terms: one number for all axes, and a word or pads for the padding."""
    op, rank = chance.choice(OPS), chance.choice((1, 2, 2, 2, 3))
    ask = {
        "op": op,
        "rank": rank,
        "kernel": chance.randint(1, 5),
        "stride": chance.randint(1, 3),
        "dilation": chance.choice((1, 1, 2)) if op == "conv" else 1,
        "padding": chance.choice(("same", "same", "valid", 1, 1, 2, (0, 1), (1, 0), (1, 2))),
        "groups": chance.choice((1, 1, 2)) if op == "conv" else 1,
    }
    return ask


def changed(chance, ask):
    """The same request, or one that is a little different."""
    field = chance.choice(("", "", "kernel", "stride", "padding", "padding"))
    return {**ask, **({field: request(chance)[field]} if field else {})}


def torch(chance, ask):
    r, op, k, s, d = (ask[name] for name in ("rank", "op", "kernel", "stride", "dilation"))
    p, before = ask["padding"], ""
    if p in ("same", "valid") and not (op == "conv" and (s == 1 or chance.random() < 0.2)):
        p = 0 if p == "valid" else k // 2
    if isinstance(p, tuple):
        before, p = repr(p * r), 0
    if op == "conv":
        more = f"stride={s}, padding={p!r}, dilation={d}, groups={ask['groups']}"
        o = ask["groups"]
        layer = f"nn.Conv{r}d(2, {o}, {k}, {more})"
        function = f"F.conv{r}d({{}}, torch.randn{(o, 2 // o) + (k,) * r}, {more})"
    elif op == "conv_transpose":
        more = f"stride={s}, padding={p}, output_padding={chance.randrange(s)}"
        layer = f"nn.ConvTranspose{r}d(2, 1, {k}, {more})"
        function = f"F.conv_transpose{r}d({{}}, torch.randn{(2, 1) + (k,) * r}, {more})"
    else:
        name, own = ("MaxPool", "max_pool") if op == "max_pool" else ("AvgPool", "avg_pool")
        more = f"{k}, stride={s}, padding={p}, ceil_mode={chance.random() < 0.3}"
        more += f", count_include_pad={chance.random() < 0.5}" if op == "avg_pool" else ""
        layer, function = f"nn.{name}{r}d({more})", f"F.{own}{r}d({{}}, {more})"
    if not before:
        return layer if chance.random() < 0.6 else function.format("x")
    if op == "max_pool":
        pad = f"nn.ConstantPad{r}d({before}, float('-inf'))", f"F.pad(x, {before}, value=float('-inf'))"
    else:
        pad = f"nn.ConstantPad{r}d({before}, 0.0)", f"F.pad(x, {before})"
    return chance.choice((f"nn.Sequential({pad[0]}, {layer})", f"{layer}({pad[1]})", function.format(pad[1])))


def keras(chance, ask):
    r, op, k, s, d = (ask[name] for name in ("rank", "op", "kernel", "stride", "dilation"))
    p = ask["padding"]
    word = p if isinstance(p, str) else chance.choice(("same", "valid"))
    if op == "conv":
        more = f"strides={s}, padding={word!r}, dilation_rate={d}"
        layer = f"layers.Conv{r}D({ask['groups']}, {k}, {more}, groups={ask['groups']})"
        weights = f"np.ones({(k,) * r + (2 // ask['groups'], ask['groups'])})"
        functions = [f"keras.ops.conv(x, {weights}, {more})"]
        if r < 3:
            functions.append(f"tf.nn.conv{r}d(x, {weights}, {s}, {word.upper()!r}, dilations={d})")
    elif op == "conv_transpose":
        extra = chance.choice(("", "", f", output_padding={chance.randrange(s)}"))
        more = f"strides={s}, padding={word!r}{extra}"
        layer = f"layers.Conv{r}DTranspose(1, {k}, {more})"
        functions = [f"keras.ops.conv_transpose(x, np.ones({(k,) * r + (1, 2)}), {more})"]
    else:
        name, own = ("Max", "max") if op == "max_pool" else ("Average", "average")
        layer = f"layers.{name}Pooling{r}D({k}, strides={s}, padding={word!r})"
        functions = [f"keras.ops.{own}_pool(x, {(k,) * r}, {s}, {word!r})"]
    if isinstance(p, tuple) and op in ("conv", "avg_pool") and word == "valid":
        pad = f"layers.ZeroPadding{r}D({p if r == 1 else (p,) * r})"
        return f"keras.Sequential([{pad}, {layer}])"
    return layer if chance.random() < 0.7 else chance.choice(functions)


def flax(chance, ask):
    r, op, k, s, d = (ask[name] for name in ("rank", "op", "kernel", "stride", "dilation"))
    p = ask["padding"]
    pads = p.upper() if isinstance(p, str) else ((p if isinstance(p, tuple) else (p, p)),) * r
    if op == "conv":
        layer = f"nn.Conv({ask['groups']}, {(k,) * r}, strides={s}, padding={pads!r}, kernel_dilation={d}, "
        layer += f"feature_group_count={ask['groups']})"
        spatial = "DHW"[3 - r :]
        numbers = (f"N{spatial}C", f"{spatial}IO", f"N{spatial}C")
        weights = f"jnp.ones({(k,) * r + (2 // ask['groups'], ask['groups'])})"
        function = f"lax.conv_general_dilated(x, {weights}, {(s,) * r}, {pads!r}, rhs_dilation={(d,) * r}, "
        function += f"dimension_numbers={numbers}, feature_group_count={ask['groups']})"
        return layer if chance.random() < 0.6 else function
    if op == "conv_transpose":
        mirrors = f", transpose_kernel={chance.random() < 0.7}"
        layer = f"nn.ConvTranspose(1, {(k,) * r}, strides={(s,) * r}, padding={pads!r}{mirrors})"
        function = f"lax.conv_transpose(x, jnp.ones({(k,) * r + (2, 1)}), {(s,) * r}, {pads!r})"
        return layer if chance.random() < 0.7 else function
    name = "max_pool" if op == "max_pool" else "avg_pool"
    if not isinstance(p, str):
        pads = tuple((min(before, k - 1), min(after, k - 1)) for before, after in pads)
    counts = f", count_include_pad={chance.random() < 0.5}" if op == "avg_pool" else ""
    return f"nn.{name}(x, {(k,) * r}, strides={(s,) * r}, padding={pads!r}{counts})"


def mxnet(chance, ask):
    r, op, k, s, d = (ask[name] for name in ("rank", "op", "kernel", "stride", "dilation"))
    p = ask["padding"] if isinstance(ask["padding"], int) else chance.choice((0, k // 2))
    if op == "conv":
        more = f"strides={s}, padding={p}, dilation={d if r < 3 else 1}, groups={ask['groups']}, in_channels=2"
        return f"gluon.nn.Conv{r}D({ask['groups']}, {k}, {more})"
    if op == "conv_transpose":
        more = f"strides={s}, padding={p}, output_padding={chance.randrange(s)}, in_channels=2"
        return f"gluon.nn.Conv{r}DTranspose(1, {k}, {more})"
    name = "MaxPool" if op == "max_pool" else "AvgPool"
    counts = f", count_include_pad={chance.random() < 0.5}" if op == "avg_pool" else ""
    p = min(p, k - 1)
    return f"gluon.nn.{name}{r}D({k}, strides={s}, padding={p}, ceil_mode={chance.random() < 0.3}{counts})"


def onnx(chance, ask):
    r, op, k, s, d = (ask[name] for name in ("rank", "op", "kernel", "stride", "dilation"))
    p = ask["padding"]
    if isinstance(p, str):
        padding = f"auto_pad={('SAME_UPPER' if p == 'same' else 'VALID')!r}"
    else:
        before, after = p if isinstance(p, tuple) else (p, p)
        padding = f"pads={[before] * r + [after] * r}"
    operator = {"conv": "Conv", "conv_transpose": "ConvTranspose", "max_pool": "MaxPool", "avg_pool": "AveragePool"}[op]
    inputs = ["x"] if op.endswith("pool") else ["x", "w"]
    more = f"kernel_shape={[k] * r}, strides={[s] * r}, {padding}"
    more += f", dilations={[d] * r}, group={ask['groups']}" if op == "conv" else ""
    more += f", count_include_pad={chance.randrange(2)}" if op == "avg_pool" else ""
    more += f", ceil_mode={chance.choice((0, 0, 1))}" if op.endswith("pool") else ""
    return f"helper.make_node({operator!r}, {inputs}, ['y'], {more})"


MAKERS = (torch, keras, flax, mxnet, onnx)


def line(chance, make, ask, input):
    """A line that can be read, and is not one of the known mistakes; None where this try is none."""
    text = make(chance, ask)
    if any(re.search(pattern, text) and wrong(ask, min(input[1:])) for pattern, wrong in MISTAKES):
        return None
    try:
        read(text, input)
    except InputError:
        return None
    return text


def pairs(seed, count):
    """So many pairs of lines, each with the sizes of an input: two channels, and 4 to 13 along each axis."""
    chance = random.Random(seed)
    found = []
    while len(found) < count:
        ask = request(chance)
        input = (2, *(chance.randint(4, 13) for _ in range(ask["rank"])))
        first = chance.choice(MAKERS)
        second = first if chance.random() < 0.3 else chance.choice(MAKERS)
        lines = line(chance, first, ask, input), line(chance, second, changed(chance, ask), input)
        if all(lines):
            found.append((*lines, input))
    return found


def differing(found):
    """The comparisons of which something was measured otherwise than predicted; `unproven` predicts nothing."""
    said = [one for one in found if one.predicted.verdict != "unproven"]
    return [one for one in said if one.unforeseen or one.verdict != one.predicted.verdict]


def measure(asked):
    """The comparisons of pairs of lines, each line measured in an environment of its framework."""
    return measured([compare(*pair) for pair in asked], from_project(), Settings(only_as_written=True))


if __name__ == "__main__":
    asked = pairs(int(sys.argv[2]) if len(sys.argv) > 2 else 0, int(sys.argv[1]))
    found = measure(asked)
    frameworks = [(one.first.reading.framework, one.second.reading.framework) for one in found]
    apart = sum(first != second for first, second in frameworks)
    print(f"{len(found)} pairs, {len(found) - apart} in one framework and {apart} in two")
    verdicts = dict(Counter(one.verdict for one in found))
    print(f"both lines measured: {sum(one.basis == 'measured' for one in found)}, verdicts: {verdicts}")
    for one in differing(found):
        print(one.first.source, one.second.source, one.first.input, one.predicted.verdict, one.verdict, one.unforeseen)
    print(f"{len(differing(found))} differ from their prediction")
