"""Tables of commands, in a file and on terminals."""

import os

import pytest
from convparity.cli.tables import show

COLUMNS = ("label", "interpreter")
ROWS = [("torch", "/a/long/path/" + "x" * 80 + "/bin/python"), ("my \x1b[31m", "/usr/bin/python")]


@pytest.fixture
def terminal(monkeypatch, capsys):
    """Shows the rows on a terminal of so many columns; returns the lines."""

    def shown(columns):
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 24)))
        show(COLUMNS, ROWS)
        return capsys.readouterr().out.splitlines()

    return shown


AS_A_TABLE = ["label        interpreter", f"torch        {ROWS[0][1]}", "my \\x1b[31m  /usr/bin/python"]


def test_a_table_in_a_file_has_a_line_for_each_row(capsys):
    show(COLUMNS, ROWS)
    assert capsys.readouterr().out.splitlines() == AS_A_TABLE


def test_a_table_on_a_wide_terminal_has_a_line_for_each_row(terminal):
    assert terminal(200) == AS_A_TABLE


def test_a_table_on_a_narrow_terminal_breaks_no_path(terminal):
    assert terminal(80) == [
        "label        torch",
        f"interpreter  {ROWS[0][1]}",
        "",
        "label        my \\x1b[31m",
        "interpreter  /usr/bin/python",
    ]
