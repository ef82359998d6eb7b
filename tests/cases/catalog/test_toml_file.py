"""Where things stand in a TOML file."""

import pytest
from convparity.cases.catalog.toml_file import TomlFile

TEXT = """\
# above
[[entry]]
one = [
  1,   # first
  2,
]
# within

[[entry]]
two = { any = [
  "x",
] }
three = '''
lines
'''
[entry.four]
five = 5
# below
"""


@pytest.mark.parametrize(("index", "span"), [(0, (2, 6)), (1, (9, 17))])
def test_the_lines_of_a_table_and_all_that_is_in_it(tmp_path, index, span):
    (tmp_path / "f.toml").write_text(TEXT)
    assert TomlFile(tmp_path / "f.toml", "file").span(("entry", index)) == span


def test_a_table_alone_is_its_header(tmp_path):
    (tmp_path / "f.toml").write_text("\n[[entry]]\n")
    assert TomlFile(tmp_path / "f.toml", "file").span(("entry", 0)) == (2, 2)
