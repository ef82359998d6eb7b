"""The pages of docs/verdicts, which ship with the command: one for each verdict."""

from __future__ import annotations

from importlib import resources

FOLDER = resources.files("convparity") / "verdict_pages"


def names() -> list[str]:
    """Return the verdicts that have a page, such as ``timed-out``."""
    return sorted(file.name.removesuffix(".md") for file in FOLDER.iterdir() if file.name.endswith(".md"))


def verdict_page(word: str) -> str:
    """Return the page of a verdict; empty if the word is none."""
    name = word.strip().lower().replace(" ", "-")
    name = {"silent-shift": "shifted"}.get(name, name)
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8") if name in names() else ""
