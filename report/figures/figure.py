"""A finished figure: written as SVG, PDF or PNG, and shown in a notebook, always with its text alternative."""

from __future__ import annotations

import base64
import re
import zlib
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...cases.errors import InputError
from ...cases.text import printable
from .. import output_file
from .theme import SETTINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

COLUMN = 800  # pixels that a figure takes in a notebook, which need not scale it to its column
FORMATS = ("svg", "pdf", "png")
# Matplotlib writes a path with a line for each point, at six decimals, and turns each text by nothing.
OUTLINE = re.compile(r'(?<= d=")[^"]*')
HUNDREDTH = re.compile(r"(\.\d\d)\d+")
RECTANGLE = re.compile(r"M (\S+) (\S+) L (\S+) \2 L \3 (\S+) L \1 \4 z")
UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*"')


class Figure:
    """A figure with its ``title`` and ``alt``, the text alternative that says what is seen.

    ``canvas`` is the figure of Matplotlib, for changes of your own.
    """

    def __init__(self, canvas: Canvas, title: str, alt: str) -> None:
        self.canvas, self.title, self.alt = canvas, title, alt

    def save(self, path: str | Path) -> None:
        """Write the figure into a file, in the format that its ending names.

        Raise InputError for another ending, OSError where the file cannot be written.
        """
        file = Path(path)
        output_file.write(file, self.content(format_of(file)))

    def content(self, format: str) -> bytes:
        """Return the figure as a file in a format: ``svg``, ``pdf`` or ``png``."""
        from matplotlib import rc_context

        about = {
            "svg": {"Title": self.title, "Date": None},  # its description is added below
            "pdf": {"Title": self.title, "Subject": self.alt, "CreationDate": None},
            "png": {"Title": self.title, "Description": self.alt},
        }[format]
        made = BytesIO()
        with rc_context(SETTINGS):
            self.canvas.savefig(made, format=format, metadata=about, facecolor=self.canvas.get_facecolor())
        return _told(_short(made.getvalue().decode()), self.title, self.alt) if format == "svg" else made.getvalue()

    def svg(self) -> str:
        """Return the figure as SVG."""
        return self.content("svg").decode()

    def image(self) -> str:
        """Return the figure as an image of HTML that needs no other file."""
        packed = base64.b64encode(self.svg().encode()).decode()
        return f'<img alt="{escape(self.alt)}" style="max-width:100%" src="data:image/svg+xml;base64,{packed}">'

    def __repr__(self) -> str:
        return f"<Figure: {self.title}. {self.alt}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook shows: the SVG, for viewers without it the PNG, and else the text alternative."""
        wide, tall = self.canvas.get_size_inches()
        size = f'width="{COLUMN}" height="{COLUMN * tall / wide:.0f}"'
        svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', size, self.svg(), count=1)
        shown = {"image/svg+xml": svg, "image/png": _few_colours(self.content("png")), "text/plain": repr(self)}
        return shown, {"image/png": {"alt": self.alt}}


def _few_colours(png: bytes) -> bytes:
    """Return a PNG with at most 64 colours, which is a third as large; a figure has few, and shades of its text."""
    from PIL import Image  # which comes with Matplotlib

    made = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").quantize(64).save(made, format="png", optimize=True)
    return made.getvalue()


def format_of(path: Path) -> str:
    """Return the format that a file's ending names. Raise InputError for another ending."""
    found = path.suffix.lower().lstrip(".")
    if found not in FORMATS:
        raise InputError([f"{printable(str(path))}: a figure is a file that ends in .svg, .pdf or .png"])
    return found


def _short(svg: str) -> str:
    """Return an SVG that looks the same in about half the bytes."""
    svg = OUTLINE.sub(lambda found: HUNDREDTH.sub(r"\1", " ".join(found[0].split())), svg)
    return re.sub(r">\s+<", "><", UNTURNED.sub("", RECTANGLE.sub(r"M\1 \2H\3V\4H\1z", svg)))


def _told(svg: str, title: str, alt: str) -> bytes:
    """Return an SVG that screen readers read as one picture, with its title and text alternative."""
    number = f"{zlib.crc32(alt.encode()):08x}"  # unique where several figures are in one page
    spoken = f'<title id="title-{number}">{escape(title)}</title>\n <desc id="desc-{number}">{escape(alt)}</desc>'
    svg = re.sub(r"<title>.*?</title>", lambda _: spoken, svg, count=1, flags=re.DOTALL)
    return svg.replace("<svg ", f'<svg role="img" aria-labelledby="title-{number} desc-{number}" ', 1).encode()
