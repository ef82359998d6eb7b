"""The words that all reports use for verdicts."""

from __future__ import annotations

_WORDS = {"shifted": "silent shift", "": "not run"}
MEANINGS = {
    "agrees": "The shape, the elements read and the numbers are the requested ones.",
    "shifted": "Every shape is right, but other input elements are read, so shape tests pass.",
    "values": "The shape and the elements read are right, but the numbers are not: probably a bug in the framework.",
    "shape": "The output shape is different.",
    "accepts": "Returns an output where the layer has no answer, such as for a window that does not fit.",
    "unproven": "The shape is right, and no more is proven: which elements were read could not be measured, "
    "and the numbers differ or could not be compared.",
    "crashed": "The process died of a signal.",
    "timed out": "No answer within the time limit.",
    "out of memory": "Needs more memory than the limit.",
    "rejects": "Raises an error where there is an answer.",
    "inexpressible": "The framework cannot express this layer.",
    "misdeclares": "The framework's own shape inference disagrees with what it executed.",
}
DIVERGENT = tuple(name for name in MEANINGS if name != "agrees")


def word(verdict: str) -> str:
    """Return the word that is shown for a verdict; the empty verdict stands for a layer that was not run."""
    return _WORDS.get(verdict, verdict)
