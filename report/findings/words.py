"""The words that every report uses for the same thing."""

from __future__ import annotations

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
