"""``convparity schema``: prints the schemas of the file formats."""

from __future__ import annotations

from enum import StrEnum
from importlib import resources
from typing import Annotated

import typer


class Schema(StrEnum):
    """The formats whose schema ``convparity schema`` prints."""

    catalog = "catalog"
    expectations = "expectations"
    results = "results"
    verdicts = "verdicts"
    diff = "diff"
    versions = "versions"
    recording = "recording"
    preflight = "preflight"
    comparison = "comparison"
    hunt = "hunt"


def schema(which: Annotated[Schema, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(Schema)}.")]) -> None:
    """Print the JSON Schema of a format."""
    print(text(which), end="")


def text(which: Schema) -> str:
    """Return the JSON Schema of a format, as its file has it."""
    folder = "cases" if which is Schema.catalog else "report"
    return resources.files(f"convparity.{folder}").joinpath(f"schemas/{which}.json").read_text("utf-8")
