"""Findings as text: the line to write is that of each layer, not of the first one only."""

from convparity.report.models import told
from convparity.report.models.finding import Finding


def finding(port, write):
    return Finding(port, f"original {port}", "net.py:3", "conv", "pads", "pads (1,1) where", 0.5, 0.5, write)


def test_layers_that_need_other_lines_have_their_own_below_them():
    lines = list(told.group([finding("a", "nn.Conv2d(3, 8, 3)"), finding("b", "nn.Conv2d(8, 8, 3)")]))
    assert [line.strip() for line in lines if "write" in line] == [
        "write: nn.Conv2d(3, 8, 3)",
        "write: nn.Conv2d(8, 8, 3)",
    ]
    assert lines.index("    write: nn.Conv2d(3, 8, 3)") == 3


def test_layers_that_need_the_same_line_have_it_once_and_one_without_a_line_says_so():
    assert [line for line in told.group([finding("a", "nn.SiLU()")] * 2) if "write" in line] == ["  write: nn.SiLU()"]
    lines = list(told.group([finding("a", "nn.SiLU()"), finding("b", "")]))
    assert lines[-1] == "    no line is known that mends it"
