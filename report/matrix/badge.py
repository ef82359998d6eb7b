"""A badge: two words in a small SVG that a README can show."""

from __future__ import annotations

from dataclasses import dataclass

NARROW, WIDE = "fijlrt.,:;'|()[] ", "mwMW@%"
GOOD, BAD, UNKNOWN = "#1a6b3c", "#a11d3c", "#57606a"  # each with a contrast of 5:1 or more to white


@dataclass(frozen=True)
class Badge:
    """A badge: what it is about, what it says, and the colour of the ground of that."""

    about: str
    says: str
    colour: str

    @property
    def alt(self) -> str:
        """Its text."""
        return f"{self.about}: {self.says}"

    @property
    def widths(self) -> tuple[int, int]:
        """The widths of its two texts in pixels, by which a browser sets them whatever its font is."""
        return width(self.about), width(self.says)


def width(text: str) -> int:
    """Return about how many pixels a text takes in a sans-serif font of 11 pixels."""
    return round(sum(3.9 if one in NARROW else 9.6 if one in WIDE else 6.7 for one in text))
