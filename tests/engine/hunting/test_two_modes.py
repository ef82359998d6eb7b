"""The script that shows a layer in two modes."""

import ast

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.hunting.two_modes import with_modes
from convparity.runs.reproducing import script, side

CONV = make_case(input=[7, 8], kernel=[3, 3], stride=[2, 2])


@pytest.mark.parametrize(
    ("adapter", "compiled"),
    [
        ("torch", "torch.compile(layer, fullgraph=True, dynamic=False)"),
        ("tensorflow", "tf.function(layer, jit_compile=True)"),
    ],
)
def test_the_layer_is_compiled_where_the_argument_says_so(adapter, compiled):
    text = with_modes(script(CONV, [side(CONV, adapter)]), adapter)
    lines = [line.strip() for line in text.splitlines()]
    chosen = lines.index(f'apply = {compiled} if sys.argv[1] == "compiled" else layer')
    assert "apply(" in lines[chosen + 1]
    imported = {name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names}
    assert {"sys", {"torch": "torch", "tensorflow": "tensorflow"}[adapter]} <= imported


def test_a_layer_that_is_a_list_of_parts_has_no_script():
    with pytest.raises(InputError, match="a layer that is a list of several"):
        with_modes("layer = [a, b]\nfor part in layer:\n    y = part(y)\n", "torch")
