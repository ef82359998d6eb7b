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


def test_in_a_file_each_row_is_a_line(capsys):
    show(COLUMNS, ROWS)
    assert capsys.readouterr().out.splitlines() == AS_A_TABLE


def test_so_on_a_terminal_that_is_wide_enough(terminal):
    assert terminal(200) == AS_A_TABLE


def test_where_the_terminal_is_narrow_no_path_is_broken(terminal):
    assert terminal(80) == [
        "label        torch",
        f"interpreter  {ROWS[0][1]}",
        "",
        "label        my \\x1b[31m",
        "interpreter  /usr/bin/python",
    ]
