"""The colours of figures, light and dark, and Matplotlib's settings for them.

The colours of series are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which people with any colour
vision can tell apart; in the dark theme they are lighter. No figure says anything by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...cases.errors import HarnessFault

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

WIDTH = 10.0  # inches, which are 1000 pixels in a PNG
DPI = 100
TINT = 0.36  # opacity of a colour on which there is text
SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],  # and no others: an SVG names them all with each text
    "font.size": 10.0,
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,  # fonts are embedded whole, as TrueType
    "svg.fonttype": "none",  # text stays text, which can be selected
    "svg.hashsalt": "convparity",  # the same figure is the same file
}
MISSING = "figures need Matplotlib, which is not installed here; install it: pip install 'convparity[figures]'"


@dataclass(frozen=True)
class Theme:
    """The colours of a figure: its ground, its text, cells of the input and of padding, and one for each series.

    ``scale`` is the name of Matplotlib's colour map for counts.
    """

    paper: str
    ink: str
    muted: str
    line: str
    cell: str
    pad: str
    series: tuple[str, ...]
    scale: str


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b1f24",
    muted="#57606a",
    line="#b6bec8",
    cell="#ffffff",
    pad="#e4e8ec",
    series=("#0072b2", "#d55e00", "#009e73", "#aa4499", "#8a6d00", "#333333", "#56b4e9"),
    scale="cividis",
)
DARK = Theme(
    paper="#14171c",
    ink="#e8eaed",
    muted="#a9b1ba",
    line="#59636e",
    cell="#1d2229",
    pad="#39424d",
    series=("#56b4e9", "#f0a030", "#2fc79d", "#e69fd0", "#f0e442", "#e8eaed", "#9fd4f5"),
    scale="cividis",
)
MARKERS = "osD^vPX"
DASHES = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), "-", (0, (4, 2)), (0, (1, 1.5)))


def theme(dark: bool) -> Theme:
    """Return the dark theme, or the light one."""
    return DARK if dark else LIGHT


def canvas(height: float, colours: Theme, width: float = WIDTH) -> Canvas:
    """Return an empty figure of Matplotlib, in inches. Raise HarnessFault if Matplotlib is not installed."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        raise HarnessFault(MISSING) from None
    with rc_context(SETTINGS):
        return Canvas(figsize=(width, height), dpi=DPI, facecolor=colours.paper, layout="constrained")


def dress(axes: Axes, colours: Theme) -> None:
    """Give axes the colours of a theme, and only the two lines that carry numbers."""
    axes.set_facecolor(colours.paper)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(colours.line)
    axes.tick_params(colors=colours.muted, labelcolor=colours.ink, length=3)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(colours.ink)


def bare(axes: Axes, colours: Theme) -> None:
    """Take the lines, ticks and numbers from axes."""
    axes.set_facecolor(colours.paper)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def legend(axes: Any, colours: Theme, handles: list[Any], **where: Any) -> None:
    """Add a legend to axes or a whole figure, in the colours of a theme."""
    settings = {"frameon": False, "labelcolor": colours.ink, "handlelength": 2.4, **where}
    axes.legend(handles=handles, **settings)
