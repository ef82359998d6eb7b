"""Lines of source for the live page: what all frameworks write for cases of the catalogs, and lines that are broken."""

import random

from convparity.adapters.prediction import predict
from convparity.adapters.registry import USUAL
from convparity.adapters.spelling import Spelling
from convparity.cases.catalog.catalog import load_catalog

CATALOGS = ("textbook", "networks", "grid", "conformance")
BROKEN = 0.15  # of all lines


def questions(number, seed):
    """Yield a line, a second line or "", and an input size, as a user would type them."""
    chance = random.Random(seed)
    cases = [case for case in load_catalog(*CATALOGS) if case.dtype == "float32"]
    while number:
        case, adapter = chance.choice(cases), chance.choice(USUAL)
        lines = [line for line in (source(case, name, chance) for name in (adapter, chance.choice(USUAL))) if line]
        if len(lines) < 2:
            continue
        number -= 1
        if chance.random() < BROKEN:
            at = chance.randrange(len(lines[0]))
            lines[0] = lines[0][:at] + chance.choice(["", "(", "x", ","]) + lines[0][at + 1 :]
        sizes = "x".join(map(str, (case.in_channels, *case.input)))
        yield lines[0], lines[1] if chance.random() < 0.3 else "", sizes


def source(case, adapter, chance):
    """The line of an adapter for a case, as people write it or as a port; "" where there is none."""
    found = predict(case, adapter, chance.choice(["as written", "port"])).spelling
    return found.source.partition("  #")[0] if isinstance(found, Spelling) else ""
