"""The words that every report uses for the same thing."""

from __future__ import annotations

from ...cases.text import printable
from ..verdicts.verdict import kind
from .report import Divergence

_WORDS = {"shifted": "silent shift", "": "not run"}
MEANINGS = {
    "agrees": "The shape, the elements read and the numbers are those asked for.",
    "shifted": "Every shape is right and other input elements are read, so tests of shapes pass.",
    "values": "The shape and the elements read are right and the numbers are not: likely a bug of the framework.",
    "shape": "Another output shape.",
    "accepts": "Answers where the layer has no answer, such as a window that does not fit.",
    "unproven": "The shape is right; the numbers are not, and which elements were read could not be measured.",
    "crashed": "The process died of a signal.",
    "timed out": "No answer within the time limit.",
    "out of memory": "Wants more memory than the limit.",
    "rejects": "Raises an error where there is an answer.",
    "inexpressible": "The framework has no words for this layer.",
    "misdeclares": "The framework's own shape inference disagrees with what it executed.",
}


def word(verdict: str) -> str:
    """A verdict as it is shown; the empty one is of what was not run."""
    return _WORDS.get(verdict, verdict)


def port_line(divergence: Divergence) -> str:
    """The port, what became of it when it was run, and what its adapter says of it."""
    port, said = divergence.port, about_port(divergence)
    if port is None:
        return said
    stamp = "; ".join(filter(None, ["ran, agrees", said])) if divergence.ported else f"ran, {port.verdict}: {said}"
    return f"port ({stamp}): {port.observation.source}"


def about_port(divergence: Divergence) -> str:
    """Why no port was run, what is wrong with the one that was, or what its adapter says of it; empty where nothing."""
    if divergence.port:
        return printable(divergence.port.reason or divergence.port.observation.note)
    if divergence.verdict.reference.shape is None:
        return "nothing to port: the layer has no answer"
    if kind(divergence.verdict) == "misdeclares":
        return "no port needed: what was written does what was asked"
    return f"no port: {printable(divergence.unported)}" if divergence.unported else "port: not run"
