"""The modules of docs/extensions, which Sphinx finds through docs/conf.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
